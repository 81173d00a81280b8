/**
 * IPv6 packets. Sources: RFC 8200 3; RFC 2474 3 (DSCP); RFC 3168 5 (ECN).
 * Extension headers are kept in the payload, as read. Integers big-endian; lengths in octets.
 */
import { type Ipv6Address, readIpv6, writeIpv6 } from './address.ts'
import { NO_OCTETS, OctetReader, OctetWriter } from './octets.ts'

export const IPV6_HEADER_SIZE = 40

const PROTOCOL = 'ipv6'
const VERSION = 6

type PayloadWanted = 'whole' | 'as far as there'

/** What may be absent on encoding is computed, and is written as given otherwise, however wrong. */
export interface Ipv6Packet {
  dscp: number
  ecn: number
  flowLabel: number // 20 bits
  payloadLength?: number // octets after this header
  nextHeader: number
  hopLimit: number
  src: Ipv6Address
  dst: Ipv6Address
  payload: Uint8Array
  trailer?: Uint8Array // after payloadLength: Ethernet padding
}

/** The payload is bounded by payloadLength. @throws {WireError} if octets are missing or the version is another */
export function decodeIpv6(octets: Uint8Array): Required<Ipv6Packet> {
  return readPacket(new OctetReader(PROTOCOL, octets), 'whole')
}

/** A packet whose payload may be cut off, as ICMPv6 errors quote it. @throws {WireError} as decodeIpv6 for its header */
export function decodeIpv6Quote(octets: Uint8Array): Required<Ipv6Packet> {
  return readPacket(new OctetReader(PROTOCOL, octets), 'as far as there')
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeIpv6(packet: Ipv6Packet): Uint8Array {
  const trailer = packet.trailer ?? NO_OCTETS
  const writer = new OctetWriter(PROTOCOL, IPV6_HEADER_SIZE + packet.payload.length + trailer.length)
  const trafficClass = (writer.fitting('dscp', packet.dscp, 6) << 2) | writer.fitting('ecn', packet.ecn, 2)
  const flowLabel = writer.fitting('flowLabel', packet.flowLabel, 20)
  writer.u32('version', VERSION * 2 ** 28 + trafficClass * 2 ** 20 + flowLabel)
  writer.u16('payloadLength', packet.payloadLength ?? packet.payload.length)
  writer.u8('nextHeader', packet.nextHeader)
  writer.u8('hopLimit', packet.hopLimit)
  writeIpv6(writer, 'src', packet.src)
  writeIpv6(writer, 'dst', packet.dst)
  writer.copy(packet.payload)
  writer.copy(trailer)
  return writer.finish()
}

function readPacket(reader: OctetReader, payload: PayloadWanted): Required<Ipv6Packet> {
  const firstWord = reader.u32('version')
  const version = firstWord >>> 28
  if (version !== VERSION) throw reader.fault('version', 0, String(VERSION), version)
  const payloadLength = reader.u16('payloadLength')
  return {
    dscp: (firstWord >>> 22) & 0x3f,
    ecn: (firstWord >>> 20) & 3,
    flowLabel: firstWord & 0xfffff,
    payloadLength,
    nextHeader: reader.u8('nextHeader'),
    hopLimit: reader.u8('hopLimit'),
    src: readIpv6(reader, 'src'),
    dst: readIpv6(reader, 'dst'),
    payload: reader.view(
      'payload',
      payload === 'whole' ? payloadLength : Math.min(payloadLength, reader.left),
    ),
    trailer: reader.rest(),
  }
}
