import { describe, expect, it } from 'vitest'
import { encodePcap, type PcapFile, type PcapPacket } from './pcap.ts'
import { PcapError } from './types.ts'

/** Written by hand after draft-ietf-opsawg-pcap 4 and 5; not by the writer. */
const golden = [
  'd4c3b2a1 0200 0400 00000000 00000000 80000000 01000000', // microseconds, 2.4, 128 octets a packet, Ethernet
  '9067355e 40e20100 05000000 3c000000 01020304 05', // 1,580,558,224 s 123,456 µs, 5 of 60 octets
  'ffffffff 3f420f00 00000000 00000000', // the last microsecond there is, an empty packet
]
  .join('')
  .replaceAll(' ', '')

function packet(changes: Partial<PcapPacket> = {}): PcapPacket {
  return {
    timestampNs: 1_580_558_224_123_456_000n,
    octets: Uint8Array.of(1, 2, 3, 4, 5),
    originalLength: 60,
    ...changes,
  }
}

function file(changes: Partial<PcapFile> = {}): PcapFile {
  return { snapLength: 128, packets: [packet()], ...changes }
}

const last = packet({
  timestampNs: 0xffffffffn * 1_000_000_000n + 999_999_000n,
  octets: new Uint8Array(0),
  originalLength: 0,
})

describe('encodePcap', () => {
  it('writes the golden octets', () => {
    const octets = encodePcap(file({ packets: [packet(), last] }))
    expect(Buffer.from(octets).toString('hex')).toBe(golden)
  })

  it('rounds times down to microseconds', () => {
    const early = encodePcap(file({ packets: [packet({ timestampNs: 1_000_001_999n })] }))
    expect(early).toEqual(encodePcap(file({ packets: [packet({ timestampNs: 1_000_001_000n })] })))
  })

  it('writes a file without packets', () => {
    expect(encodePcap(file({ packets: [] }))).toHaveLength(24)
  })

  it.each<[string, Partial<PcapPacket>, RegExp]>([
    [
      'a time before 1970',
      { timestampNs: -1n },
      /timestampNs of packet at 1: wanted 0 to 4294967295 s, got -1/,
    ],
    [
      'a time beyond 32 bits of seconds',
      { timestampNs: (1n << 32n) * 1_000_000_000n },
      /timestampNs of packet/,
    ],
    ['half an octet', { originalLength: 60.5 }, /originalLength of packet at 1: wanted an integer/],
    ['a length that is none', { originalLength: Number.NaN }, /originalLength of packet at 1: .* got NaN/],
    ['a length that the reader refuses', { originalLength: 0x1000000 }, /0 to 16777215, got 16777216/],
    ['more octets than there were', { originalLength: 4 }, /at most its originalLength, 4, got 5/],
    [
      'more octets than are kept',
      { octets: new Uint8Array(129), originalLength: 129 },
      /octets of packet at 1: wanted at most the file's snapLength, 128, got 129/,
    ],
  ])('refuses %s', (_, changes, message) => {
    const encode = () => encodePcap(file({ packets: [packet(), packet(changes)] }))
    expect(encode).toThrow(PcapError)
    expect(encode).toThrow(message)
    expect(encode).toThrow(/^pcap: /)
  })

  it('refuses more octets than the reader takes, whatever the snapshot length', () => {
    const octets = new Uint8Array(262_145)
    const packets = [packet({ octets, originalLength: octets.length })]
    expect(() => encodePcap({ snapLength: 0x7fffffff, packets })).toThrow(/at most 262144, got 262145/)
  })

  it.each([0, -1, 1.5, 0x80000000])('refuses a snapshot length of %s', (snapLength) => {
    expect(() => encodePcap(file({ snapLength }))).toThrow(/snapLength at 0: wanted an integer from 1 to/)
  })
})
