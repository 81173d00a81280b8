import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeIpv6, encodeIpv6, type Ipv6Packet } from './ipv6.ts'
import { hexOf, NO_OCTETS } from './octets.ts'
import { ipv6Packet } from './testing/arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// From testing/frames.ts, UDP_OVER_IPV6, with its provenance.
const OCTETS = octetsOf(`6b912345 000d 11 3f 20010db800000000000000000000000b 20010db800000001000000000000000d
  03e807d0000d54bf68656c6c6f`)
const PACKET: Required<Ipv6Packet> = {
  dscp: 46,
  ecn: 1,
  flowLabel: 0x12345,
  payloadLength: 13,
  nextHeader: 17,
  hopLimit: 63,
  src: '2001:db8::b',
  dst: '2001:db8:0:1::d',
  payload: octetsOf('03e807d0000d54bf68656c6c6f'),
  trailer: NO_OCTETS,
}

test('golden octets', () => {
  expectGolden({ octets: OCTETS, meaning: PACKET, decode: decodeIpv6, encode: encodeIpv6 })
})

test('what follows payloadLength is the trailer', () => {
  const octets = OCTETS.slice()
  octets[5] = 11
  const meaning = {
    ...PACKET,
    payloadLength: 11,
    payload: PACKET.payload.slice(0, 11),
    trailer: octetsOf('6c6f'),
  }
  expectGolden({ octets, meaning, decode: decodeIpv6, encode: encodeIpv6 })
})

test('payloadLength is computed if absent, and written as given otherwise', () => {
  const { payloadLength: _, ...packet } = PACKET
  expect(hexOf(encodeIpv6(packet))).toBe(hexOf(OCTETS))
  expect(hexOf(encodeIpv6({ ...packet, payloadLength: 0xfffe }).subarray(4, 6))).toBe('fffe')
})

test('cut off anywhere', () => {
  expectTruncationsRefused(OCTETS, 'ipv6', decodeIpv6)
})

test('another version is refused', () => {
  const octets = OCTETS.slice()
  octets[0] = 0xcb
  expect(wireErrorOf(() => decodeIpv6(octets))).toMatchObject({
    field: 'version',
    offset: 0,
    wanted: '6',
    got: '12',
  })
})

test.each<[keyof Ipv6Packet, number | string]>([
  ['dscp', 64],
  ['ecn', 4],
  ['flowLabel', 0x100000],
  ['payloadLength', 0x10000],
  ['nextHeader', 256],
  ['hopLimit', 256],
  ['src', '198.51.100.11'],
  ['dst', '2001:db8::1::1'],
])('%s %s has no place in the packet', (field, value) => {
  const error = wireErrorOf(() => encodeIpv6({ ...PACKET, [field]: value }))
  expect(error).toMatchObject({ protocol: 'ipv6', field, got: String(value) })
})

test('round trip of any packet', () => {
  const property = fc.property(ipv6Packet, (packet) => {
    const octets = encodeIpv6(packet)
    expect(decodeIpv6(octets)).toEqual({ ...packet, payloadLength: packet.payload.length })
  })
  holds(property)
})
