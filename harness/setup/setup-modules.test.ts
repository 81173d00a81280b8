/** setup.sh fills node_modules: in a clone of its own, on a system of stubs. */
import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { stubbedSystem } from './testing/stubbed-system.ts'

const { inClone, linkProgram, stub, setUp } = stubbedSystem()

const NPM_CI = 'npm ci --no-audit --no-fund --no-progress --no-update-notifier --include=dev'

describe('setup.sh and node_modules', () => {
  it.each<[string, () => void]>([
    ['is missing', () => rmSync(inClone('node_modules'), { recursive: true })],
    ['is out of date', () => writeFileSync(inClone('package-lock.json'), '{ "changed": true }\n')],
    ['is out of date', () => stub('node', '[ "$1" = -v ] && echo v24.1.0 || :')],
    ['is out of date', () => rmSync(inClone('node_modules/.frameproof-setup'))],
  ])('runs npm ci once where it %s', (why, change) => {
    change()
    const first = setUp(['conform', 'run'])
    expect(first).toMatchObject({ status: 0, calls: [NPM_CI] })
    expect(first.stderr).toBe(`frameproof: node_modules ${why}: npm ci\n`)
    expect(setUp(['conform', 'run'])).toMatchObject({ status: 0, stderr: '', calls: [NPM_CI] })
  })

  it('gives the reason of npm in one line, and tries again the next time', () => {
    rmSync(inClone('node_modules/.frameproof-setup'))
    stub(
      'npm',
      'record npm; echo "npm error code ENOTFOUND" >&2; echo "npm error network failed" >&2; exit 1',
    )
    const { status, stderr } = setUp(['conform', 'run'])
    expect(status).toBe(2)
    expect(stderr).toContain('frameproof: npm ci failed: code ENOTFOUND; network failed\n')
    expect(setUp(['conform', 'run']).calls).toEqual(['npm', 'npm'])
  })

  it('hides the settings of the npm around it, but not how to reach the registry', () => {
    rmSync(inClone('node_modules/.frameproof-setup'))
    stub('npm', 'record "$(env | grep -i "^npm_" | sort)"')
    linkProgram('grep')
    linkProgram('sort')
    const outer = {
      npm_config_dry_run: 'true',
      npm_config_omit: 'dev',
      npm_command: 'run-script',
      npm_config_registry: 'https://registry.example',
      npm_config_https_proxy: 'http://proxy.example',
      NPM_CONFIG_CACHE: '/cache',
    }
    expect(setUp(['conform', 'run'], outer).calls).toEqual([
      'NPM_CONFIG_CACHE=/cache',
      'npm_config_https_proxy=http://proxy.example',
      'npm_config_registry=https://registry.example',
    ])
  })
})
