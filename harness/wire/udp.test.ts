import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { IpAddresses } from './checksum.ts'
import { hexOf, NO_OCTETS } from './octets.ts'
import { ipv4Addresses, ipv6Addresses, udpDatagram } from './testing/arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'
import { decodeUdp, encodeUdp, type UdpDatagram, udpChecksumIsRight } from './udp.ts'

const OVER_IPV4: IpAddresses = { src: '198.51.100.11', dst: '198.51.100.13' }
const OVER_IPV6: IpAddresses = { src: '2001:db8::b', dst: '2001:db8:0:1::d' }

// From testing/frames.ts, UDP_DOUBLE_TAGGED and UDP_OVER_IPV6, with their provenance.
const OCTETS = octetsOf('03e8 07d0 000d 5bca 68656c6c6f')
const DATAGRAM: Required<UdpDatagram> = {
  srcPort: 1000,
  dstPort: 2000,
  length: 13,
  checksum: 0x5bca,
  payload: octetsOf('68656c6c6f'),
  trailer: NO_OCTETS,
}

test('golden octets', () => {
  const encode = (datagram: UdpDatagram) => encodeUdp(datagram, OVER_IPV4)
  expectGolden({ octets: OCTETS, meaning: DATAGRAM, decode: decodeUdp, encode })
  expect(udpChecksumIsRight(OCTETS, OVER_IPV4)).toBe(true)
})

test.each<[string, IpAddresses, string]>([
  ['IPv4', OVER_IPV4, '03e807d0000d5bca68656c6c6f'],
  ['IPv6', OVER_IPV6, '03e807d0000d54bf68656c6c6f'],
])('length and checksum are computed if absent, over %s', (_, addresses, golden) => {
  const octets = encodeUdp({ srcPort: 1000, dstPort: 2000, payload: DATAGRAM.payload }, addresses)
  expect(hexOf(octets)).toBe(golden)
  expect(udpChecksumIsRight(octets, addresses)).toBe(true)
})

test('length and checksum are written as given, however wrong', () => {
  const octets = encodeUdp({ ...DATAGRAM, length: 0xfffe, checksum: 0 }, OVER_IPV4)
  expect(hexOf(octets)).toBe('03e807d0fffe000068656c6c6f')
})

test('a computed checksum of zero is written as ffff: RFC 768', () => {
  const bare: UdpDatagram = { srcPort: 0, dstPort: 0, payload: new Uint8Array(2) }
  const sum = decodeUdp(encodeUdp(bare, OVER_IPV4)).checksum
  const octets = encodeUdp({ ...bare, payload: new Uint8Array([sum >>> 8, sum & 0xff]) }, OVER_IPV4)
  expect(decodeUdp(octets).checksum).toBe(0xffff)
  expect(udpChecksumIsRight(octets, OVER_IPV4)).toBe(true)
})

test('no checksum is right over IPv4 and wrong over IPv6: RFC 768, RFC 8200 8.1', () => {
  expect(udpChecksumIsRight(encodeUdp({ ...DATAGRAM, checksum: 0 }, OVER_IPV4), OVER_IPV4)).toBe(true)
  expect(udpChecksumIsRight(encodeUdp({ ...DATAGRAM, checksum: 0 }, OVER_IPV6), OVER_IPV6)).toBe(false)
})

test('a wrong checksum is data', () => {
  const octets = OCTETS.slice()
  octets[12] = 0x6e
  expect(udpChecksumIsRight(octets, OVER_IPV4)).toBe(false)
  expect(decodeUdp(octets)).toEqual({ ...DATAGRAM, payload: octetsOf('68656c6c6e') })
  expect(udpChecksumIsRight(OCTETS, { ...OVER_IPV4, dst: '198.51.100.14' })).toBe(false)
})

test('what follows length is the trailer, and no part of the checksum', () => {
  const octets = new Uint8Array([...OCTETS, 0xa1, 0xa2])
  const meaning = { ...DATAGRAM, trailer: octetsOf('a1a2') }
  expectGolden({ octets, meaning, decode: decodeUdp, encode: (datagram) => encodeUdp(datagram, OVER_IPV4) })
  expect(udpChecksumIsRight(octets, OVER_IPV4)).toBe(true)
})

test('cut off anywhere', () => {
  expectTruncationsRefused(OCTETS, 'udp', decodeUdp)
  expectTruncationsRefused(OCTETS, 'udp', (octets) => udpChecksumIsRight(octets, OVER_IPV4))
})

test('a length below the header is refused', () => {
  const octets = octetsOf('03e8 07d0 0007 5bca')
  const wanted = { protocol: 'udp', field: 'length', offset: 4, wanted: 'at least 8', got: '7' }
  expect(wireErrorOf(() => decodeUdp(octets))).toMatchObject(wanted)
})

test.each(['srcPort', 'dstPort', 'length', 'checksum'])('%s 65536 has no place in the datagram', (field) => {
  const error = wireErrorOf(() => encodeUdp({ ...DATAGRAM, [field]: 0x10000 }, OVER_IPV4))
  expect(error).toMatchObject({ protocol: 'udp', field, got: '65536' })
})

test.each([
  ['IPv4', ipv4Addresses],
  ['IPv6', ipv6Addresses],
])('round trip of any datagram over %s', (_, addresses) => {
  const property = fc.property(udpDatagram, addresses, (datagram, between) => {
    const octets = encodeUdp(datagram, between)
    const decoded = decodeUdp(octets)
    expect(decoded).toMatchObject(datagram)
    expect(udpChecksumIsRight(octets, between)).toBe(true)
    expect(hexOf(encodeUdp(decoded, between))).toBe(hexOf(octets))
  })
  holds(property)
})
