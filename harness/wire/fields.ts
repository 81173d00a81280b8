/**
 * Any frame as a list of named fields that covers each of its octets, for people and for comparing. It never throws:
 * what cannot be read as a header (cut off, malformed, of an unknown protocol) is a field 'payload'.
 * Sources: as in the codecs. Offsets and sizes in octets; fields that share an octet both count it.
 */
import { ETHER_TYPE, isTagProtocol } from './ethernet.ts'
import { ICMP_TYPE } from './icmp.ts'
import { ICMPV6_TYPE } from './icmpv6.ts'
import { IP_PROTOCOL, IPV4_HEADER_SIZE } from './ipv4.ts'
import * as layouts from './layouts.ts'
import { u8At, u16At, viewOf } from './octets.ts'
import { TCP_HEADER_SIZE } from './tcp.ts'
import { UDP_HEADER_SIZE } from './udp.ts'

export interface Field {
  name: string // vlan.vid; the second tag's is vlan[1].vid
  value: string // for people: of many raw octets only the first are shown
  offset: number // of the first octet that the field has a part of
  sizeOctets: number
}

/** @returns the frame's fields in their order on the wire */
export function fieldsOf(octets: Uint8Array): readonly Field[] {
  const walk = new Walk(octets)
  walkEthernet(walk)
  return walk.finish()
}

/** Where the reading is, and how far the protocol being read may go. */
class Walk {
  readonly octets: Uint8Array
  readonly fields: Field[] = []
  offset = 0
  end: number

  constructor(octets: Uint8Array) {
    this.octets = octets
    this.end = octets.length
  }

  get left(): number {
    return this.end - this.offset
  }

  /** The next two octets, of which the caller knows that they are there. */
  peek16(): number {
    return u16At(this.octets, this.offset)
  }

  /** Takes the parts up to the first that does not fit, with which the raw rest begins. @returns whether all fitted */
  takes(parts: readonly layouts.Part[]): boolean {
    const start = this.offset
    for (const { name, at, size, show } of parts) {
      const offset = start + at
      const isWhole = offset + size <= this.end
      this.offset = isWhole ? offset + size : offset
      if (!isWhole) return false
      this.fields.push({ name, value: show(this.octets, offset), offset, sizeOctets: size })
    }
    return true
  }

  /** Takes raw octets, as many as there are. */
  raw(name: string, size: number): void {
    const taken = Math.min(size, this.left)
    if (taken <= 0) return
    const value = layouts.shownOctets(viewOf(this.octets, this.offset, this.offset + taken))
    this.fields.push({ name, value, offset: this.offset, sizeOctets: taken })
    this.offset += taken
  }

  /** The rest of a protocol that states its length is payload; what follows it on the wire has another name. */
  within(size: number, trailer: string, walk: () => void): void {
    const outerEnd = this.end
    this.end = Math.min(outerEnd, this.offset + size)
    walk()
    this.raw('payload', this.left)
    this.end = outerEnd
    this.raw(trailer, this.left)
  }

  finish(): readonly Field[] {
    this.raw('payload', this.left)
    return this.fields
  }
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
}

function walkArp(walk: Walk): void {
  const start = walk.offset
  if (!walk.takes(layouts.ARP_HEAD_PARTS)) return
  const isForIpv4 = u8At(walk.octets, start + 4) === 6 && u8At(walk.octets, start + 5) === 4
  if (isForIpv4 && walk.takes(layouts.ARP_ADDRESSES_PARTS)) walk.raw('trailer', walk.left)
}

function walkIpv4(walk: Walk): void {
  const start = walk.offset
  if (walk.left === 0 || u8At(walk.octets, start) >>> 4 !== 4) return
  if (!walk.takes(layouts.IPV4_PARTS)) return
  const headerLength = (u8At(walk.octets, start) & 0xf) * 4
  const totalLength = u16At(walk.octets, start + 2)
  if (headerLength < IPV4_HEADER_SIZE || totalLength < headerLength) return
  const isFirstFragment = (u16At(walk.octets, start + 6) & 0x1fff) === 0
  walk.within(totalLength - IPV4_HEADER_SIZE, 'trailer', () => {
    walk.raw('ip.options', headerLength - IPV4_HEADER_SIZE)
    if (isFirstFragment) walkUpper(walk, u8At(walk.octets, start + 9))
  })
}

function walkIpv6(walk: Walk): void {
  const start = walk.offset
  if (walk.left === 0 || u8At(walk.octets, start) >>> 4 !== 6) return
  if (!walk.takes(layouts.IPV6_PARTS)) return
  walk.within(u16At(walk.octets, start + 4), 'trailer', () => walkUpper(walk, u8At(walk.octets, start + 6)))
}

function walkUpper(walk: Walk, protocol: number): void {
  if (protocol === IP_PROTOCOL.udp) walkUdp(walk)
  if (protocol === IP_PROTOCOL.tcp) walkTcp(walk)
  if (protocol === IP_PROTOCOL.icmp) walkIcmp(walk)
  if (protocol === IP_PROTOCOL.icmpv6) walkIcmpv6(walk)
}

function walkUdp(walk: Walk): void {
  const start = walk.offset
  if (!walk.takes(layouts.UDP_PARTS)) return
  const length = u16At(walk.octets, start + 4)
  if (length >= UDP_HEADER_SIZE) walk.within(length - UDP_HEADER_SIZE, 'udp.trailer', () => {})
}

function walkTcp(walk: Walk): void {
  const start = walk.offset
  if (walk.takes(layouts.TCP_PARTS)) {
    walk.raw('tcp.options', (u8At(walk.octets, start + 12) >>> 4) * 4 - TCP_HEADER_SIZE)
  }
}

function walkIcmp(walk: Walk): void {
  const start = walk.offset
  if (!walk.takes(layouts.ICMP_PARTS)) return
  const type = u8At(walk.octets, start)
  if (type === ICMP_TYPE.echoRequest || type === ICMP_TYPE.echoReply) walk.takes(layouts.ICMP_ECHO_PARTS)
}

function walkIcmpv6(walk: Walk): void {
  const start = walk.offset
  if (!walk.takes(layouts.ICMPV6_PARTS)) return
  const type = u8At(walk.octets, start)
  if (type === ICMPV6_TYPE.echoRequest || type === ICMPV6_TYPE.echoReply)
    walk.takes(layouts.ICMPV6_ECHO_PARTS)
}
