import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ArpPacket, decodeArp, encodeArp } from './arp.ts'
import { hexOf, NO_OCTETS } from './octets.ts'
import { arpPacket } from './testing/arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// Put together by hand from RFC 826; Wireshark 4.0.17 shows the same fields.
const REPLY_OCTETS = octetsOf('0001 0800 06 04 0002 020000000a02 c633640d 020000000a01 c633640b')
const REPLY: Required<ArpPacket> = {
  hardwareType: 1,
  protocolType: 0x0800,
  operation: 2,
  senderMac: '02:00:00:00:0a:02',
  senderAddress: '198.51.100.13',
  targetMac: '02:00:00:00:0a:01',
  targetAddress: '198.51.100.11',
  trailer: NO_OCTETS,
}

test('golden octets', () => {
  expectGolden({ octets: REPLY_OCTETS, meaning: REPLY, decode: decodeArp, encode: encodeArp })
})

test('what follows the packet is its trailer', () => {
  const padded = new Uint8Array([...REPLY_OCTETS, 1, 2, 3])
  const meaning = { ...REPLY, trailer: new Uint8Array([1, 2, 3]) }
  expectGolden({ octets: padded, meaning, decode: decodeArp, encode: encodeArp })
})

test('Ethernet, IPv4 and no trailer are what is meant if nothing is said', () => {
  const { hardwareType: _hardware, protocolType: _protocol, trailer: _trailer, ...packet } = REPLY
  expect(hexOf(encodeArp(packet))).toBe(hexOf(REPLY_OCTETS))
})

test('cut off anywhere', () => {
  expectTruncationsRefused(REPLY_OCTETS, 'arp', decodeArp)
})

test.each([
  ['hardwareLength', 4, '6', '8'],
  ['protocolLength', 5, '4', '16'],
])('another %s cannot be read', (field, offset, wanted, got) => {
  const octets = REPLY_OCTETS.slice()
  octets[offset] = Number(got)
  expect(wireErrorOf(() => decodeArp(octets))).toMatchObject({ protocol: 'arp', field, offset, wanted, got })
})

test.each<[keyof ArpPacket, string | number]>([
  ['hardwareType', 0x10000],
  ['protocolType', -1],
  ['operation', 0x10000],
  ['senderMac', '02'],
  ['senderAddress', '198.51.100.256'],
  ['targetMac', ''],
  ['targetAddress', '2001:db8::1'],
])('%s %j has no place in the packet', (field, value) => {
  const error = wireErrorOf(() => encodeArp({ ...REPLY, [field]: value }))
  expect(error).toMatchObject({ protocol: 'arp', field, got: String(value) })
})

test('round trip of any packet', () => {
  const property = fc.property(arpPacket, (packet) => {
    expect(decodeArp(encodeArp(packet))).toEqual(packet)
  })
  holds(property)
})
