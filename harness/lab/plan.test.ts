import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BadInput } from './bad-input.ts'
import { type Plan, parsePlan, planFor } from './plan.ts'
import { SCENARIOS, type Scenario } from './scenario.ts'
import { publishedSchemas, SCHEMAS_FOLDER } from './schemas.ts'
import { loadTopology } from './topology.ts'

const topology = loadTopology(resolve(import.meta.dirname, '../../fixtures/topologies/two-hypervisors.yaml'))

function plan(scenario: Scenario, hypervisor = 'hv1'): Plan {
  return planFor({ topology, scenario, hypervisor, runDirectory: '/run/frameproof/hv1' })
}

describe('a plan', () => {
  it('tells a hypervisor all that may come, and nothing that its scenario does not use', () => {
    expect(plan('vlan')).toEqual({
      version: 1,
      scenario: 'vlan',
      hypervisor: 'hv1',
      uplink: 'eth0',
      mtu: 1500,
      runDirectory: '/run/frameproof/hv1',
      ageingSeconds: 300,
      tenants: [
        { name: 'red', vid: 10 },
        { name: 'blue', vid: 20 },
      ],
      guests: [
        { name: 'red1', tap: 'tap-red1', mac: '02:00:00:00:0a:01', tenant: 'red' },
        { name: 'red2', tap: 'tap-red2', mac: '02:00:00:00:0a:02', tenant: 'red' },
        { name: 'red3', tap: 'tap-red3', mac: '02:00:00:00:0a:03', tenant: 'red' },
        { name: 'blue1', tap: 'tap-blue1', mac: '02:00:00:00:14:01', tenant: 'blue' },
        { name: 'blue2', tap: 'tap-blue2', mac: '02:00:00:00:14:02', tenant: 'blue' },
      ],
    })
  })

  it.each([
    ['bridged', ['address', 'router']],
    ['port-vlan', []],
    ['vlan', []],
    ['nat', ['address', 'router', 'nat', 'dhcp']],
    ['shaped', ['address', 'router', 'shaping', 'policing']],
  ] as const)('of scenario %s adds %j', (scenario, parts) => {
    const common = Object.keys(plan('vlan'))
    expect(Object.keys(plan(scenario)).filter((key) => !common.includes(key))).toEqual(parts)
  })

  it('gives each hypervisor its own address, and polices a guest that is there', () => {
    expect(plan('bridged', 'hv1')).toMatchObject({ address: '192.0.2.11/24', router: '192.0.2.1' })
    expect(plan('shaped', 'hv2')).toMatchObject({
      address: '192.0.2.12/24',
      policing: [{ port: 'tap-red3' }],
    })
  })

  it('is changed where a case wants it otherwise', () => {
    const tenants = [{ name: 'red', vid: 4095 }]
    const changed = planFor({
      topology,
      scenario: 'vlan',
      hypervisor: 'hv1',
      runDirectory: '/run/x',
      change: { tenants, ageingSeconds: 2 },
    })
    expect(changed).toMatchObject({ tenants, ageingSeconds: 2, mtu: 1500 })
  })

  it('is for a hypervisor of the topology', () => {
    expect(() => plan('vlan', 'hv3')).toThrow(new BadInput('topology two-hypervisors has no hypervisor hv3'))
  })

  it.each(SCENARIOS)('of scenario %s is read back as it was written', (scenario) => {
    expect(parsePlan(JSON.stringify(plan(scenario)), 'plan')).toEqual(plan(scenario))
  })
})

describe('a plan that is wrong is refused, with its field', () => {
  const good = plan('vlan')
  it.each([
    ['{', 'hv1.json is not JSON: '],
    ['[]', 'hv1.json: expected object, received array'],
    [JSON.stringify({ ...good, version: 2 }), 'hv1.json: version: expected 1'],
    [JSON.stringify({ ...good, scenario: 'vlans' }), 'hv1.json: scenario: '],
    [JSON.stringify({ ...good, vlans: [] }), 'hv1.json: vlans: unknown field'],
    [JSON.stringify({ ...good, tenants: [{ name: 'red', vid: 4096 }] }), 'hv1.json: tenants.0.vid: Too big'],
    [JSON.stringify({ ...good, runDirectory: 'run' }), 'hv1.json: runDirectory: '],
    [JSON.stringify({ ...good, address: '192.0.2.11' }), 'hv1.json: address: '],
    [JSON.stringify({ ...good, tenants: [] }), 'hv1.json: guests.0.tenant: no tenant of that name'],
  ])('%.40s', (text, message) => {
    expect(() => parsePlan(text, 'hv1.json')).toThrow(BadInput)
    expect(() => parsePlan(text, 'hv1.json')).toThrow(message)
  })

  it('but VIDs that an implementation has to refuse are a plan', () => {
    const tenants = [0, 4095, 4095].map((vid, index) => ({ name: `t${index}`, vid }))
    expect(parsePlan(JSON.stringify({ ...good, guests: [], tenants }), 'plan').tenants).toEqual(tenants)
  })
})

it.each([...publishedSchemas()])(
  'docs/schemas/%s is up to date (else run harness/lab/schemas.ts)',
  (file, schema) => {
    const published: unknown = JSON.parse(readFileSync(join(SCHEMAS_FOLDER, file), 'utf8'))
    expect(published).toEqual(JSON.parse(JSON.stringify(schema)))
  },
)
