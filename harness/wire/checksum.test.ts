import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type IpAddresses, internetChecksum, internetChecksumIsRight, pseudoHeaderSum } from './checksum.ts'
import { octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

test('the sum of the example in RFC 1071 3 is ddf2', () => {
  expect(internetChecksum(octetsOf('0001 f203 f4f5 f6f7'))).toBe(0xffff - 0xddf2)
})

test('an odd last octet counts as if a zero followed', () => {
  expect(internetChecksum(octetsOf('0001 f203 f4'))).toBe(internetChecksum(octetsOf('0001 f203 f400')))
  expect(internetChecksum(octetsOf('12'))).toBe(0xffff - 0x1200)
})

test('carries are added until there is none', () => {
  expect(internetChecksum(octetsOf('ffff 0001 ffff'))).toBe(0xfffe)
  expect(internetChecksum(new Uint8Array(1_000_000).fill(0xff))).toBe(0)
  expect(internetChecksum(new Uint8Array(0))).toBe(0xffff)
})

// Added up by hand: c633 + 640b + c633 + 640d + 0011 + 000d = 2549c; 2001 + 0db8 + 000b + 2001 + 0db8 + 0001 + 000d and so on.
test.each<[string, IpAddresses, number]>([
  ['IPv4', { src: '198.51.100.11', dst: '198.51.100.13' }, 0x2549c],
  ['IPv6', { src: '2001:db8::b', dst: '2001:db8:0:1::d' }, 0x5ba9],
])('the %s pseudo header has both addresses, the protocol and the length', (_, addresses, sum) => {
  expect(pseudoHeaderSum(addresses, 17, 13)).toBe(sum)
})

test('a pseudo header does not mix versions', () => {
  const mixed = { src: '198.51.100.11', dst: '2001:db8::b' }
  expect(wireErrorOf(() => pseudoHeaderSum(mixed, 17, 8))?.got).toBe('"2001:db8::b"')
})

test('what has its checksum adds up, and any change of one bit shows', () => {
  const octets = fc.uint8Array({ minLength: 2, maxLength: 60 }).filter((array) => array.length % 2 === 0)
  const property = fc.property(octets, fc.nat(), (body, bit) => {
    const checksum = internetChecksum(body)
    const whole = new Uint8Array([...body, checksum >>> 8, checksum & 0xff])
    expect(internetChecksumIsRight(whole)).toBe(true)
    const at = (bit >>> 3) % whole.length
    whole[at] = (whole[at] ?? 0) ^ (1 << (bit & 7))
    expect(internetChecksumIsRight(whole)).toBe(false)
  })
  holds(property)
})
