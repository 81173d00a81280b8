import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type DecodedIcmpError,
  decodeIcmpError,
  encodeIcmpError,
  ICMP_UNREACHABLE_CODE,
  type IcmpError,
} from './icmp-error.ts'
import { hexOf, NO_OCTETS } from './octets.ts'
import { decodeQuotedIpv4 } from './quote.ts'
import { icmpError } from './testing/control-arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

const UDP_QUOTE = '45b900211c4640003f11ca4d c633640b c633640d 03e807d0000d5bca'
const TCP_QUOTE = '45b900281c4640003f06ca51 c633640b c633640d c000005001020304'
const OPTIONS_QUOTE = `4ab900351c4640003f119cdf c633640b c633640d
  830b0cc0000201c000020201 890708c0000203 00 03e807d0000d5bca`

// From testing/control-frames.ts, with their provenance.
const GOLDEN: [string, DecodedIcmpError][] = [
  [
    `03 04 8ff4 0000 0578 ${UDP_QUOTE}`,
    {
      kind: 'destination unreachable',
      code: ICMP_UNREACHABLE_CODE.fragmentationNeeded,
      checksum: 0x8ff4,
      checksumIsRight: true,
      unused: 0,
      nextHopMtu: 1400,
      quote: octetsOf(UDP_QUOTE),
    },
  ],
  [
    `0b 00 30a9 00000000 ${TCP_QUOTE}`,
    {
      kind: 'time exceeded',
      code: 0,
      checksum: 0x30a9,
      checksumIsRight: true,
      unused: 0,
      quote: octetsOf(TCP_QUOTE),
    },
  ],
  [
    `0c 00 7870 14 000000 ${OPTIONS_QUOTE}`,
    {
      kind: 'parameter problem',
      code: 0,
      checksum: 0x7870,
      checksumIsRight: true,
      pointer: 20,
      unused: 0,
      quote: octetsOf(OPTIONS_QUOTE),
    },
  ],
  [
    `05 01 693a c6336401 ${UDP_QUOTE}`,
    {
      kind: 'redirect',
      code: 1,
      checksum: 0x693a,
      checksumIsRight: true,
      gateway: '198.51.100.1',
      quote: octetsOf(UDP_QUOTE),
    },
  ],
]

describe.each(GOLDEN)('%s', (hex, meaning) => {
  const octets = octetsOf(hex)

  test('golden octets', () => {
    expectGolden<IcmpError>({ octets, meaning, decode: decodeIcmpError, encode: encodeIcmpError })
  })

  test('the checksum is computed if absent, and written as given otherwise', () => {
    const { checksum: _checksum, ...error } = meaning
    expect(hexOf(encodeIcmpError(error as IcmpError))).toBe(hexOf(octets))
    expect(hexOf(encodeIcmpError({ ...meaning, checksum: 0 }).subarray(2, 4))).toBe('0000')
  })

  test('cut off anywhere before the quote', () => {
    expectTruncationsRefused(octets, 'icmp', decodeIcmpError, 8)
  })

  test('a wrong checksum is data', () => {
    const changed = octets.slice()
    changed[1] = 0x42
    expect(decodeIcmpError(changed)).toEqual({ ...meaning, code: 0x42, checksumIsRight: false })
  })

  test('the quote is of the packet', () => {
    const { packet, ports } = decodeQuotedIpv4(decodeIcmpError(octets).quote)
    expect(packet.dst).toBe('198.51.100.13')
    expect(ports).toEqual(
      packet.protocol === 6 ? { srcPort: 49152, dstPort: 80 } : { srcPort: 1000, dstPort: 2000 },
    )
  })
})

test('a quote may be cut off to nothing', () => {
  expect(decodeIcmpError(octetsOf('0b00f4ff00000000'))).toMatchObject({
    checksumIsRight: true,
    quote: NO_OCTETS,
  })
})

test('a message that is no error is refused', () => {
  const error = wireErrorOf(() => decodeIcmpError(octetsOf('0800e5f312340007')))
  expect(error).toMatchObject({ protocol: 'icmp', field: 'type', offset: 0, got: '8' })
})

test.each<[string, IcmpError, string]>([
  ['code', { kind: 'time exceeded', code: 256, quote: NO_OCTETS }, '256'],
  ['checksum', { kind: 'time exceeded', code: 0, checksum: -1, quote: NO_OCTETS }, '-1'],
  ['unused', { kind: 'time exceeded', code: 0, unused: 2 ** 32, quote: NO_OCTETS }, '4294967296'],
  ['unused', { kind: 'destination unreachable', code: 0, unused: 65536, quote: NO_OCTETS }, '65536'],
  ['nextHopMtu', { kind: 'destination unreachable', code: 4, nextHopMtu: 65536, quote: NO_OCTETS }, '65536'],
  ['pointer', { kind: 'parameter problem', code: 0, pointer: 256, quote: NO_OCTETS }, '256'],
  [
    'unused',
    { kind: 'parameter problem', code: 0, pointer: 0, unused: 2 ** 24, quote: NO_OCTETS },
    '16777216',
  ],
  ['gateway', { kind: 'redirect', code: 0, gateway: '2001:db8::1', quote: NO_OCTETS }, '2001:db8::1'],
])('%s has no place in the message', (field, error, got) => {
  expect(wireErrorOf(() => encodeIcmpError(error))).toMatchObject({ protocol: 'icmp', field, got })
})

test('round trip of any error', () => {
  const property = fc.property(icmpError, (error) => {
    const octets = encodeIcmpError(error)
    const decoded = decodeIcmpError(octets)
    expect(decoded).toMatchObject({ ...error, checksumIsRight: true })
    expect(hexOf(encodeIcmpError(decoded))).toBe(hexOf(octets))
  })
  holds(property)
})
