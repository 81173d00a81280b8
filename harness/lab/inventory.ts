/**
 * An inventory: any machines that SSH reaches, as a lab. Some are hypervisors; guests are TAP devices that Frameproof
 * opens there, or VMs of their own; what is outside may have vantage points. Source: docs/inventory.md.
 */
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { BadInput } from './bad-input.ts'
import {
  configuredAlready,
  type Implementation,
  isFolder,
  loadImplementation,
  NONE,
} from './implementation.ts'
import { SCENARIOS } from './scenario.ts'
import { type GuestNode, LONGEST_NIC_NAME, macOf, type Topology } from './topology.ts'
import { readYaml } from './yaml-file.ts'

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'wanted a name such as hv1')
const nic = z.string().min(1).max(LONGEST_NIC_NAME)
const macAddress = z
  .string()
  .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'wanted a MAC address such as 02:00:00:00:0a:01')

const site = z.strictObject({
  ssh: z.string().min(1).describe('as ssh(1) takes it: an alias of its configuration, or user@host'),
  sudo: z.boolean().default(false).describe('become root by sudo -n'),
})
const hypervisor = z.strictObject({ site: name, uplink: nic })
const vantage = z.strictObject({ site: name, interface: nic })
const tapGuest = z.strictObject({
  hypervisor: name,
  tenant: name,
  tap: nic.describe('Frameproof opens it'),
  mac: macAddress.optional(),
  address: z.ipv4().optional(),
})
const vmGuest = z.strictObject({
  hypervisor: name,
  tenant: name,
  site: name.describe('a VM reached by SSH'),
  interface: nic.describe('its NIC in the tenant’s network'),
  tap: nic.optional().describe('its port on the hypervisor, if that can be captured'),
  mac: macAddress.describe('of its NIC'),
  address: z.ipv4().optional(),
})

export const inventorySchema = z
  .strictObject({
    version: z.literal(1),
    disposable: z.boolean().describe('cases that change configuration run only where this is true'),
    sshConfig: z
      .string()
      .optional()
      .describe('a configuration of ssh(1) besides the user’s own; relative to this file'),
    sites: z.record(name, site),
    hypervisors: z.record(name, hypervisor),
    fabric: z.strictObject({ captures: z.record(z.string(), vantage) }).optional(),
    guests: z.record(name, z.union([tapGuest, vmGuest])),
    tenants: z.record(name, z.strictObject({ vid: z.int().min(1).max(4094) })),
    implementation: z.string().min(1).describe('none: configured already; or a name or folder'),
    documented: z
      .strictObject({
        scenario: z.enum(SCENARIOS).optional().describe('how it is configured, where nobody configures it'),
        addresses: z
          .record(name, z.ipv4())
          .optional()
          .describe('the hypervisors’ own, on the physical network'),
        mtu: z.int().min(68).max(65535).optional(),
        ageingSeconds: z.int().min(0).optional(),
      })
      .default({})
      .describe('the values of the plan that hold there'),
  })
  .describe('An inventory: the machines of a lab, and what is where')

type Written = z.infer<typeof inventorySchema>

export interface Inventory {
  file: string
  written: Written
  topology: Topology
  implementation: Implementation
  sshConfig: string | null // absolute
}

/** @throws {BadInput} naming the file and what does not fit */
export function loadInventory(path: string): Inventory {
  const file = resolve(path)
  const written = readYaml(file, inventorySchema)
  const wrong = firstMismatch(written)
  if (wrong !== null) throw new BadInput(`${file}: ${wrong}`)
  const { sshConfig } = written
  return {
    file,
    written,
    topology: topologyOf(basename(file), written),
    implementation: implementationOf(file, written),
    sshConfig: sshConfig === undefined ? null : beside(file, sshConfig),
  }
}

function implementationOf(file: string, { implementation, documented, disposable }: Written): Implementation {
  if (implementation === NONE) {
    if (documented.scenario !== undefined) return configuredAlready(documented.scenario)
    throw new BadInput(
      `${file}: implementation: none: say how it is configured: documented: { scenario: vlan } (${SCENARIOS.join(', ')})`,
    )
  }
  if (!disposable) {
    throw new BadInput(
      `${file}: implementation ${implementation} would configure machines that are not disposable: say disposable: true if they are, or implementation: none`,
    )
  }
  return loadImplementation(isFolder(implementation) ? beside(file, implementation) : implementation)
}

function beside(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path)
}

/** Names that nobody bears, and what else a schema cannot say. */
function firstMismatch({
  sites,
  hypervisors,
  guests,
  tenants,
  fabric,
  implementation,
}: Written): string | null {
  const unknown = (where: string, what: string, name: string, known: object): string | null =>
    Object.hasOwn(known, name)
      ? null
      : `${where}: there is no ${what} ${name}: ${Object.keys(known).join(', ') || 'none is given'}`
  const ends = Object.entries(hypervisors).map(([name]) => `sw1:${name}`)
  const found = [
    ...Object.entries(hypervisors).map(([name, { site }]) =>
      unknown(`hypervisors.${name}`, 'site', site, sites),
    ),
    ...Object.entries(guests).flatMap(([name, guest]) => [
      unknown(`guests.${name}`, 'hypervisor', guest.hypervisor, hypervisors),
      unknown(`guests.${name}`, 'tenant', guest.tenant, tenants),
      'site' in guest ? unknown(`guests.${name}`, 'site', guest.site, sites) : null,
      'site' in guest && implementation !== NONE
        ? `guests.${name}: a VM cannot be attached by an implementation: implementation: none`
        : null,
      Object.hasOwn(hypervisors, name) ? `guests.${name}: a hypervisor has this name` : null,
    ]),
    ...Object.entries(fabric?.captures ?? {}).flatMap(([port, { site }]) => [
      ends.includes(port) ? null : `fabric.captures: ${port}: wanted ${ends.join(' or ')}`,
      unknown(`fabric.captures.${port}`, 'site', site, sites),
    ]),
    Object.keys(hypervisors).length === 0 ? 'hypervisors: none is given' : null,
    Object.keys(guests).length === 0 ? 'guests: none is given' : null,
  ]
  return found.find((one) => one !== null) ?? null
}

function topologyOf(title: string, { hypervisors, guests, tenants, documented }: Written): Topology {
  const owners = Object.entries(tenants).map(([tenant, { vid }]) => ({ name: tenant, vid }))
  const counts = new Map<string, number>()
  const nodes = Object.entries(guests).map(([guest, given], at): GuestNode => {
    const index = (counts.get(given.tenant) ?? 0) + 1
    counts.set(given.tenant, index)
    const vid = tenants[given.tenant]?.vid ?? 0
    const { hypervisor, tenant, address, tap = '', mac = macOf(index, vid) } = given
    return {
      ...{ name: guest, tap, tenant, hypervisor, mac, number: at + 1, hostInTenant: at + 1 },
      ...(address === undefined ? {} : { address }),
      ...('site' in given ? { vm: { interface: given.interface } } : {}),
    }
  })
  const machines = Object.entries(hypervisors).map(([hypervisor, { uplink }], index) => ({
    ...{ name: hypervisor, uplink, switchPort: hypervisor, uplinkMac: '' },
    address: documented.addresses?.[hypervisor] ?? `192.0.2.${11 + index}`,
  }))
  return {
    ...{
      name: title,
      drawing: listing(machines, nodes),
      tenants: owners,
      hypervisors: machines,
      guests: nodes,
    },
    ...{ switchName: 'sw1', outsideName: 'outside' },
  }
}

function listing(
  machines: readonly { name: string; uplink: string }[],
  guests: readonly GuestNode[],
): string {
  const lines = machines.map(({ name, uplink }) => {
    const own = guests.filter(({ hypervisor }) => hypervisor === name)
    const ports = own.map((guest) => (guest.vm === undefined ? guest.tap : `${guest.name} (a VM)`))
    return `[ ${name} ]--${uplink}    ${ports.join('  ')}`
  })
  return `${lines.join('\n')}\n`
}
