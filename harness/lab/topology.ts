/** The model of a lab: what its drawing shows, with the tenants, MAC addresses and IPv4 addresses that go with it. */
import { z } from 'zod'
import { BadInput } from './bad-input.ts'
import { type DrawnGuest, OUTSIDE, parseDrawing, SWITCH } from './drawing.ts'
import type { Scenario } from './scenario.ts'
import { readYaml } from './yaml-file.ts'

export interface Topology {
  name: string
  drawing: string
  tenants: readonly Tenant[]
  hypervisors: readonly HypervisorNode[] // by name
  guests: readonly GuestNode[] // by number
  switchName: string
  outsideName: string
  everyVid?: boolean // the switch's trunks carry all VIDs, not the tenants' alone
}

export interface Tenant {
  name: string
  vid: number
}

export interface HypervisorNode {
  name: string
  uplink: string
  switchPort: string // the switch's NIC for it, of the hypervisor's name
  uplinkMac: string
  address: string // its own, on the physical network
}

export interface GuestNode {
  name: string
  tap: string
  tenant: string
  hypervisor: string
  mac: string
  number: number // over all guests, from 1: tenant after tenant
  hostInTenant: number // in its tenant's own network: its number, unless there are too many guests for that
  address?: string // where it is given, and does not follow from the number
  vm?: { interface: string } // a machine of its own, in which its NIC is this one
}

export const PHYSICAL_PREFIX_LENGTH = 24
/** The host `outside` on the physical network, which is also its router. */
export const ROUTER = '192.0.2.1'
export const OUTSIDE_ADDRESS = ROUTER
/** Every hypervisor's own, on the network of its guests in `nat`. */
export const NAT_GATEWAY = '203.0.113.1'

/** Linux: IFNAMSIZ less its end. */
export const LONGEST_NIC_NAME = 15
const MOST_SHARED_GUESTS = 240
export const MOST_SCALED_GUESTS = 256

/**
 * Guests' addresses. From 203.0.113.100 on the NAT network's DHCP server leases, so fixed addresses end before it.
 * Sources: RFC 5737 (documentation networks).
 */
const GUEST_NETWORKS: Record<Scenario, { network: string; base: number; last: number }> = {
  bridged: { network: '192.0.2', base: 100, last: 254 },
  shaped: { network: '192.0.2', base: 100, last: 254 },
  vlan: { network: '198.51.100', base: 10, last: 254 },
  'port-vlan': { network: '198.51.100', base: 10, last: 254 },
  nat: { network: '203.0.113', base: 10, last: 99 },
}

const tenantName = z
  .string()
  .regex(/^[a-z](?:[a-z0-9]*[a-z])?$/, 'wanted a name such as red, not ending in a digit')
const topologyFile = z.strictObject({
  name: z.string().min(1),
  drawing: z.string().min(1),
  tenants: z.record(tenantName, z.strictObject({ vid: z.int().min(1).max(4094) })),
})

/** @throws {BadInput} naming file and line */
export function loadTopology(path: string): Topology {
  const { name, drawing, tenants } = readYaml(path, topologyFile)
  try {
    return modelOf(
      name,
      drawing,
      Object.entries(tenants).map(([tenant, { vid }]) => ({ name: tenant, vid })),
    )
  } catch (error) {
    if (error instanceof BadInput) throw new BadInput(`${path}: ${error.message}`)
    throw error
  }
}

/** Guests spread evenly over two hypervisors and the tenants (ta, tb, ...), for measurements. @throws {BadInput} */
export function scaledTopology({ guests, tenants }: { guests: number; tenants: number }): Topology {
  const isPossible = guests >= 2 && guests <= MOST_SCALED_GUESTS && tenants >= 1 && tenants <= guests
  if (!isPossible) {
    const wanted = `2 to ${MOST_SCALED_GUESTS} guests and no more tenants than guests`
    throw new BadInput(`a lab of ${guests} guests in ${tenants} tenants cannot be made: ${wanted}`)
  }
  const owners = Array.from({ length: tenants }, (_, index) => ({
    name: letters(index),
    vid: 10 * (index + 1),
  }))
  const names = Array.from(
    { length: guests },
    (_, at) => `${letters(at % tenants)}${Math.floor(at / tenants) + 1}`,
  )
  // The second guest of every tenant is on the other hypervisor than its first.
  const isLeft = (at: number): boolean => (Math.floor(at / tenants) + (at % tenants)) % 2 === 0
  const drawing = draw(
    names.filter((_, at) => isLeft(at)),
    names.filter((_, at) => !isLeft(at)),
  )
  return modelOf(`${guests}-guests-${tenants}-tenants`, drawing, owners)
}

/** A guest's own IPv4 address in a scenario. @throws {BadInput} if the scenario's network has no room for it */
export function addressOf(guest: GuestNode, scenario: Scenario): string {
  if (guest.address !== undefined) return guest.address
  const { network, base, last } = GUEST_NETWORKS[scenario]
  const isTenantsOwn = scenario === 'vlan' || scenario === 'port-vlan'
  const host = base + (isTenantsOwn ? guest.hostInTenant : guest.number)
  if (host > last) {
    throw new BadInput(
      `${guest.name} has no address in scenario ${scenario}: ${network}.0/24 has room for ${last - base} guests`,
    )
  }
  return `${network}.${host}`
}

export function modelOf(name: string, drawing: string, tenants: readonly Tenant[]): Topology {
  const drawn = parseDrawing(drawing)
  refuseSharedVid(tenants)
  const hypervisors = drawn.hypervisors.map(({ name: hypervisor, uplink }, index) => ({
    name: hypervisor,
    uplink,
    switchPort: hypervisor,
    uplinkMac: `02:00:00:ff:${octetPair(index + 1)}`,
    address: `192.0.2.${11 + index}`,
  }))
  const owned = drawn.hypervisors.flatMap((hypervisor) =>
    hypervisor.guests.map((guest) => ownedGuest(guest, hypervisor.name, tenants)),
  )
  owned.sort((a, b) => tenants.indexOf(a.owner) - tenants.indexOf(b.owner) || a.index - b.index)
  const guests = owned.map(({ owner, index, ...guest }, at) => ({
    ...guest,
    tenant: owner.name,
    mac: macOf(index, owner.vid),
    number: at + 1,
    hostInTenant: owned.length > MOST_SHARED_GUESTS ? index : at + 1,
  }))
  for (const nic of [...hypervisors.flatMap((h) => [h.uplink, h.switchPort]), ...guests.map((g) => g.tap)]) {
    if (nic.length > LONGEST_NIC_NAME) {
      throw new BadInput(`the NIC's name ${nic} is longer than ${LONGEST_NIC_NAME} characters`)
    }
  }
  return { name, drawing, tenants, hypervisors, guests, switchName: SWITCH, outsideName: OUTSIDE }
}

/** red1 is the first of red. */
function ownedGuest(guest: DrawnGuest, hypervisor: string, tenants: readonly Tenant[]) {
  const [, tenant = '', digits = ''] = /^(.*?)(\d*)$/.exec(guest.name) ?? []
  const owner = tenants.find((candidate) => candidate.name === tenant)
  if (owner === undefined) {
    const known = tenants.map((candidate) => candidate.name).join(', ')
    throw new BadInput(`guest ${guest.name} is of no tenant: its name is a tenant's (${known}) and a number`)
  }
  const index = Number(digits)
  if (!/^[1-9]\d{0,4}$/.test(digits) || index > 0xffff) {
    throw new BadInput(`guest ${guest.name} has no number: write ${tenant}1, ${tenant}2 and so on`)
  }
  return { ...guest, hypervisor, owner, index }
}

function refuseSharedVid(tenants: readonly Tenant[]): void {
  const shared = tenants.find((tenant, at) => tenants.findIndex((other) => other.vid === tenant.vid) !== at)
  if (shared !== undefined)
    throw new BadInput(`tenant ${shared.name} has VID ${shared.vid}, and so has another`)
}

/** 02:00:HH:VV:VV:LL: locally administered, the tenant's VID in the middle, the guest's place in the tenant around it. */
export function macOf(index: number, vid: number): string {
  const [high, low] = octetPair(index).split(':')
  return `02:00:${high}:${octetPair(vid)}:${low}`
}

function octetPair(value: number): string {
  const hex = value.toString(16).padStart(4, '0')
  return `${hex.slice(0, 2)}:${hex.slice(2)}`
}

/** ta, tb, ... tz, tba: no two the same, and none ends in a digit. */
export function letters(index: number): string {
  const digits = index.toString(26)
  return `t${Array.from(digits, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26))).join('')}`
}

/** The hypervisors side by side, each with its guests hanging on one wire. */
export function draw(left: readonly string[], right: readonly string[], uplink = 'eth0'): string {
  const leftWidth = Math.max(...left.map((name) => 2 * name.length)) + 9
  const middle = [
    `--[ hv1 ]--${uplink} == sw1 == ${uplink}--[ hv2 ]--`,
    `${' '.repeat(16 + uplink.length)}|`,
    `${' '.repeat(13 + uplink.length)}${OUTSIDE}`,
  ]
  const middleWidth = middle[0]?.length ?? 0
  const rows = Math.max(left.length, right.length, middle.length)
  const lines = Array.from({ length: rows }, (_, row) => {
    const leftName = left[row]
    const rightName = right[row]
    const onLeft = leftName === undefined ? '' : `${leftName} --tap-${leftName}--`
    const centre = (middle[row] ?? '').padEnd(middleWidth)
    const leftEnd = leftName === undefined ? ' '.repeat(leftWidth + 1) : `${onLeft.padEnd(leftWidth, '-')}+`
    const rightEnd = rightName === undefined ? '' : `+--tap-${rightName}-- ${rightName}`
    return `${leftEnd}${centre}${rightEnd}`.trimEnd()
  })
  return `${lines.join('\n')}\n`
}
