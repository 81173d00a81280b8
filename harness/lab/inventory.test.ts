import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SCRATCH } from '../testing/program.ts'
import { loadInventory } from './inventory.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), SCRATCH))
})
afterAll(() => rmSync(folder, { recursive: true }))

const LINES = {
  version: 'version: 1',
  disposable: 'disposable: true',
  sites: 'sites: { a: { ssh: a.lab, sudo: true }, vm: { ssh: vm.lab } }',
  hypervisors: 'hypervisors: { hv1: { site: a, uplink: ens5 } }',
  guests: 'guests: { red1: { hypervisor: hv1, tenant: red, tap: tap-red1 } }',
  tenants: 'tenants: { red: { vid: 10 } }',
  implementation: 'implementation: linux-bridge',
}

function inventory(changed: Partial<Record<keyof typeof LINES | 'more', string>>) {
  const file = join(folder, 'lab.yaml')
  writeFileSync(file, `${Object.values({ ...LINES, ...changed }).join('\n')}\n`)
  return loadInventory(file)
}

test('its guests and hypervisors are a topology', () => {
  const { topology, implementation } = inventory({})
  expect(topology.hypervisors).toMatchObject([{ name: 'hv1', uplink: 'ens5', address: '192.0.2.11' }])
  expect(topology.guests).toMatchObject([{ name: 'red1', tap: 'tap-red1', mac: '02:00:00:00:0a:01' }])
  expect(implementation.name).toBe('linux-bridge')
})

test('a VM of its own has its NIC there, and no TAP that Frameproof opens', () => {
  const guests =
    'guests: { blue2: { hypervisor: hv1, tenant: red, site: vm, interface: eth0, mac: "02:00:00:00:00:99", address: 198.51.100.7 } }'
  const { topology } = inventory({
    guests,
    implementation: 'implementation: none',
    more: 'documented: { scenario: vlan }',
  })
  expect(topology.guests).toMatchObject([
    { name: 'blue2', tap: '', mac: '02:00:00:00:00:99', address: '198.51.100.7', vm: { interface: 'eth0' } },
  ])
})

test('what is configured already offers its scenario and is not configured', () => {
  const { implementation } = inventory({
    implementation: 'implementation: none',
    more: 'documented: { scenario: vlan }',
  })
  expect(implementation).toMatchObject({ name: 'none', configure: null, scenarios: ['vlan'] })
})

test.each([
  [
    { hypervisors: 'hypervisors: { hv1: { site: b, uplink: ens5 } }' },
    'hypervisors.hv1: there is no site b: a, vm',
  ],
  [
    { guests: 'guests: { red1: { hypervisor: hv9, tenant: red, tap: t } }' },
    'guests.red1: there is no hypervisor hv9: hv1',
  ],
  [
    { guests: 'guests: { red1: { hypervisor: hv1, tenant: tan, tap: t } }' },
    'guests.red1: there is no tenant tan: red',
  ],
  [
    { guests: 'guests: { hv1: { hypervisor: hv1, tenant: red, tap: t } }' },
    'guests.hv1: a hypervisor has this name',
  ],
  [{ disposable: 'disposable: false' }, 'would configure machines that are not disposable'],
  [{ implementation: 'implementation: none' }, 'say how it is configured: documented: { scenario: vlan }'],
  [
    { implementation: 'implementation: nothing-of-the-kind' },
    'there is no implementation nothing-of-the-kind',
  ],
  [
    { more: 'fabric: { captures: { "sw1:hv9": { site: a, interface: x } } }' },
    'fabric.captures: sw1:hv9: wanted sw1:hv1',
  ],
  [{ version: 'version: 2' }, ':1:1: version: '],
  [{ more: 'spare: 1' }, ':8:1: spare: unknown field'],
])('%j is refused', (changed, words) => {
  expect(() => inventory(changed)).toThrow(words)
})
