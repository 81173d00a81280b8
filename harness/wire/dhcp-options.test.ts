import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type DhcpOption,
  type DhcpPiece,
  decodeDhcpOption,
  decodeDhcpPieces,
  encodeDhcpOption,
  encodeDhcpPieces,
  joinedDhcpOptions,
  splitDhcpOption,
} from './dhcp-options.ts'
import { hexOf } from './octets.ts'
import { option, pieces } from './testing/dhcp-arbitraries.ts'
import { amidJunk, expectCutsRefused, expectGolden, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// The options of DHCP_DISCOVER in testing/dhcp-frames.ts, with its provenance, behind a pad; three zeros at the end.
const OCTETS = octetsOf('00 350101 ff 000000')

test('golden octets of pieces', () => {
  const meaning: DhcpPiece[] = [
    { kind: 'pad' },
    { kind: 'option', code: 53, data: octetsOf('01') },
    { kind: 'end', padding: octetsOf('000000') },
  ]
  expectGolden({ octets: OCTETS, meaning, decode: decodeDhcpPieces, encode: encodeDhcpPieces })
})

// Those of the two golden frames, as tshark and tcpdump read them; the text has a character of Latin-1.
test.each<[DhcpOption, number, string]>([
  [{ kind: 'subnet mask', address: '255.255.255.0' }, 1, 'ffffff00'],
  [{ kind: 'router', addresses: ['203.0.113.1'] }, 3, 'cb007101'],
  [{ kind: 'dns', addresses: ['192.0.2.54', '192.0.2.53'] }, 6, 'c0000236c0000235'],
  [{ kind: 'host name', text: 'réd' }, 12, '72e964'],
  [{ kind: 'broadcast address', address: '203.0.113.255' }, 28, 'cb0071ff'],
  [{ kind: 'requested address', address: '203.0.113.100' }, 50, 'cb007164'],
  [{ kind: 'lease time', seconds: 0xffffffff }, 51, 'ffffffff'],
  [{ kind: 'overload', fields: 3 }, 52, '03'],
  [{ kind: 'message type', type: 1 }, 53, '01'],
  [{ kind: 'server identifier', address: '203.0.113.1' }, 54, 'cb007101'],
  [{ kind: 'parameter request list', codes: [1, 3, 255] }, 55, '0103ff'],
  [{ kind: 'message', text: 'granted' }, 56, '6772616e746564'],
  [{ kind: 'maximum message size', sizeOctets: 576 }, 57, '0240'],
  [{ kind: 'renewal time', seconds: 60 }, 58, '0000003c'],
  [{ kind: 'rebinding time', seconds: 105 }, 59, '00000069'],
  [{ kind: 'client identifier', type: 1, id: octetsOf('020000000a01') }, 61, '01020000000a01'],
  [{ kind: 'other', code: 43, data: octetsOf('') }, 43, ''],
])('golden octets of %o', (meaning, code, hex) => {
  expect(decodeDhcpOption({ code, data: amidJunk(octetsOf(hex)) })).toEqual(meaning)
  const { code: written, data } = encodeDhcpOption(meaning)
  expect([written, hexOf(data)]).toEqual([code, hex])
})

test('cut off within an option', () => {
  expectCutsRefused(octetsOf('3501 01'), 'dhcp-options', decodeDhcpPieces)
  const error = wireErrorOf(() => decodeDhcpPieces(octetsOf('00 3605 cb007101')))
  expect(error).toMatchObject({ field: 'data', offset: 3, wanted: '5 octets', got: '4' })
})

test.each([
  [1, 'ffffff', 'subnet mask', '4 octets', '3'],
  [50, '', 'requested address', '4 octets', '0'],
  [54, 'cb00710101', 'server identifier', '4 octets', '5'],
  [3, '', 'router', 'a multiple of 4 octets, and not none', '0'],
  [6, 'cb0071', 'dns', 'a multiple of 4 octets, and not none', '3'],
  [51, '000000', 'lease time', '4 octets', '3'],
  [58, '0000000000', 'renewal time', '4 octets', '5'],
  [53, '', 'message type', '1 octets', '0'],
  [52, '0101', 'overload', '1 octets', '2'],
  [55, '', 'parameter request list', 'at least 1 octet', '0'],
  [12, '', 'host name', 'at least 1 octet', '0'],
  [57, '02', 'maximum message size', '2 octets', '1'],
  [61, '01', 'client identifier', 'at least 2 octets', '1'],
])('option %d with the data %j is refused', (code, hex, field, wanted, got) => {
  const error = wireErrorOf(() => decodeDhcpOption({ code, data: octetsOf(hex) }))
  expect(error).toMatchObject({ protocol: 'dhcp-options', field, wanted, got })
})

test.each<[DhcpOption, string, string]>([
  [{ kind: 'message type', type: 256 }, 'message type', '256'],
  [{ kind: 'lease time', seconds: -1 }, 'lease time', '-1'],
  [{ kind: 'maximum message size', sizeOctets: 65536 }, 'maximum message size', '65536'],
  [{ kind: 'host name', text: 'Ω' }, 'host name', '937'],
  [{ kind: 'router', addresses: ['203.0.113.256'] }, 'router', '203.0.113.256'],
])('%o has no place on the wire', (given, field, got) => {
  expect(wireErrorOf(() => encodeDhcpOption(given))).toMatchObject({ protocol: 'dhcp-options', field, got })
})

test('malformed pieces can be made', () => {
  const short: DhcpPiece = { kind: 'option', code: 53, length: 200, data: octetsOf('01') }
  expect(hexOf(encodeDhcpPieces([short]))).toBe('35c801')
  const error = wireErrorOf(() => encodeDhcpPieces([{ kind: 'option', code: 1, data: new Uint8Array(256) }]))
  expect(error).toMatchObject({ protocol: 'dhcp-options', field: 'length', got: '256' })
})

test('a long option is pieces of 255 octets and the rest, and whole again: RFC 3396', () => {
  for (const size of [0, 1, 255, 256, 510, 511]) {
    const data = Uint8Array.from({ length: size }, (_, at) => at % 251)
    const split = splitDhcpOption({ code: 43, data })
    expect(split.map((piece) => (piece.kind === 'option' ? piece.data.length : -1))).toEqual(
      size === 0 ? [0] : [...Array(Math.floor((size - 1) / 255)).fill(255), ((size - 1) % 255) + 1],
    )
    expect(joinedDhcpOptions(decodeDhcpPieces(encodeDhcpPieces(split)))).toEqual([{ code: 43, data }])
  }
})

test('pieces of one code need not follow each other', () => {
  const octets = octetsOf('0304cb007101 350105 0304cb007102')
  const [router, type] = joinedDhcpOptions(decodeDhcpPieces(octets)).map(decodeDhcpOption)
  expect(router).toEqual({ kind: 'router', addresses: ['203.0.113.1', '203.0.113.2'] })
  expect(type).toEqual({ kind: 'message type', type: 5 })
})

test('round trip of any pieces, and of any option', () => {
  const ofPieces = fc.property(pieces, (given) => {
    expect(decodeDhcpPieces(encodeDhcpPieces(given))).toEqual(given)
  })
  holds(ofPieces)
  const ofOptions = fc.property(option, (given) => {
    expect(decodeDhcpOption(encodeDhcpOption(given))).toEqual(given)
  })
  holds(ofOptions)
})
