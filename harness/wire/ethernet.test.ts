import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeEthernet,
  ETHER_TYPE,
  type EthernetFrame,
  encodeEthernet,
  untagged,
  type VlanTag,
  withTag,
} from './ethernet.ts'
import { hexOf } from './octets.ts'
import { ethernetFrame, raw, tag } from './testing/arbitraries.ts'
import { amidJunk, expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

const MACS = { dst: '02:00:00:00:0a:02', src: '02:00:00:00:0a:01' }
const OUTER: VlanTag = { tpid: ETHER_TYPE.dot1ad, vid: 100, pcp: 3, dei: false }
const INNER: VlanTag = { tpid: ETHER_TYPE.dot1q, vid: 10, pcp: 5, dei: true }
const PAYLOAD = octetsOf('0102030405')
const FRAME: EthernetFrame = { ...MACS, tags: [], etherType: ETHER_TYPE.localExperimental, payload: PAYLOAD }

// Put together by hand; Wireshark 4.0.17 shows the same addresses, tags (PCP 3, VID 100; PCP 5, DEI, VID 10) and types.
const GOLDEN: [string, string, EthernetFrame][] = [
  ['untagged', '020000000a02 020000000a01 88b5 0102030405', FRAME],
  ['one tag', '020000000a02 020000000a01 8100 b00a 88b5 0102030405', { ...FRAME, tags: [INNER] }],
  [
    'two tags',
    '020000000a02 020000000a01 88a8 6064 8100 b00a 88b5 0102030405',
    { ...FRAME, tags: [OUTER, INNER] },
  ],
  ['802.3 length', '020000000a02 020000000a01 0005 0102030405', { ...FRAME, etherType: 5 }],
  ['old TPID, no tag', '020000000a02 020000000a01 9100 0102030405', { ...FRAME, etherType: 0x9100 }],
]

describe.each(GOLDEN)('%s', (_, hex, meaning) => {
  const octets = octetsOf(hex)

  test('golden octets', () => {
    expectGolden({ octets, meaning, decode: decodeEthernet, encode: encodeEthernet })
  })

  test('cut off anywhere in the header', () => {
    expectTruncationsRefused(octets, 'ethernet', decodeEthernet, octets.length - PAYLOAD.length)
  })

  test('without tags', () => {
    expect(hexOf(untagged(octets))).toBe(hexOf(encodeEthernet({ ...meaning, tags: [] })))
  })

  test('with one more tag, outermost', () => {
    const tagged = withTag(amidJunk(octets), OUTER)
    expect(hexOf(tagged)).toBe(hexOf(encodeEthernet({ ...meaning, tags: [OUTER, ...meaning.tags] })))
  })
})

test('the payload is a view of the frame', () => {
  const octets = octetsOf('020000000a02 020000000a01 88b5 0102030405')
  const { payload } = decodeEthernet(octets)
  octets[14] = 0xee
  expect(payload[0]).toBe(0xee)
})

test('an untagged frame is not copied', () => {
  const octets = encodeEthernet(FRAME)
  expect(untagged(octets)).toBe(octets)
})

test('a tag that is cut off stays', () => {
  const octets = octetsOf('020000000a02 020000000a01 8100 b0')
  expect(untagged(octets)).toBe(octets)
})

test('a tag needs both addresses before it', () => {
  expect(wireErrorOf(() => withTag(new Uint8Array(11), INNER))).toMatchObject({
    protocol: 'ethernet',
    got: '11',
  })
  const tagged = withTag(new Uint8Array(12), INNER)
  expect(hexOf(tagged)).toBe(`${'00'.repeat(12)}8100b00a`)
  expect(hexOf(untagged(tagged))).toBe('00'.repeat(12))
})

test.each<[string, string, Partial<EthernetFrame>]>([
  ['dst', '02:00', { dst: '02:00' }],
  ['src', 'broadcast', { src: 'broadcast' }],
  ['tpid', '65536', { tags: [{ ...INNER, tpid: 0x10000 }] }],
  ['vid', '4096', { tags: [{ ...INNER, vid: 4096 }] }],
  ['vid', '-1', { tags: [{ ...INNER, vid: -1 }] }],
  ['pcp', '8', { tags: [{ ...INNER, pcp: 8 }] }],
  ['etherType', '65536', { etherType: 0x10000 }],
])('%s %s has no place in the frame', (field, got, change) => {
  const error = wireErrorOf(() => encodeEthernet({ ...FRAME, ...change }))
  expect(error).toMatchObject({ protocol: 'ethernet', field, got })
})

test('round trip of any frame', () => {
  const property = fc.property(ethernetFrame, (frame) => {
    expect(decodeEthernet(encodeEthernet(frame))).toEqual(frame)
  })
  holds(property)
})

test('tagging and untagging undo each other', () => {
  const property = fc.property(ethernetFrame, tag, (frame, outer) => {
    const octets = encodeEthernet({ ...frame, tags: [] })
    expect(hexOf(untagged(withTag(octets, outer)))).toBe(hexOf(octets))
  })
  holds(property)
})

test('untagged takes any octets', () => {
  holds(fc.property(raw(40), (octets) => void untagged(octets)))
})
