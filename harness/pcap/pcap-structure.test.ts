import { describe, expect, it } from 'vitest'
import { amidJunk } from '../wire/testing/octets.ts'
import { checkPcapStructure } from './pcap.ts'
import { BIG, join, LITTLE, type Order } from './test-blocks.ts'
import { fileHeader, MICROSECONDS, NANOSECONDS, record } from './test-records.ts'
import { PcapError } from './types.ts'

const FORMATS: readonly [string, Order, number, number][] = [
  ['little-endian microseconds', LITTLE, MICROSECONDS, 1_000_000],
  ['big-endian microseconds', BIG, MICROSECONDS, 1_000_000],
  ['little-endian nanoseconds', LITTLE, NANOSECONDS, 1_000_000_000],
  ['big-endian nanoseconds', BIG, NANOSECONDS, 1_000_000_000],
]

const octets = Uint8Array.of(1, 2, 3, 4, 5)

describe.each(FORMATS)('checkPcapStructure, %s', (_, order, magic, ticksPerSecond) => {
  const head = fileHeader(order, { magic, snapLength: 128 })
  const file = join(
    head,
    record(order, { ticks: ticksPerSecond - 1, octets, originalLength: 60 }),
    record(order, { seconds: 0xffffffff }),
    record(order, { octets: new Uint8Array(128), originalLength: 0xffffff }),
  )

  it('says what the file is, and counts its records', () => {
    expect(checkPcapStructure(amidJunk(file))).toEqual({
      littleEndian: order.littleEndian,
      resolution: magic === MICROSECONDS ? 'microseconds' : 'nanoseconds',
      snapLength: 128,
      records: 3,
    })
    expect(checkPcapStructure(head).records).toBe(0)
  })

  it('refuses the file cut off anywhere but between two records', () => {
    const whole = [...file.keys()].filter((size) => isWhole(amidJunk(file.subarray(0, size))))
    expect(whole).toEqual([24, 45, 61])
  })

  it('ignores what was time zone and accuracy, as readers must', () => {
    const old = fileHeader(order, { magic, zone: 3_600, accuracy: 9 })
    expect(checkPcapStructure(join(old, record(order))).records).toBe(1)
  })

  it.each<[string, Uint8Array, string]>([
    [
      'a truncated file header',
      head.subarray(0, 23),
      'pcap: file header at 0: wanted 24 octets, got 23 octets',
    ],
    [
      'version 2.3, whose lengths are the other way about',
      fileHeader(order, { magic, minor: 3 }),
      'pcap: version at 4: wanted 2.4, got 2.3',
    ],
    ['version 1.4', fileHeader(order, { magic, major: 1 }), 'pcap: version at 4: wanted 2.4, got 1.4'],
    [
      'a snapshot length of 0',
      fileHeader(order, { magic, snapLength: 0 }),
      'pcap: snapshot length at 16: wanted 1 to 2147483647, got 0',
    ],
    [
      'an absurd snapshot length',
      fileHeader(order, { magic, snapLength: 0xffffffff }),
      'pcap: snapshot length at 16: wanted 1 to 2147483647, got 4294967295',
    ],
    [
      'raw IP',
      fileHeader(order, { magic, linkType: 101 }),
      'pcap: link type at 20: wanted 1 (Ethernet, without FCS), got 101',
    ],
    [
      'frames with their FCS',
      fileHeader(order, { magic, linkType: 0x44000001 }),
      'pcap: link type at 20: wanted 1 (Ethernet, without FCS), got 1 with 0x44000001 as the whole field',
    ],
    [
      'a truncated record header',
      join(file, new Uint8Array(1)),
      'pcap: record header at 205: wanted 16 octets, got 1 octet',
    ],
    [
      'a record longer than what is left',
      join(head, record(order, { octets, captured: 6, originalLength: 6 })),
      'pcap: packet at 40: wanted 6 octets, got 5 octets',
    ],
    [
      'more captured than the snapshot length',
      join(head, record(order, { octets: new Uint8Array(129) })),
      'pcap: captured length at 32: wanted at most the snapshot length, 128, got 129',
    ],
    [
      'more captured than there was',
      join(head, record(order, { octets, originalLength: 4 })),
      'pcap: captured length at 32: wanted at most the original length, 4, got 5',
    ],
    [
      'an absurd captured length',
      join(head, record(order, { captured: 0xffffffff, originalLength: 0xffffffff })),
      'pcap: captured length at 32: wanted at most 262144, got 4294967295',
    ],
    [
      'an absurd original length',
      join(head, record(order, { octets, originalLength: 0x01000000 })),
      'pcap: original length at 36: wanted at most 16777215, got 16777216',
    ],
    [
      'a second’s worth of ticks',
      join(file, record(order, { ticks: ticksPerSecond })),
      `pcap: ${magic === MICROSECONDS ? 'microseconds' : 'nanoseconds'} at 209: wanted at most ${ticksPerSecond - 1}, got ${ticksPerSecond}`,
    ],
  ])('refuses %s', (_what, wrong, message) => {
    expect(() => checkPcapStructure(amidJunk(wrong))).toThrow(new PcapError(detailsOf(message)))
  })
})

describe('checkPcapStructure', () => {
  it.each([
    ['an empty file', [], 'wanted 4 octets, got 0 octets'],
    ['three octets', [0xd4, 0xc3, 0xb2], 'wanted 4 octets, got 3 octets'],
    ['pcapng', [0x0a, 0x0d, 0x0d, 0x0a], 'got 0x0a0d0d0a (pcapng)'],
    [
      'modified pcap',
      [0x34, 0xcd, 0xb2, 0xa1],
      'got 0x34cdb2a1 (modified pcap: editcap -F pcap rewrites it)',
    ],
    ['gzip', [0x1f, 0x8b, 8, 0], 'got 0x1f8b0800 (gzip: unpack it first)'],
    [
      'anything else',
      [1, 2, 3, 4],
      'wanted 0xa1b2c3d4 (microseconds) or 0xa1b23c4d (nanoseconds), in either byte order, got 0x01020304',
    ],
  ])('refuses %s by name', (_, start, message) => {
    expect(() => checkPcapStructure(Uint8Array.from(start))).toThrow(`pcap: magic number at 0: `)
    expect(() => checkPcapStructure(Uint8Array.from(start))).toThrow(message)
  })

  it('says in its error’s fields where it failed', () => {
    expect(() => checkPcapStructure(new Uint8Array(0))).toThrow(
      expect.objectContaining({ format: 'pcap', field: 'magic number', offset: 0, wanted: '4 octets' }),
    )
  })
})

/** The four parts of the message that a PcapError builds. */
function detailsOf(message: string) {
  const [, field, offset, wanted, got] = /^pcap: (.+) at (\d+): wanted (.+), got (.+)$/.exec(message) ?? []
  if (field === undefined || wanted === undefined || got === undefined) throw new Error(message)
  return { format: 'pcap' as const, field, offset: Number(offset), wanted, got }
}

function isWhole(file: Uint8Array): boolean {
  try {
    checkPcapStructure(file)
    return true
  } catch (error) {
    if (error instanceof PcapError) return false
    throw error
  }
}
