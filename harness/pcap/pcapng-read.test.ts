import { describe, expect, it } from 'vitest'
import { decodePcapng, PcapError } from './pcapng.ts'
import {
  BIG,
  block,
  endOfOptions,
  enhancedPacket,
  i64,
  interfaceDescription,
  join,
  LITTLE,
  option,
  sectionHeader,
  simplePacket,
  u16,
  u32,
} from './test-blocks.ts'

const orders = [
  ['little-endian', LITTLE],
  ['big-endian', BIG],
] as const

describe.each(orders)('decodePcapng, %s', (_, order) => {
  const head = join(sectionHeader(order), interfaceDescription(order))

  it('reads interfaces, packets, comments, directions', () => {
    const interfaceOptions = join(
      option(2, 'eth0', order),
      option(3, 'hv1', order),
      option(9, Uint8Array.of(9), order),
    )
    const packetOptions = join(
      option(1, 'stimulus', order),
      option(2, u32(2, order), order),
      option(1, 'zweite: ö', order),
      endOfOptions(order),
    )
    const file = join(
      sectionHeader(order, {
        options: join(option(4, 'Fp', order), option(3, 'Linux', order), option(1, 'c', order)),
      }),
      interfaceDescription(order, { snapLength: 128, options: interfaceOptions }),
      enhancedPacket(order, {
        ticks: 7n,
        octets: Uint8Array.of(1, 2, 3),
        originalLength: 64,
        options: packetOptions,
      }),
    )
    expect(decodePcapng(file)).toEqual({
      interfaces: [{ name: 'eth0', description: 'hv1', snapLength: 128, linkType: 1 }],
      packets: [
        {
          interface: 0,
          timestampNs: 7n,
          direction: 'out',
          octets: Uint8Array.of(1, 2, 3),
          originalLength: 64,
          comments: ['stimulus', 'zweite: ö'],
        },
      ],
      interfaceStatistics: [],
      sections: [{ application: 'Fp', os: 'Linux', comments: ['c'], firstInterface: 0 }],
      untimedPackets: 0,
    })
  })

  it.each([
    ['microseconds where nothing is said', null, 5n, 5_000n],
    ['seconds', 0, 5n, 5_000_000_000n],
    ['nanoseconds', 9, 0x1234_5678_9abc_def0n, 0x1234_5678_9abc_def0n],
    ['picoseconds, cut to nanoseconds', 12, 5_999n, 5n],
    ['2^-10 s', 0x8a, 1536n, 1_500_000_000n],
    ['2^-32 s', 0xa0, (3n << 32n) + (1n << 30n), 3_250_000_000n],
  ])('reads times in %s', (_unit, resolution, ticks, wanted) => {
    const options = resolution === null ? join() : option(9, Uint8Array.of(resolution), order)
    const file = join(
      sectionHeader(order),
      interfaceDescription(order, { options }),
      enhancedPacket(order, { ticks }),
    )
    expect(decodePcapng(file).packets[0]?.timestampNs).toBe(wanted)
  })

  it.each([3_600n, -3_600n])('adds the interface’s offset of %s s to the time', (seconds) => {
    const options = option(14, i64(seconds, order), order)
    const file = join(
      sectionHeader(order),
      interfaceDescription(order, { options }),
      enhancedPacket(order, { ticks: 7_200_000_000n }),
    )
    expect(decodePcapng(file).packets[0]?.timestampNs).toBe((7_200n + seconds) * 1_000_000_000n)
  })

  it('reads simple packets as long as the snapshot length allows, and counts them as untimed', () => {
    const file = join(
      sectionHeader(order),
      interfaceDescription(order, { snapLength: 5 }),
      simplePacket(order, { octets: Uint8Array.of(1, 2, 3, 4, 5), originalLength: 60 }),
    )
    const { packets, untimedPackets } = decodePcapng(file)
    expect(packets).toMatchObject([
      { interface: 0, octets: Uint8Array.of(1, 2, 3, 4, 5), originalLength: 60 },
    ])
    expect(untimedPackets).toBe(1)
  })

  it('reads what the capture says about its losses', () => {
    const counts = join(option(4, i64(100n, order), order), option(5, i64(3n, order), order))
    const file = join(head, block(5, join(u32(0, order), u32(0, order), u32(9, order), counts), order))
    expect(decodePcapng(file).interfaceStatistics).toEqual([
      { interface: 0, timestampNs: 9_000n, received: 100, dropped: 3 },
    ])
  })

  it('skips unknown blocks and options', () => {
    const file = join(
      head,
      block(0x0bad, u32(7, order), order),
      enhancedPacket(order, { octets: Uint8Array.of(9), options: option(0x8abc, 'who knows', order) }),
    )
    expect(decodePcapng(file).packets).toHaveLength(1)
  })

  it('refuses the obsolete Packet Block by name', () => {
    const file = join(head, block(2, new Uint8Array(20), order))
    expect(() => decodePcapng(file)).toThrow(/block type at 48: wanted no obsolete Packet Block .* got 2/)
  })

  it.each([
    ['a version to come', sectionHeader(order, { major: 2 }), /version at 12: .* got 2\.0/],
    ['a minor version to come', sectionHeader(order, { minor: 1 }), /version at 12: .* got 1\.1/],
    [
      'a section longer than the file',
      sectionHeader(order, { length: 4n }),
      /section length at 16: .* at most 0, got 4/,
    ],
    [
      'an unknown interface',
      join(head, enhancedPacket(order, { id: 1 })),
      /interface at 56: wanted one .* 1 interfaces, got 1/,
    ],
    [
      'a packet without interfaces',
      join(sectionHeader(order), simplePacket(order, {})),
      /interface at 36: .* got 0/,
    ],
    [
      'more captured than there was',
      join(head, enhancedPacket(order, { octets: Uint8Array.of(1), originalLength: 0 })),
      /captured length at 68: wanted at most the original length, 0, got 1/,
    ],
    [
      'more captured than the snapshot length, as libpcap does',
      join(
        sectionHeader(order),
        interfaceDescription(order, { snapLength: 2 }),
        enhancedPacket(order, { octets: Uint8Array.of(1, 2, 3) }),
      ),
      /captured length at 68: wanted at most the interface's snapshot length, 2, got 3/,
    ],
    [
      'a time before 1970',
      join(
        sectionHeader(order),
        interfaceDescription(order, { options: option(14, i64(-1n, order), order) }),
        enhancedPacket(order, { ticks: 999_999n }),
      ),
      /timestamp at 72: wanted 0 to \d+ ns, got -1000 ns/,
    ],
    [
      'a time beyond 64 bits of nanoseconds',
      join(head, enhancedPacket(order, { ticks: 1n << 63n })),
      /timestamp at 60: wanted 0 to 18446744073709551615 ns, got 9223372036854775808000 ns/,
    ],
    [
      'a resolution of two octets',
      join(sectionHeader(order), interfaceDescription(order, { options: option(9, u16(9, order), order) })),
      /length of if_tsresol at 48: wanted 1, got 2/,
    ],
    [
      'octets behind the end of the options',
      join(head, enhancedPacket(order, { options: join(endOfOptions(order), endOfOptions(order)) })),
      /octets behind opt_endofopt at 80: wanted none, got 4/,
    ],
    [
      'an end of options with a value',
      join(head, enhancedPacket(order, { options: option(0, 'abcd', order) })),
      /length of opt_endofopt at 76: wanted 0, got 4/,
    ],
    [
      'octets behind a simple packet',
      join(head, block(3, join(u32(1, order), new Uint8Array(8)), order)),
      /octets behind the packet at 64: wanted none, got 4/,
    ],
    [
      'a drop count beyond what counts',
      join(head, block(5, join(u32(0, order), i64(0n, order), option(5, i64(-1n, order), order)), order)),
      /isb_ifdrop at 72: wanted at most/,
    ],
  ])('refuses %s', (_what, file, message) => {
    expect(() => decodePcapng(file)).toThrow(PcapError)
    expect(() => decodePcapng(file)).toThrow(message)
  })

  it.each([0, 8, 11, 13, 15, 0xffff_fffc])('refuses a block of %s octets', (total) => {
    const wrong = join(u32(6, order), u32(total, order), new Uint8Array(0), u32(total, order))
    expect(() => decodePcapng(join(head, wrong))).toThrow(PcapError)
  })

  it('refuses a block whose two lengths differ', () => {
    const wrong = join(u32(0x0bad, order), u32(12, order), u32(16, order))
    expect(() => decodePcapng(join(head, wrong))).toThrow(/\(repeated\) at 56: wanted 12, got 16/)
  })
})

describe('decodePcapng', () => {
  it('reads several sections of either byte order, and numbers their interfaces through', () => {
    const one = interfaceDescription(LITTLE, { options: option(2, 'one', LITTLE) })
    const two = interfaceDescription(BIG, { options: option(2, 'two', BIG) })
    const file = join(
      join(sectionHeader(LITTLE, { length: BigInt(one.length) }), one),
      join(sectionHeader(BIG), two, enhancedPacket(BIG, { id: 0 })),
    )
    const { interfaces, packets, sections } = decodePcapng(file)
    expect(interfaces.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(packets[0]?.interface).toBe(1)
    expect(sections.map(({ firstInterface }) => firstInterface)).toEqual([0, 1])
  })

  it('refuses a section that ends within a block, or goes on behind its end', () => {
    const one = interfaceDescription(LITTLE)
    const within = join(sectionHeader(LITTLE, { length: 8n }), one)
    const behind = join(sectionHeader(LITTLE, { length: 0n }), one)
    const early = join(sectionHeader(LITTLE, { length: 60n }), one, sectionHeader(LITTLE), one, one)
    expect(() => decodePcapng(within)).toThrow(PcapError)
    expect(() => decodePcapng(behind)).toThrow(PcapError)
    expect(() => decodePcapng(early)).toThrow(/end of section at 48: wanted 88, got 48/)
  })

  it('reads version 1.2 as 1.0, as the draft demands', () => {
    expect(decodePcapng(sectionHeader(LITTLE, { minor: 2 })).sections).toHaveLength(1)
  })

  it.each([
    ['nothing', new Uint8Array(0), /block type at 0: wanted 4 octets, got 0 octets/],
    [
      'classic pcap',
      Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0),
      /wanted a Section Header.* got 0xa1b2c3d4/,
    ],
    [
      'another magic',
      join(u32(0x0a0d0d0a, LITTLE), new Uint8Array(24)),
      /byte-order magic at 8: .* got 0x00000000/,
    ],
  ])('refuses %s', (_, file, message) => {
    expect(() => decodePcapng(file)).toThrow(message)
  })

  it('says in its error’s fields where it failed', () => {
    expect(() => decodePcapng(new Uint8Array(2))).toThrow(
      expect.objectContaining({ field: 'block type', offset: 0, wanted: '4 octets', got: '2 octets' }),
    )
  })
})
