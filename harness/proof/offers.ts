/** What cases on rates say again and again: where load ends, how large buckets are, and who offers how much for how long. */
import type { Station } from './building.ts'
import { experimental, udp } from './frames.ts'
import { EVERYBODY } from './groups.ts'
import type { Stimulus } from './stimulus.ts'
import type { Guest } from './world.ts'

export const MBIT = 1_000_000

/** Nobody: frames for it leave a hypervisor and end outside. It must have been heard from there first. */
export const SINK: Station = {
  mac: '02:00:00:ff:ff:05',
  address: '192.0.2.250',
  address6: 'fe80::ff:feff:ff05',
}

/** Put on the cable outside, it tells everybody where `SINK` is: what is for it is flooded no longer. */
export function sinkIsOutside(): Stimulus {
  return experimental({ from: SINK, to: EVERYBODY })
}

/** So long a limiter may be late without losing any of its rate: a kernel that is a process is, by 20 ms and more. */
export const BUCKET_MS = 50

/** Octets that a rate gives in that time. */
export function octetsIn(rateBitsPerSecond: number, ms: number): number {
  return Math.ceil((rateBitsPerSecond * ms) / 8000)
}

/** For a plan: all that leaves the port, with a bucket for `BUCKET_MS` and a queue for another 50 ms. */
export function shapedTo(port: { interface: string }, rateBitsPerSecond: number) {
  return {
    port: port.interface,
    qdisc: 'tbf' as const,
    rateBitsPerSecond,
    burstOctets: Math.max(octetsIn(rateBitsPerSecond, BUCKET_MS), TWO_FRAMES),
    latencyMs: 50,
  }
}

export interface ClassOptions {
  /** Of all guests: those of the class are of one tenant, on one hypervisor, as this one is. */
  like: Guest
  among: readonly Guest[]
  guaranteedBitsPerSecond: number
  ceilBitsPerSecond: number
}

/** For a plan: a tenant's class of what leaves the port, with a bucket for `BUCKET_MS` at its ceiling. */
export function classOf(port: { interface: string }, options: ClassOptions) {
  const { like, among, guaranteedBitsPerSecond: rateBitsPerSecond, ceilBitsPerSecond } = options
  const { tenant, hypervisor } = like
  const guests = among.filter((guest) => guest.tenant === tenant && guest.hypervisor === hypervisor)
  const burstOctets = octetsIn(ceilBitsPerSecond, BUCKET_MS)
  return {
    ...{ port: port.interface, name: tenant, guests: guests.map((guest) => guest.name) },
    ...{ rateBitsPerSecond, ceilBitsPerSecond, burstOctets, delayBoundMs: DELAY_BOUND_MS },
  }
}

/** Longer a neighbour's frame must not wait, whoever floods. */
export const DELAY_BOUND_MS = 50

/** For a plan: what the port takes in, with a bucket for `BUCKET_MS`. */
export function policedTo(port: { interface: string }, rateBitsPerSecond: number) {
  const burstOctets = Math.max(octetsIn(rateBitsPerSecond, BUCKET_MS), TWO_FRAMES)
  return { port: port.interface, rateBitsPerSecond, burstOctets }
}

const TWO_FRAMES = 2 * 1514

/** The guest sends to nobody outside. */
export function outward(from: Guest, sizeOctets: number): Stimulus {
  return experimental({ from, to: SINK, sizeOctets })
}

const UDP_HEADERS_OCTETS = 14 + 20 + 8

/** The same as a datagram, such as voice is. Without a checksum, which would be another in each copy. */
export function outwardDatagram(from: Guest, sizeOctets: number): Stimulus {
  const datagram = { sizeOctets: sizeOctets - UDP_HEADERS_OCTETS, checksum: 'none' as const }
  return udp({ from, to: SINK, ip: { dscp: EXPEDITED }, ...datagram })
}

/** RFC 3246. */
const EXPEDITED = 46
