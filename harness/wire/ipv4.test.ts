import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeIpv4, encodeIpv4, type Ipv4Packet, ipv4ChecksumIsRight } from './ipv4.ts'
import { hexOf, NO_OCTETS } from './octets.ts'
import { ipv4Packet } from './testing/arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// From testing/frames.ts, UDP_WITH_OPTIONS and FRAGMENT, with their provenance.
const WITH_OPTIONS_OCTETS = octetsOf(
  '46 b9 0025 1c46 4000 3f 11 3545 c633640b c633640d 94040000 03e807d0000d5bca68656c6c6f a1a2a3a4a5',
)
const WITH_OPTIONS: Required<Ipv4Packet> = {
  headerLength: 24,
  dscp: 46,
  ecn: 1,
  totalLength: 37,
  identification: 0x1c46,
  reservedFlag: false,
  dontFragment: true,
  moreFragments: false,
  fragmentOffsetOctets: 0,
  ttl: 63,
  protocol: 17,
  checksum: 0x3545,
  src: '198.51.100.11',
  dst: '198.51.100.13',
  options: octetsOf('94040000'),
  payload: octetsOf('03e807d0000d5bca68656c6c6f'),
  trailer: octetsOf('a1a2a3a4a5'),
}
const FRAGMENT_OCTETS = octetsOf('45 00 001c 1c46 20b9 3f 11 ea52 c633640b c633640d 6162636465666768')
const FRAGMENT: Required<Ipv4Packet> = {
  ...WITH_OPTIONS,
  headerLength: 20,
  dscp: 0,
  ecn: 0,
  totalLength: 28,
  dontFragment: false,
  moreFragments: true,
  fragmentOffsetOctets: 1480,
  checksum: 0xea52,
  options: NO_OCTETS,
  payload: octetsOf('6162636465666768'),
  trailer: NO_OCTETS,
}

test.each([
  ['options and a trailer', WITH_OPTIONS_OCTETS, WITH_OPTIONS],
  ['a fragment', FRAGMENT_OCTETS, FRAGMENT],
])('golden octets: %s', (_, octets, meaning) => {
  expectGolden({ octets, meaning, decode: decodeIpv4, encode: encodeIpv4 })
  expect(ipv4ChecksumIsRight(octets)).toBe(true)
})

test('lengths and checksum are computed if absent', () => {
  const { headerLength: _header, totalLength: _total, checksum: _checksum, ...packet } = WITH_OPTIONS
  expect(hexOf(encodeIpv4(packet))).toBe(hexOf(WITH_OPTIONS_OCTETS))
})

test('lengths and checksum are written as given, however wrong', () => {
  const octets = encodeIpv4({ ...FRAGMENT, headerLength: 60, totalLength: 0xfffe, checksum: 0 })
  expect(hexOf(octets)).toBe('4f00fffe1c4620b93f110000c633640bc633640d6162636465666768')
})

test('a checksum is computed over wrong lengths as they are', () => {
  const { checksum: _, ...packet } = FRAGMENT
  const octets = encodeIpv4({ ...packet, totalLength: 29 })
  expect(ipv4ChecksumIsRight(octets)).toBe(true)
  expect(hexOf(octets.subarray(10, 12))).toBe('ea51')
})

test('the reserved flag is kept', () => {
  const octets = encodeIpv4({ ...FRAGMENT, reservedFlag: true })
  expect(hexOf(octets.subarray(6, 8))).toBe('a0b9')
  expect(decodeIpv4(octets).reservedFlag).toBe(true)
})

test('a wrong checksum is data', () => {
  const octets = FRAGMENT_OCTETS.slice()
  octets[8] = 62
  expect(ipv4ChecksumIsRight(octets)).toBe(false)
  expect(decodeIpv4(octets)).toEqual({ ...FRAGMENT, ttl: 62 })
})

test('the checksum is of the header with its options, and of nothing else', () => {
  const octets = WITH_OPTIONS_OCTETS.slice()
  octets[24] = 0xff
  expect(ipv4ChecksumIsRight(octets)).toBe(true)
  octets[23] = 0xff
  expect(ipv4ChecksumIsRight(octets)).toBe(false)
})

test.each([
  ['options', WITH_OPTIONS_OCTETS, 37],
  ['a fragment', FRAGMENT_OCTETS, 28],
])('cut off anywhere: %s', (_, octets, totalLength) => {
  expectTruncationsRefused(octets, 'ipv4', decodeIpv4, totalLength)
  expectTruncationsRefused(octets, 'ipv4', ipv4ChecksumIsRight, 20)
})

test.each([
  ['version', 0, 0, 0x65, '4', '6'],
  ['headerLength', 0, 0, 0x44, 'at least 20', '16'],
  ['totalLength', 2, 3, 19, 'at least 20', '19'],
  ['payload', 20, 3, 29, '9 octets', '8'],
  ['options', 20, 0, 0x48, '12 octets', '8'],
])('a wrong %s is refused', (field, offset, at, octet, wanted, got) => {
  const octets = FRAGMENT_OCTETS.slice()
  if (field === 'options') octets[3] = 32
  octets[at] = octet
  expect(wireErrorOf(() => decodeIpv4(octets))).toMatchObject({
    protocol: 'ipv4',
    field,
    offset,
    wanted,
    got,
  })
})

test.each<[keyof Ipv4Packet, number | string | Uint8Array, string]>([
  ['dscp', 64, '64'],
  ['ecn', 4, '4'],
  ['totalLength', 0x10000, '65536'],
  ['identification', 0x10000, '65536'],
  ['fragmentOffsetOctets', 0x10000, '65536'],
  ['fragmentOffsetOctets', 4, '4'],
  ['ttl', 256, '256'],
  ['protocol', 256, '256'],
  ['checksum', 0x10000, '65536'],
  ['headerLength', 64, '64'],
  ['headerLength', 22, '22'],
  ['src', '198.51.100', '198.51.100'],
  ['dst', '2001:db8::1', '2001:db8::1'],
])('%s %s has no place in the packet', (field, value, got) => {
  expect(wireErrorOf(() => encodeIpv4({ ...FRAGMENT, [field]: value }))).toMatchObject({
    protocol: 'ipv4',
    field,
    got,
  })
})

test.each([3, 44])('%i octets of options are not padded or cut', (size) => {
  const { headerLength: _, ...packet } = FRAGMENT
  const error = wireErrorOf(() => encodeIpv4({ ...packet, options: new Uint8Array(size) }))
  expect(error).toMatchObject({
    protocol: 'ipv4',
    field: 'options',
    wanted: 'a multiple of 4 octets up to 40',
    got: String(size),
  })
})

test('a packet larger than totalLength can say is refused', () => {
  const { totalLength: _, ...packet } = FRAGMENT
  const error = wireErrorOf(() => encodeIpv4({ ...packet, payload: new Uint8Array(0x10000 - 20) }))
  expect(error).toMatchObject({ protocol: 'ipv4', field: 'totalLength', got: '65536' })
})

test('round trip of any packet', () => {
  const property = fc.property(ipv4Packet, (packet) => {
    const octets = encodeIpv4(packet)
    const decoded = decodeIpv4(octets)
    expect(decoded).toMatchObject(packet)
    expect(ipv4ChecksumIsRight(octets)).toBe(true)
    expect(hexOf(encodeIpv4(decoded))).toBe(hexOf(octets))
  })
  holds(property)
})
