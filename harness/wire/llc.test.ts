import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeEthernet } from './ethernet.ts'
import { type DecodedLlcPdu, decodeLlc, encodeLlc, LLC_SAP, LLC_UI, type LlcPdu } from './llc.ts'
import { hexOf, NO_OCTETS } from './octets.ts'
import { llcPdu } from './testing/control-arbitraries.ts'
import { STP_TOPOLOGY_CHANGE } from './testing/control-frames.ts'
import { amidJunk, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// From testing/control-frames.ts, with its provenance; the second by IEEE 802.2 5.4.2 (RR, receive ready, of number 5).
const GOLDEN: [string, number, Uint8Array, DecodedLlcPdu][] = [
  [
    'unnumbered, with padding',
    7,
    STP_TOPOLOGY_CHANGE.subarray(14),
    {
      length: 7,
      dsap: LLC_SAP.stp,
      ssap: LLC_SAP.stp,
      control: LLC_UI,
      payload: octetsOf('00000080'),
      trailer: new Uint8Array(39),
    },
  ],
  [
    'numbered',
    4,
    octetsOf('f0f1010a'),
    {
      length: 4,
      dsap: 0xf0,
      ssap: 0xf1,
      control: 0x01,
      secondControl: 0x0a,
      payload: NO_OCTETS,
      trailer: NO_OCTETS,
    },
  ],
]

test.each(GOLDEN)('golden octets: %s', (_, etherType, payload, meaning) => {
  expect(decodeLlc({ etherType, payload: amidJunk(payload) })).toEqual(meaning)
  const encoded = encodeLlc(meaning)
  expect(encoded.etherType).toBe(etherType)
  expect(hexOf(encoded.payload)).toBe(hexOf(payload))
})

test('a frame is one', () => {
  expect(decodeLlc(decodeEthernet(STP_TOPOLOGY_CHANGE)).length).toBe(7)
})

test.each(GOLDEN)('cut off anywhere within the length: %s', (_, etherType, payload) => {
  expectTruncationsRefused(payload, 'llc', (cut) => decodeLlc({ etherType, payload: cut }), etherType)
})

test.each([0, 1, 2])('a length of %i has no place for the header', (etherType) => {
  const error = wireErrorOf(() => decodeLlc({ etherType, payload: octetsOf('424203') }))
  expect(error).toMatchObject({ protocol: 'llc', offset: etherType, wanted: '1 octets', got: '0' })
})

test.each([1501, 0x0800])('%i is no length', (etherType) => {
  const error = wireErrorOf(() => decodeLlc({ etherType, payload: new Uint8Array(1600) }))
  expect(error).toMatchObject({ protocol: 'llc', field: 'length', got: String(etherType) })
})

const PDU: LlcPdu = { dsap: 0x42, ssap: 0x42, control: LLC_UI, payload: NO_OCTETS }

test('the length is computed if absent, and as given otherwise', () => {
  expect(encodeLlc(PDU).etherType).toBe(3)
  expect(encodeLlc({ ...PDU, length: 1500 }).etherType).toBe(1500)
})

test.each<[string, Partial<LlcPdu>, string]>([
  ['dsap', { dsap: 256 }, '256'],
  ['ssap', { ssap: -1 }, '-1'],
  ['control', { control: 256 }, '256'],
  ['secondControl', { secondControl: 256 }, '256'],
  ['length', { length: 65536 }, '65536'],
  ['length', { payload: new Uint8Array(1498) }, '1501'],
])('%s has no place in the frame', (field, changes, got) => {
  const error = wireErrorOf(() => encodeLlc({ ...PDU, ...changes }))
  expect(error).toMatchObject({ protocol: 'llc', field, got })
})

test('round trip of any PDU', () => {
  const property = fc.property(llcPdu, (pdu) => {
    const encoded = encodeLlc(pdu)
    const decoded = decodeLlc(encoded)
    expect(decoded).toEqual({ ...pdu, length: encoded.etherType })
    expect(hexOf(encodeLlc(decoded).payload)).toBe(hexOf(encoded.payload))
  })
  holds(property)
})
