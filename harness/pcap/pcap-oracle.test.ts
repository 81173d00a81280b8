/**
 * tcpdump, tshark, capinfos and editcap as independent witnesses: they read what we write, we read what they write,
 * and none of them finds cut what we take for whole.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SEED } from '../wire/testing/properties.ts'
import { decodeCapture, decodePcap, encodePcap, type PcapPacket } from './pcap.ts'
import { encodePcapng } from './pcapng.ts'
import { PCAP_FILES, PCAPNG_FILES } from './test-files.ts'
import { mutationsOf } from './test-mutations.ts'
import { type CapturedPacket, PcapError } from './types.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-pcap-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** 88B5 is IEEE 802's local experimental EtherType: nothing is dissected further. */
function frame(length: number): Uint8Array {
  const octets = new Uint8Array(length).fill(0x5a)
  octets.set([2, 0, 0, 0, 10, 2, 2, 0, 0, 0, 10, 1, 0x88, 0xb5])
  return octets
}

const packets: readonly PcapPacket[] = [
  { timestampNs: 1_580_558_992_123_456_789n, octets: frame(60), originalLength: 60 },
  { timestampNs: 1_580_558_992_123_457_000n, octets: frame(128), originalLength: 1_518 },
  { timestampNs: 1_999n, octets: frame(61), originalLength: 61 },
  { timestampNs: 0xffffffffn * 1_000_000_000n, octets: frame(14), originalLength: 14 },
]

const written = encodePcap({ snapLength: 128, packets })

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function file(octets: Uint8Array, name = 'given'): string {
  const path = join(folder, name)
  writeFileSync(path, octets)
  return path
}

function tshark(path: string): string[] {
  const fields = ['frame.time_epoch', 'frame.cap_len', 'frame.len'].flatMap((field) => ['-e', field])
  return run('tshark', '-n', '-r', path, '-T', 'fields', ...fields)
    .trimEnd()
    .split('\n')
}

function rowOf({ timestampNs, octets, originalLength }: PcapPacket): string {
  const nanoseconds = String(timestampNs % 1_000_000_000n).padStart(9, '0')
  return `${timestampNs / 1_000_000_000n}.${nanoseconds}\t${octets.length}\t${originalLength}`
}

function inMicroseconds(packet: PcapPacket): PcapPacket {
  return { ...packet, timestampNs: packet.timestampNs - (packet.timestampNs % 1_000n) }
}

/** Without what pcap cannot say. */
function essence({ timestampNs, octets, originalLength }: CapturedPacket | PcapPacket): PcapPacket {
  return { timestampNs, octets: Uint8Array.from(octets), originalLength }
}

describe('what we write', () => {
  it('is read by tshark with the same times and lengths', () => {
    expect(tshark(file(written))).toEqual(packets.map(inMicroseconds).map(rowOf))
  })

  it('is read by tcpdump, and written again with the same octets', () => {
    const rewritten = join(folder, 'rewritten')
    run('tcpdump', '-r', file(written), '-w', rewritten)
    expect(Buffer.from(written).equals(readFileSync(rewritten))).toBe(true)
  })

  it('is known to capinfos as what it is', () => {
    const report = run('capinfos', file(written))
    expect(report).toMatch(/File type: +Wireshark\/tcpdump\/\.\.\. - pcap\n/)
    expect(report).toMatch(/File encapsulation: +Ethernet\n/)
    expect(report).toMatch(/File timestamp precision: +microseconds \(6\)/)
    expect(report).toMatch(/file hdr: 128 bytes/)
    expect(report).toMatch(/Number of packets: +4\n/)
  })
})

describe('what others write', () => {
  const pcapng = encodePcapng({
    interfaces: [{ name: 'tap', description: 'red1', snapLength: 128 }],
    packets: packets.map((packet) => ({ ...packet, interface: 0, direction: 'in', comments: [] })),
  })

  it.each<[string, readonly string[], (packet: PcapPacket) => PcapPacket]>([
    ['editcap, microseconds', ['editcap', '-F', 'pcap'], inMicroseconds],
    ['editcap, nanoseconds', ['editcap', '-F', 'nsecpcap'], (packet) => packet],
  ])('is read as it was: %s', (_, [program = '', ...options], wanted) => {
    const path = join(folder, 'converted')
    run(program, ...options, file(pcapng), path)
    expect(decodePcap(readFileSync(path)).packets.map(essence)).toEqual(packets.map(wanted).map(essence))
  })

  it.each<[string, (source: string, path: string) => string[], (packet: PcapPacket) => PcapPacket]>([
    ['tshark', (source, path) => ['tshark', '-r', source, '-F', 'pcap', '-w', path], inMicroseconds],
    ['tcpdump', (source, path) => ['tcpdump', '-r', source, '-w', path], inMicroseconds],
    [
      'tcpdump, nanoseconds',
      (source, path) => ['tcpdump', '-r', source, '--time-stamp-precision=nano', '-w', path],
      (packet) => packet,
    ],
  ])('is read as it was: %s', (_, command, wanted) => {
    const path = join(folder, 'converted')
    const [program = '', ...args] = command(file(pcapng), path)
    run(program, ...args)
    expect(decodeCapture(readFileSync(path)).packets.map(essence)).toEqual(packets.map(wanted).map(essence))
  })

  it('is refused by name where it is modified pcap', () => {
    const path = join(folder, 'converted')
    run('editcap', '-F', 'modpcap', file(pcapng), path)
    expect(() => decodePcap(readFileSync(path))).toThrow(/got 0x34cdb2a1 \(modified pcap/)
  })

  /** Captures of real hosts, one of them big-endian, which the package has for its own tests. */
  it.each(['be.pcap', 'smtp.pcap'])('is read as tshark reads it: pcap-parser’s %s', (name) => {
    const parser = dirname(createRequire(import.meta.url).resolve('pcap-parser/package.json'))
    const path = join(parser, 'test', name)
    const read = decodePcap(readFileSync(path)).packets
    expect(read.map(rowOf)).toEqual(tshark(path))
  })
})

describe(`what we take for whole (seed ${SEED})`, () => {
  const SAMPLES = 600
  const CUT_SHORT = /cut short/

  it('has as many packets for capinfos, and none of them cut short: pcap', () => {
    const accepted = acceptedOf(PCAP_FILES)
    const { counts, complaints } = capinfos(accepted.map(({ path }) => path))
    expect(complaints).toBe('')
    expect(counts).toEqual(accepted.map(({ path, count }) => `${path} ${count}`))
  })

  it.each([
    ['pcap', PCAP_FILES],
    ['pcapng', PCAPNG_FILES],
  ])('would be called cut short if it were: %s', (_, files) => {
    for (const whole of files) {
      const cut = whole.subarray(0, -1)
      expect(countIfRead(cut)).toBeUndefined()
      expect(capinfos([file(cut)]).complaints).toMatch(CUT_SHORT)
    }
  })

  it('is cut short for nobody: pcapng', () => {
    const accepted = acceptedOf(PCAPNG_FILES)
    const { complaints } = capinfos(accepted.map(({ path }) => path))
    expect(complaints).not.toMatch(CUT_SHORT)
  })

  function acceptedOf(files: readonly Uint8Array[]) {
    const mutated = fc.sample(mutationsOf(files), { seed: SEED, numRuns: SAMPLES })
    const accepted = mutated.flatMap((octets, index) => {
      const count = countIfRead(octets)
      return count === undefined ? [] : [{ path: file(octets, `mutated-${index}`), count }]
    })
    expect(accepted.length).toBeGreaterThan(SAMPLES / 100)
    return accepted
  }

  function countIfRead(octets: Uint8Array): number | undefined {
    try {
      return decodeCapture(octets).packets.length
    } catch (error) {
      if (error instanceof PcapError) return undefined
      throw error
    }
  }

  function capinfos(paths: readonly string[]) {
    const { stdout, stderr } = spawnSync('capinfos', ['-c', '-M', ...paths], { encoding: 'utf8' })
    const reports = stdout.matchAll(/File name: +(.+)\n(?:Packet size limit.*\n)*Number of packets: +(\d+)/g)
    const complaints = stderr.split('\n').filter((line) => !line.startsWith('Running as user'))
    return {
      counts: [...reports].map(([, path, count]) => `${path} ${count}`),
      complaints: complaints.join('\n'),
    }
  }
})
