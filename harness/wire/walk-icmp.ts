/** ICMP and ICMPv6 as fields, with the packets that errors quote. Sources: as in the codecs. */
import { isIcmpError } from './icmp-error.ts'
import { isIcmpv6Error } from './icmpv6-error.ts'
import {
  ICMP_BODY_PARTS,
  ICMP_PARTS,
  ICMPV6_BODY_PARTS,
  ICMPV6_PARTS,
  NEIGHBOUR_OPTION_BODY_PARTS,
  NEIGHBOUR_OPTION_PARTS,
} from './layouts-icmp.ts'
import { isNeighbourMessage } from './neighbour-discovery.ts'
import { NEIGHBOUR_OPTION } from './neighbour-options.ts'
import { u8At } from './octets.ts'
import type { Walk } from './walk.ts'

const REDIRECTED_RESERVED_SIZE = 6

/** @param walkQuote how a packet is read that is quoted; within one none is */
export function walkIcmp(walk: Walk, walkQuote: (walk: Walk) => void): void {
  const start = walk.offset
  if (!walk.takes(ICMP_PARTS)) return
  const type = u8At(walk.octets, start)
  if (!walk.takes(ICMP_BODY_PARTS[type] ?? [])) return
  if (isIcmpError(type)) walkQuoted(walk, walkQuote)
}

/** @param walkQuote how a packet is read that is quoted; within one none is */
export function walkIcmpv6(walk: Walk, walkQuote: (walk: Walk) => void): void {
  const start = walk.offset
  if (!walk.takes(ICMPV6_PARTS)) return
  const type = u8At(walk.octets, start)
  if (!walk.takes(ICMPV6_BODY_PARTS[type] ?? [])) return
  if (isIcmpv6Error(type)) walkQuoted(walk, walkQuote)
  if (isNeighbourMessage(type)) walkNeighbourOptions(walk, walkQuote)
}

function walkQuoted(walk: Walk, walkQuote: (walk: Walk) => void): void {
  if (!walk.isInQuote && walk.left > 0) walk.quoted(() => walkQuote(walk))
}

function walkNeighbourOptions(walk: Walk, walkQuote: (walk: Walk) => void): void {
  while (walk.left >= 2 && 8 * u8At(walk.octets, walk.offset + 1) <= walk.left) {
    const type = walk.peek8()
    const size = 8 * u8At(walk.octets, walk.offset + 1)
    if (size === 0) return
    const name = walk.numbered('icmp6.option')
    walk.inside(size, `${name}.data`, () => {
      walk.takes(NEIGHBOUR_OPTION_PARTS, name)
      walk.takes(NEIGHBOUR_OPTION_BODY_PARTS[type] ?? [], name)
      if (type !== NEIGHBOUR_OPTION.redirectedHeader) return
      walk.raw(`${name}.reserved`, REDIRECTED_RESERVED_SIZE)
      walkQuoted(walk, walkQuote)
    })
  }
}
