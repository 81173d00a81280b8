import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BadInput } from './bad-input.ts'
import { DEFAULT_IMPLEMENTATION, IMPLEMENTATIONS, loadImplementation } from './implementation.ts'

const GOOD = 'name: mine\ndescription: of my own\nscenarios: [vlan]\nrequires: [ip]\n'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-'))
  write(GOOD)
  writeFileSync(join(folder, 'configure'), '#!/bin/sh\n', { mode: 0o755 })
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(yaml: string): void {
  writeFileSync(join(folder, 'implementation.yaml'), yaml)
}

describe('an implementation', () => {
  it('is the reference by its name', () => {
    expect(loadImplementation(DEFAULT_IMPLEMENTATION)).toMatchObject({
      name: 'linux-bridge',
      folder: join(IMPLEMENTATIONS, 'linux-bridge'),
      configure: join(IMPLEMENTATIONS, 'linux-bridge', 'configure'),
      protects: [],
      settleMs: 0,
      notSupported: {},
    })
  })

  it('is a folder of one’s own', () => {
    expect(loadImplementation(folder)).toEqual({
      name: 'mine',
      description: 'of my own',
      folder,
      configure: join(folder, 'configure'),
      scenarios: ['vlan'],
      requires: ['ip'],
      protects: [],
      settleMs: 0,
      notSupported: {},
    })
  })

  it('says what it promises beyond, and what it does not offer', () => {
    write(`${GOOD}protects: [mac-spoofing]\nsettleMs: 20\nnotSupported: { BR-08: never forgets }\n`)
    expect(loadImplementation(folder)).toMatchObject({
      protects: ['mac-spoofing'],
      settleMs: 20,
      notSupported: { 'BR-08': 'never forgets' },
    })
  })
})

describe('an implementation that is wrong is refused in one line', () => {
  function refusal(name = folder): string {
    try {
      loadImplementation(name)
    } catch (error) {
      if (error instanceof BadInput) return error.message
      throw error
    }
    return 'it was taken'
  }

  it('because there is none of that name', () => {
    expect(refusal('none')).toBe(
      `there is no implementation none: give a name in ${IMPLEMENTATIONS}, or a folder (./none)`,
    )
  })

  it('because there is no such folder', () => {
    expect(refusal('./none')).toMatch(/\/none: there is no such folder$/)
  })

  it.each([
    ['no YAML', 'name: [', ':1:8: this is not YAML: '],
    ['an unknown key', `${GOOD}settlems: 1\n`, ':5:1: settlems: unknown field'],
    ['an unknown scenario', GOOD.replace('[vlan]', '[vlan, vxlan]'), ':3:19: scenarios.1: Invalid option: '],
    ['no requirement', `${GOOD}notSupported: { BRIDGE-8: why }\n`, ':5:17: notSupported.BRIDGE-8: '],
    ['no reason', `${GOOD}notSupported: { BR-08: }\n`, ':5:17: notSupported.BR-08: '],
    ['nothing', '', ':1:1: expected object, received null'],
  ])('because it says %s', (_, yaml, message) => {
    write(yaml)
    expect(refusal()).toContain(`${join(folder, 'implementation.yaml')}${message}`)
    expect(refusal()).not.toContain('\n')
  })

  it('because it has no implementation.yaml', () => {
    rmSync(join(folder, 'implementation.yaml'))
    expect(refusal()).toMatch(/implementation\.yaml: cannot be read \(there is no such file\)$/)
  })

  it('because configure is missing, or is no program', () => {
    const configure = join(folder, 'configure')
    chmodSync(configure, 0o644)
    expect(refusal()).toBe(`${configure}: it may not be executed: chmod +x ${configure}`)
    rmSync(configure)
    expect(refusal()).toBe(`${configure}: there is no such file`)
    mkdirSync(configure)
    expect(refusal()).toBe(`${configure}: this is not a file`)
  })
})
