import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ControlMessage, DecodedControlMessage } from './echo.ts'
import { decodeIcmp, encodeIcmp, ICMP_TYPE, icmpChecksumIsRight } from './icmp.ts'
import { hexOf } from './octets.ts'
import { controlMessage } from './testing/arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

const ECHO: DecodedControlMessage = {
  kind: 'echo request',
  code: 0,
  checksum: 0xe5f3,
  identifier: 0x1234,
  sequence: 7,
  payload: octetsOf('70696e6721'),
}
const UNREACHABLE: DecodedControlMessage = {
  kind: 'other',
  type: ICMP_TYPE.destinationUnreachable,
  code: 3,
  checksum: 0x956d,
  rest: octetsOf('00000000 45b900211c4640003f11ca4d c633640b c633640d 03e807d0000d5bca'),
}

// From testing/frames.ts, ICMP_ECHO and ICMP_UNREACHABLE, with their provenance. The reply's checksum is the
// request's plus 0x0800, as its type is less by as much.
const GOLDEN: [string, string, number, DecodedControlMessage][] = [
  ['echo request', '08 00 e5f3 1234 0007 70696e6721', 8, ECHO],
  ['echo reply', '00 00 edf3 1234 0007 70696e6721', 8, { ...ECHO, kind: 'echo reply', checksum: 0xedf3 }],
  [
    'destination unreachable',
    '03 03 956d 00000000 45b900211c4640003f11ca4d c633640b c633640d 03e807d0000d5bca',
    4,
    UNREACHABLE,
  ],
]

describe.each(GOLDEN)('%s', (_, hex, headerSize, meaning) => {
  const octets = octetsOf(hex)

  test('golden octets', () => {
    expectGolden<ControlMessage>({ octets, meaning, decode: decodeIcmp, encode: encodeIcmp })
    expect(icmpChecksumIsRight(octets)).toBe(true)
  })

  test('the checksum is computed if absent, and written as given otherwise', () => {
    const { checksum: _checksum, ...message } = meaning
    expect(hexOf(encodeIcmp(message as ControlMessage))).toBe(hexOf(octets))
    expect(hexOf(encodeIcmp({ ...meaning, checksum: 0 }).subarray(2, 4))).toBe('0000')
  })

  test('cut off anywhere in the header', () => {
    expectTruncationsRefused(octets, 'icmp', decodeIcmp, headerSize)
    expectTruncationsRefused(octets, 'icmp', icmpChecksumIsRight, 4)
  })

  test('a wrong checksum is data', () => {
    const changed = octets.slice()
    changed[1] = 1
    expect(icmpChecksumIsRight(changed)).toBe(false)
    expect(decodeIcmp(changed)).toEqual({ ...meaning, code: 1 })
  })
})

test('an echo request that is too short can be made', () => {
  const octets = encodeIcmp({ kind: 'other', type: ICMP_TYPE.echoRequest, code: 0, rest: octetsOf('1234') })
  expect(hexOf(octets)).toBe('0800e5cb1234')
  expect(wireErrorOf(() => decodeIcmp(octets))).toMatchObject({
    protocol: 'icmp',
    field: 'sequence',
    offset: 6,
  })
})

test.each<[string, number, ControlMessage]>([
  ['type', 256, { ...UNREACHABLE, type: 256 }],
  ['code', 256, { ...ECHO, code: 256 }],
  ['checksum', 65536, { ...ECHO, checksum: 65536 }],
  ['identifier', 65536, { ...ECHO, identifier: 65536 }],
  ['sequence', -1, { ...ECHO, sequence: -1 }],
])('%s %i has no place in the message', (field, got, message) => {
  expect(wireErrorOf(() => encodeIcmp(message))).toMatchObject({ protocol: 'icmp', field, got: String(got) })
})

test('round trip of any message', () => {
  const property = fc.property(controlMessage([ICMP_TYPE.echoRequest, ICMP_TYPE.echoReply]), (message) => {
    const octets = encodeIcmp(message)
    const decoded = decodeIcmp(octets)
    expect(decoded).toMatchObject(message)
    expect(icmpChecksumIsRight(octets)).toBe(true)
    expect(hexOf(encodeIcmp(decoded))).toBe(hexOf(octets))
  })
  holds(property)
})
