import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differences } from './differences.ts'
import { untagged, withTag } from './ethernet.ts'
import { sameOctets } from './octets.ts'
import {
  ARP_TAGGED,
  GOLDEN_FRAMES,
  ICMP_UNREACHABLE,
  LENGTH_FRAME,
  TCP_SYN,
  UDP_DOUBLE_TAGGED,
  UDP_WITH_OPTIONS,
} from './testing/frames.ts'
import { hostileOctets } from './testing/hostile.ts'
import { holds } from './testing/properties.ts'

/** Of no protocol that is read further. */
const RAW_FRAME = new Uint8Array([...LENGTH_FRAME.subarray(0, 12), 0x88, 0xb5, ...LENGTH_FRAME.subarray(14)])

function changed(octets: Uint8Array, at: number, octet: number): Uint8Array {
  const copy = octets.slice()
  copy[at] = octet
  return copy
}

test('a frame does not differ from itself', () => {
  for (const frame of Object.values(GOLDEN_FRAMES)) expect(differences(frame, frame.slice())).toEqual([])
})

test('a field that differs has its name, its place and both values', () => {
  expect(differences(UDP_DOUBLE_TAGGED, changed(UDP_DOUBLE_TAGGED, 30, 62))).toEqual([
    { name: 'ip.ttl', offset: 30, expected: '63', seen: '62' },
  ])
})

test('a checksum stands behind the fields that it follows from', () => {
  const other = changed(changed(UDP_DOUBLE_TAGGED, 32, 0), 34, 1) // of the checksum, and of the source behind it
  expect(differences(UDP_DOUBLE_TAGGED, other).map(({ name }) => name)).toEqual(['ip.src', 'ip.checksum'])
})

test('a tag that is missing or came unasked', () => {
  const bare = untagged(ARP_TAGGED)
  expect(differences(ARP_TAGGED, bare)).toEqual([
    { name: 'vlan.tpid', offset: 12, expected: '0x8100', seen: undefined },
    { name: 'vlan.pcp', offset: 14, expected: '5', seen: undefined },
    { name: 'vlan.dei', offset: 14, expected: '1', seen: undefined },
    { name: 'vlan.vid', offset: 14, expected: '10', seen: undefined },
  ])
  const tagged = withTag(bare, { tpid: 0x8100, vid: 20, pcp: 0, dei: false })
  expect(differences(bare, tagged)).toContainEqual({
    name: 'vlan.vid',
    offset: 14,
    expected: undefined,
    seen: '20',
  })
  expect(differences(ARP_TAGGED, tagged)).toContainEqual({
    name: 'vlan.vid',
    offset: 14,
    expected: '10',
    seen: '20',
  })
})

test('of raw octets the first that differs, also where it is not shown', () => {
  expect(differences(RAW_FRAME, changed(RAW_FRAME, 14 + 35, 0xee))).toEqual([
    { name: 'payload', offset: 49, expected: '0x00 at octet 35 of 38', seen: '0xee at octet 35 of 38' },
  ])
  expect(differences(UDP_WITH_OPTIONS, changed(UDP_WITH_OPTIONS, 55, 0))).toEqual([
    { name: 'trailer', offset: 55, expected: '0xa5 at octet 4 of 5', seen: '0x00 at octet 4 of 5' },
  ])
})

test('an option that differs, raw and by its name', () => {
  expect(differences(TCP_SYN, changed(TCP_SYN, 57, 0xb5))).toEqual([
    { name: 'tcp.options', offset: 57, expected: '0xb4 at octet 3 of 8', seen: '0xb5 at octet 3 of 8' },
    { name: 'tcp.option.mss', offset: 54, expected: '1460', seen: '1461' },
  ])
})

test('a quoted packet that differs', () => {
  expect(differences(ICMP_UNREACHABLE, changed(ICMP_UNREACHABLE, 65, 0xd1))).toEqual([
    { name: 'quoted.udp.dstPort', offset: 64, expected: '2000', seen: '2001' },
  ])
})

test('of raw octets of different lengths, where the shorter ends', () => {
  expect(differences(RAW_FRAME, RAW_FRAME.slice(0, 50))).toEqual([
    { name: 'payload', offset: 50, expected: '0x00 at octet 36 of 38', seen: 'nothing at octet 36 of 36' },
  ])
})

test('payload that is missing', () => {
  expect(differences(RAW_FRAME, RAW_FRAME.slice(0, 14)).map(({ name, seen }) => [name, seen])).toEqual([
    ['payload', undefined],
  ])
})

test('there are differences if and only if the octets differ', () => {
  const property = fc.property(
    hostileOctets,
    hostileOctets,
    fc.nat(),
    fc.nat({ max: 7 }),
    (a, b, at, bit) => {
      expect(differences(a, b).length === 0).toBe(sameOctets(a, b))
      if (a.length === 0) return
      const index = at % a.length
      const flipped = changed(a, index, (a[index] ?? 0) ^ (1 << bit))
      expect(differences(a, flipped)).not.toEqual([])
    },
  )
  holds(property, 2_000)
})
