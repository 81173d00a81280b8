/**
 * The internet checksum and the pseudo headers that UDP, TCP and ICMPv6 add to it.
 * Sources: RFC 1071; RFC 768 and RFC 9293 3.1 (IPv4 pseudo header); RFC 8200 8.1 (IPv6 pseudo header).
 */
import { type Ipv4Address, type Ipv6Address, parseIpv4, parseIpv6 } from './address.ts'
import { u8At, u16At } from './octets.ts'

/** Of the IP packet around. Both of one version; a decoded packet is one. */
export interface IpAddresses {
  src: Ipv4Address | Ipv6Address
  dst: Ipv4Address | Ipv6Address
}

/** The checksum to write where the octets have zeros. @param initialSum a pseudo header's */
export function internetChecksum(octets: Uint8Array, initialSum = 0): number {
  return 0xffff - folded(initialSum + sumOf(octets))
}

/** Whether octets with their checksum in place add up. @param initialSum a pseudo header's */
export function internetChecksumIsRight(octets: Uint8Array, initialSum = 0): boolean {
  return internetChecksum(octets, initialSum) === 0
}

/**
 * @param lengthOctets of the upper layer's header and payload
 * @throws {WireError} if an address is none, or they are of two versions
 */
export function pseudoHeaderSum(addresses: IpAddresses, protocol: number, lengthOctets: number): number {
  const parse = addresses.src.includes(':') ? parseIpv6 : parseIpv4
  const addressSum = sumOf(parse(addresses.src)) + sumOf(parse(addresses.dst))
  return addressSum + protocol + lengthOctets
}

/** RFC 1071 1: 16-bit words in network order, an odd last octet filled up with zero on its right. */
function sumOf(octets: Uint8Array): number {
  const even = octets.length - (octets.length % 2)
  let sum = 0
  for (let at = 0; at < even; at += 2) sum += u16At(octets, at)
  return even === octets.length ? sum : sum + u8At(octets, even) * 0x100
}

function folded(sum: number): number {
  let left = sum
  while (left > 0xffff) left = (left % 0x10000) + Math.floor(left / 0x10000)
  return left
}
