import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IpAddresses } from './checksum.ts'
import type { ControlMessage, DecodedControlMessage } from './echo.ts'
import { decodeIcmpv6, encodeIcmpv6, ICMPV6_TYPE, icmpv6ChecksumIsRight } from './icmpv6.ts'
import { hexOf } from './octets.ts'
import { controlMessage, ipv6Addresses } from './testing/arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

const BETWEEN: IpAddresses = { src: '2001:db8::b', dst: '2001:db8:0:1::d' }
const ECHO: DecodedControlMessage = {
  kind: 'echo reply',
  code: 0,
  checksum: 0x321c,
  identifier: 0x1234,
  sequence: 7,
  payload: octetsOf('706f6e67'),
}
const SOLICITATION: DecodedControlMessage = {
  kind: 'other',
  type: ICMPV6_TYPE.neighbourSolicitation,
  code: 0,
  checksum: 0xe24f,
  rest: octetsOf('00000000 20010db800000001000000000000000d 0101020000000a02'),
}

// From testing/frames.ts, ICMPV6_ECHO and ICMPV6_SOLICITATION, with their provenance. The request's checksum is the
// reply's plus 0x0100, as its type is less by as much.
const GOLDEN: [string, string, number, DecodedControlMessage][] = [
  ['echo request', '80 00 331c 1234 0007 706f6e67', 8, { ...ECHO, kind: 'echo request', checksum: 0x331c }],
  ['echo reply', '81 00 321c 1234 0007 706f6e67', 8, ECHO],
  [
    'neighbour solicitation',
    '87 00 e24f 00000000 20010db800000001000000000000000d 0101020000000a02',
    4,
    SOLICITATION,
  ],
]

const encode = (message: ControlMessage) => encodeIcmpv6(message, BETWEEN)

describe.each(GOLDEN)('%s', (_, hex, headerSize, meaning) => {
  const octets = octetsOf(hex)

  test('golden octets', () => {
    expectGolden<ControlMessage>({ octets, meaning, decode: decodeIcmpv6, encode })
    expect(icmpv6ChecksumIsRight(octets, BETWEEN)).toBe(true)
  })

  test('the checksum is computed if absent, and written as given otherwise', () => {
    const { checksum: _checksum, ...message } = meaning
    expect(hexOf(encode(message as ControlMessage))).toBe(hexOf(octets))
    expect(hexOf(encode({ ...meaning, checksum: 0 }).subarray(2, 4))).toBe('0000')
  })

  test('cut off anywhere in the header', () => {
    expectTruncationsRefused(octets, 'icmpv6', decodeIcmpv6, headerSize)
    expectTruncationsRefused(octets, 'icmpv6', (cut) => icmpv6ChecksumIsRight(cut, BETWEEN), 4)
  })

  test('a wrong checksum is data', () => {
    const changed = octets.slice()
    changed[1] = 1
    expect(icmpv6ChecksumIsRight(changed, BETWEEN)).toBe(false)
    expect(decodeIcmpv6(changed)).toEqual({ ...meaning, code: 1 })
  })

  test('the addresses are part of the checksum', () => {
    expect(icmpv6ChecksumIsRight(octets, { ...BETWEEN, dst: '2001:db8:0:1::e' })).toBe(false)
  })
})

test.each<[string, number, ControlMessage]>([
  ['type', 256, { ...SOLICITATION, type: 256 }],
  ['code', 256, { ...ECHO, code: 256 }],
  ['identifier', 65536, { ...ECHO, identifier: 65536 }],
])('%s %i has no place in the message', (field, got, message) => {
  expect(wireErrorOf(() => encode(message))).toMatchObject({ protocol: 'icmpv6', field, got: String(got) })
})

test('round trip of any message', () => {
  const message = controlMessage([ICMPV6_TYPE.echoRequest, ICMPV6_TYPE.echoReply])
  const property = fc.property(message, ipv6Addresses, (original, between) => {
    const octets = encodeIcmpv6(original, between)
    const decoded = decodeIcmpv6(octets)
    expect(decoded).toMatchObject(original)
    expect(icmpv6ChecksumIsRight(octets, between)).toBe(true)
    expect(hexOf(encodeIcmpv6(decoded, between))).toBe(hexOf(octets))
  })
  holds(property)
})
