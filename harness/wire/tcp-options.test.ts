import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hexOf } from './octets.ts'
import { decodeTcpOptions, encodeTcpOptions, type TcpOption } from './tcp-options.ts'
import { tcpOptions } from './testing/control-arbitraries.ts'
import { expectCutsRefused, expectGolden, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// The options of testing/control-frames.ts, TCP_SYN_OPTIONS and TCP_SACK, with their provenance.
const GOLDEN: [string, TcpOption][] = [
  ['020405b4', { kind: 'maximum segment size', sizeOctets: 1460 }],
  ['0402', { kind: 'sack permitted' }],
  ['080a 11223344 55667788', { kind: 'timestamps', value: 0x11223344, echoReply: 0x55667788 }],
  ['01', { kind: 'nop' }],
  ['030307', { kind: 'window scale', shift: 7 }],
  ['050a 01020400 01020500', { kind: 'sack', blocks: [{ left: 0x01020400, right: 0x01020500 }] }],
  ['fd04 abcd', { kind: 'other', type: 253, data: octetsOf('abcd') }],
  ['00 0102', { kind: 'end', padding: octetsOf('0102') }],
]
const ALL = octetsOf(GOLDEN.map(([hex]) => hex).join(''))

test.each(GOLDEN)('golden octets: %s', (hex, option) => {
  expectGolden<readonly TcpOption[]>({
    octets: octetsOf(hex),
    meaning: [option],
    decode: decodeTcpOptions,
    encode: encodeTcpOptions,
  })
})

test.each(GOLDEN.filter(([, { kind }]) => kind !== 'end'))('%s cut off anywhere within', (hex) => {
  expectCutsRefused(octetsOf(hex), 'tcp-options', decodeTcpOptions)
})

test('all of them in a list', () => {
  expectGolden<readonly TcpOption[]>({
    octets: ALL,
    meaning: GOLDEN.map(([, option]) => option),
    decode: decodeTcpOptions,
    encode: encodeTcpOptions,
  })
})

test.each([
  ['a length below two', '01 0201', 'length', 2, 'at least 2', '1'],
  ['a segment size of three octets', '0205 000000', 'length', 1, '4', '5'],
  ['a window scale of two octets', '0304 0000', 'length', 1, '3', '4'],
  ['SACK permitted with data', '0403 00', 'length', 1, '2', '3'],
  ['half a SACK block', '0506 00000000', 'length', 1, '2 and a multiple of 8', '6'],
  ['a timestamp alone', '0806 00000000', 'length', 1, '10', '6'],
  ['a length beyond the list', '01 020405', 'data', 3, '2 octets', '1'],
])('%s is refused', (_, hex, field, offset, wanted, got) => {
  const error = wireErrorOf(() => decodeTcpOptions(octetsOf(hex)))
  expect(error).toMatchObject({ protocol: 'tcp-options', field, offset, wanted, got })
})

test.each<[string, TcpOption, string]>([
  ['sizeOctets', { kind: 'maximum segment size', sizeOctets: 65536 }, '65536'],
  ['shift', { kind: 'window scale', shift: -1 }, '-1'],
  ['value', { kind: 'timestamps', value: 2 ** 32, echoReply: 0 }, '4294967296'],
  ['right', { kind: 'sack', blocks: [{ left: 0, right: 0.5 }] }, '0.5'],
  ['type', { kind: 'other', type: 256, data: octetsOf('') }, '256'],
  ['length', { kind: 'other', type: 2, data: new Uint8Array(254) }, '256'],
])('%s has no place in the option', (field, option, got) => {
  const error = wireErrorOf(() => encodeTcpOptions([option]))
  expect(error).toMatchObject({ protocol: 'tcp-options', field, got })
})

test('a malformed option can be made', () => {
  const option: TcpOption = { kind: 'other', type: 2, length: 40, data: octetsOf('05b4') }
  expect(hexOf(encodeTcpOptions([option]))).toBe('022805b4')
})

test('round trip of any options', () => {
  const property = fc.property(tcpOptions, (options) => {
    const octets = encodeTcpOptions(options)
    expect(decodeTcpOptions(octets)).toEqual(options)
  })
  holds(property)
})
