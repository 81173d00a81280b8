/**
 * UDP datagrams. Sources: RFC 768; RFC 8200 8.1 (over IPv6).
 * Integers big-endian; lengths in octets.
 */
import { type IpAddresses, internetChecksum, internetChecksumIsRight, pseudoHeaderSum } from './checksum.ts'
import { IP_PROTOCOL } from './ipv4.ts'
import { NO_OCTETS, OctetReader, OctetWriter, viewOf } from './octets.ts'

export const UDP_HEADER_SIZE = 8

const PROTOCOL = 'udp'
const CHECKSUM_OFFSET = 6
const NO_CHECKSUM = 0

/** What may be absent on encoding is computed, and is written as given otherwise, however wrong. */
export interface UdpDatagram {
  srcPort: number
  dstPort: number
  length?: number // octets, of header and payload
  checksum?: number // 0: the sender computed none
  payload: Uint8Array
  trailer?: Uint8Array // of the IP payload, after length
}

/** The payload is bounded by length. @throws {WireError} if octets are missing or length is less than the header's */
export function decodeUdp(octets: Uint8Array): Required<UdpDatagram> {
  const reader = new OctetReader(PROTOCOL, octets)
  const srcPort = reader.u16('srcPort')
  const dstPort = reader.u16('dstPort')
  const length = reader.u16('length')
  if (length < UDP_HEADER_SIZE) throw reader.fault('length', 4, `at least ${UDP_HEADER_SIZE}`, length)
  const checksum = reader.u16('checksum')
  const payload = reader.view('payload', length - UDP_HEADER_SIZE)
  return { srcPort, dstPort, length, checksum, payload, trailer: reader.rest() }
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeUdp(datagram: UdpDatagram, addresses: IpAddresses): Uint8Array {
  const size = UDP_HEADER_SIZE + datagram.payload.length
  const length = datagram.length ?? size
  const trailer = datagram.trailer ?? NO_OCTETS
  const writer = new OctetWriter(PROTOCOL, size + trailer.length)
  writer.u16('srcPort', datagram.srcPort)
  writer.u16('dstPort', datagram.dstPort)
  writer.u16('length', length)
  writer.u16('checksum', datagram.checksum ?? NO_CHECKSUM)
  writer.copy(datagram.payload)
  if (datagram.checksum === undefined) {
    const sum = pseudoHeaderSum(addresses, IP_PROTOCOL.udp, length)
    const checksum = internetChecksum(viewOf(writer.octets, 0, size), sum)
    writer.setU16('checksum', CHECKSUM_OFFSET, checksum === NO_CHECKSUM ? 0xffff : checksum) // RFC 768
  }
  writer.copy(trailer)
  return writer.finish()
}

/** None at all is right in IPv4 and wrong in IPv6. @throws {WireError} if there is no whole datagram */
export function udpChecksumIsRight(octets: Uint8Array, addresses: IpAddresses): boolean {
  const { length, checksum } = decodeUdp(octets)
  if (checksum === NO_CHECKSUM) return !addresses.src.includes(':')
  const sum = pseudoHeaderSum(addresses, IP_PROTOCOL.udp, length)
  return internetChecksumIsRight(viewOf(octets, 0, length), sum)
}
