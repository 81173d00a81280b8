import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sameOctets } from '../wire/octets.ts'
import { amidJunk, octetsOf } from '../wire/testing/octets.ts'
import { decodeCapture, decodePcap, encodePcap, readPcap } from './pcap.ts'
import { PcapReading } from './pcap-read.ts'
import { SecondReader } from './pcap-second-reader.ts'
import { checkRecords, PcapRecords, readPcapHeader } from './pcap-structure.ts'
import { BIG, interfaceDescription, join, LITTLE, sectionHeader } from './test-blocks.ts'
import { fileHeader, NANOSECONDS, record } from './test-records.ts'
import { type CapturedPacket, PcapError } from './types.ts'

/** Each written by hand after draft-ietf-opsawg-pcap 4 and 5: 128 octets a packet, 5 of 60 octets, an empty packet. */
const GOLDEN: readonly [string, Uint8Array, bigint][] = [
  [
    'little-endian microseconds',
    octetsOf(`d4c3b2a1 0200 0400 00000000 00000000 80000000 01000000
              9067355e 40e20100 05000000 3c000000 01020304 05 ffffffff 3f420f00 00000000 00000000`),
    1_000n,
  ],
  [
    'big-endian microseconds',
    octetsOf(`a1b2c3d4 0002 0004 00000000 00000000 00000080 00000001
              5e356790 0001e240 00000005 0000003c 01020304 05 ffffffff 000f423f 00000000 00000000`),
    1_000n,
  ],
  [
    'little-endian nanoseconds',
    octetsOf(`4d3cb2a1 0200 0400 00000000 00000000 80000000 01000000
              9067355e 40e20100 05000000 3c000000 01020304 05 ffffffff 3f420f00 00000000 00000000`),
    1n,
  ],
  [
    'big-endian nanoseconds',
    octetsOf(`a1b23c4d 0002 0004 00000000 00000000 00000080 00000001
              5e356790 0001e240 00000005 0000003c 01020304 05 ffffffff 000f423f 00000000 00000000`),
    1n,
  ],
]

function goldenPackets(nsPerTick: bigint): CapturedPacket[] {
  const usual = { interface: 0, direction: 'unknown', comments: [] } as const
  return [
    {
      ...usual,
      timestampNs: 1_580_558_224_000_000_000n + 123_456n * nsPerTick,
      octets: Uint8Array.of(1, 2, 3, 4, 5),
      originalLength: 60,
    },
    {
      ...usual,
      timestampNs: 0xffffffffn * 1_000_000_000n + 999_999n * nsPerTick,
      octets: new Uint8Array(0),
      originalLength: 0,
    },
  ]
}

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(joinPath(tmpdir(), 'frameproof-pcap-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function read(octets: Uint8Array) {
  const path = joinPath(folder, 'read.pcap')
  writeFileSync(path, octets)
  const packets: CapturedPacket[] = []
  const summary = await readPcap(path, (packet) => packets.push(packet))
  return { packets, summary }
}

describe.each(GOLDEN)('golden octets, %s', (_, octets, nsPerTick) => {
  it('are decoded as one interface and its packets', () => {
    expect(decodePcap(amidJunk(octets))).toEqual({
      interfaces: [{ name: '', description: '', snapLength: 128, linkType: 1 }],
      packets: goldenPackets(nsPerTick),
      interfaceStatistics: [],
      sections: [],
      untimedPackets: 0,
    })
  })

  it('are decoded by their magic number', () => {
    expect(decodeCapture(amidJunk(octets))).toEqual(decodePcap(octets))
  })

  it('are read from a file', async () => {
    expect(await read(octets)).toEqual({
      packets: goldenPackets(nsPerTick),
      summary: {
        snapLength: 128,
        resolution: nsPerTick === 1n ? 'nanoseconds' : 'microseconds',
        packets: 2,
      },
    })
  })

  it('are read in pieces of any size', () => {
    for (let size = 1; size <= octets.length; size += 1) {
      expect(inPieces(octets, size), `pieces of ${size} octets`).toEqual(goldenPackets(nsPerTick))
    }
  })

  it('are refused when cut anywhere but between two records, whole and in pieces, with the same words', () => {
    for (let size = 0; size < octets.length; size += 1) {
      const cut = amidJunk(octets.subarray(0, size))
      const message = messageOf(() => decodePcap(cut))
      expect(message === undefined, `${size} octets`).toBe(size === 24 || size === 45)
      expect(messageOf(() => inPieces(cut, 7))).toBe(message)
    }
  })
})

describe('readPcap', () => {
  const many = encodePcap({
    snapLength: 2_000,
    packets: Array.from({ length: 5_000 }, (_, index) => ({
      timestampNs: BigInt(index) * 999_983_000n,
      octets: new Uint8Array(60 + (index % 1_441)).fill(index),
      originalLength: 2_000,
    })),
  })

  it('reads a file of many pieces as decodePcap does', async () => {
    const { packets, summary } = await read(many)
    expect(sameOctets(encodePcap({ snapLength: 2_000, packets }), many)).toBe(true)
    expect(sameOctets(encodePcap({ snapLength: 2_000, packets: decodePcap(many).packets }), many)).toBe(true)
    expect(summary.packets).toBe(5_000)
  })

  it('hands over what stands in front of a fault, and then refuses', async () => {
    const path = joinPath(folder, 'cut.pcap')
    writeFileSync(path, many.subarray(0, -1))
    let packets = 0
    const reading = readPcap(path, () => {
      packets += 1
    })
    await expect(reading).rejects.toThrow(PcapError)
    expect(packets).toBe(4_999)
  })

  it('passes on what onPacket throws, and a file that is not there', async () => {
    const path = joinPath(folder, 'many.pcap')
    writeFileSync(path, many)
    const failing = readPcap(path, () => {
      throw new Error('enough')
    })
    await expect(failing).rejects.toThrow('enough')
    await expect(readPcap(joinPath(folder, 'none'), () => {})).rejects.toThrow('ENOENT')
  })

  it('takes a piece of the next record for no record', () => {
    const reading = new PcapReading(() => {})
    reading.push(many.subarray(0, 24 + 15))
    expect(() => reading.end()).toThrow('pcap: record header at 24: wanted 16 octets, got 15 octets')
  })
})

describe('decodeCapture', () => {
  it('reads pcapng', () => {
    expect(decodeCapture(join(sectionHeader(BIG), interfaceDescription(BIG))).interfaces).toHaveLength(1)
  })

  it.each([
    ['nothing', new Uint8Array(0), 'capture: magic number at 0: wanted pcapng or pcap, got 0 octets'],
    ['text', Uint8Array.from(Buffer.from('text')), 'wanted pcapng or pcap, got 0x74657874'],
    ['a spoilt pcapng', sectionHeader(LITTLE, { major: 2 }), 'pcapng: version at 12'],
    ['a spoilt pcap', fileHeader(LITTLE, { major: 3 }), 'pcap: version at 4'],
    ['a spoilt nanosecond pcap', fileHeader(BIG, { magic: NANOSECONDS, linkType: 0 }), 'pcap: link type'],
  ])('refuses %s', (_, octets, message) => {
    expect(() => decodeCapture(amidJunk(octets))).toThrow(PcapError)
    expect(() => decodeCapture(amidJunk(octets))).toThrow(message)
  })
})

describe('the two readers', () => {
  const usual = { seconds: 7, ticks: 9, octets: Uint8Array.of(1, 2, 3), originalLength: 60 }
  const first = fileOf(usual)

  it.each([
    ['seconds', fileOf({ ...usual, seconds: 8 })],
    ['microseconds', fileOf({ ...usual, ticks: 10 })],
    ['original length', fileOf({ ...usual, originalLength: 61 })],
    ['captured length', fileOf({ ...usual, octets: Uint8Array.of(1, 2) })],
    ['octets', fileOf({ ...usual, octets: Uint8Array.of(1, 2, 4) })],
    ['number of records, more', join(first, record(LITTLE))],
    ['number of records, fewer', fileHeader(LITTLE)],
  ])('must agree on the %s', (_, other) => {
    expect(messageOf(() => compare(first, other))).toMatch(/^pcap: record at \d+: .*pcap-parser/)
  })

  it('agree on the same octets', () => {
    expect(messageOf(() => compare(first, first))).toBeUndefined()
  })

  function fileOf(given: Parameters<typeof record>[1]): Uint8Array {
    return join(fileHeader(LITTLE), record(LITTLE, given))
  }

  /** As if the one file were what the first reader reads, and the other what pcap-parser does. */
  function compare(one: Uint8Array, other: Uint8Array): void {
    const span = { header: readPcapHeader(one), start: 24, fileOffset: 0 }
    expect(checkRecords(one, span).end).toBe(one.length)
    new SecondReader(() => {}).read(other, new PcapRecords(one, span))
  }
})

function inPieces(octets: Uint8Array, size: number): CapturedPacket[] {
  const packets: CapturedPacket[] = []
  const reading = new PcapReading((packet) => packets.push(packet))
  for (let start = 0; start < octets.length; start += size) {
    reading.push(octets.subarray(start, start + size))
  }
  reading.end()
  return packets
}

function messageOf(call: () => unknown): string | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (error instanceof PcapError) return error.message
    throw error
  }
}
