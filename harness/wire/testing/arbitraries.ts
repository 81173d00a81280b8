/** Random meanings for the codecs, within what each field can hold. */
import fc from 'fast-check'
import { formatIpv4, formatIpv6, formatMac } from '../address.ts'
import type { ArpPacket } from '../arp.ts'
import type { ControlMessage } from '../echo.ts'
import { ETHER_TYPE, type EthernetFrame, isTagProtocol, type VlanTag } from '../ethernet.ts'
import type { Ipv4Packet } from '../ipv4.ts'
import type { Ipv6Packet } from '../ipv6.ts'
import type { TcpSegment } from '../tcp.ts'
import type { UdpDatagram } from '../udp.ts'
import { octetsOf } from './octets.ts'

const u3 = fc.nat({ max: 7 })
export const u8 = fc.nat({ max: 0xff })
export const u16 = fc.nat({ max: 0xffff })
export const u32 = fc.nat({ max: 0xffffffff })

export const raw = (maxLength: number) => fc.uint8Array({ maxLength })
const rawOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const options = fc.nat({ max: 10 }).chain((words) => rawOf(4 * words))

export const mac = rawOf(6).map((octets) => formatMac(octets))
export const ipv4Address = rawOf(4).map((octets) => formatIpv4(octets))
/** Below 2001:db8::/32, with many zero groups, as the short forms want testing. */
export const ipv6Address = fc
  .array(fc.oneof(fc.constant(0), u16), { minLength: 6, maxLength: 6 })
  .map((groups) => formatIpv6(octetsOf(`20010db8${groups.map(hexGroup).join('')}`)))
export const ipv4Addresses = fc.record({ src: ipv4Address, dst: ipv4Address })
export const ipv6Addresses = fc.record({ src: ipv6Address, dst: ipv6Address })

export const tag: fc.Arbitrary<VlanTag> = fc.record({
  tpid: fc.constantFrom<number>(ETHER_TYPE.dot1q, ETHER_TYPE.dot1ad),
  vid: fc.nat({ max: 0xfff }),
  pcp: u3,
  dei: fc.boolean(),
})
export const tags = fc.array(tag, { maxLength: 4 })

export const ethernetFrame: fc.Arbitrary<EthernetFrame> = fc.record({
  dst: mac,
  src: mac,
  tags,
  etherType: u16.filter((etherType) => !isTagProtocol(etherType)),
  payload: raw(100),
})

export const arpPacket: fc.Arbitrary<Required<ArpPacket>> = fc.record({
  hardwareType: u16,
  protocolType: u16,
  operation: u16,
  senderMac: mac,
  senderAddress: ipv4Address,
  targetMac: mac,
  targetAddress: ipv4Address,
  trailer: raw(20),
})

export const ipv4Packet: fc.Arbitrary<Ipv4Packet> = fc.record({
  dscp: fc.nat({ max: 63 }),
  ecn: fc.nat({ max: 3 }),
  identification: u16,
  reservedFlag: fc.boolean(),
  dontFragment: fc.boolean(),
  moreFragments: fc.boolean(),
  fragmentOffsetOctets: fc.nat({ max: 0x1fff }).map((units) => 8 * units),
  ttl: u8,
  protocol: u8,
  src: ipv4Address,
  dst: ipv4Address,
  options,
  payload: raw(100),
  trailer: raw(20),
})

export const ipv6Packet: fc.Arbitrary<Ipv6Packet> = fc.record({
  dscp: fc.nat({ max: 63 }),
  ecn: fc.nat({ max: 3 }),
  flowLabel: fc.nat({ max: 0xfffff }),
  nextHeader: u8,
  hopLimit: u8,
  src: ipv6Address,
  dst: ipv6Address,
  payload: raw(100),
  trailer: raw(20),
})

export const udpDatagram: fc.Arbitrary<UdpDatagram> = fc.record({
  srcPort: u16,
  dstPort: u16,
  payload: raw(100),
  trailer: raw(20),
})

export const tcpSegment: fc.Arbitrary<TcpSegment> = fc.record({
  srcPort: u16,
  dstPort: u16,
  sequence: u32,
  acknowledgement: u32,
  flags: fc.nat({ max: 0xfff }),
  window: u16,
  urgentPointer: u16,
  options,
  payload: raw(100),
})

const echoMessage: fc.Arbitrary<ControlMessage> = fc.record({
  kind: fc.constantFrom('echo request' as const, 'echo reply' as const),
  code: u8,
  identifier: u16,
  sequence: u16,
  payload: raw(100),
})

/** @param echoTypes that are no 'other' message's @param smallestRest of another message, in octets */
export function controlMessage(echoTypes: readonly number[], smallestRest = 0): fc.Arbitrary<ControlMessage> {
  const type = u8.filter((candidate) => !echoTypes.includes(candidate))
  const rest = fc.uint8Array({ minLength: smallestRest, maxLength: 100 })
  return fc.oneof(echoMessage, fc.record({ kind: fc.constant('other' as const), type, code: u8, rest }))
}

function hexGroup(group: number): string {
  return group.toString(16).padStart(4, '0')
}
