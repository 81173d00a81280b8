/**
 * ICMPv6 errors, with the packet that they quote: quote.ts reads it. Source: RFC 4443 3.
 * Integers big-endian; lengths in octets.
 */
import { type IpAddresses, internetChecksum, pseudoHeaderSum } from './checksum.ts'
import { ICMPV6_TYPE, icmpv6ChecksumIsRight } from './icmpv6.ts'
import { IP_PROTOCOL } from './ipv4.ts'
import { OctetReader, OctetWriter } from './octets.ts'

/** Codes of 'destination unreachable'. RFC 4443 3.1. */
export const ICMPV6_UNREACHABLE_CODE = {
  noRoute: 0,
  administrativelyProhibited: 1,
  beyondScope: 2,
  address: 3,
  port: 4,
} as const

const PROTOCOL = 'icmpv6'
const HEADER_SIZE = 8
const CHECKSUM_OFFSET = 2

/** An absent checksum is computed on encoding; what is unused is 0 if absent. */
interface Common {
  code: number
  checksum?: number
  quote: Uint8Array // an IPv6 packet's beginning
}

/** Each has 32 bits of its own. */
export type Icmpv6Error =
  | (Common & { kind: 'destination unreachable'; unused?: number })
  | (Common & { kind: 'packet too big'; mtu: number }) // octets
  | (Common & { kind: 'time exceeded'; unused?: number })
  | (Common & { kind: 'parameter problem'; pointer: number }) // octets into the packet quoted

/** checksumIsRight says what was found on reading, and means nothing on encoding. */
export type DecodedIcmpv6Error = Icmpv6Error & { checksum: number; checksumIsRight: boolean }

const TYPES: Readonly<Record<Icmpv6Error['kind'], number>> = {
  'destination unreachable': ICMPV6_TYPE.destinationUnreachable,
  'packet too big': ICMPV6_TYPE.packetTooBig,
  'time exceeded': ICMPV6_TYPE.timeExceeded,
  'parameter problem': ICMPV6_TYPE.parameterProblem,
}

/** @throws {WireError} if octets are missing before the quote or the type is another */
export function decodeIcmpv6Error(octets: Uint8Array, addresses: IpAddresses): DecodedIcmpv6Error {
  const reader = new OctetReader(PROTOCOL, octets)
  const type = reader.u8('type')
  const code = reader.u8('code')
  const checksum = reader.u16('checksum')
  const checksumIsRight = icmpv6ChecksumIsRight(octets, addresses)
  const body = readBody(type, reader)
  return { ...body, code, checksum, checksumIsRight, quote: reader.rest() }
}

/** Never pads or repairs: a quote may be too long. @throws {WireError} if a value exceeds its width */
export function encodeIcmpv6Error(error: Icmpv6Error, addresses: IpAddresses): Uint8Array {
  const size = HEADER_SIZE + error.quote.length
  const writer = new OctetWriter(PROTOCOL, size)
  writer.u8('type', TYPES[error.kind])
  writer.u8('code', error.code)
  writer.u16('checksum', error.checksum ?? 0)
  writeBody(writer, error)
  writer.copy(error.quote)
  if (error.checksum === undefined) {
    const sum = pseudoHeaderSum(addresses, IP_PROTOCOL.icmpv6, size)
    writer.setU16('checksum', CHECKSUM_OFFSET, internetChecksum(writer.octets, sum))
  }
  return writer.finish()
}

/** Whether decodeIcmpv6Error reads messages of this type. */
export function isIcmpv6Error(type: number): boolean {
  return Object.values(TYPES).includes(type)
}

type Body = Icmpv6Error extends infer T ? (T extends Icmpv6Error ? Omit<T, keyof Common> : never) : never

function readBody(type: number, reader: OctetReader): Body {
  if (type === ICMPV6_TYPE.destinationUnreachable) {
    return { kind: 'destination unreachable', unused: reader.u32('unused') }
  }
  if (type === ICMPV6_TYPE.packetTooBig) return { kind: 'packet too big', mtu: reader.u32('mtu') }
  if (type === ICMPV6_TYPE.timeExceeded) return { kind: 'time exceeded', unused: reader.u32('unused') }
  if (type === ICMPV6_TYPE.parameterProblem) {
    return { kind: 'parameter problem', pointer: reader.u32('pointer') }
  }
  throw reader.fault('type', 0, 'an error: 1, 2, 3 or 4', type)
}

function writeBody(writer: OctetWriter, error: Icmpv6Error): void {
  if (error.kind === 'packet too big') {
    writer.u32('mtu', error.mtu)
    return
  }
  if (error.kind === 'parameter problem') {
    writer.u32('pointer', error.pointer)
    return
  }
  writer.u32('unused', error.unused ?? 0)
}
