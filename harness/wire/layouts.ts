/**
 * Where each field lies in its header and how people read it: the tables behind fieldsOf. They are written apart from
 * the codecs, so that each can be tested against the other. Offsets and sizes in octets.
 */
import { formatIpv4, formatIpv6, formatMac } from './address.ts'
import { hexOf, u8At, u16At, u32At, viewOf } from './octets.ts'
import { TCP_FLAG } from './tcp.ts'

/** The most octets of a raw field that are shown. */
export const LARGEST_SHOWN = 32

export type Show = (octets: Uint8Array, at: number) => string

/** A field's place in its header. */
export interface Part {
  name: string
  at: number // from the header's start
  size: number
  show: Show
}

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
export const ICMP_PARTS = messageParts('icmp')
export const ICMPV6_PARTS = messageParts('icmp6')
export const ICMP_ECHO_PARTS = echoParts('icmp')
export const ICMPV6_ECHO_PARTS = echoParts('icmp6')

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

/** All octets in hexadecimal, or the first of them and how many there are. */
export function shownOctets(octets: Uint8Array): string {
  if (octets.length <= LARGEST_SHOWN) return hexOf(octets)
  return `${hexOf(viewOf(octets, 0, LARGEST_SHOWN))}… (${octets.length} octets)`
}

function messageParts(protocol: string): readonly Part[] {
  return [
    part(`${protocol}.type`, 0, 1, decimal(1)),
    part(`${protocol}.code`, 1, 1, decimal(1)),
    part(`${protocol}.checksum`, 2, 2, hex),
  ]
}

function echoParts(protocol: string): readonly Part[] {
  return [part(`${protocol}.identifier`, 0, 2, decimal(2)), part(`${protocol}.sequence`, 2, 2, decimal(2))]
}

function part(name: string, at: number, size: number, show: Show): Part {
  return { name, at, size, show }
}

function hex(octets: Uint8Array, at: number): string {
  return `0x${u16At(octets, at).toString(16).padStart(4, '0')}`
}

function decimal(size: number): Show {
  return (octets, at) => String(integerAt(octets, at, size))
}

/** Of an integer of so many octets: the width lowest bits after a shift to the right. */
function bits(size: number, shift: number, width: number): Show {
  return (octets, at) => String((integerAt(octets, at, size) >>> shift) & (2 ** width - 1))
}

function tcpFlags(octets: Uint8Array, at: number): string {
  const flags = u8At(octets, at)
  const set = Object.entries(TCP_FLAG).filter(([, bit]) => (flags & bit) !== 0)
  return set.map(([name]) => name).join(',') || 'none'
}

function integerAt(octets: Uint8Array, at: number, size: number): number {
  if (size === 1) return u8At(octets, at)
  if (size === 2) return u16At(octets, at)
  if (size === 3) return u16At(octets, at) * 0x100 + u8At(octets, at + 2)
  return u32At(octets, at)
}
