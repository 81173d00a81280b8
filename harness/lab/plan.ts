/** The plan: what an implementation is told on standard input, and what the cases may count on. */
import { z } from 'zod'
import { BadInput, fieldName, firstProblem } from './bad-input.ts'
import { SCENARIOS, type Scenario } from './scenario.ts'
import {
  type HypervisorNode,
  LONGEST_NIC_NAME,
  NAT_GATEWAY,
  PHYSICAL_PREFIX_LENGTH,
  ROUTER,
  type Topology,
} from './topology.ts'

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'wanted a name such as red1')
const nic = z.string().min(1).max(LONGEST_NIC_NAME)
const vid = z
  .int()
  .min(0)
  .max(4095)
  .describe('0 and 4095 are admitted: to refuse them is the implementation’s task')
const mac = z
  .string()
  .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'wanted a MAC address such as 02:00:00:00:0a:01')
const count = z.int().positive()
const rate = count.describe('as tc counts it')

const tenant = z.strictObject({ name, vid })
const guest = z.strictObject({ name, tap: nic, mac, tenant: name })
const nat = z.strictObject({ gateway: z.cidrv4(), forwarding: z.boolean() })
const dhcp = z.strictObject({
  tenant: name.nullable().describe('whose network is served; null: the one network of the scenario'),
  server: z.cidrv4(),
  first: z.ipv4(),
  last: z.ipv4(),
  router: z.ipv4(),
  dns: z.array(z.ipv4()),
  leaseSeconds: z.int().min(120),
})
const shaping = z.strictObject({
  port: nic,
  qdisc: z.literal('tbf'),
  rateBitsPerSecond: rate,
  burstOctets: count,
  latencyMs: count,
})
const shapingClass = z.strictObject({
  port: nic,
  name,
  guests: z.array(name),
  rateBitsPerSecond: rate,
  ceilBitsPerSecond: rate,
  burstOctets: count,
  delayBoundMs: count,
})
const policing = z.strictObject({ port: nic, rateBitsPerSecond: rate, burstOctets: count })

export const planSchema = z
  .strictObject({
    version: z.literal(1),
    scenario: z.enum(SCENARIOS),
    hypervisor: name,
    uplink: nic.describe('the physical NIC: handed over down and without an address'),
    mtu: z.int().min(68).max(65535),
    runDirectory: z
      .string()
      .regex(/^\//, 'wanted an absolute path')
      .describe('for state that outlives a call; empty at first'),
    ageingSeconds: z.int().min(0),
    tenants: z.array(tenant),
    guests: z.array(guest).describe('every guest that may come to this hypervisor'),
    address: z.cidrv4().optional().describe('the hypervisor’s own, on the physical network'),
    router: z.ipv4().optional(),
    nat: nat.optional(),
    dhcp: z.array(dhcp).optional(),
    shaping: z.array(shaping).optional().describe('of what leaves the port'),
    classes: z.array(shapingClass).optional().describe('HTB, of what leaves the port'),
    policing: z.array(policing).optional().describe('of what the port takes in'),
  })
  .describe(
    'What an implementation is told on standard input. A part that the scenario does not use is absent.',
  )

export type Plan = z.infer<typeof planSchema>

/** A network's DHCP, as it is documented. */
export type DhcpPlan = Omit<z.infer<typeof dhcp>, 'tenant'>

/** Fields of a plan that a case wants otherwise. */
export type PlanChange = Partial<Omit<Plan, 'version' | 'scenario' | 'hypervisor' | 'runDirectory'>>

export interface PlanRequest {
  topology: Topology
  scenario: Scenario
  hypervisor: string
  runDirectory: string
  change?: PlanChange
}

const MTU = 1500
const AGEING_SECONDS = 300

/** @throws {BadInput} if the topology has no such hypervisor */
export function planFor({ topology, scenario, hypervisor, runDirectory, change }: PlanRequest): Plan {
  const node = topology.hypervisors.find((candidate) => candidate.name === hypervisor)
  if (node === undefined) throw new BadInput(`topology ${topology.name} has no hypervisor ${hypervisor}`)
  return {
    version: 1,
    scenario,
    hypervisor,
    uplink: node.uplink,
    mtu: MTU,
    runDirectory,
    ageingSeconds: AGEING_SECONDS,
    tenants: topology.tenants.map((owner) => ({ name: owner.name, vid: owner.vid })),
    guests: topology.guests.map((vm) => ({ name: vm.name, tap: vm.tap, mac: vm.mac, tenant: vm.tenant })),
    ...scenarioParts(scenario, node, topology),
    ...change,
  }
}

/** @param where what the text is, for the message. @throws {BadInput} naming the field */
export function parsePlan(text: string, where: string): Plan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new BadInput(`${where} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  const checked = planSchema.safeParse(value)
  if (!checked.success) {
    const { path, message } = firstProblem(checked.error)
    throw new BadInput(`${where}: ${path.length === 0 ? '' : `${fieldName(path)}: `}${message}`)
  }
  const plan = checked.data
  const lost = plan.guests.findIndex((vm) => plan.tenants.every((owner) => owner.name !== vm.tenant))
  if (lost !== -1) throw new BadInput(`${where}: guests.${lost}.tenant: no tenant of that name is in tenants`)
  return plan
}

type ScenarioParts = Pick<PlanChange, 'address' | 'router' | 'nat' | 'dhcp' | 'shaping' | 'policing'>

/** The article's example values. In `vlan` and `port-vlan` the hypervisor itself has no address. */
function scenarioParts(scenario: Scenario, node: HypervisorNode, topology: Topology): ScenarioParts {
  const own = { address: `${node.address}/${PHYSICAL_PREFIX_LENGTH}`, router: ROUTER }
  if (scenario === 'bridged') return own
  if (scenario === 'nat')
    return { ...own, nat: { gateway: `${NAT_GATEWAY}/24`, forwarding: true }, dhcp: [NAT_DHCP] }
  if (scenario === 'shaped') return { ...own, ...shapedParts(node, topology) }
  return {}
}

const NAT_DHCP = {
  tenant: null,
  server: `${NAT_GATEWAY}/24`,
  first: '203.0.113.100',
  last: '203.0.113.199',
  router: NAT_GATEWAY,
  dns: ['192.0.2.53'],
  leaseSeconds: 120,
}

/** 10 Mbit/s out of the uplink, and as much from the hypervisor's first guest; buckets of more than 20 ms. */
function shapedParts(node: HypervisorNode, topology: Topology): ScenarioParts {
  const rateBitsPerSecond = 10_000_000
  const [first] = topology.guests.filter((vm) => vm.hypervisor === node.name)
  const policed = first === undefined ? [] : [{ port: first.tap, rateBitsPerSecond, burstOctets: 65_536 }]
  return {
    shaping: [{ port: node.uplink, qdisc: 'tbf', rateBitsPerSecond, burstOctets: 32_768, latencyMs: 50 }],
    policing: policed,
  }
}
