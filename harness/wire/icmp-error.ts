/**
 * ICMP errors and redirects for IPv4, with the packet that they quote: quote.ts reads it.
 * Sources: RFC 792; RFC 1191 4 (next-hop MTU). Integers big-endian; lengths in octets.
 */
import { type Ipv4Address, readIpv4, writeIpv4 } from './address.ts'
import { internetChecksum } from './checksum.ts'
import { ICMP_TYPE, icmpChecksumIsRight } from './icmp.ts'
import { OctetReader, OctetWriter } from './octets.ts'

/** Codes of 'destination unreachable' that the harness names; there are more. */
export const ICMP_UNREACHABLE_CODE = {
  network: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  administrativelyProhibited: 13, // RFC 1812 5.2.7.1
} as const

const PROTOCOL = 'icmp'
const HEADER_SIZE = 8
const CHECKSUM_OFFSET = 2

/** An absent checksum is computed on encoding; what is unused, or reserved, is 0 if absent. */
interface Common {
  code: number
  checksum?: number
  quote: Uint8Array // an IPv4 packet's beginning
}

export type IcmpError =
  | (Common & {
      kind: 'destination unreachable'
      unused?: number // 16 bits
      nextHopMtu?: number // octets; of code 4 only, 0 from routers older than RFC 1191; absent: 0
    })
  | (Common & { kind: 'time exceeded'; unused?: number }) // 32 bits
  | (Common & { kind: 'parameter problem'; pointer: number; unused?: number }) // 24 bits
  | (Common & { kind: 'redirect'; gateway: Ipv4Address })

/** checksumIsRight says what was found on reading, and means nothing on encoding. */
export type DecodedIcmpError = IcmpError & { checksum: number; checksumIsRight: boolean }

const TYPES: Readonly<Record<IcmpError['kind'], number>> = {
  'destination unreachable': ICMP_TYPE.destinationUnreachable,
  'time exceeded': ICMP_TYPE.timeExceeded,
  'parameter problem': ICMP_TYPE.parameterProblem,
  redirect: ICMP_TYPE.redirect,
}

/** @throws {WireError} if octets are missing before the quote or the type is another */
export function decodeIcmpError(octets: Uint8Array): DecodedIcmpError {
  const reader = new OctetReader(PROTOCOL, octets)
  const type = reader.u8('type')
  const code = reader.u8('code')
  const checksum = reader.u16('checksum')
  const checksumIsRight = icmpChecksumIsRight(octets)
  const body = readBody(type, reader)
  return { ...body, code, checksum, checksumIsRight, quote: reader.rest() }
}

/** Never pads or repairs: a quote may be too short. @throws {WireError} if a value exceeds its width */
export function encodeIcmpError(error: IcmpError): Uint8Array {
  const writer = new OctetWriter(PROTOCOL, HEADER_SIZE + error.quote.length)
  writer.u8('type', TYPES[error.kind])
  writer.u8('code', error.code)
  writer.u16('checksum', error.checksum ?? 0)
  writeBody(writer, error)
  writer.copy(error.quote)
  if (error.checksum === undefined) {
    writer.setU16('checksum', CHECKSUM_OFFSET, internetChecksum(writer.octets))
  }
  return writer.finish()
}

/** Whether decodeIcmpError reads messages of this type. */
export function isIcmpError(type: number): boolean {
  return Object.values(TYPES).includes(type)
}

type Body = IcmpError extends infer T ? (T extends IcmpError ? Omit<T, keyof Common> : never) : never

function readBody(type: number, reader: OctetReader): Body {
  if (type === ICMP_TYPE.destinationUnreachable) {
    const unused = reader.u16('unused')
    return { kind: 'destination unreachable', unused, nextHopMtu: reader.u16('nextHopMtu') }
  }
  if (type === ICMP_TYPE.timeExceeded) return { kind: 'time exceeded', unused: reader.u32('unused') }
  if (type === ICMP_TYPE.redirect) return { kind: 'redirect', gateway: readIpv4(reader, 'gateway') }
  if (type === ICMP_TYPE.parameterProblem) {
    const word = reader.u32('pointer')
    return { kind: 'parameter problem', pointer: word >>> 24, unused: word & 0xffffff }
  }
  throw reader.fault('type', 0, 'an error or a redirect: 3, 5, 11 or 12', type)
}

function writeBody(writer: OctetWriter, error: IcmpError): void {
  if (error.kind === 'destination unreachable') {
    writer.u16('unused', error.unused ?? 0)
    writer.u16('nextHopMtu', error.nextHopMtu ?? 0)
  }
  if (error.kind === 'time exceeded') writer.u32('unused', error.unused ?? 0)
  if (error.kind === 'redirect') writeIpv4(writer, 'gateway', error.gateway)
  if (error.kind === 'parameter problem') {
    const unused = writer.fitting('unused', error.unused ?? 0, 24)
    writer.u8('pointer', error.pointer)
    writer.u8('unused', unused >>> 16)
    writer.u16('unused', unused & 0xffff)
  }
}
