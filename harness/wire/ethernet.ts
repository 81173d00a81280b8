/**
 * Ethernet II frames with VLAN tags. Source: IEEE 802.3 3.2, IEEE 802.1Q 9.
 * Integers big-endian; lengths in octets; no FCS.
 */
import { type MacAddress, readMac, writeMac } from './address.ts'
import { OctetReader, OctetWriter, u16At, WireError } from './octets.ts'

export const ETHER_TYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  dot1q: 0x8100,
  ipv6: 0x86dd,
  dot1ad: 0x88a8,
  localExperimental: 0x88b5,
  lldp: 0x88cc,
} as const

/** The smallest EtherType; what is below is an 802.3 length. IEEE 802.3 3.2.6. */
export const SMALLEST_ETHER_TYPE = 0x0600

const PROTOCOL = 'ethernet'
const ADDRESSES_SIZE = 12
const TAG_SIZE = 4
const ETHER_TYPE_SIZE = 2

/** IEEE 802.1Q 9.6: PCP 3 bits, DEI 1 bit, VID 12 bits, after the TPID. */
export interface VlanTag {
  tpid: number // ETHER_TYPE.dot1q (customer) or ETHER_TYPE.dot1ad (service)
  vid: number
  pcp: number
  dei: boolean
}

export interface EthernetFrame {
  dst: MacAddress
  src: MacAddress
  tags: readonly VlanTag[] // outermost first; [] is untagged
  etherType: number // below 0x0600: an 802.3 length, kept as read
  payload: Uint8Array // padding included
}

export function isTagProtocol(etherType: number): boolean {
  return etherType === ETHER_TYPE.dot1q || etherType === ETHER_TYPE.dot1ad
}

/** The payload is a view. @throws {WireError} naming the first field that the octets cannot fill */
export function decodeEthernet(octets: Uint8Array): EthernetFrame {
  const reader = new OctetReader(PROTOCOL, octets)
  const dst = readMac(reader, 'dst')
  const src = readMac(reader, 'src')
  const tags: VlanTag[] = []
  let etherType = reader.u16('etherType')
  while (isTagProtocol(etherType)) {
    tags.push(tagOf(etherType, reader.u16('tci')))
    etherType = reader.u16('etherType')
  }
  return { dst, src, tags, etherType, payload: reader.rest() }
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const headerSize = ADDRESSES_SIZE + frame.tags.length * TAG_SIZE + ETHER_TYPE_SIZE
  const writer = new OctetWriter(PROTOCOL, headerSize + frame.payload.length)
  writeMac(writer, 'dst', frame.dst)
  writeMac(writer, 'src', frame.src)
  for (const tag of frame.tags) writeTag(writer, tag)
  writer.u16('etherType', frame.etherType)
  writer.copy(frame.payload)
  return writer.finish()
}

/** Without all its leading tags; the frame itself, not a copy, if there are none. A tag cut off stays. */
export function untagged(octets: Uint8Array): Uint8Array {
  let end = ADDRESSES_SIZE
  while (octets.length >= end + TAG_SIZE && isTagProtocol(u16At(octets, end))) end += TAG_SIZE
  if (end === ADDRESSES_SIZE) return octets
  const frame = new Uint8Array(octets.length - end + ADDRESSES_SIZE)
  frame.set(octets.subarray(0, ADDRESSES_SIZE))
  frame.set(octets.subarray(end), ADDRESSES_SIZE)
  return frame
}

/** With one more tag, outside those that the frame has. @throws {WireError} if there is no place for it */
export function withTag(octets: Uint8Array, tag: VlanTag): Uint8Array {
  if (octets.length < ADDRESSES_SIZE) {
    const wanted = `${ADDRESSES_SIZE} octets before the tag`
    throw new WireError({ protocol: PROTOCOL, field: 'tag', offset: 0, wanted, got: String(octets.length) })
  }
  const writer = new OctetWriter(PROTOCOL, octets.length + TAG_SIZE)
  writer.copy(octets.subarray(0, ADDRESSES_SIZE))
  writeTag(writer, tag)
  writer.copy(octets.subarray(ADDRESSES_SIZE))
  return writer.finish()
}

function tagOf(tpid: number, tci: number): VlanTag {
  return { tpid, vid: tci & 0xfff, pcp: tci >>> 13, dei: (tci & 0x1000) !== 0 }
}

function writeTag(writer: OctetWriter, tag: VlanTag): void {
  writer.u16('tpid', tag.tpid)
  const pcp = writer.fitting('pcp', tag.pcp, 3)
  const vid = writer.fitting('vid', tag.vid, 12)
  writer.u16('tci', (pcp << 13) | (tag.dei ? 0x1000 : 0) | vid)
}
