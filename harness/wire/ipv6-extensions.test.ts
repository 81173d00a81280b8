import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IP_PROTOCOL } from './ipv4.ts'
import {
  decodeIpv6Extensions,
  encodeIpv6Extensions,
  type FragmentHeader,
  type Ipv6Content,
  type OptionsHeader,
  type RoutingHeader,
} from './ipv6-extensions.ts'
import { hexOf, NO_OCTETS } from './octets.ts'
import { ipv6Content } from './testing/control-arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// What follows the IPv6 headers of testing/control-frames.ts, IPV6_EXTENSIONS and IPV6_FRAGMENT, with their provenance.
const CHAIN_OCTETS = octetsOf(`2b00 0502 0000 0100
  2c02 fd00 00000000 20010db8000000020000000000000001
  3c00 0000 0a0b0c0d 1100 1e02abcd 0000 03e807d0000d54bf68656c6c6f`)
const HOP_BY_HOP: OptionsHeader = {
  kind: 'hop-by-hop',
  options: [
    { kind: 'router alert', value: 0 },
    { kind: 'padN', data: NO_OCTETS },
  ],
}
const ROUTING: RoutingHeader = {
  kind: 'routing',
  routingType: 253,
  segmentsLeft: 0,
  data: octetsOf('00000000 20010db8000000020000000000000001'),
}
const FRAGMENT: FragmentHeader = {
  kind: 'fragment',
  reserved: 0,
  fragmentOffsetOctets: 0,
  reservedBits: 0,
  moreFragments: false,
  identification: 0x0a0b0c0d,
}
const CHAIN: Ipv6Content = {
  headers: [
    HOP_BY_HOP,
    ROUTING,
    FRAGMENT,
    {
      kind: 'destination options',
      options: [{ kind: 'other', type: 0x1e, data: octetsOf('abcd') }, { kind: 'pad1' }, { kind: 'pad1' }],
    },
  ],
  upperProtocol: IP_PROTOCOL.udp,
  payload: octetsOf('03e807d0000d54bf68656c6c6f'),
}
const LATER_OCTETS = octetsOf('1100 05c9 0a0b0c0d 6162636465666768')
const LATER: Ipv6Content = {
  headers: [{ ...FRAGMENT, fragmentOffsetOctets: 1480, moreFragments: true }],
  upperProtocol: IP_PROTOCOL.udp,
  payload: octetsOf('6162636465666768'),
}

test.each([
  ['a chain', 0, CHAIN_OCTETS, CHAIN],
  ['a later fragment', 44, LATER_OCTETS, LATER],
  ['none', 17, octetsOf('0102'), { headers: [], upperProtocol: 17, payload: octetsOf('0102') }],
])('golden octets: %s', (_, nextHeader, octets, meaning) => {
  expectGolden({
    octets,
    meaning,
    decode: (payload) => decodeIpv6Extensions(nextHeader, payload),
    encode: (content) => encodeIpv6Extensions(content).payload,
  })
  expect(encodeIpv6Extensions(meaning).nextHeader).toBe(nextHeader)
})

test('cut off anywhere in the chain', () => {
  const decode = (octets: Uint8Array) => decodeIpv6Extensions(0, octets)
  expectTruncationsRefused(CHAIN_OCTETS, 'ipv6-extensions', decode, 48)
  expect(decode(CHAIN_OCTETS.subarray(0, 48)).payload).toBe(NO_OCTETS)
})

test('a piece of something is not taken for an extension header', () => {
  const octets = octetsOf('3c00 0008 0a0b0c0d ff')
  expect(decodeIpv6Extensions(44, octets)).toMatchObject({ upperProtocol: 60, payload: octetsOf('ff') })
})

test.each([
  ['a router alert of one octet', '1100 0501 00 000000', 'length', 3, '2', '1'],
  ['an option beyond its header', '1100 1e05 00000000', 'data', 4, '5 octets', '4'],
  ['an option without a length', '1100 0000 0000 001e', 'length', 8, '1 octets', '0'],
  ['a header beyond the packet', '1101 0104 00000000', 'header', 2, '14 octets', '6'],
])('%s is refused', (_, hex, field, offset, wanted, got) => {
  const error = wireErrorOf(() => decodeIpv6Extensions(60, octetsOf(hex)))
  expect(error).toMatchObject({ protocol: 'ipv6-extensions', field, offset, wanted, got })
})

test.each<[string, Ipv6Content['headers'][number], string]>([
  ['length', { ...HOP_BY_HOP, options: [] }, '-6'],
  ['length', { ...ROUTING, data: octetsOf('00') }, '-3'],
  ['length', { ...ROUTING, length: 2056 }, '2048'],
  ['routingType', { ...ROUTING, routingType: 256 }, '256'],
  ['segmentsLeft', { ...ROUTING, segmentsLeft: -1 }, '-1'],
  ['fragmentOffsetOctets', { ...FRAGMENT, fragmentOffsetOctets: 12 }, '12'],
  ['reservedBits', { ...FRAGMENT, reservedBits: 4 }, '4'],
  ['identification', { ...FRAGMENT, identification: 2 ** 32 }, '4294967296'],
])('%s has no place in the header', (field, header, got) => {
  const error = wireErrorOf(() => encodeIpv6Extensions({ ...LATER, headers: [header] }))
  expect(error).toMatchObject({ protocol: 'ipv6-extensions', field, got })
})

test('next header and length are written as given, however wrong', () => {
  const header = { ...HOP_BY_HOP, nextHeader: 59, length: 64 }
  const octets = encodeIpv6Extensions({ headers: [header], upperProtocol: 17, payload: NO_OCTETS }).payload
  expect(hexOf(octets)).toBe('3b07050200000100')
})

test('round trip of any content', () => {
  const property = fc.property(ipv6Content, (content) => {
    const { nextHeader, payload } = encodeIpv6Extensions(content)
    expect(decodeIpv6Extensions(nextHeader, payload)).toEqual(content)
  })
  holds(property)
})
