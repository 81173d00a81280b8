/**
 * Neighbour discovery for IPv6: solicitations and advertisements of routers and neighbours, and redirects.
 * Source: RFC 4861 4. Integers big-endian; lengths in octets. That the hop limit is 255 (RFC 4861 6.1 and 7.1) is
 * for the reader of the IPv6 header to check.
 */
import { type Ipv6Address, readIpv6, writeIpv6 } from './address.ts'
import { type IpAddresses, internetChecksum, pseudoHeaderSum } from './checksum.ts'
import { ICMPV6_TYPE, icmpv6ChecksumIsRight } from './icmpv6.ts'
import { IP_PROTOCOL } from './ipv4.ts'
import {
  type NeighbourOption,
  neighbourOptionsSize,
  readNeighbourOptions,
  writeNeighbourOption,
} from './neighbour-options.ts'
import { OctetReader, OctetWriter } from './octets.ts'

const PROTOCOL = 'icmpv6'
const CHECKSUM_OFFSET = 2
const MANAGED = 0x80
const OTHER_CONFIGURATION = 0x40
const ROUTER = 0x80000000
const SOLICITED = 0x40000000
const OVERRIDE = 0x20000000

/** An absent checksum is computed on encoding; what is reserved is 0 if absent. */
interface Common {
  code: number // 0 unless made wrong on purpose
  checksum?: number
  options: readonly NeighbourOption[]
}

export interface RouterSolicitation extends Common {
  kind: 'router solicitation'
  reserved?: number // 32 bits
}

export interface RouterAdvertisement extends Common {
  kind: 'router advertisement'
  hopLimit: number // for others to use; 0: unspecified
  managed: boolean
  otherConfiguration: boolean
  reservedFlags?: number // six bits, of which RFC 4191 uses two
  routerLifetimeSeconds: number
  reachableTimeMs: number
  retransmitTimerMs: number
}

export interface NeighbourSolicitation extends Common {
  kind: 'neighbour solicitation'
  reserved?: number // 32 bits
  target: Ipv6Address
}

export interface NeighbourAdvertisement extends Common {
  kind: 'neighbour advertisement'
  router: boolean
  solicited: boolean
  override: boolean
  reserved?: number // 29 bits
  target: Ipv6Address
}

export interface NeighbourRedirect extends Common {
  kind: 'redirect'
  reserved?: number // 32 bits
  target: Ipv6Address // the better first hop
  destination: Ipv6Address
}

export type NeighbourMessage =
  | RouterSolicitation
  | RouterAdvertisement
  | NeighbourSolicitation
  | NeighbourAdvertisement
  | NeighbourRedirect

/** checksumIsRight says what was found on reading, and means nothing on encoding. */
export type DecodedNeighbourMessage = NeighbourMessage & { checksum: number; checksumIsRight: boolean }

const TYPES: Readonly<Record<NeighbourMessage['kind'], number>> = {
  'router solicitation': ICMPV6_TYPE.routerSolicitation,
  'router advertisement': ICMPV6_TYPE.routerAdvertisement,
  'neighbour solicitation': ICMPV6_TYPE.neighbourSolicitation,
  'neighbour advertisement': ICMPV6_TYPE.neighbourAdvertisement,
  redirect: ICMPV6_TYPE.redirect,
}
/** Octets before the options. */
const SIZES: Readonly<Record<NeighbourMessage['kind'], number>> = {
  'router solicitation': 8,
  'router advertisement': 16,
  'neighbour solicitation': 24,
  'neighbour advertisement': 24,
  redirect: 40,
}

/** @throws {WireError} if octets are missing, the type is another, or an option's length is zero or not its own */
export function decodeNeighbourMessage(octets: Uint8Array, addresses: IpAddresses): DecodedNeighbourMessage {
  const reader = new OctetReader(PROTOCOL, octets)
  const type = reader.u8('type')
  const code = reader.u8('code')
  const checksum = reader.u16('checksum')
  const checksumIsRight = icmpv6ChecksumIsRight(octets, addresses)
  const body = readBody(type, reader)
  return { ...body, code, checksum, checksumIsRight, options: readNeighbourOptions(reader) }
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeNeighbourMessage(message: NeighbourMessage, addresses: IpAddresses): Uint8Array {
  const size = SIZES[message.kind] + neighbourOptionsSize(message.options)
  const writer = new OctetWriter(PROTOCOL, size)
  writer.u8('type', TYPES[message.kind])
  writer.u8('code', message.code)
  writer.u16('checksum', message.checksum ?? 0)
  writeBody(writer, message)
  for (const option of message.options) writeNeighbourOption(writer, option)
  if (message.checksum === undefined) {
    const sum = pseudoHeaderSum(addresses, IP_PROTOCOL.icmpv6, size)
    writer.setU16('checksum', CHECKSUM_OFFSET, internetChecksum(writer.octets, sum))
  }
  return writer.finish()
}

/** Whether decodeNeighbourMessage reads messages of this type. */
export function isNeighbourMessage(type: number): boolean {
  return Object.values(TYPES).includes(type)
}

type Body = NeighbourMessage extends infer T
  ? T extends NeighbourMessage
    ? Omit<T, keyof Common>
    : never
  : never

function readBody(type: number, reader: OctetReader): Body {
  if (type === ICMPV6_TYPE.routerSolicitation) {
    return { kind: 'router solicitation', reserved: reader.u32('reserved') }
  }
  if (type === ICMPV6_TYPE.routerAdvertisement) return readRouterAdvertisement(reader)
  if (type === ICMPV6_TYPE.neighbourSolicitation) {
    const reserved = reader.u32('reserved')
    return { kind: 'neighbour solicitation', reserved, target: readIpv6(reader, 'target') }
  }
  if (type === ICMPV6_TYPE.neighbourAdvertisement) return readNeighbourAdvertisement(reader)
  if (type !== ICMPV6_TYPE.redirect) throw reader.fault('type', 0, 'one from 133 to 137', type)
  const reserved = reader.u32('reserved')
  const target = readIpv6(reader, 'target')
  return { kind: 'redirect', reserved, target, destination: readIpv6(reader, 'destination') }
}

function readRouterAdvertisement(reader: OctetReader): Omit<RouterAdvertisement, keyof Common> {
  const hopLimit = reader.u8('hopLimit')
  const flags = reader.u8('flags')
  return {
    kind: 'router advertisement',
    hopLimit,
    managed: (flags & MANAGED) !== 0,
    otherConfiguration: (flags & OTHER_CONFIGURATION) !== 0,
    reservedFlags: flags & 0x3f,
    routerLifetimeSeconds: reader.u16('routerLifetimeSeconds'),
    reachableTimeMs: reader.u32('reachableTimeMs'),
    retransmitTimerMs: reader.u32('retransmitTimerMs'),
  }
}

function readNeighbourAdvertisement(reader: OctetReader): Omit<NeighbourAdvertisement, keyof Common> {
  const flags = reader.u32('flags')
  return {
    kind: 'neighbour advertisement',
    router: (flags & ROUTER) !== 0,
    solicited: (flags & SOLICITED) !== 0,
    override: (flags & OVERRIDE) !== 0,
    reserved: flags & 0x1fffffff,
    target: readIpv6(reader, 'target'),
  }
}

function writeBody(writer: OctetWriter, message: NeighbourMessage): void {
  if (message.kind === 'router advertisement') {
    writeRouterAdvertisement(writer, message)
    return
  }
  if (message.kind === 'neighbour advertisement') {
    writeNeighbourAdvertisement(writer, message)
    return
  }
  writer.u32('reserved', message.reserved ?? 0)
  if (message.kind !== 'router solicitation') writeIpv6(writer, 'target', message.target)
  if (message.kind === 'redirect') writeIpv6(writer, 'destination', message.destination)
}

function writeRouterAdvertisement(writer: OctetWriter, message: RouterAdvertisement): void {
  const reservedFlags = writer.fitting('reservedFlags', message.reservedFlags ?? 0, 6)
  const managed = message.managed ? MANAGED : 0
  writer.u8('hopLimit', message.hopLimit)
  writer.u8('flags', managed | (message.otherConfiguration ? OTHER_CONFIGURATION : 0) | reservedFlags)
  writer.u16('routerLifetimeSeconds', message.routerLifetimeSeconds)
  writer.u32('reachableTimeMs', message.reachableTimeMs)
  writer.u32('retransmitTimerMs', message.retransmitTimerMs)
}

function writeNeighbourAdvertisement(writer: OctetWriter, message: NeighbourAdvertisement): void {
  const reserved = writer.fitting('reserved', message.reserved ?? 0, 29)
  const router = message.router ? ROUTER : 0
  const solicited = message.solicited ? SOLICITED : 0
  writer.u32('flags', router + solicited + (message.override ? OVERRIDE : 0) + reserved)
  writeIpv6(writer, 'target', message.target)
}
