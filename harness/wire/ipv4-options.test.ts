import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeIpv4Options, encodeIpv4Options, type Ipv4Option, isCopiedOption } from './ipv4-options.ts'
import { hexOf } from './octets.ts'
import { ipv4Options } from './testing/control-arbitraries.ts'
import { expectCutsRefused, expectGolden, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// The options of testing/control-frames.ts, with their provenance.
const GOLDEN: [string, Ipv4Option][] = [
  ['01', { kind: 'nop' }],
  ['070b08 c0000201 00000000', { kind: 'record route', pointer: 8, route: ['192.0.2.1', '0.0.0.0'] }],
  ['9404 0000', { kind: 'router alert', value: 0 }],
  [
    '44140d21 c0000201 00bc614e c0000202 00000000',
    {
      kind: 'timestamp',
      pointer: 13,
      overflow: 2,
      flag: 1,
      entries: [
        { address: '192.0.2.1', timestamp: 12345678 },
        { address: '192.0.2.2', timestamp: 0 },
      ],
    },
  ],
  [
    '440c0530 00bc614e 00000000',
    {
      kind: 'timestamp',
      pointer: 5,
      overflow: 3,
      flag: 0,
      entries: [{ timestamp: 12345678 }, { timestamp: 0 }],
    },
  ],
  [
    '830b0c c0000201 c0000202',
    { kind: 'loose source route', pointer: 12, route: ['192.0.2.1', '192.0.2.2'] },
  ],
  ['890708 c0000203', { kind: 'strict source route', pointer: 8, route: ['192.0.2.3'] }],
  ['8203 ab', { kind: 'other', type: 130, data: octetsOf('ab') }],
  ['00 000000', { kind: 'end', padding: octetsOf('000000') }],
]

test.each(GOLDEN)('golden octets: %s', (hex, option) => {
  expectGolden<readonly Ipv4Option[]>({
    octets: octetsOf(hex),
    meaning: [option],
    decode: decodeIpv4Options,
    encode: encodeIpv4Options,
  })
})

test.each(GOLDEN.filter(([, { kind }]) => kind !== 'end'))('%s cut off anywhere within', (hex) => {
  expectCutsRefused(octetsOf(hex), 'ipv4-options', decodeIpv4Options)
})

test('all of them in a list', () => {
  expectGolden<readonly Ipv4Option[]>({
    octets: octetsOf(GOLDEN.map(([hex]) => hex).join('')),
    meaning: GOLDEN.map(([, option]) => option),
    decode: decodeIpv4Options,
    encode: encodeIpv4Options,
  })
})

test.each([
  ['a length below two', '01 0700', 'length', 2, 'at least 2', '0'],
  ['a route without a pointer', '0702', 'length', 1, '3 and a multiple of 4', '2'],
  ['half an address', '8305 04 c000', 'length', 1, '3 and a multiple of 4', '5'],
  ['a router alert of three octets', '9403 00', 'length', 1, '4', '3'],
  ['a timestamp without a flag', '4403 05', 'flag', 3, '1 octets', '0'],
  ['a timestamp of an unknown flag', '4404 0502', 'flag', 3, '0, 1 or 3', '2'],
  ['half an entry', '4408 0501 00000000', 'length', 1, '4 and a multiple of 8', '8'],
])('%s is refused', (_, hex, field, offset, wanted, got) => {
  const error = wireErrorOf(() => decodeIpv4Options(octetsOf(hex)))
  expect(error).toMatchObject({ protocol: 'ipv4-options', field, offset, wanted, got })
})

const TIMESTAMP = { kind: 'timestamp', pointer: 5, overflow: 0, flag: 1, entries: [] } as const

test.each<[string, Ipv4Option, string]>([
  ['pointer', { kind: 'record route', pointer: 256, route: [] }, '256'],
  ['route', { kind: 'record route', pointer: 4, route: ['192.0.2'] }, '192.0.2'],
  ['length', { kind: 'record route', pointer: 4, route: Array(64).fill('192.0.2.1') }, '259'],
  ['overflow', { ...TIMESTAMP, overflow: 16 }, '16'],
  ['flag', { ...TIMESTAMP, flag: 16 }, '16'],
  ['address', { ...TIMESTAMP, entries: [{ timestamp: 0 }] }, 'none'],
  ['address', { ...TIMESTAMP, flag: 0, entries: [{ address: '192.0.2.1', timestamp: 0 }] }, '192.0.2.1'],
  ['value', { kind: 'router alert', value: 65536 }, '65536'],
])('%s has no place in the option', (field, option, got) => {
  const error = wireErrorOf(() => encodeIpv4Options([option]))
  expect(error).toMatchObject({ protocol: 'ipv4-options', field, got })
})

test('a malformed option can be made', () => {
  const option: Ipv4Option = { kind: 'other', type: 7, length: 0, data: octetsOf('04') }
  expect(hexOf(encodeIpv4Options([option]))).toBe('070004')
})

// RFC 791 3.1: the copied flag of each option.
test.each([
  [0, false],
  [1, false],
  [7, false],
  [68, false],
  [131, true],
  [137, true],
  [148, true],
])('an option of type %i is copied into each fragment: %s', (type, isCopied) => {
  expect(isCopiedOption(type)).toBe(isCopied)
})

test('round trip of any options', () => {
  const property = fc.property(ipv4Options, (options) => {
    const octets = encodeIpv4Options(options)
    expect(decodeIpv4Options(octets)).toEqual(options)
  })
  holds(property)
})
