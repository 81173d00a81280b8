/** A topology in a scenario, as proofs see it: ports with their cables, guests with their addresses and peers. */

import { OUTSIDE_INTERFACE } from '../lab/fabric.ts'
import type { Scenario } from '../lab/scenario.ts'
import { addressOf, type GuestNode, NAT_GATEWAY, OUTSIDE_ADDRESS, type Topology } from '../lab/topology.ts'
import type { Vantage } from '../lab/vantage.ts'
import type { Guest, Machine, Port, World } from '../proof/index.ts'
import { formatIpv6 } from '../wire/index.ts'

/** In `nat`, what every hypervisor is to its own guests. */
export const GATEWAY = 'gateway'

/** In a port's description. */
const MOST_VIDS_TOLD = 8

/** What a topology does not tell: a lab does. */
export interface Sight {
  /** NICs that the implementation made for itself. */
  readonly inner: readonly Vantage[]
  /** Whether the machine is one of the lab's. */
  has(node: string): boolean
  /** Whether the port is captured. */
  sees(port: Vantage): boolean
}

/** Port names agree with those of the lab's captures: NODE:INTERFACE. */
export function worldOf(topology: Topology, scenario: Scenario, sight: Sight): World {
  const guests = topology.guests.map((node) => guestOf(node, topology, scenario))
  const ports = [
    ...guests.map((guest) => guest.nic),
    ...guests.map((guest) => guest.port),
    ...sight.inner.map((inner) => innerPort(inner, topology)),
    ...topology.hypervisors.flatMap(({ name, uplink, switchPort }) => {
      const what = ['physical NIC of', name, carriedIn(scenario, topology)] as const
      return cable('uplink', what, [name, uplink], [topology.switchName, switchPort])
    }),
    ...cable(
      'outside',
      ['NIC of the host on the physical network', '', ''],
      [topology.outsideName, OUTSIDE_INTERFACE],
      [topology.switchName, topology.outsideName],
    ),
  ]
  const uniquePorts = [...new Set(ports)] // a VM's NIC is its port, too, where its TAP cannot be seen
  return {
    ports: uniquePorts.filter((port) => port.kind === 'guest' || sight.sees(port)),
    guests,
    machines: machinesOf(topology, scenario).filter(({ name }) => name === GATEWAY || sight.has(name)),
    ...reachIn(scenario, guests),
  }
}

/** Who may be reached, and seen, by whom. */
export function reachIn(
  scenario: Scenario,
  guests: readonly Guest[],
): Required<Pick<World, 'peersOf' | 'hidesGuests'>> {
  return { peersOf: peersIn(scenario, guests), hidesGuests: scenario === 'nat' }
}

function peersIn(scenario: Scenario, guests: readonly Guest[]): World['peersOf'] {
  return (guest, among = guests) =>
    among.filter((other) => other.name !== guest.name && mayReach(scenario, guest, other))
}

/** Who answers to an address of the physical network. */
function machinesOf({ hypervisors, outsideName }: Topology, scenario: Scenario): readonly Machine[] {
  const outside = { name: outsideName, address: OUTSIDE_ADDRESS }
  const gateway = scenario === 'nat' ? [{ name: GATEWAY, address: NAT_GATEWAY }] : []
  if (scenario === 'vlan' || scenario === 'port-vlan') return [outside]
  return [...hypervisors.map(({ name, address }) => ({ name, address })), outside, ...gateway]
}

/** Tags separate tenants; in `port-vlan` and `nat` only guests of one hypervisor reach each other by frames alone. */
function mayReach(scenario: Scenario, a: Guest, b: Guest): boolean {
  if (scenario === 'vlan') return a.tenant === b.tenant
  if (scenario === 'port-vlan') return a.tenant === b.tenant && a.hypervisor === b.hypervisor
  return scenario !== 'nat' || a.hypervisor === b.hypervisor
}

function guestOf(node: GuestNode, topology: Topology, scenario: Scenario): Guest {
  const { name, tap, tenant, hypervisor, mac } = node
  const vid = topology.tenants.find((candidate) => candidate.name === tenant)?.vid ?? 0
  const owner = `${name} (tenant ${tenant}, VID ${vid})`
  const port = tapPort({ name, tenant, vid }, tap, hypervisor)
  const portId = port.id
  const nic: Port = {
    ...port,
    id: name,
    kind: 'guest',
    wiredTo: portId,
    description: `the NIC of ${owner}, seen from inside the VM`,
    ...(node.vm === undefined ? {} : { node: name, interface: node.vm.interface }),
    ...(tap === '' ? { wiredTo: null } : {}),
  }
  return {
    name,
    tenant,
    vid,
    hypervisor,
    mac,
    address: addressOf(node, scenario),
    address6: linkLocalOf(mac),
    port: tap === '' ? nic : port,
    nic,
  }
}

/** The same guest, plugged in at another hypervisor under the same name. */
export function placedOn(guest: Guest, hypervisor: string): Guest {
  const port = tapPort(guest, guest.port.interface, hypervisor)
  return { ...guest, hypervisor, port, nic: { ...guest.nic, node: hypervisor, wiredTo: port.id } }
}

function tapPort(owner: Pick<Guest, 'name' | 'tenant' | 'vid'>, tap: string, hypervisor: string): Port {
  const { name, tenant, vid } = owner
  return {
    id: `${hypervisor}:${tap}`,
    kind: 'tap',
    node: hypervisor,
    interface: tap,
    guest: name,
    wiredTo: name,
    description: `TAP port of ${name} (tenant ${tenant}, VID ${vid}) on ${hypervisor}`,
  }
}

type Place = readonly [node: string, nic: string]

/** A machine's NIC, and the switch's port at the other end. */
function cable(
  kind: 'uplink' | 'outside',
  [what, owner, carried]: readonly [what: string, owner: string, carried: string],
  machine: Place,
  switchPort: Place,
): readonly Port[] {
  const [machineId, switchId] = [machine.join(':'), switchPort.join(':')]
  const end = ([node, nic]: Place) => ({ node, interface: nic, guest: null })
  const description = [what, owner, carried].filter((part) => part !== '').join(' ')
  const towards = ['port of the physical switch towards', machine[0], carried].join(' ').trimEnd()
  return [
    { id: machineId, kind, ...end(machine), wiredTo: switchId, description },
    { id: switchId, kind: 'switch', ...end(switchPort), wiredTo: machineId, description: towards },
  ]
}

/** What is on the cable where the implementation does what the scenario says. */
function carriedIn(scenario: Scenario, { tenants }: Topology): string {
  const vids = tenants.length > MOST_VIDS_TOLD ? '' : `s ${tenants.map(({ vid }) => vid).join(', ')}`
  return scenario === 'vlan' ? `(trunk: VID${vids || 's of all tenants'} tagged)` : '(untagged)'
}

/** Its role is not known; what its name says by the usual conventions, NIC.VID and br-TENANT, is told as that. */
function innerPort({ node, interface: nic }: Vantage, { tenants }: Topology): Port {
  const id = `${node}:${nic}`
  const vid = /\.(\d{1,4})$/.exec(nic)?.[1]
  const owner = tenants.find(({ name }) => nic === `br-${name}`)
  const meant = [
    ...(vid === undefined ? [] : [`, by its name the VLAN NIC of VID ${vid}`]),
    ...(owner === undefined ? [] : [`, by its name the bridge of tenant ${owner.name} (VID ${owner.vid})`]),
  ].join('')
  const description = `${nic}, inside ${node}${meant}`
  return { id, kind: 'inner', node, interface: nic, guest: null, wiredTo: null, description }
}

/** The modified EUI-64 of the MAC address. RFC 4291, appendix A. */
function linkLocalOf(mac: string): string {
  const octets = mac.split(':').map((octet) => Number.parseInt(octet, 16))
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = octets
  const groups = [(a ^ 0x02) * 256 + b, c * 256 + 0xff, 0xfe00 + d, e * 256 + f]
  return formatIpv6(
    Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...groups.flatMap((g) => [g >> 8, g & 0xff])]),
  )
}
