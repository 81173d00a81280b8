import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IpAddresses } from './checksum.ts'
import {
  type DecodedIcmpv6Error,
  decodeIcmpv6Error,
  encodeIcmpv6Error,
  ICMPV6_UNREACHABLE_CODE,
  type Icmpv6Error,
} from './icmpv6-error.ts'
import { hexOf, NO_OCTETS } from './octets.ts'
import { decodeQuotedIpv6 } from './quote.ts'
import { ipv6Addresses } from './testing/arbitraries.ts'
import { icmpv6Error } from './testing/control-arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

const BETWEEN: IpAddresses = { src: '2001:db8::b', dst: '2001:db8:0:1::d' }
const QUOTE = `6b912345000d113f 20010db800000000000000000000000b 20010db800000001000000000000000d
  03e807d0000d54bf68656c6c6f`
const FOUND = { checksumIsRight: true, quote: octetsOf(QUOTE) }

// From testing/control-frames.ts, with their provenance.
const GOLDEN: [string, DecodedIcmpv6Error][] = [
  [
    `01 04 02f5 00000000 ${QUOTE}`,
    {
      kind: 'destination unreachable',
      code: ICMPV6_UNREACHABLE_CODE.port,
      checksum: 0x02f5,
      unused: 0,
      ...FOUND,
    },
  ],
  [
    `02 00 fcf8 00000500 ${QUOTE}`,
    { kind: 'packet too big', code: 0, checksum: 0xfcf8, mtu: 1280, ...FOUND },
  ],
  [`03 00 00f9 00000000 ${QUOTE}`, { kind: 'time exceeded', code: 0, checksum: 0x00f9, unused: 0, ...FOUND }],
  [
    `04 01 fff1 00000006 ${QUOTE}`,
    { kind: 'parameter problem', code: 1, checksum: 0xfff1, pointer: 6, ...FOUND },
  ],
]

const decode = (octets: Uint8Array) => decodeIcmpv6Error(octets, BETWEEN)
const encode = (error: Icmpv6Error) => encodeIcmpv6Error(error, BETWEEN)

describe.each(GOLDEN)('%s', (hex, meaning) => {
  const octets = octetsOf(hex)

  test('golden octets', () => {
    expectGolden<Icmpv6Error>({ octets, meaning, decode, encode })
  })

  test('the checksum is computed if absent, and written as given otherwise', () => {
    const { checksum: _checksum, ...error } = meaning
    expect(hexOf(encode(error as Icmpv6Error))).toBe(hexOf(octets))
    expect(hexOf(encode({ ...meaning, checksum: 0 }).subarray(2, 4))).toBe('0000')
  })

  test('cut off anywhere before the quote', () => {
    expectTruncationsRefused(octets, 'icmpv6', decode, 8)
  })

  test('a wrong checksum is data, and the addresses are part of it', () => {
    const changed = octets.slice()
    changed[1] = 0x42
    expect(decode(changed)).toEqual({ ...meaning, code: 0x42, checksumIsRight: false })
    const elsewhere = decodeIcmpv6Error(octets, { ...BETWEEN, dst: '2001:db8::c' })
    expect(elsewhere.checksumIsRight).toBe(false)
  })

  test('the quote is of the packet', () => {
    const { packet, ports } = decodeQuotedIpv6(decode(octets).quote)
    expect(packet.dst).toBe('2001:db8:0:1::d')
    expect(ports).toEqual({ srcPort: 1000, dstPort: 2000 })
  })
})

test('a message that is no error is refused', () => {
  const error = wireErrorOf(() => decode(octetsOf('8000331c12340007')))
  expect(error).toMatchObject({ protocol: 'icmpv6', field: 'type', offset: 0, got: '128' })
})

test.each<[string, Icmpv6Error]>([
  ['code', { kind: 'time exceeded', code: 256, quote: NO_OCTETS }],
  ['unused', { kind: 'time exceeded', code: 0, unused: 2 ** 32, quote: NO_OCTETS }],
  ['mtu', { kind: 'packet too big', code: 0, mtu: 2 ** 32, quote: NO_OCTETS }],
  ['pointer', { kind: 'parameter problem', code: 0, pointer: -1, quote: NO_OCTETS }],
])('%s has no place in the message', (field, error) => {
  expect(wireErrorOf(() => encode(error))).toMatchObject({ protocol: 'icmpv6', field })
})

test('round trip of any error', () => {
  const property = fc.property(icmpv6Error, ipv6Addresses, (error, between) => {
    const octets = encodeIcmpv6Error(error, between)
    const decoded = decodeIcmpv6Error(octets, between)
    expect(decoded).toMatchObject({ ...error, checksumIsRight: true })
    expect(hexOf(encodeIcmpv6Error(decoded, between))).toBe(hexOf(octets))
  })
  holds(property)
})
