import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BROADCAST_MAC,
  formatIpv4,
  formatIpv6,
  formatMac,
  isGroupMac,
  parseIpv4,
  parseIpv4Prefix,
  parseIpv6,
  parseMac,
} from './address.ts'
import { hexOf } from './octets.ts'
import { amidJunk, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

function expectRoundTrip(
  size: number,
  format: (octets: Uint8Array) => string,
  parse: (text: string) => Uint8Array,
): void {
  const property = fc.property(fc.uint8Array({ minLength: size, maxLength: size }), (octets) => {
    expect(hexOf(parse(format(octets)))).toBe(hexOf(octets))
  })
  holds(property)
}

describe('MAC', () => {
  test('is six octets in the order of the text', () => {
    expect(hexOf(parseMac('02:0a:b3:00:9c:ff'))).toBe('020ab3009cff')
    expect(formatMac(octetsOf('020ab3009cff'))).toBe('02:0a:b3:00:9c:ff')
    expect(formatMac(octetsOf('ee ee 020ab3009cff ee'), 2)).toBe('02:0a:b3:00:9c:ff')
  })

  test('is read in upper case too, and written in lower', () => {
    expect(formatMac(parseMac('02:0A:B3:00:9C:FF'))).toBe('02:0a:b3:00:9c:ff')
  })

  test.each([
    '',
    '02:00:00:00:0a',
    '02:00:00:00:0a:01:02',
    '02-00-00-00-0a-01',
    '2:0:0:0:a:1',
    '02:00:00:00:0a:0g',
  ])('%j is none', (text) => {
    const error = wireErrorOf(() => parseMac(text))
    expect(error).toMatchObject({ protocol: 'address', field: 'mac', got: JSON.stringify(text) })
    expect(error?.wanted).toContain('MAC address')
  })

  test('of a group has the first bit on the wire set', () => {
    expect(isGroupMac(BROADCAST_MAC)).toBe(true)
    expect(isGroupMac('01:80:c2:00:00:00')).toBe(true)
    expect(isGroupMac('02:00:00:00:0a:01')).toBe(false)
    expect(isGroupMac('fe:ff:ff:ff:ff:ff')).toBe(false)
  })

  test('round trip of any octets', () => {
    expectRoundTrip(6, formatMac, parseMac)
  })
})

describe('IPv4', () => {
  test('is four octets in the order of the text', () => {
    expect(hexOf(parseIpv4('192.0.2.255'))).toBe('c00002ff')
    expect(formatIpv4(amidJunk(octetsOf('ee c00002ff')), 1)).toBe('192.0.2.255')
  })

  // Leading zeros are octal to some: RFC 6943 3.1.1.
  test.each([
    '',
    '192.0.2',
    '192.0.2.1.1',
    '192.0.2.256',
    '192.0.2.01',
    '192.0.2.',
    '192.0.2.1 ',
    '192.0.2.-1',
    '0xc0.0.2.1',
  ])('%j is none', (text) =>
    expect(wireErrorOf(() => parseIpv4(text))).toMatchObject({ field: 'ipv4', got: JSON.stringify(text) }),
  )

  test('round trip of any octets', () => {
    expectRoundTrip(4, formatIpv4, parseIpv4)
  })
})

describe('IPv4 prefix', () => {
  test('keeps the host part', () => {
    expect(parseIpv4Prefix('192.0.2.11/24')).toEqual({ address: '192.0.2.11', prefixLength: 24 })
    expect(parseIpv4Prefix('0.0.0.0/0')).toEqual({ address: '0.0.0.0', prefixLength: 0 })
    expect(parseIpv4Prefix('192.0.2.11/32').prefixLength).toBe(32)
  })

  test.each([
    '192.0.2.11',
    '192.0.2.11/',
    '192.0.2.11/33',
    '192.0.2.11/024',
    '192.0.2.11/24/24',
    '192.0.2/24',
    '/24',
  ])('%j is none', (text) =>
    expect(wireErrorOf(() => parseIpv4Prefix(text))).toMatchObject({
      field: 'prefix',
      got: JSON.stringify(text),
    }),
  )
})

describe('IPv6', () => {
  // RFC 4291 2.2 and RFC 5952 1 and 4; Python's ipaddress gives the same octets and the same text.
  test.each([
    ['20010db80000000000080800200c417a', '2001:db8::8:800:200c:417a'],
    ['ff010000000000000000000000000101', 'ff01::101'],
    ['00000000000000000000000000000001', '::1'],
    ['00000000000000000000000000000000', '::'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'], // the first of two equal runs
    ['20010000000000010000000000000001', '2001:0:0:1::1'], // the longest run
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'], // a single zero is not shortened
    ['20010db8aaaabbbbccccddddeeeeaaaa', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa'],
    ['20010db8000000000000000000000000', '2001:db8::'],
    ['00000000000300040005000600070008', '::3:4:5:6:7:8'],
    ['00000000000000000000ffffc0000201', '::ffff:192.0.2.1'], // RFC 5952 5
  ])('%s is %s', (hex, text) => {
    expect(formatIpv6(amidJunk(octetsOf(hex)))).toBe(text)
    expect(hexOf(parseIpv6(text))).toBe(hex)
  })

  test.each([
    ['2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a'],
    ['2001:0db8::0001:0:0:0001', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:13.1.68.3', '::d01:4403'],
    ['::', '::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is read, and written as %s', (text, canonical) => {
    expect(formatIpv6(parseIpv6(text))).toBe(canonical)
  })

  test.each([
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7:',
    'g::',
    '::1%eth0',
    '::192.0.2.256',
    '192.0.2.1::',
    '1:2:3:4:5:6:7:192.0.2.1',
  ])('%j is none', (text) => {
    expect(wireErrorOf(() => parseIpv6(text))).toMatchObject({ field: 'ipv6', got: JSON.stringify(text) })
  })

  test('round trip of any octets', () => {
    expectRoundTrip(16, formatIpv6, parseIpv6)
  })
})
