import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeIpv4, encodeIpv4, type Ipv4Packet } from './ipv4.ts'
import { fragmentIpv4, reassembleIpv4 } from './ipv4-fragments.ts'
import { encodeIpv4Options } from './ipv4-options.ts'
import { hexOf, NO_OCTETS } from './octets.ts'
import { ipv4Packet, raw } from './testing/arbitraries.ts'
import { ipv4Options } from './testing/control-arbitraries.ts'
import { FRAGMENT_PACKETS, UNFRAGMENTED_PACKET } from './testing/control-frames.ts'
import { wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

const WHOLE = decodeIpv4(UNFRAGMENTED_PACKET)
const FRAGMENTS = FRAGMENT_PACKETS.map(decodeIpv4)
const [FIRST, SECOND, THIRD, LAST] = FRAGMENTS as [Ipv4Packet, Ipv4Packet, Ipv4Packet, Ipv4Packet]

test('golden fragments', () => {
  expect(fragmentIpv4(WHOLE, 51).map(encodeIpv4).map(hexOf)).toEqual(FRAGMENT_PACKETS.map(hexOf))
})

test('golden fragments, whole again from any order', () => {
  const packet = reassembleIpv4([LAST, SECOND, FIRST, THIRD])
  expect(packet && hexOf(encodeIpv4(packet))).toBe(hexOf(UNFRAGMENTED_PACKET))
})

test('a packet as large as the MTU stays as it is, whatever its flags', () => {
  const packet = { ...WHOLE, dontFragment: true }
  expect(fragmentIpv4(packet, 100)).toEqual([packet])
  expect(reassembleIpv4([packet])).toMatchObject({ payload: packet.payload, moreFragments: false })
})

test('a fragment is fragmented in its place', () => {
  const [first, last] = fragmentIpv4(SECOND, 40)
  expect(first).toMatchObject({ fragmentOffsetOctets: 16, moreFragments: true })
  expect(last).toMatchObject({ fragmentOffsetOctets: 32, moreFragments: true })
})

test.each<[string, Partial<Ipv4Packet>, number, string, string]>([
  ['a packet that may not be fragmented', { dontFragment: true }, 99, 'dontFragment', 'true'],
  ['an MTU without a place for eight octets', {}, 39, 'mtuOctets', '39'],
  ['an MTU without a place for the header', { payload: NO_OCTETS }, 31, 'mtuOctets', '31'],
  ['options that are cut off', { options: new Uint8Array([7, 9, 4, 0]) }, 52, 'options', '2'],
  ['an option of no length', { options: new Uint8Array([7, 0, 0, 0]) }, 52, 'options', '0'],
])('%s is refused', (_, changes, mtu, field, got) => {
  const error = wireErrorOf(() => fragmentIpv4({ ...WHOLE, ...changes }, mtu))
  expect(error).toMatchObject({ protocol: 'ipv4', field, got })
})

test.each([
  ['nothing', []],
  ['the first alone', [FIRST]],
  ['a hole', [FIRST, THIRD, LAST]],
  ['the first missing', [SECOND, THIRD, LAST]],
  ['the last missing', [FIRST, SECOND, THIRD]],
])('%s: not complete yet', (_, fragments) => {
  expect(reassembleIpv4(fragments)).toBeUndefined()
})

test.each<[string, readonly Ipv4Packet[], string]>([
  ['an exact duplicate', [FIRST, SECOND, SECOND], 'fragmentOffsetOctets'],
  ['the last twice', [FIRST, LAST, LAST], 'fragmentOffsetOctets'],
  ['an overlap', [FIRST, { ...SECOND, fragmentOffsetOctets: 8 }], 'fragmentOffsetOctets'],
  ['a fragment behind the last', [{ ...SECOND, moreFragments: false }, THIRD], 'fragmentOffsetOctets'],
  ['a piece of nine octets', [FIRST, { ...SECOND, payload: new Uint8Array(9) }], 'payload'],
  ['a piece of nothing', [{ ...FIRST, payload: NO_OCTETS }], 'payload'],
  ['another identification', [FIRST, { ...SECOND, identification: 1 }], 'identification'],
  ['another source', [FIRST, { ...SECOND, src: '192.0.2.1' }], 'src'],
  ['another destination', [FIRST, { ...SECOND, dst: '192.0.2.1' }], 'dst'],
  ['another protocol', [FIRST, { ...SECOND, protocol: 6 }], 'protocol'],
])('%s can never be complete', (_, fragments, field) => {
  expect(wireErrorOf(() => reassembleIpv4(fragments))).toMatchObject({ protocol: 'ipv4', field })
})

test('more octets than a packet can have are refused', () => {
  const pieces = fragmentIpv4({ ...WHOLE, options: NO_OCTETS, payload: new Uint8Array(65528) }, 1500)
  expect(wireErrorOf(() => reassembleIpv4(pieces))).toMatchObject({ field: 'totalLength', got: '65548' })
})

test('any packet in fragments fits the MTU, and is whole again from any order', () => {
  const packets = fc
    .record({ packet: ipv4Packet, options: ipv4Options, payload: raw(3000) })
    .map(({ packet, options, payload }) => ({
      ...packet,
      options: paddedToFour(encodeIpv4Options(options)),
      payload,
      dontFragment: false,
      moreFragments: false,
      fragmentOffsetOctets: 0,
    }))
  const property = fc.property(packets, fc.integer({ min: 68, max: 1500 }), fc.nat(), (packet, mtu, turn) => {
    const fragments = fragmentIpv4(packet, mtu)
    const octets = fragments.map((fragment) => encodeIpv4({ ...fragment, trailer: NO_OCTETS }))
    for (const { length } of octets) expect(length).toBeLessThanOrEqual(mtu)
    const decoded = octets.map(decodeIpv4)
    const turned = [...decoded.slice(turn % decoded.length), ...decoded.slice(0, turn % decoded.length)]
    const { trailer: _, ...whole } = packet
    expect(reassembleIpv4(turned)).toEqual(whole)
  })
  holds(property)
})

/** Within what an IPv4 header has place for. */
function paddedToFour(octets: Uint8Array): Uint8Array {
  if (octets.length > 40) return NO_OCTETS
  const padded = new Uint8Array(Math.ceil(octets.length / 4) * 4)
  padded.set(octets)
  return padded
}
