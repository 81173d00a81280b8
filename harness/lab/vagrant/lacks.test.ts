import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BOX_PROGRAMS, PROGRAMS, whatVagrantLacks } from './lacks.ts'

const LIST = join(import.meta.dirname, '../../setup/packages')

describe('the programs', () => {
  it('are those that the set-up installs', () => {
    const rows = readFileSync(LIST, 'utf8')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.split(/\s+/))
      .filter(([, , purpose]) => purpose === 'vagrant')
    const listed = Object.fromEntries(rows.map(([program = '', name = '']) => [program, name]))
    expect(listed).toEqual({ ...PROGRAMS, ...BOX_PROGRAMS })
  })
})

describe('whatVagrantLacks', () => {
  beforeEach(() => {
    vi.unstubAllEnvs()
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('names VirtualBox and its maker where it is asked for and not there', async () => {
    vi.stubEnv('VAGRANT_DEFAULT_PROVIDER', 'virtualbox')
    const lacks = await whatVagrantLacks()
    if (lacks.length > 0) expect(lacks).toEqual([expect.stringMatching(/^not installed: .*: VirtualBox/)])
  })

  it('gives one command for all packages', async () => {
    vi.stubEnv('VAGRANT_HOME', '/nowhere') // no box
    for (const line of await whatVagrantLacks()) expect(line).toMatch(/: /)
  })
})
