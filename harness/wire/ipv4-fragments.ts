/**
 * IPv4 packets in fragments, and whole again. Source: RFC 791 3.2 (fragmentation and reassembly) and 3.1 (which options
 * are copied). Lengths and offsets in octets.
 *
 * Reassembly is strict. It gives undefined while another fragment could complete the packet: a hole, the last missing.
 * What no other fragment can mend is a WireError: an overlap (an exact duplicate is one too), fragments of two packets,
 * a fragment behind the last, one with others behind it that is no multiple of eight octets, and more octets than a
 * packet can have.
 */
import { IPV4_HEADER_SIZE, type Ipv4Packet } from './ipv4.ts'
import { isCopiedOption } from './ipv4-options.ts'
import { OctetReader, viewOf, WireError } from './octets.ts'

const PROTOCOL = 'ipv4'
const UNIT = 8
const OPTIONS_UNIT = 4
const END_OF_OPTIONS = 0
const NO_OPERATION = 1
const LARGEST_PACKET = 0xffff

/**
 * The packet alone if it is no larger than the MTU, and otherwise pieces of it, which are as large as can be. Of a
 * piece only the payload is a view, and lengths and checksum are absent: they are computed when it is encoded.
 * @param mtuOctets the largest packet, with its header
 * @throws {WireError} if it may not be fragmented, the MTU has no place for eight octets, or its options are cut off
 */
export function fragmentIpv4(packet: Ipv4Packet, mtuOctets: number): Ipv4Packet[] {
  const { payload } = packet
  if (IPV4_HEADER_SIZE + packet.options.length + payload.length <= mtuOctets) return [packet]
  if (packet.dontFragment)
    throw fault('dontFragment', `false, or a packet of up to ${mtuOctets} octets`, 'true')
  const laterOptions = copiedOptions(packet.options)
  const fragments: Ipv4Packet[] = []
  let start = 0
  do {
    const options = start === 0 ? packet.options : laterOptions
    const end = Math.min(payload.length, start + largestPiece(mtuOctets, options, payload.length - start))
    fragments.push({
      ...withoutComputed(packet),
      options,
      moreFragments: end < payload.length || packet.moreFragments,
      fragmentOffsetOctets: packet.fragmentOffsetOctets + start,
      payload: viewOf(payload, start, end),
    })
    start = end
  } while (start < payload.length)
  return fragments
}

/**
 * @param fragments in any order; one that is a whole packet is complete
 * @returns the packet with the first fragment's header, or undefined if it is not complete yet
 * @throws {WireError} if it can never be
 */
export function reassembleIpv4(fragments: readonly Ipv4Packet[]): Ipv4Packet | undefined {
  const sorted = fragments.toSorted((a, b) => a.fragmentOffsetOctets - b.fragmentOffsetOctets)
  for (const fragment of sorted) expectOfOnePacket(fragment, sorted[0] ?? fragment)
  sorted.forEach((fragment, index) => {
    expectToFit(fragment, sorted[index + 1])
  })
  const [first] = sorted
  const last = sorted.at(-1)
  const size = sorted.reduce((sum, { payload }) => sum + payload.length, 0)
  const isComplete = last !== undefined && !last.moreFragments && endOf(last) === size // no overlap: no hole
  if (first === undefined || !isComplete) return undefined
  const headerSize = IPV4_HEADER_SIZE + first.options.length
  if (headerSize + size > LARGEST_PACKET) {
    throw fault('totalLength', `up to ${LARGEST_PACKET}`, String(headerSize + size))
  }
  return {
    ...withoutComputed(first),
    moreFragments: false,
    payload: joined(sorted.map(({ payload }) => payload)),
  }
}

function largestPiece(mtuOctets: number, options: Uint8Array, left: number): number {
  const space = mtuOctets - IPV4_HEADER_SIZE - options.length
  if (left <= space) return left
  if (space >= UNIT) return space - (space % UNIT)
  const smallest = IPV4_HEADER_SIZE + options.length + UNIT
  throw fault('mtuOctets', `at least ${smallest}`, String(mtuOctets))
}

/** Those with the copied flag, and the end of options as often as their size needs it. */
function copiedOptions(octets: Uint8Array): Uint8Array {
  const copied: number[] = []
  const reader = new OctetReader(PROTOCOL, octets)
  while (reader.left > 0) {
    const start = reader.offset
    const type = reader.u8('options')
    if (type === END_OF_OPTIONS) break
    if (type === NO_OPERATION) continue
    const length = reader.u8('options')
    if (length < 2) throw reader.fault('options', start + 1, 'a length of at least 2', length)
    reader.take('options', length - 2)
    if (isCopiedOption(type)) copied.push(...octets.subarray(start, start + length))
  }
  while (copied.length % OPTIONS_UNIT !== 0) copied.push(END_OF_OPTIONS)
  return new Uint8Array(copied)
}

/** RFC 791 2.3: identification, source, destination and protocol tell one packet's fragments from another's. */
function expectOfOnePacket(fragment: Ipv4Packet, first: Ipv4Packet): void {
  for (const field of ['identification', 'src', 'dst', 'protocol'] as const) {
    if (fragment[field] !== first[field]) throw fault(field, String(first[field]), String(fragment[field]))
  }
}

function expectToFit(fragment: Ipv4Packet, next: Ipv4Packet | undefined): void {
  const size = fragment.payload.length
  if (fragment.moreFragments && (size === 0 || size % UNIT !== 0)) {
    throw fault('payload', `a multiple of ${UNIT} octets before more fragments`, String(size))
  }
  if (next === undefined) return
  const offset = next.fragmentOffsetOctets
  if (!fragment.moreFragments)
    throw fault('fragmentOffsetOctets', 'none behind the last fragment', String(offset))
  if (offset < endOf(fragment)) {
    throw fault('fragmentOffsetOctets', `at least ${endOf(fragment)}, without an overlap`, String(offset))
  }
}

function endOf(fragment: Ipv4Packet): number {
  return fragment.fragmentOffsetOctets + fragment.payload.length
}

/** Without what is computed on encoding if absent, and without Ethernet's padding. */
function withoutComputed(packet: Ipv4Packet): Ipv4Packet {
  const { headerLength: _header, totalLength: _total, checksum: _sum, trailer: _trailer, ...rest } = packet
  return rest
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces))
}

function fault(field: string, wanted: string, got: string): WireError {
  return new WireError({ protocol: PROTOCOL, field, offset: 0, wanted, got })
}
