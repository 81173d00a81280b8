/**
 * Any frame as a list of named fields that covers each of its octets, for people and for comparing. It never throws:
 * what cannot be read as a header (cut off, malformed, of an unknown protocol) is a field 'payload'. A packet that an
 * ICMP error quotes has its fields again under 'quoted.'.
 * Sources: as in the codecs. Offsets and sizes in octets; fields that share an octet both count it.
 */
import { ETHER_TYPE, isTagProtocol } from './ethernet.ts'
import * as layouts from './layouts.ts'
import { LARGEST_LENGTH } from './llc.ts'
import { u8At } from './octets.ts'
import { type Field, Walk } from './walk.ts'
import { walkIpv4, walkIpv6 } from './walk-ip.ts'
import { walkLlc, walkLldp } from './walk-link.ts'

export type { Field }

/** @returns the frame's fields in their order on the wire */
export function fieldsOf(octets: Uint8Array): readonly Field[] {
  const walk = new Walk(octets)
  walkEthernet(walk)
  return walk.finish()
}

function walkEthernet(walk: Walk): void {
  if (!walk.takes(layouts.ETHERNET_ADDRESSES_PARTS)) return
  for (let depth = 0; walk.left >= 4 && isTagProtocol(walk.peek16()); depth += 1) {
    walk.takes(layouts.tagParts(depth))
  }
  if (walk.left < 2) return
  const etherType = walk.peek16()
  walk.takes(layouts.ETHERNET_TYPE_PARTS)
  if (etherType === ETHER_TYPE.arp) walkArp(walk)
  if (etherType === ETHER_TYPE.ipv4) walkIpv4(walk)
  if (etherType === ETHER_TYPE.ipv6) walkIpv6(walk)
  if (etherType === ETHER_TYPE.lldp) walkLldp(walk)
  if (etherType <= LARGEST_LENGTH) walkLlc(walk, etherType)
}

function walkArp(walk: Walk): void {
  const start = walk.offset
  if (!walk.takes(layouts.ARP_HEAD_PARTS)) return
  const isForIpv4 = u8At(walk.octets, start + 4) === 6 && u8At(walk.octets, start + 5) === 4
  if (isForIpv4 && walk.takes(layouts.ARP_ADDRESSES_PARTS)) walk.raw('trailer', walk.left)
}
