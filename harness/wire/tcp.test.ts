import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { IpAddresses } from './checksum.ts'
import { hexOf } from './octets.ts'
import { decodeTcp, encodeTcp, TCP_FLAG, type TcpSegment, tcpChecksumIsRight } from './tcp.ts'
import { ipv4Addresses, ipv6Addresses, tcpSegment } from './testing/arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

const OVER_IPV4: IpAddresses = { src: '198.51.100.11', dst: '198.51.100.13' }
const OVER_IPV6: IpAddresses = { src: '2001:db8::b', dst: '2001:db8:0:1::d' }

// From testing/frames.ts, TCP_SYN and TCP_OVER_IPV6, with their provenance.
const OCTETS = octetsOf('c000 0050 01020304 a0b0c0d0 70c2 faf0 0e0b 0005 020405b401030307')
const SEGMENT: Required<TcpSegment> = {
  srcPort: 49152,
  dstPort: 80,
  sequence: 0x01020304,
  acknowledgement: 0xa0b0c0d0,
  headerLength: 28,
  flags: TCP_FLAG.syn | TCP_FLAG.ece | TCP_FLAG.cwr,
  window: 64240,
  checksum: 0x0e0b,
  urgentPointer: 5,
  options: octetsOf('020405b401030307'),
  payload: new Uint8Array(0),
}

test('golden octets', () => {
  const encode = (segment: TcpSegment) => encodeTcp(segment, OVER_IPV4)
  expectGolden({ octets: OCTETS, meaning: SEGMENT, decode: decodeTcp, encode })
  expect(tcpChecksumIsRight(OCTETS, OVER_IPV4)).toBe(true)
})

test.each<[string, IpAddresses, string]>([
  ['IPv4', OVER_IPV4, '0e0b'],
  ['IPv6', OVER_IPV6, '0700'],
])('length and checksum are computed if absent, over %s', (_, addresses, checksum) => {
  const { headerLength: _length, checksum: _checksum, ...segment } = SEGMENT
  const octets = encodeTcp(segment, addresses)
  expect(hexOf(octets)).toBe(hexOf(OCTETS).replace('0e0b', checksum))
  expect(tcpChecksumIsRight(octets, addresses)).toBe(true)
})

test('length and checksum are written as given, however wrong', () => {
  const octets = encodeTcp({ ...SEGMENT, headerLength: 60, checksum: 0 }, OVER_IPV4)
  expect(hexOf(octets)).toBe('c000005001020304a0b0c0d0f0c2faf000000005020405b401030307')
})

// The control bits of RFC 9293 3.1, from the right of the 16 bits that begin with the data offset.
test.each([
  ['fin', 0x7001],
  ['syn', 0x7002],
  ['rst', 0x7004],
  ['psh', 0x7008],
  ['ack', 0x7010],
  ['urg', 0x7020],
  ['ece', 0x7040],
  ['cwr', 0x7080],
] as const)('the flag %s', (flag, word) => {
  const octets = encodeTcp({ ...SEGMENT, flags: TCP_FLAG[flag] }, OVER_IPV4)
  expect(hexOf(octets.subarray(12, 14))).toBe(word.toString(16))
})

test('reserved bits are kept', () => {
  const octets = encodeTcp({ ...SEGMENT, flags: 0xf02 }, OVER_IPV4)
  expect(hexOf(octets.subarray(12, 14))).toBe('7f02')
  expect(decodeTcp(octets).flags).toBe(0xf02)
})

test('a wrong checksum is data', () => {
  const octets = OCTETS.slice()
  octets[0] = 0xc1
  expect(tcpChecksumIsRight(octets, OVER_IPV4)).toBe(false)
  expect(decodeTcp(octets)).toEqual({ ...SEGMENT, srcPort: 0xc100 })
  expect(tcpChecksumIsRight(OCTETS, OVER_IPV6)).toBe(false)
})

test('cut off anywhere in the header', () => {
  expectTruncationsRefused(OCTETS, 'tcp', decodeTcp)
  expectTruncationsRefused(OCTETS, 'tcp', (octets) => tcpChecksumIsRight(octets, OVER_IPV4), 20)
})

test('a header length below the fixed header is refused', () => {
  const octets = OCTETS.slice()
  octets[12] = 0x40
  const wanted = { protocol: 'tcp', field: 'headerLength', offset: 12, wanted: 'at least 20', got: '16' }
  expect(wireErrorOf(() => decodeTcp(octets))).toMatchObject(wanted)
})

test.each<[keyof TcpSegment, number]>([
  ['srcPort', 0x10000],
  ['dstPort', 0x10000],
  ['sequence', 0x100000000],
  ['acknowledgement', -1],
  ['headerLength', 64],
  ['headerLength', 21],
  ['flags', 0x1000],
  ['window', 0x10000],
  ['checksum', 0x10000],
  ['urgentPointer', 0x10000],
])('%s %i has no place in the segment', (field, value) => {
  const error = wireErrorOf(() => encodeTcp({ ...SEGMENT, [field]: value }, OVER_IPV4))
  expect(error).toMatchObject({ protocol: 'tcp', field, got: String(value) })
})

test.each([3, 44])('%i octets of options are not padded or cut', (size) => {
  const { headerLength: _, ...segment } = SEGMENT
  const error = wireErrorOf(() => encodeTcp({ ...segment, options: new Uint8Array(size) }, OVER_IPV4))
  expect(error).toMatchObject({
    protocol: 'tcp',
    field: 'options',
    wanted: 'a multiple of 4 octets up to 40',
    got: String(size),
  })
})

test.each([
  ['IPv4', ipv4Addresses],
  ['IPv6', ipv6Addresses],
])('round trip of any segment over %s', (_, addresses) => {
  const property = fc.property(tcpSegment, addresses, (segment, between) => {
    const octets = encodeTcp(segment, between)
    const decoded = decodeTcp(octets)
    expect(decoded).toMatchObject(segment)
    expect(tcpChecksumIsRight(octets, between)).toBe(true)
    expect(hexOf(encodeTcp(decoded, between))).toBe(hexOf(octets))
  })
  holds(property)
})
