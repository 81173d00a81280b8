/**
 * Wireshark's tshark as a second opinion on frames. It is required: without it the call fails and says so.
 * Classic pcap: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html, link type 1 (Ethernet).
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const MAGIC = 0xa1b2c3d4
const LINK_TYPE_ETHERNET = 1
const SNAP_LENGTH = 65535
const LARGEST_OUTPUT = 64 * 1024 * 1024

/** Every checksum checked; each frame on its own: nothing reassembled, no conversation followed, no name resolved. */
const PREFERENCES = [
  'ip.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'ip.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
]

/**
 * @param fields tshark's names, as in its display filters
 * @param preferences of tshark's, over those above
 * @returns for each frame and field the values in their order in the frame; none if the frame has no such field
 */
export async function dissect(
  frames: readonly Uint8Array[],
  fields: readonly string[],
  preferences: readonly string[] = [],
): Promise<string[][][]> {
  const directory = await mkdtemp(join(tmpdir(), 'frameproof-oracle-'))
  try {
    const file = join(directory, 'frames.pcap')
    await writeFile(file, pcapOf(frames))
    return rowsOf(await run(file, fields, [...PREFERENCES, ...preferences]), frames.length)
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function run(file: string, fields: readonly string[], preferences: readonly string[]): Promise<string> {
  const wanted = fields.flatMap((field) => ['-e', field])
  const output = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=;']
  const options = [
    '-n',
    '-r',
    file,
    ...preferences.flatMap((preference) => ['-o', preference]),
    ...output,
    ...wanted,
  ]
  try {
    return (await promisify(execFile)('tshark', options, { maxBuffer: LARGEST_OUTPUT })).stdout
  } catch (cause) {
    throw new Error('tshark (Wireshark 4) is needed by this test and did not run', { cause })
  }
}

function rowsOf(output: string, count: number): string[][][] {
  const lines = output.split('\n').slice(0, -1)
  if (lines.length !== count) throw new Error(`tshark: wanted ${count} frames, got ${lines.length}`)
  return lines.map((line) => line.split('\t').map((cell) => (cell === '' ? [] : cell.split(';'))))
}

function pcapOf(frames: readonly Uint8Array[]): Uint8Array {
  const fileHeader = Buffer.alloc(24)
  fileHeader.writeUInt32LE(MAGIC, 0)
  fileHeader.writeUInt16LE(2, 4)
  fileHeader.writeUInt16LE(4, 6)
  fileHeader.writeUInt32LE(SNAP_LENGTH, 16)
  fileHeader.writeUInt32LE(LINK_TYPE_ETHERNET, 20)
  return Buffer.concat([fileHeader, ...frames.flatMap((frame) => [recordHeaderOf(frame), frame])])
}

function recordHeaderOf(frame: Uint8Array): Uint8Array {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(frame.length, 8)
  header.writeUInt32LE(frame.length, 12)
  return header
}
