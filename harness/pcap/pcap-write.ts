/**
 * Writes classic pcap: little-endian, microseconds, Ethernet, one port a file.
 * Source: draft-ietf-opsawg-pcap, 4 (file header) and 5 (packet record).
 */
import { OctetSink } from './octet-sink.ts'
import { LARGEST, MAGIC, pcapError, VERSION } from './pcap-format.ts'
import { LINKTYPE_ETHERNET } from './pcapng-format.ts'
import type { CapturedPacket } from './types.ts'

const U32_MAX = 0xffffffff
const NANOSECONDS_PER_MICROSECOND = 1_000n
const MICROSECONDS_PER_SECOND = 1_000_000n

export interface PcapFile {
  snapLength: number // no packet has more octets in the file
  packets: readonly PcapPacket[]
}

/** The format has no place for anything else that a CapturedPacket says. */
export type PcapPacket = Pick<CapturedPacket, 'timestampNs' | 'octets' | 'originalLength'>

/**
 * Times are rounded down to microseconds; nothing else is changed, nothing repaired.
 * @throws {PcapError} naming the value that the format cannot hold, or that contradicts another
 */
export function encodePcap({ snapLength, packets }: PcapFile): Uint8Array {
  const sink = new OctetSink()
  requireInteger('snapLength', snapLength, { least: 1, most: LARGEST.snapLength, at: 0 })
  sink.u32(MAGIC.microseconds)
  sink.u16(VERSION.major)
  sink.u16(VERSION.minor)
  sink.u32(0) // unused
  sink.u32(0) // unused
  sink.u32(snapLength)
  sink.u32(LINKTYPE_ETHERNET)
  packets.forEach((packet, at) => {
    requireLengths(packet, snapLength, at)
    writePacket(sink, packet, at)
  })
  return sink.toOctets()
}

function writePacket(sink: OctetSink, { timestampNs, octets, originalLength }: PcapPacket, at: number): void {
  const microseconds = timestampNs / NANOSECONDS_PER_MICROSECOND
  const seconds = microseconds / MICROSECONDS_PER_SECOND
  requireTime(timestampNs, seconds, at)
  sink.u32(Number(seconds))
  sink.u32(Number(microseconds % MICROSECONDS_PER_SECOND))
  sink.u32(octets.length)
  sink.u32(originalLength)
  sink.octets(octets)
}

function requireLengths({ octets, originalLength }: PcapPacket, snapLength: number, at: number): void {
  requireInteger('originalLength of packet', originalLength, { least: 0, most: LARGEST.original, at })
  const field = 'octets of packet'
  const got = String(octets.length)
  if (octets.length > LARGEST.captured) {
    throw pcapError({ field, offset: at, wanted: `at most ${LARGEST.captured}`, got })
  }
  if (octets.length > snapLength) {
    throw pcapError({ field, offset: at, wanted: `at most the file's snapLength, ${snapLength}`, got })
  }
  if (octets.length > originalLength) {
    throw pcapError({ field, offset: at, wanted: `at most its originalLength, ${originalLength}`, got })
  }
}

function requireInteger(
  field: string,
  value: number,
  { least, most, at }: { least: number; most: number; at: number },
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw pcapError({ field, offset: at, wanted: `an integer from ${least} to ${most}`, got: String(value) })
}

function requireTime(timestampNs: bigint, seconds: bigint, at: number): void {
  if (timestampNs >= 0n && seconds <= U32_MAX) return
  throw pcapError({
    field: 'timestampNs of packet',
    offset: at,
    wanted: `0 to ${U32_MAX} s`,
    got: String(timestampNs),
  })
}
