import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BadInput } from './bad-input.ts'
import { loadFault } from './fault-file.ts'
import { loadImplementation } from './implementation.ts'

const FAULTS = resolve(import.meta.dirname, '../../fixtures/faults')

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function fault(text: string, mode = 0o755): string {
  const path = join(folder, 'fault')
  rmSync(path, { force: true })
  writeFileSync(path, text, { mode })
  return path
}

const GOOD = `#!/bin/sh
# fault: a cable joins the two tenants' bridges
# scenario: vlan
# on: hv1
# breaks: VLAN-06 VLAN-13
set -eu
# when: never
`

describe('the head of a fault', () => {
  it('says what it is, and ends where the program begins', () => {
    const path = fault(GOOD)
    expect(loadFault(path)).toEqual({
      path,
      title: "a cable joins the two tenants' bridges",
      scenarios: ['vlan'],
      on: 'hv1',
      breaks: ['VLAN-06', 'VLAN-13'],
      when: 'ready',
      implementation: 'linux-bridge',
    })
  })

  it.each(['//', '--', ';', '##'])('is written in any language: %s', (leader) => {
    const head = GOOD.replaceAll(/^#(?!!)/gm, leader)
    expect(loadFault(fault(head))).toMatchObject({
      title: "a cable joins the two tenants' bridges",
      on: 'hv1',
    })
  })

  it('names several scenarios and requirements, with commas or without', () => {
    const head = GOOD.replace('vlan', 'bridged, vlan nat').replace('VLAN-06 VLAN-13', 'LIFE-01,BR-06')
    expect(loadFault(fault(head))).toMatchObject({
      scenarios: ['bridged', 'vlan', 'nat'],
      breaks: ['LIFE-01', 'BR-06'],
    })
  })

  it('names an implementation, or a folder beside the fault', () => {
    const withImplementation = (value: string): string =>
      fault(GOOD.replace('# on', `# implementation: ${value}\n# when: always\n# on`))
    expect(loadFault(withImplementation('other'))).toMatchObject({ implementation: 'other', when: 'always' })
    expect(loadFault(withImplementation('../mine'))).toMatchObject({
      implementation: resolve(folder, '../mine'),
    })
  })

  it('may hold remarks that are no entries', () => {
    expect(loadFault(fault(GOOD.replace('# on', '# A remark: of more than one word.\n# on')))).toMatchObject({
      on: 'hv1',
    })
  })
})

describe('a fault that is wrong is refused with its line', () => {
  it.each([
    [
      'an unknown key',
      GOOD.replace('# on:', '# only:'),
      ':4: unknown key only: wanted one of fault, scenario, on, ',
    ],
    ['an unknown scenario', GOOD.replace('vlan', 'vxlan'), ':3: unknown "vxlan": wanted one of bridged, '],
    [
      'an unknown place',
      GOOD.replace('hv1', 'hv3'),
      ':4: unknown "hv3": wanted one of hv1, hv2, both, sw1, outside',
    ],
    [
      'an unknown time',
      GOOD.replace('# on', '# when: late\n# on'),
      ':4: unknown "late": wanted one of ready, always',
    ],
    [
      'no requirement',
      GOOD.replace('VLAN-13', 'VLAN-1'),
      ":5: VLAN-1 is no requirement's ID: write one such as VLAN-06",
    ],
    ['a key twice', GOOD.replace('# on', '# scenario: nat\n# on'), ':4: scenario is said twice'],
    ['a key without a value', GOOD.replace('hv1', ''), ':4: on has no value'],
    ['only commas', GOOD.replace('VLAN-06 VLAN-13', ','), ':5: breaks names no requirement'],
    [
      'a key too few',
      GOOD.replace(/# breaks.*\n/, ''),
      ': its first comment lines do not say breaks: add "# breaks: ',
    ],
    ['no head', '#!/bin/sh\n\n# fault: x\n', ': its first comment lines do not say on: add "# on: hv1"'],
  ])('because it says %s', (_, text, message) => {
    const path = fault(text)
    expect(() => loadFault(path)).toThrow(BadInput)
    expect(() => loadFault(path)).toThrow(`${path}${message}`)
  })

  it('because it may not be executed', () => {
    const path = fault(GOOD, 0o644)
    expect(() => loadFault(path)).toThrow(`${path}: it may not be executed: chmod +x ${path}`)
  })

  it('because it is not there', () => {
    expect(() => loadFault(join(folder, 'none'))).toThrow('none: cannot be read (there is no such file)')
  })
})

describe('the project’s own faults', () => {
  it.each(readdirSync(FAULTS).filter((file) => file.endsWith('.sh')))(
    '%s can be read, for its implementation',
    (file) => {
      const { scenarios, implementation } = loadFault(join(FAULTS, file))
      expect(loadImplementation(implementation).scenarios).toEqual(expect.arrayContaining([...scenarios]))
    },
  )
})
