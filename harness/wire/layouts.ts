/**
 * Where each field lies in its header and how people read it: the tables behind fieldsOf. They are written apart from
 * the codecs, so that each can be tested against the other. Offsets and sizes in octets.
 */
import { formatIpv4, formatIpv6, formatMac } from './address.ts'
import { bits, decimal, flagNames, hex, type Part, part } from './layout.ts'
import { u8At, u16At } from './octets.ts'
import { TCP_FLAG } from './tcp.ts'

export const ETHERNET_ADDRESSES_PARTS: readonly Part[] = [
  part('eth.dst', 0, 6, formatMac),
  part('eth.src', 6, 6, formatMac),
]
export const ETHERNET_TYPE_PARTS: readonly Part[] = [part('eth.type', 0, 2, hex)]
export const ARP_HEAD_PARTS: readonly Part[] = [
  part('arp.htype', 0, 2, decimal(2)),
  part('arp.ptype', 2, 2, hex),
  part('arp.hlen', 4, 1, decimal(1)),
  part('arp.plen', 5, 1, decimal(1)),
  part('arp.op', 6, 2, decimal(2)),
]
export const ARP_ADDRESSES_PARTS: readonly Part[] = [
  part('arp.sha', 0, 6, formatMac),
  part('arp.spa', 6, 4, formatIpv4),
  part('arp.tha', 10, 6, formatMac),
  part('arp.tpa', 16, 4, formatIpv4),
]
export const IPV4_PARTS: readonly Part[] = [
  part('ip.version', 0, 1, bits(1, 4, 4)),
  part('ip.headerLength', 0, 1, (octets, at) => String((u8At(octets, at) & 0xf) * 4)),
  part('ip.dscp', 1, 1, bits(1, 2, 6)),
  part('ip.ecn', 1, 1, bits(1, 0, 2)),
  part('ip.totalLength', 2, 2, decimal(2)),
  part('ip.identification', 4, 2, decimal(2)),
  part('ip.reservedFlag', 6, 1, bits(1, 7, 1)),
  part('ip.dontFragment', 6, 1, bits(1, 6, 1)),
  part('ip.moreFragments', 6, 1, bits(1, 5, 1)),
  part('ip.fragmentOffsetOctets', 6, 2, (octets, at) => String((u16At(octets, at) & 0x1fff) * 8)),
  part('ip.ttl', 8, 1, decimal(1)),
  part('ip.protocol', 9, 1, decimal(1)),
  part('ip.checksum', 10, 2, hex),
  part('ip.src', 12, 4, formatIpv4),
  part('ip.dst', 16, 4, formatIpv4),
]
export const IPV6_PARTS: readonly Part[] = [
  part('ip6.version', 0, 1, bits(1, 4, 4)),
  part('ip6.dscp', 0, 2, bits(2, 6, 6)),
  part('ip6.ecn', 1, 1, bits(1, 4, 2)),
  part('ip6.flowLabel', 1, 3, bits(3, 0, 20)),
  part('ip6.payloadLength', 4, 2, decimal(2)),
  part('ip6.nextHeader', 6, 1, decimal(1)),
  part('ip6.hopLimit', 7, 1, decimal(1)),
  part('ip6.src', 8, 16, formatIpv6),
  part('ip6.dst', 24, 16, formatIpv6),
]
export const UDP_PARTS: readonly Part[] = [
  part('udp.srcPort', 0, 2, decimal(2)),
  part('udp.dstPort', 2, 2, decimal(2)),
  part('udp.length', 4, 2, decimal(2)),
  part('udp.checksum', 6, 2, hex),
]
export const TCP_PARTS: readonly Part[] = [
  part('tcp.srcPort', 0, 2, decimal(2)),
  part('tcp.dstPort', 2, 2, decimal(2)),
  part('tcp.sequence', 4, 4, decimal(4)),
  part('tcp.acknowledgement', 8, 4, decimal(4)),
  part('tcp.headerLength', 12, 1, (octets, at) => String((u8At(octets, at) >>> 4) * 4)),
  part('tcp.reserved', 12, 1, bits(1, 0, 4)),
  part('tcp.flags', 13, 1, tcpFlags),
  part('tcp.window', 14, 2, decimal(2)),
  part('tcp.checksum', 16, 2, hex),
  part('tcp.urgentPointer', 18, 2, decimal(2)),
]

/** Of the extension headers of IPv6, each under a name of its own. */
export const EXTENSION_HEAD_PARTS: readonly Part[] = [
  part('.nextHeader', 0, 1, decimal(1)),
  part('.length', 1, 1, (octets, at) => String(8 + 8 * u8At(octets, at))),
]
export const ROUTING_PARTS: readonly Part[] = [
  part('.type', 0, 1, decimal(1)),
  part('.segmentsLeft', 1, 1, decimal(1)),
]
export const FRAGMENT_PARTS: readonly Part[] = [
  part('.nextHeader', 0, 1, decimal(1)),
  part('.reserved', 1, 1, decimal(1)),
  part('.offsetOctets', 2, 2, (octets, at) => String(u16At(octets, at) & 0xfff8)),
  part('.reservedBits', 3, 1, bits(1, 1, 2)),
  part('.moreFragments', 3, 1, bits(1, 0, 1)),
  part('.identification', 4, 4, decimal(4)),
]

/** @param depth how many tags are outside this one */
export function tagParts(depth: number): readonly Part[] {
  const tag = depth === 0 ? 'vlan' : `vlan[${depth}]`
  return [
    part(`${tag}.tpid`, 0, 2, hex),
    part(`${tag}.pcp`, 2, 1, bits(1, 5, 3)),
    part(`${tag}.dei`, 2, 1, bits(1, 4, 1)),
    part(`${tag}.vid`, 2, 2, bits(2, 0, 12)),
  ]
}

function tcpFlags(octets: Uint8Array, at: number): string {
  return flagNames(TCP_FLAG, u8At(octets, at))
}
