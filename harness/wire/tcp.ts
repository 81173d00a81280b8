/**
 * TCP segments. Sources: RFC 9293 3.1; RFC 8200 8.1 (over IPv6).
 * Integers big-endian; lengths in octets, also where the wire counts in 4.
 */
import { type IpAddresses, internetChecksum, internetChecksumIsRight, pseudoHeaderSum } from './checksum.ts'
import { IP_PROTOCOL } from './ipv4.ts'
import { OctetReader, OctetWriter } from './octets.ts'

/** Bits of TcpSegment.flags. */
export const TCP_FLAG = {
  fin: 0x01,
  syn: 0x02,
  rst: 0x04,
  psh: 0x08,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
} as const
export const TCP_HEADER_SIZE = 20

const PROTOCOL = 'tcp'
const LARGEST_OPTIONS = 40
const CHECKSUM_OFFSET = 16

/** What may be absent on encoding is computed, and is written as given otherwise, however wrong. */
export interface TcpSegment {
  srcPort: number
  dstPort: number
  sequence: number
  acknowledgement: number
  headerLength?: number // octets
  flags: number // 12 bits: four reserved, then the eight of TCP_FLAG
  window: number // as on the wire, unscaled
  checksum?: number
  urgentPointer: number
  options: Uint8Array // raw, with their padding
  payload: Uint8Array
}

/** @throws {WireError} if octets are missing or headerLength is less than the fixed header's */
export function decodeTcp(octets: Uint8Array): Required<TcpSegment> {
  const reader = new OctetReader(PROTOCOL, octets)
  const srcPort = reader.u16('srcPort')
  const dstPort = reader.u16('dstPort')
  const sequence = reader.u32('sequence')
  const acknowledgement = reader.u32('acknowledgement')
  const lengthAndFlags = reader.u16('headerLength')
  const headerLength = (lengthAndFlags >>> 12) * 4
  if (headerLength < TCP_HEADER_SIZE) {
    throw reader.fault('headerLength', 12, `at least ${TCP_HEADER_SIZE}`, headerLength)
  }
  return {
    srcPort,
    dstPort,
    sequence,
    acknowledgement,
    headerLength,
    flags: lengthAndFlags & 0xfff,
    window: reader.u16('window'),
    checksum: reader.u16('checksum'),
    urgentPointer: reader.u16('urgentPointer'),
    options: reader.view('options', headerLength - TCP_HEADER_SIZE),
    payload: reader.rest(),
  }
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeTcp(segment: TcpSegment, addresses: IpAddresses): Uint8Array {
  const size = TCP_HEADER_SIZE + segment.options.length + segment.payload.length
  const writer = new OctetWriter(PROTOCOL, size)
  writer.u16('srcPort', segment.srcPort)
  writer.u16('dstPort', segment.dstPort)
  writer.u32('sequence', segment.sequence)
  writer.u32('acknowledgement', segment.acknowledgement)
  writer.u16(
    'headerLength',
    (headerWords(writer, segment) << 12) | writer.fitting('flags', segment.flags, 12),
  )
  writer.u16('window', segment.window)
  writer.u16('checksum', segment.checksum ?? 0)
  writer.u16('urgentPointer', segment.urgentPointer)
  writer.copy(segment.options)
  writer.copy(segment.payload)
  if (segment.checksum === undefined) {
    const sum = pseudoHeaderSum(addresses, IP_PROTOCOL.tcp, size)
    writer.setU16('checksum', CHECKSUM_OFFSET, internetChecksum(writer.octets, sum))
  }
  return writer.finish()
}

/** @throws {WireError} if there is no whole header */
export function tcpChecksumIsRight(octets: Uint8Array, addresses: IpAddresses): boolean {
  new OctetReader(PROTOCOL, octets).take('header', TCP_HEADER_SIZE)
  return internetChecksumIsRight(octets, pseudoHeaderSum(addresses, IP_PROTOCOL.tcp, octets.length))
}

function headerWords(writer: OctetWriter, segment: TcpSegment): number {
  if (segment.headerLength !== undefined) return writer.units('headerLength', segment.headerLength, 4, 4)
  const size = segment.options.length
  if (size % 4 === 0 && size <= LARGEST_OPTIONS) return (TCP_HEADER_SIZE + size) / 4
  throw writer.fault('options', `a multiple of 4 octets up to ${LARGEST_OPTIONS}`, size)
}
