import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BadInput } from './bad-input.ts'
import { parseDrawing } from './drawing.ts'
import { SCENARIOS } from './scenario.ts'
import { addressOf, LONGEST_NIC_NAME, loadTopology, scaledTopology } from './topology.ts'

const DEFAULT = resolve(import.meta.dirname, '../../fixtures/topologies/two-hypervisors.yaml')

describe('the default topology', () => {
  const topology = loadTopology(DEFAULT)

  it('has its tenants, hypervisors and fabric', () => {
    expect(topology).toMatchObject({
      name: 'two-hypervisors',
      tenants: [
        { name: 'red', vid: 10 },
        { name: 'blue', vid: 20 },
      ],
      hypervisors: [
        {
          name: 'hv1',
          uplink: 'eth0',
          switchPort: 'hv1',
          uplinkMac: '02:00:00:ff:00:01',
          address: '192.0.2.11',
        },
        {
          name: 'hv2',
          uplink: 'eth0',
          switchPort: 'hv2',
          uplinkMac: '02:00:00:ff:00:02',
          address: '192.0.2.12',
        },
      ],
      switchName: 'sw1',
      outsideName: 'outside',
    })
  })

  it('numbers its guests tenant after tenant, and gives each a MAC address that says which it is', () => {
    const shown = topology.guests.map(
      (g) => `${g.number} ${g.name} ${g.tap} ${g.tenant} ${g.hypervisor} ${g.mac}`,
    )
    expect(shown).toEqual([
      '1 red1 tap-red1 red hv1 02:00:00:00:0a:01',
      '2 red2 tap-red2 red hv1 02:00:00:00:0a:02',
      '3 red3 tap-red3 red hv2 02:00:00:00:0a:03',
      '4 blue1 tap-blue1 blue hv1 02:00:00:00:14:01',
      '5 blue2 tap-blue2 blue hv2 02:00:00:00:14:02',
    ])
  })

  it('gives every guest an address in each scenario', () => {
    const [red1] = topology.guests
    if (red1 === undefined) throw new Error('no guest')
    const addresses = SCENARIOS.map((scenario) => `${scenario} ${addressOf(red1, scenario)}`)
    expect(addresses).toEqual([
      'bridged 192.0.2.101',
      'port-vlan 198.51.100.11',
      'vlan 198.51.100.11',
      'nat 203.0.113.11',
      'shaped 192.0.2.101',
    ])
  })
})

describe('a topology of any size', () => {
  it.each([
    { guests: 2, tenants: 1 },
    { guests: 7, tenants: 3 },
    { guests: 16, tenants: 16 },
    { guests: 240, tenants: 1 },
    { guests: 256, tenants: 8 },
    { guests: 256, tenants: 256 },
  ])(
    'of $guests guests in $tenants tenants is spread evenly, without a name, MAC or address twice',
    (size) => {
      const topology = scaledTopology(size)
      const { guests, tenants } = topology
      expect(guests).toHaveLength(size.guests)
      expect(new Set(guests.map((guest) => guest.tenant))).toHaveLength(size.tenants)
      for (const field of ['name', 'tap', 'mac', 'number'] as const) {
        expect(new Set(guests.map((guest) => guest[field]))).toHaveLength(size.guests)
      }
      expect(new Set(guests.map((guest) => `${guest.tenant} ${addressOf(guest, 'vlan')}`))).toHaveLength(
        size.guests,
      )
      expect(Math.max(...guests.map((guest) => guest.tap.length))).toBeLessThanOrEqual(LONGEST_NIC_NAME)
      const onFirst = guests.filter((guest) => guest.hypervisor === 'hv1').length
      expect(Math.abs(onFirst - size.guests / 2)).toBeLessThanOrEqual(1)
      expect(tenants.every((tenant) => tenant.vid >= 1 && tenant.vid <= 4094)).toBe(true)
      expect(
        parseDrawing(topology.drawing).hypervisors.flatMap((hypervisor) => hypervisor.guests),
      ).toHaveLength(size.guests)
    },
  )

  it('keeps guests of the same tenants apart by address up to 240 guests', () => {
    const { guests } = scaledTopology({ guests: 240, tenants: 8 })
    expect(new Set(guests.map((guest) => addressOf(guest, 'vlan')))).toHaveLength(240)
  })

  it('says so when a network has no room', () => {
    const { guests } = scaledTopology({ guests: 256, tenants: 1 })
    const last = guests.at(-1)
    if (last === undefined) throw new Error('no guest')
    expect(() => addressOf(last, 'bridged')).toThrow(
      new BadInput('ta256 has no address in scenario bridged: 192.0.2.0/24 has room for 154 guests'),
    )
    expect(() => addressOf(last, 'vlan')).toThrow('198.51.100.0/24 has room for 244 guests')
    expect(() => addressOf(last, 'nat')).toThrow('203.0.113.0/24 has room for 89 guests')
  })

  it('is refused beyond what was measured', () => {
    expect(() => scaledTopology({ guests: 257, tenants: 1 })).toThrow(BadInput)
    expect(() => scaledTopology({ guests: 1, tenants: 1 })).toThrow(BadInput)
    expect(() => scaledTopology({ guests: 4, tenants: 5 })).toThrow('no more tenants than guests')
  })
})

describe('a topology file that is wrong is refused, with its line', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'frameproof-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const DRAWING = 'drawing: |\n  red1 --tap-red1--[ hv1 ]--eth0 == sw1 -- outside\n'
  it.each([
    ['name: x\ntenants: {}\n', ':1:1: drawing: expected string, received undefined'],
    [
      `name: x\n${DRAWING}tenants: { red: { vid: 0 } }\n`,
      ':4:19: tenants.red.vid: Too small: expected number to be >=1',
    ],
    [`name: x\n${DRAWING}tenants: { red2: { vid: 1 } }\n`, ':4:12: tenants.red2: '],
    [`name: x\n${DRAWING}tenants: { red: { vid: 1 }\n`, ':5:1: this is not YAML: '],
    [`name: x\n${DRAWING}tenants: { red: { vid: 1 } }\nguests: 1\n`, ':5:1: guests: unknown field'],
    [
      `name: x\n${DRAWING}tenants: { blue: { vid: 1 } }\n`,
      ': guest red1 is of no tenant: its name is a tenant',
    ],
    [
      `name: x\n${DRAWING}tenants: { red: { vid: 1 }, blue: { vid: 1 } }\n`,
      ': tenant blue has VID 1, and so has another',
    ],
    [
      `name: x\n${DRAWING.replace('red1 ', 'red ')}tenants: { red: { vid: 1 } }\n`,
      ': guest red has no number',
    ],
    [
      `name: x\n${DRAWING.replace('tap-red1', 'tap-of-red-number-1')}tenants: { red: { vid: 1 } }\n`,
      'longer than 15',
    ],
    [
      `name: x\n${DRAWING.replace('==', '')}tenants: { red: { vid: 1 } }\n`,
      ': line 1, column 27 of the drawing: ',
    ],
  ])('%j', (text, message) => {
    const path = join(folder, 'topology.yaml')
    writeFileSync(path, text)
    expect(() => loadTopology(path)).toThrow(BadInput)
    expect(() => loadTopology(path)).toThrow(message)
    expect(() => loadTopology(path)).toThrow(/^.*topology\.yaml:[^\n]*$/)
  })

  it('that is not there', () => {
    expect(() => loadTopology(join(folder, 'none.yaml'))).toThrow(
      'none.yaml: cannot be read (there is no such file)',
    )
  })
})
