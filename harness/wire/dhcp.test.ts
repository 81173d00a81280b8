import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type DhcpMessage,
  decodeDhcp,
  dhcpField,
  dhcpOptionsOf,
  dhcpPieces,
  dhcpTypeOf,
  encodeDhcp,
} from './dhcp.ts'
import type { DhcpOption } from './dhcp-options.ts'
import { hexOf } from './octets.ts'
import { message, messageOf, sample } from './testing/dhcp-arbitraries.ts'
import { DHCP_ACK, DHCP_DISCOVER } from './testing/dhcp-frames.ts'
import { amidJunk, expectGolden, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// From testing/dhcp-frames.ts, with their provenance.
const DISCOVER = messageOf(DHCP_DISCOVER)
const ACK = messageOf(DHCP_ACK)
const MAC = octetsOf('020000000a01')
const NOBODY = { ciaddr: '0.0.0.0', yiaddr: '0.0.0.0', siaddr: '0.0.0.0', giaddr: '0.0.0.0' }
const piece = (code: number, hex: string) => ({ kind: 'option' as const, code, data: octetsOf(hex) })

test('golden octets', () => {
  const discover: Required<DhcpMessage> = {
    ...{ op: 1, htype: 1, hlen: 6, hops: 0, xid: 0x3903f326, secs: 7, flags: 0x8000, ...NOBODY },
    ...{
      chaddr: dhcpField(16, MAC),
      sname: new Uint8Array(64),
      file: new Uint8Array(128),
      magic: 0x63825363,
    },
    options: [
      piece(53, '01'),
      piece(61, '01020000000a01'),
      { kind: 'pad' },
      piece(12, '72656431'),
      piece(55, '0103063336 3a3b'),
      piece(57, '0240'),
      { kind: 'end', padding: octetsOf('') },
    ],
  }
  expectGolden({ octets: DISCOVER, meaning: discover, decode: decodeDhcp, encode: encodeDhcp })
})

test('the meaning of golden octets', () => {
  expect(dhcpOptionsOf(decodeDhcp(DISCOVER))).toEqual([
    { kind: 'message type', type: 1 },
    { kind: 'client identifier', type: 1, id: MAC },
    { kind: 'host name', text: 'red1' },
    { kind: 'parameter request list', codes: [1, 3, 6, 51, 54, 58, 59] },
    { kind: 'maximum message size', sizeOctets: 576 },
  ])
})

test('options in all three fields, and one in pieces: RFC 2131 4.1, RFC 3396 7', () => {
  const ack = decodeDhcp(amidJunk(ACK))
  expect(ack).toMatchObject({
    op: 2,
    hops: 1,
    yiaddr: '203.0.113.100',
    siaddr: '203.0.113.1',
    giaddr: '203.0.113.254',
  })
  expect(hexOf(encodeDhcp(ack))).toBe(hexOf(ACK))
  const options = dhcpOptionsOf(ack)
  expect(dhcpTypeOf(options)).toBe('ack')
  const vendor = new Uint8Array([...new Uint8Array(200).fill(0x41), ...new Uint8Array(50).fill(0x42)])
  expect(options).toEqual([
    { kind: 'message type', type: 5 },
    { kind: 'server identifier', address: '203.0.113.1' },
    { kind: 'lease time', seconds: 120 },
    { kind: 'subnet mask', address: '255.255.255.0' },
    { kind: 'broadcast address', address: '203.0.113.255' },
    { kind: 'router', addresses: ['203.0.113.1'] },
    { kind: 'overload', fields: 3 },
    { kind: 'dns', addresses: ['192.0.2.54', '192.0.2.53'] },
    { kind: 'other', code: 43, data: vendor },
    { kind: 'message', text: 'granted' },
    { kind: 'renewal time', seconds: 60 },
    { kind: 'rebinding time', seconds: 105 },
  ])
})

test('cut off anywhere but between options', () => {
  const wholes = new Set([240, 243, 252, 253, 259, 268, 272, 273])
  for (let size = 0; size < DISCOVER.length; size += 1) {
    const error = wireErrorOf(() => decodeDhcp(amidJunk(DISCOVER.subarray(0, size))))
    expect(error === undefined, `cut off after ${size} octets`).toBe(wholes.has(size))
    if (error !== undefined) expect(error.protocol).toBe(size < 240 ? 'dhcp' : 'dhcp-options')
    if (error !== undefined) expect(error.offset).toBeLessThanOrEqual(size)
  }
})

test('another magic cookie is refused, and can be made', () => {
  const spoilt = encodeDhcp({ ...decodeDhcp(DISCOVER), magic: 0x63825364 })
  const error = wireErrorOf(() => decodeDhcp(spoilt))
  expect(error).toMatchObject({
    protocol: 'dhcp',
    field: 'magic',
    offset: 236,
    wanted: '0x63825363',
    got: '0x63825364',
  })
})

test('a hardware address longer than its field is data', () => {
  expect(decodeDhcp(encodeDhcp({ ...decodeDhcp(DISCOVER), hlen: 255 })).hlen).toBe(255)
})

test('an overloaded field that cannot be read is refused, and only if it is overloaded', () => {
  const file = new Uint8Array(128).fill(0x80) // an option of 128 octets in a field of 128
  const overload = (fields: number) => dhcpPieces([{ kind: 'overload', fields }])
  const message = { ...decodeDhcp(DISCOVER), file }
  expect(dhcpOptionsOf({ ...message, options: overload(2) })).toEqual([{ kind: 'overload', fields: 2 }])
  const error = wireErrorOf(() => dhcpOptionsOf({ ...message, options: overload(1) }))
  expect(error).toMatchObject({ protocol: 'dhcp-options', field: 'data', offset: 2 })
})

describe('has no place in the message', () => {
  test.each(['op', 'htype', 'hlen', 'hops'])('%s 256', (field) => {
    const error = wireErrorOf(() => encodeDhcp({ ...decodeDhcp(DISCOVER), [field]: 256 }))
    expect(error).toMatchObject({ protocol: 'dhcp', field, got: '256' })
  })
  test.each([
    ['xid', 2 ** 32],
    ['secs', 65536],
    ['flags', -1],
    ['magic', 1.5],
  ])('%s %d', (field, value) => {
    const error = wireErrorOf(() => encodeDhcp({ ...decodeDhcp(DISCOVER), [field]: value }))
    expect(error).toMatchObject({ protocol: 'dhcp', field, got: String(value) })
  })
  test.each(['ciaddr', 'yiaddr', 'siaddr', 'giaddr'])('%s without its last number', (field) => {
    const error = wireErrorOf(() => encodeDhcp({ ...decodeDhcp(DISCOVER), [field]: '203.0.113' }))
    expect(error).toMatchObject({ protocol: 'dhcp', field, got: '203.0.113' })
  })
  test.each([
    ['chaddr', 16],
    ['sname', 64],
    ['file', 128],
  ])('%s of another size than %d', (field, size) => {
    for (const other of [size - 1, size + 1]) {
      const error = wireErrorOf(() => encodeDhcp({ ...decodeDhcp(DISCOVER), [field]: new Uint8Array(other) }))
      expect(error).toMatchObject({ protocol: 'dhcp', field, wanted: `${size} octets`, got: String(other) })
    }
  })
  test('a text longer than its field', () => {
    expect(() => dhcpField(16, new Uint8Array(17))).toThrow(RangeError)
  })
})

test('round trip of any message', () => {
  const property = fc.property(message, (given) => {
    const octets = encodeDhcp(given)
    expect(decodeDhcp(octets)).toEqual({ ...given, magic: 0x63825363 })
    expect(hexOf(encodeDhcp(decodeDhcp(octets)))).toBe(hexOf(octets))
  })
  holds(property)
})

test('what a message says is the same wherever it stands', () => {
  const sorted = (options: readonly DhcpOption[]) => options.map((option) => JSON.stringify(option)).sort()
  const property = fc.property(sample, ({ message: given, options }) => {
    const byCode = new Map(
      options.map((option) => [option.kind === 'other' ? `other ${option.code}` : option.kind, option]),
    )
    expect(sorted(dhcpOptionsOf(decodeDhcp(encodeDhcp(given))))).toEqual(sorted([...byCode.values()]))
  })
  holds(property)
})
