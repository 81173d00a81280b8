/**
 * IPv4 packets. Sources: RFC 791 3.1; RFC 2474 3 (DSCP); RFC 3168 5 (ECN).
 * Integers big-endian; all lengths and offsets in octets, also where the wire counts in 4 or 8.
 */
import { type Ipv4Address, readIpv4, writeIpv4 } from './address.ts'
import { internetChecksum, internetChecksumIsRight } from './checksum.ts'
import { NO_OCTETS, OctetReader, OctetWriter, viewOf } from './octets.ts'

/** IANA's protocol numbers, which are IPv6's next headers too. */
export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const
export const IPV4_HEADER_SIZE = 20

const PROTOCOL = 'ipv4'
const VERSION = 4
const LARGEST_OPTIONS = 40
const CHECKSUM_OFFSET = 10
const RESERVED_FLAG = 0x8000
const DONT_FRAGMENT = 0x4000
const MORE_FRAGMENTS = 0x2000

type PayloadWanted = 'whole' | 'as far as there'

/** What may be absent on encoding is computed, and is written as given otherwise, however wrong. */
export interface Ipv4Packet {
  headerLength?: number // octets
  dscp: number
  ecn: number
  totalLength?: number // octets
  identification: number
  reservedFlag?: boolean // absent: false
  dontFragment: boolean
  moreFragments: boolean
  fragmentOffsetOctets: number // a multiple of 8
  ttl: number
  protocol: number
  checksum?: number
  src: Ipv4Address
  dst: Ipv4Address
  options: Uint8Array // raw, with their padding
  payload: Uint8Array
  trailer?: Uint8Array // after totalLength: Ethernet padding
}

/** All but the trailer are bounded by totalLength. @throws {WireError} if octets are missing or lengths disagree */
export function decodeIpv4(octets: Uint8Array): Required<Ipv4Packet> {
  return readPacket(new OctetReader(PROTOCOL, octets), 'whole')
}

/** A packet whose payload may be cut off, as ICMP errors quote it. @throws {WireError} as decodeIpv4 for its header */
export function decodeIpv4Quote(octets: Uint8Array): Required<Ipv4Packet> {
  return readPacket(new OctetReader(PROTOCOL, octets), 'as far as there')
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const headerSize = IPV4_HEADER_SIZE + packet.options.length
  const trailer = packet.trailer ?? NO_OCTETS
  const writer = new OctetWriter(PROTOCOL, headerSize + packet.payload.length + trailer.length)
  writer.u8('headerLength', (VERSION << 4) | headerWords(writer, packet))
  writer.u8('dscp', (writer.fitting('dscp', packet.dscp, 6) << 2) | writer.fitting('ecn', packet.ecn, 2))
  writer.u16('totalLength', packet.totalLength ?? headerSize + packet.payload.length)
  writer.u16('identification', packet.identification)
  writer.u16('fragmentOffsetOctets', fragmentWord(writer, packet))
  writer.u8('ttl', packet.ttl)
  writer.u8('protocol', packet.protocol)
  writer.u16('checksum', packet.checksum ?? 0)
  writeIpv4(writer, 'src', packet.src)
  writeIpv4(writer, 'dst', packet.dst)
  writer.copy(packet.options)
  if (packet.checksum === undefined) {
    writer.setU16('checksum', CHECKSUM_OFFSET, internetChecksum(viewOf(writer.octets, 0, headerSize)))
  }
  writer.copy(packet.payload)
  writer.copy(trailer)
  return writer.finish()
}

/** The header's. @throws {WireError} if there is no whole header */
export function ipv4ChecksumIsRight(octets: Uint8Array): boolean {
  const reader = new OctetReader(PROTOCOL, octets)
  const headerLength = readHeaderLength(reader)
  reader.offset = 0
  return internetChecksumIsRight(reader.view('header', headerLength))
}

function readPacket(reader: OctetReader, payload: PayloadWanted): Required<Ipv4Packet> {
  const headerLength = readHeaderLength(reader)
  const trafficClass = reader.u8('dscp')
  const totalLength = reader.u16('totalLength')
  if (totalLength < headerLength)
    throw reader.fault('totalLength', 2, `at least ${headerLength}`, totalLength)
  const identification = reader.u16('identification')
  const fragment = reader.u16('fragmentOffsetOctets')
  return {
    headerLength,
    dscp: trafficClass >>> 2,
    ecn: trafficClass & 3,
    totalLength,
    identification,
    reservedFlag: (fragment & RESERVED_FLAG) !== 0,
    dontFragment: (fragment & DONT_FRAGMENT) !== 0,
    moreFragments: (fragment & MORE_FRAGMENTS) !== 0,
    fragmentOffsetOctets: (fragment & 0x1fff) * 8,
    ttl: reader.u8('ttl'),
    protocol: reader.u8('protocol'),
    checksum: reader.u16('checksum'),
    src: readIpv4(reader, 'src'),
    dst: readIpv4(reader, 'dst'),
    options: reader.view('options', headerLength - IPV4_HEADER_SIZE),
    payload: readPayload(reader, totalLength - headerLength, payload),
    trailer: reader.rest(),
  }
}

function readPayload(reader: OctetReader, size: number, wanted: PayloadWanted): Uint8Array {
  return reader.view('payload', wanted === 'whole' ? size : Math.min(size, reader.left))
}

function readHeaderLength(reader: OctetReader): number {
  const versionAndWords = reader.u8('version')
  const version = versionAndWords >>> 4
  if (version !== VERSION) throw reader.fault('version', 0, String(VERSION), version)
  const headerLength = (versionAndWords & 0xf) * 4
  if (headerLength >= IPV4_HEADER_SIZE) return headerLength
  throw reader.fault('headerLength', 0, `at least ${IPV4_HEADER_SIZE}`, headerLength)
}

function headerWords(writer: OctetWriter, packet: Ipv4Packet): number {
  if (packet.headerLength !== undefined) return writer.units('headerLength', packet.headerLength, 4, 4)
  const size = packet.options.length
  if (size % 4 === 0 && size <= LARGEST_OPTIONS) return (IPV4_HEADER_SIZE + size) / 4
  throw writer.fault('options', `a multiple of 4 octets up to ${LARGEST_OPTIONS}`, size)
}

function fragmentWord(writer: OctetWriter, packet: Ipv4Packet): number {
  const offset = writer.units('fragmentOffsetOctets', packet.fragmentOffsetOctets, 8, 13)
  const reserved = packet.reservedFlag === true ? RESERVED_FLAG : 0
  return (
    reserved |
    (packet.dontFragment ? DONT_FRAGMENT : 0) |
    (packet.moreFragments ? MORE_FRAGMENTS : 0) |
    offset
  )
}
