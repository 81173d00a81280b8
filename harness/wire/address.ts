/**
 * MAC, IPv4 and IPv6 addresses: canonical text outside, octets on the wire.
 * Sources: IEEE 802 8.2 (MAC), RFC 6943 3.1.1 (strict dotted quads), RFC 4291 2.2 and RFC 5952 (IPv6).
 */
import { type OctetReader, type OctetWriter, u8At, u16At, WireError } from './octets.ts'

/** Lower case with colons: 02:00:00:00:0a:01 */
export type MacAddress = string
/** Four decimal numbers without leading zeros: 192.0.2.11 */
export type Ipv4Address = string
/** As RFC 5952 4 writes it: 2001:db8::1 */
export type Ipv6Address = string

export interface Ipv4Prefix {
  address: Ipv4Address
  prefixLength: number // bits
}

export const BROADCAST_MAC: MacAddress = 'ff:ff:ff:ff:ff:ff'

const MAC_WANTED = 'a MAC address such as 02:00:00:00:0a:01'
const IPV4_WANTED = 'an IPv4 address such as 192.0.2.11'
const IPV6_WANTED = 'an IPv6 address such as 2001:db8::1'
const PREFIX_WANTED = 'an IPv4 address and prefix length such as 192.0.2.11/24'

const MAC_TEXT = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i
const IPV4_TEXT = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
const PREFIX_LENGTH_TEXT = /^(0|[1-9]\d?)$/
const IPV6_GROUP_TEXT = /^[0-9a-f]{1,4}$/i
const IPV6_GROUPS = 8

const DECIMAL: readonly string[] = Array.from({ length: 256 }, (_, octet) => String(octet))
const HEX: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))
const DECIMAL_DOT: readonly string[] = DECIMAL.map((text) => `${text}.`)
const HEX_COLON: readonly string[] = HEX.map((text) => `${text}:`)

/** @param at where the address begins; the caller has checked that six octets follow */
export function formatMac(octets: Uint8Array, at = 0): MacAddress {
  const organisation =
    shown(HEX_COLON, octets, at) + shown(HEX_COLON, octets, at + 1) + shown(HEX_COLON, octets, at + 2)
  return (
    organisation +
    shown(HEX_COLON, octets, at + 3) +
    shown(HEX_COLON, octets, at + 4) +
    shown(HEX, octets, at + 5)
  )
}

/** @param at where the address begins; the caller has checked that four octets follow */
export function formatIpv4(octets: Uint8Array, at = 0): Ipv4Address {
  const network = shown(DECIMAL_DOT, octets, at) + shown(DECIMAL_DOT, octets, at + 1)
  return network + shown(DECIMAL_DOT, octets, at + 2) + shown(DECIMAL, octets, at + 3)
}

/** @param at where the address begins; the caller has checked that 16 octets follow */
export function formatIpv6(octets: Uint8Array, at = 0): Ipv6Address {
  const groups = Array.from({ length: IPV6_GROUPS }, (_, index) => u16At(octets, at + 2 * index))
  if (isMappedIpv4(groups)) return `::ffff:${formatIpv4(octets, at + 12)}` // RFC 5952 5
  const text = groups.map((group) => group.toString(16))
  const gap = longestZeros(groups)
  if (gap.length < 2) return text.join(':') // RFC 5952 4.2.2: one zero group is not shortened
  return `${text.slice(0, gap.start).join(':')}::${text.slice(gap.start + gap.length).join(':')}`
}

/** @throws {WireError} */
export function parseMac(text: string): Uint8Array {
  return macOctets(text) ?? refuse('mac', MAC_WANTED, text)
}

/** @throws {WireError} */
export function parseIpv4(text: string): Uint8Array {
  return ipv4Octets(text) ?? refuse('ipv4', IPV4_WANTED, text)
}

/** Takes all forms of RFC 4291 2.2, but no zone. @throws {WireError} */
export function parseIpv6(text: string): Uint8Array {
  return ipv6Octets(text) ?? refuse('ipv6', IPV6_WANTED, text)
}

/** '192.0.2.11/24' keeps its host part. @throws {WireError} */
export function parseIpv4Prefix(text: string): Ipv4Prefix {
  const [address = '', bits = '', ...more] = text.split('/')
  const isPrefix = more.length === 0 && PREFIX_LENGTH_TEXT.test(bits) && Number(bits) <= 32
  if (!isPrefix || ipv4Octets(address) === undefined) return refuse('prefix', PREFIX_WANTED, text)
  return { address, prefixLength: Number(bits) }
}

/** Multicast or broadcast: the first bit on the wire is set. IEEE 802 8.2.2. @throws {WireError} */
export function isGroupMac(mac: MacAddress): boolean {
  return (u8At(parseMac(mac), 0) & 1) === 1
}

export function readMac(reader: OctetReader, field: string): MacAddress {
  return formatMac(reader.octets, reader.take(field, 6))
}

export function readIpv4(reader: OctetReader, field: string): Ipv4Address {
  return formatIpv4(reader.octets, reader.take(field, 4))
}

export function readIpv6(reader: OctetReader, field: string): Ipv6Address {
  return formatIpv6(reader.octets, reader.take(field, 16))
}

export function writeMac(writer: OctetWriter, field: string, mac: MacAddress): void {
  const octets = macOctets(mac)
  if (octets === undefined) throw writer.fault(field, MAC_WANTED, mac)
  writer.copy(octets)
}

export function writeIpv4(writer: OctetWriter, field: string, address: Ipv4Address): void {
  const octets = ipv4Octets(address)
  if (octets === undefined) throw writer.fault(field, IPV4_WANTED, address)
  writer.copy(octets)
}

export function writeIpv6(writer: OctetWriter, field: string, address: Ipv6Address): void {
  const octets = ipv6Octets(address)
  if (octets === undefined) throw writer.fault(field, IPV6_WANTED, address)
  writer.copy(octets)
}

/** Looked up and joined with + because every decoded frame has four addresses: templates take three times as long. */
function shown(table: readonly string[], octets: Uint8Array, at: number): string {
  return table[u8At(octets, at)] as string
}

function macOctets(text: string): Uint8Array | undefined {
  if (!MAC_TEXT.test(text)) return undefined
  const octets = new Uint8Array(6)
  for (let at = 0; at < 6; at += 1) octets[at] = Number.parseInt(text.slice(3 * at, 3 * at + 2), 16)
  return octets
}

function ipv4Octets(text: string): Uint8Array | undefined {
  const match = IPV4_TEXT.exec(text)
  if (match === null) return undefined
  const octets = new Uint8Array(4)
  for (let at = 0; at < 4; at += 1) {
    const number = Number(match[at + 1])
    if (number > 255) return undefined
    octets[at] = number
  }
  return octets
}

function ipv6Octets(text: string): Uint8Array | undefined {
  const sides = text.split('::')
  if (sides.length > 2) return undefined
  const head = groupsOf(sides[0] ?? '', sides.length === 1)
  const tail = groupsOf(sides[1] ?? '', true)
  if (head === undefined || tail === undefined) return undefined
  const missing = IPV6_GROUPS - head.length - tail.length
  const isWhole = sides.length === 1 ? missing === 0 : missing > 0
  if (!isWhole) return undefined
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail]
  return new Uint8Array(groups.flatMap((group) => [group >>> 8, group & 0xff]))
}

/** @param mayEndInIpv4 whether the address ends here, so that its last 32 bits may be a dotted quad */
function groupsOf(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const last = mayEndInIpv4 ? ipv4Octets(parts.at(-1) ?? '') : undefined
  const hex = last === undefined ? parts : parts.slice(0, -1)
  if (!hex.every((part) => IPV6_GROUP_TEXT.test(part))) return undefined
  const groups = hex.map((part) => Number.parseInt(part, 16))
  return last === undefined ? groups : [...groups, u16At(last, 0), u16At(last, 2)]
}

function isMappedIpv4(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
}

/** The first of the longest runs of zero groups. RFC 5952 4.2.3. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  let length = 0
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0
    if (length > longest.length) longest = { start: index + 1 - length, length }
  })
  return longest
}

function refuse(field: string, wanted: string, got: string): never {
  throw new WireError({ protocol: 'address', field, offset: 0, wanted, got: JSON.stringify(got) })
}
