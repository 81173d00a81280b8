/** IPv4, IPv6 and what they carry, as fields. Sources: as in the codecs. */
import { IP_PROTOCOL, IPV4_HEADER_SIZE } from './ipv4.ts'
import { IPV6_EXTENSION } from './ipv6-extensions.ts'
import * as layouts from './layouts.ts'
import { u8At, u16At } from './octets.ts'
import { TCP_HEADER_SIZE } from './tcp.ts'
import { UDP_HEADER_SIZE } from './udp.ts'
import type { Walk } from './walk.ts'
import { isDhcp, walkDhcp } from './walk-dhcp.ts'
import { walkIcmp, walkIcmpv6 } from './walk-icmp.ts'
import { IPV4_OPTIONS, TCP_OPTIONS, walkOptions } from './walk-options.ts'

const EXTENSION_NAMES: ReadonlyMap<number, string> = new Map([
  [IPV6_EXTENSION.hopByHop, 'ip6.hopByHop'],
  [IPV6_EXTENSION.routing, 'ip6.routing'],
  [IPV6_EXTENSION.fragment, 'ip6.fragment'],
  [IPV6_EXTENSION.destinationOptions, 'ip6.destinationOptions'],
])

export function walkIpv4(walk: Walk): void {
  const start = walk.offset
  if (walk.left === 0 || walk.peek8() >>> 4 !== 4) return
  if (!walk.takes(layouts.IPV4_PARTS)) return
  const headerLength = (u8At(walk.octets, start) & 0xf) * 4
  const totalLength = u16At(walk.octets, start + 2)
  if (headerLength < IPV4_HEADER_SIZE || totalLength < headerLength) return
  const isFirstFragment = (u16At(walk.octets, start + 6) & 0x1fff) === 0
  walk.within(totalLength - IPV4_HEADER_SIZE, 'trailer', () => {
    walkOptions(walk, 'ip.options', headerLength - IPV4_HEADER_SIZE, IPV4_OPTIONS)
    if (isFirstFragment) walkUpper(walk, u8At(walk.octets, start + 9))
  })
}

export function walkIpv6(walk: Walk): void {
  const start = walk.offset
  if (walk.left === 0 || walk.peek8() >>> 4 !== 6) return
  if (!walk.takes(layouts.IPV6_PARTS)) return
  walk.within(u16At(walk.octets, start + 4), 'trailer', () => {
    const upper = walkExtensions(walk, u8At(walk.octets, start + 6))
    if (upper !== undefined) walkUpper(walk, upper)
  })
}

/** @returns the upper protocol, or undefined if what follows does not begin with its header */
function walkExtensions(walk: Walk, first: number): number | undefined {
  let next = first
  for (let name = EXTENSION_NAMES.get(next); name !== undefined; name = EXTENSION_NAMES.get(next)) {
    const start = walk.offset
    const isFragment = next === IPV6_EXTENSION.fragment
    const isWhole = isFragment ? walkFragment(walk, name) : walkExtension(walk, next, name)
    if (!isWhole) return undefined
    next = u8At(walk.octets, start)
  }
  return next
}

/** @returns whether it is whole and not of a later fragment */
function walkFragment(walk: Walk, name: string): boolean {
  const start = walk.offset
  const isWhole = walk.takes(layouts.FRAGMENT_PARTS, walk.numbered(name))
  return isWhole && (u16At(walk.octets, start + 2) & 0xfff8) === 0
}

function walkExtension(walk: Walk, number: number, name: string): boolean {
  const start = walk.offset
  const header = walk.numbered(name)
  if (!walk.takes(layouts.EXTENSION_HEAD_PARTS, header)) return false
  const size = 6 + 8 * u8At(walk.octets, start + 1)
  if (walk.left < size) return false
  const isRouting = number === IPV6_EXTENSION.routing
  walk.inside(size, `${header}.${isRouting ? 'data' : 'options'}`, () => {
    if (isRouting) walk.takes(layouts.ROUTING_PARTS, header)
  })
  return true
}

function walkUpper(walk: Walk, protocol: number): void {
  if (protocol === IP_PROTOCOL.udp) walkUdp(walk)
  if (protocol === IP_PROTOCOL.tcp) walkTcp(walk)
  if (protocol === IP_PROTOCOL.icmp) walkIcmp(walk, walkIpv4)
  if (protocol === IP_PROTOCOL.icmpv6) walkIcmpv6(walk, walkIpv6)
}

function walkUdp(walk: Walk): void {
  const start = walk.offset
  if (!walk.takes(layouts.UDP_PARTS)) return
  const length = u16At(walk.octets, start + 4)
  if (length < UDP_HEADER_SIZE) return
  const carriesDhcp = isDhcp(u16At(walk.octets, start), u16At(walk.octets, start + 2)) && !walk.isInQuote
  walk.within(length - UDP_HEADER_SIZE, 'udp.trailer', () => {
    if (carriesDhcp) walkDhcp(walk)
  })
}

function walkTcp(walk: Walk): void {
  const start = walk.offset
  if (!walk.takes(layouts.TCP_PARTS)) return
  const headerLength = (u8At(walk.octets, start + 12) >>> 4) * 4
  walkOptions(walk, 'tcp.options', headerLength - TCP_HEADER_SIZE, TCP_OPTIONS)
}
