/**
 * tshark, capinfos and editcap as independent witnesses: they read what we write, and we read what they write.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Capture, type CapturedPacket, decodePcapng, encodeLatePackets, encodePcapng } from './pcapng.ts'
import {
  BIG,
  enhancedPacket,
  i64,
  interfaceDescription,
  join as joinOctets,
  option,
  sectionHeader,
} from './test-blocks.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-pcap-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** 88B5 is IEEE 802's local experimental EtherType: tshark dissects no further. */
function frame(length: number): Uint8Array {
  const octets = new Uint8Array(length).fill(0x5a)
  octets.set([2, 0, 0, 0, 10, 2, 2, 0, 0, 0, 10, 1, 0x88, 0xb5])
  return octets
}

const capture: Capture = {
  application: 'Frameproof 0.1.0',
  os: 'Linux 6.1',
  comment: 'VLAN-13, über alles',
  interfaces: [
    { name: 'hv1:tap-red1', description: 'TAP of red1', snapLength: 0 },
    { name: 'sw1:hv1', description: 'trunk', snapLength: 128 },
  ],
  packets: [
    packet({ comments: ['stimulus 1', 'met: at red3, untagged; "quoted"'] }),
    packet({ interface: 1, direction: 'out', octets: frame(128), originalLength: 1518 }),
    packet({ interface: 1, direction: 'unknown', octets: frame(61), originalLength: 61, timestampNs: 1n }),
  ],
  interfaceStatistics: [{ interface: 1, timestampNs: 9n, received: 2, dropped: 4 }],
}

function packet(changes: Partial<CapturedPacket>): CapturedPacket {
  return {
    interface: 0,
    timestampNs: 1_580_558_992_123_456_789n,
    direction: 'in',
    octets: frame(60),
    originalLength: 60,
    comments: [],
    ...changes,
  }
}

const FIELDS = [
  'frame.comment',
  'frame.interface_name',
  'frame.interface_description',
  'frame.time_epoch',
  'frame.len',
  'frame.cap_len',
  'frame.packet_flags_direction',
]

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function file(octets: Uint8Array): string {
  const path = join(folder, 'written.pcapng')
  writeFileSync(path, octets)
  return path
}

function tshark(octets: Uint8Array): string[][] {
  const fields = FIELDS.flatMap((field) => ['-e', field])
  const output = run('tshark', '-r', file(octets), '-T', 'fields', '-E', 'aggregator=|', ...fields)
  return output
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'))
}

describe('tshark', () => {
  it('reads comments, interfaces, nanoseconds, lengths and directions as they were written', () => {
    expect(tshark(encodePcapng(capture))).toEqual([
      [
        'stimulus 1|met: at red3, untagged; "quoted"',
        'hv1:tap-red1',
        'TAP of red1',
        '1580558992.123456789',
        '60',
        '60',
        '0x00000001',
      ],
      ['', 'sw1:hv1', 'trunk', '1580558992.123456789', '1518', '128', '0x00000002'],
      ['', 'sw1:hv1', 'trunk', '0.000000001', '61', '61', ''],
    ])
  })

  it('reads packets that were appended later', () => {
    const late = encodeLatePackets([packet({ interface: 1, comments: ['late'] })])
    const rows = tshark(joinOctets(encodePcapng(capture), late))
    expect(rows).toHaveLength(4)
    expect(rows.at(-1)?.slice(0, 2)).toEqual(['late', 'sw1:hv1'])
  })

  it('reads the same time as we do where resolution and offset are unusual', () => {
    const options = joinOctets(option(9, Uint8Array.of(0x94), BIG), option(14, i64(1_580_000_000n, BIG), BIG))
    const octets = joinOctets(
      sectionHeader(BIG),
      interfaceDescription(BIG, { options }),
      enhancedPacket(BIG, { ticks: 3n * 2n ** 19n, octets: frame(60) }),
    )
    expect(tshark(octets)[0]?.[3]).toBe('1580000001.500000000')
    expect(decodePcapng(octets).packets[0]?.timestampNs).toBe(1_580_000_001_500_000_000n)
  })
})

describe('capinfos', () => {
  it('reads the section, the interfaces and their packets', () => {
    const report = run('capinfos', file(encodePcapng(capture)))
    for (const line of [
      /Capture comment: +VLAN-13, über alles/,
      /Capture oper-sys: +Linux 6\.1/,
      /Capture application: +Frameproof 0\.1\.0/,
      /Number of packets: +3\n/,
      /Number of interfaces in file: 2/,
      /File timestamp precision: +nanoseconds \(9\)/,
      /Name = sw1:hv1\n +Description = trunk\n(.*\n)+? +Number of stat entries = 1\n/,
    ]) {
      expect(report).toMatch(line)
    }
  })
})

describe('editcap', () => {
  it('writes what we read, comments and interfaces included', () => {
    const rewritten = join(folder, 'rewritten.pcapng')
    run('editcap', '-F', 'pcapng', '-a', '2:added by editcap', file(encodePcapng(capture)), rewritten)
    const decoded = decodePcapng(readFileSync(rewritten))
    expect(decoded.interfaces.map(({ name, description }) => [name, description])).toEqual([
      ['hv1:tap-red1', 'TAP of red1'],
      ['sw1:hv1', 'trunk'],
    ])
    expect(decoded.packets.map((read) => ({ ...read, octets: Uint8Array.from(read.octets) }))).toEqual(
      capture.packets.map((written, index) =>
        index === 1 ? { ...written, comments: ['added by editcap'] } : written,
      ),
    )
    expect(decoded.sections[0]?.comments).toEqual(['VLAN-13, über alles'])
  })
})
