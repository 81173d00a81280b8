import { describe, expect, it } from 'vitest'
import { type CapturedPacket, encodeLatePackets, encodePcapng, PcapError } from './pcapng.ts'

const tap = { name: 'tap', description: 'red1', snapLength: 128 }

function packet(changes: Partial<CapturedPacket> = {}): CapturedPacket {
  return {
    interface: 0,
    timestampNs: 1_580_558_992_123_456_789n,
    direction: 'in',
    octets: Uint8Array.of(1, 2, 3, 4, 5),
    originalLength: 60,
    comments: [],
    ...changes,
  }
}

describe('encodePcapng', () => {
  /** Written by hand after draft-ietf-opsawg-pcapng 4.1, 4.2, 4.3 and 4.6; not by the writer. */
  const golden = [
    '0a0d0d0a 28000000 4d3c2b1a 01000000 ffffffffffffffff', // section header, 1.0, length unknown
    '0400 0200 46700000 00000000 28000000', // application "Fp"; end of options
    '01000000 30000000 0100 0000 80000000', // interface: Ethernet, 128 octets a packet
    '0200 0300 74617000 0300 0400 72656431', // "tap", "red1"
    '0900 0100 09000000 00000000 30000000', // nanoseconds
    '06000000 40000000 00000000 8430ef15 15713201', // enhanced packet, interface 0, time high and low
    '05000000 3c000000 01020304 05000000', // 5 of 60 octets
    '0100 0200 68690000 0100 0000 0200 0400 01000000 00000000 40000000', // "hi", "", inbound
    '05000000 28000000 00000000 00000000 01000000', // statistics of interface 0 at 1 ns
    '0500 0800 0300000000000000 00000000 28000000', // 3 dropped
  ]
    .join('')
    .replaceAll(' ', '')

  it('writes the golden octets', () => {
    const octets = encodePcapng({
      interfaces: [tap],
      packets: [packet({ timestampNs: 0x15ef308401327115n, comments: ['hi', ''] })],
      interfaceStatistics: [{ interface: 0, timestampNs: 1n, dropped: 3 }],
      application: 'Fp',
    })
    expect(Buffer.from(octets).toString('hex')).toBe(golden)
  })

  it('writes late packets as the blocks that they would have been', () => {
    const early = packet()
    const late = packet({ timestampNs: 5n, direction: 'out', comments: ['late'] })
    const appended = Buffer.concat([
      encodePcapng({ interfaces: [tap], packets: [early] }),
      encodeLatePackets([late]),
    ])
    expect(appended).toEqual(Buffer.from(encodePcapng({ interfaces: [tap], packets: [early, late] })))
  })

  it.each<[string, Partial<CapturedPacket>, RegExp]>([
    [
      'an interface that is not there',
      { interface: 1 },
      /interface of packet at 0: wanted one of 1 interfaces, got 1/,
    ],
    ['a time before 1970', { timestampNs: -1n }, /timestampNs of packet at 0: wanted 0 to \d+, got -1/],
    ['a time beyond 64 bits', { timestampNs: 1n << 64n }, /timestampNs of packet/],
    ['a length beyond 32 bits', { originalLength: 2 ** 32 }, /originalLength of packet/],
    ['half an octet', { originalLength: 60.5 }, /originalLength of packet at 0: wanted an integer/],
    [
      'more octets than there were',
      { originalLength: 4 },
      /octets of packet at 0: wanted at most .* 4, got 5/,
    ],
    [
      'more octets than are kept',
      { octets: new Uint8Array(129), originalLength: 129 },
      /snapLength, 128, got 129/,
    ],
    [
      'a comment of more than 65,535 octets',
      { comments: ['é'.repeat(32_768)] },
      /octets of comment of packet .* got 65536/,
    ],
    [
      'a comment that UTF-8 cannot hold',
      { comments: ['\ud800'] },
      /comment of packet .* got a lone surrogate/,
    ],
  ])('refuses %s', (_, changes, message) => {
    const encode = () => encodePcapng({ interfaces: [tap], packets: [packet(changes)] })
    expect(encode).toThrow(PcapError)
    expect(encode).toThrow(message)
  })

  it('refuses statistics of an interface that is not there, and a count that is none', () => {
    const statistics = (changes: object) => () =>
      encodePcapng({
        interfaces: [tap],
        packets: [],
        interfaceStatistics: [{ interface: 0, timestampNs: 0n, ...changes }],
      })
    expect(statistics({ interface: 1 })).toThrow(/interface of statistics at 0: wanted one of 1/)
    expect(statistics({ dropped: -1 })).toThrow(/dropped of statistics at 0: wanted an integer/)
  })
})
