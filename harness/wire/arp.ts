/**
 * ARP for IPv4 on Ethernet. Source: RFC 826; RFC 5227 for probes and announcements.
 * Integers big-endian; lengths in octets.
 */
import { type Ipv4Address, type MacAddress, readIpv4, readMac, writeIpv4, writeMac } from './address.ts'
import { ETHER_TYPE } from './ethernet.ts'
import { NO_OCTETS, OctetReader, OctetWriter } from './octets.ts'

export const ARP_OPERATION = { request: 1, reply: 2 } as const
export const ARP_SIZE = 28

const PROTOCOL = 'arp'
const ETHERNET_HARDWARE = 1
const MAC_SIZE = 6
const IPV4_SIZE = 4

/** Absent on encoding: Ethernet, IPv4, no trailer. */
export interface ArpPacket {
  hardwareType?: number
  protocolType?: number
  operation: number
  senderMac: MacAddress
  senderAddress: Ipv4Address
  targetMac: MacAddress
  targetAddress: Ipv4Address
  trailer?: Uint8Array // Ethernet padding
}

/** @throws {WireError} if octets are missing or the addresses are not 6 and 4 octets long */
export function decodeArp(octets: Uint8Array): Required<ArpPacket> {
  const reader = new OctetReader(PROTOCOL, octets)
  const hardwareType = reader.u16('hardwareType')
  const protocolType = reader.u16('protocolType')
  expectSize(reader, 'hardwareLength', MAC_SIZE)
  expectSize(reader, 'protocolLength', IPV4_SIZE)
  return {
    hardwareType,
    protocolType,
    operation: reader.u16('operation'),
    senderMac: readMac(reader, 'senderMac'),
    senderAddress: readIpv4(reader, 'senderAddress'),
    targetMac: readMac(reader, 'targetMac'),
    targetAddress: readIpv4(reader, 'targetAddress'),
    trailer: reader.rest(),
  }
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeArp(packet: ArpPacket): Uint8Array {
  const trailer = packet.trailer ?? NO_OCTETS
  const writer = new OctetWriter(PROTOCOL, ARP_SIZE + trailer.length)
  writer.u16('hardwareType', packet.hardwareType ?? ETHERNET_HARDWARE)
  writer.u16('protocolType', packet.protocolType ?? ETHER_TYPE.ipv4)
  writer.u8('hardwareLength', MAC_SIZE)
  writer.u8('protocolLength', IPV4_SIZE)
  writer.u16('operation', packet.operation)
  writeMac(writer, 'senderMac', packet.senderMac)
  writeIpv4(writer, 'senderAddress', packet.senderAddress)
  writeMac(writer, 'targetMac', packet.targetMac)
  writeIpv4(writer, 'targetAddress', packet.targetAddress)
  writer.copy(trailer)
  return writer.finish()
}

function expectSize(reader: OctetReader, field: string, wanted: number): void {
  const size = reader.u8(field)
  if (size !== wanted) throw reader.fault(field, reader.offset - 1, String(wanted), size)
}
