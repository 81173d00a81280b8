/**
 * Reads classic pcap: microseconds through pcap-parser behind the strict check of the structure, and the two must
 * agree; nanoseconds, which pcap-parser does not know, through the structure alone. A file cut exactly between two
 * records is a shorter file: the format does not tell.
 */
import { open } from 'node:fs/promises'
import { viewOf } from '../wire/octets.ts'
import { FILE_HEADER_SIZE } from './pcap-format.ts'
import { SecondReader } from './pcap-second-reader.ts'
import {
  checkRecords,
  type PcapHeader,
  type PcapRecord,
  PcapRecords,
  readPcapHeader,
  refuseRest,
  type Span,
} from './pcap-structure.ts'
import type { CapturedPacket, DecodedCapture } from './types.ts'

const PIECE_SIZE = 128 * 1024 // what fits into a processor's cache is read faster
const NANOSECONDS_PER_SECOND = 1_000_000_000n
const NO_OCTETS = new Uint8Array(0)
const NO_COMMENTS: readonly string[] = []

export interface PcapSummary {
  snapLength: number
  resolution: PcapHeader['resolution']
  packets: number
}

/** One interface, without a name, and no directions. The packets' octets are views, not copies. @throws {PcapError} */
export function decodePcap(octets: Uint8Array): DecodedCapture {
  const packets: CapturedPacket[] = []
  const reading = new PcapReading((packet) => packets.push(packet))
  reading.push(octets)
  const { snapLength } = reading.end()
  return {
    interfaces: [{ name: '', description: '', snapLength, linkType: 1 }],
    packets,
    interfaceStatistics: [],
    sections: [],
    untimedPackets: 0,
  }
}

/**
 * Reads a file of any size. Each packet comes as it is read: those in front of a fault have come when it shows.
 * A packet's octets may be kept; they keep 128 KiB of the file in memory with them.
 * @throws {PcapError} as decodePcap does, and whatever onPacket throws
 */
export async function readPcap(
  path: string,
  onPacket: (packet: CapturedPacket) => void,
): Promise<PcapSummary> {
  const reading = new PcapReading(onPacket)
  const file = await open(path)
  try {
    for (;;) {
      const piece = Buffer.allocUnsafeSlow(PIECE_SIZE)
      const { bytesRead } = await file.read(piece)
      if (bytesRead === 0) return reading.end()
      reading.push(piece.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/** A file that comes in pieces of any size. After an error it can only be thrown away. */
export class PcapReading {
  readonly #onPacket: (packet: CapturedPacket) => void
  #header: PcapHeader | undefined
  #clock: Clock | undefined
  #secondReader: SecondReader | undefined
  #rest: Uint8Array = NO_OCTETS // what no whole header or record is yet
  #fileOffset = 0 // of the rest
  #packets = 0

  constructor(onPacket: (packet: CapturedPacket) => void) {
    this.#onPacket = onPacket
  }

  /** Reads what is whole. @throws {PcapError} as soon as something is wrong */
  push(piece: Uint8Array): void {
    const octets = joined(this.#rest, piece)
    this.#rest = octets
    if (this.#fileOffset === 0 && octets.length < FILE_HEADER_SIZE) return
    this.#header ??= readPcapHeader(octets)
    const start = this.#fileOffset === 0 ? FILE_HEADER_SIZE : 0
    const span = { header: this.#header, start, fileOffset: this.#fileOffset }
    const { end } = checkRecords(octets, span)
    this.#read(viewOf(octets, 0, end), span)
    this.#rest = octets.subarray(end)
    this.#fileOffset += end
  }

  /** @throws {PcapError} if the file ends within its header or a record */
  end(): PcapSummary {
    const header = this.#header ?? readPcapHeader(this.#rest)
    refuseRest(this.#rest, { header, fileOffset: this.#fileOffset })
    return { snapLength: header.snapLength, resolution: header.resolution, packets: this.#packets }
  }

  #read(octets: Uint8Array, span: Span): void {
    this.#clock ??= new Clock(span.header.resolution)
    const records = new PcapRecords(octets, span)
    if (span.header.resolution === 'nanoseconds') {
      while (!records.isAtEnd) this.#take(records.next(), this.#clock)
      return
    }
    const clock = this.#clock
    this.#secondReader ??= new SecondReader((record) => this.#take(record, clock))
    this.#secondReader.read(octets, records)
  }

  #take(record: PcapRecord, clock: Clock): void {
    this.#packets += 1
    this.#onPacket({
      interface: 0,
      timestampNs: clock.nanoseconds(record),
      direction: 'unknown',
      octets: record.octets,
      originalLength: record.originalLength,
      comments: NO_COMMENTS,
    })
  }
}

/** Many records are of the same second, and bigints are slow to multiply. */
class Clock {
  readonly #nsPerTick: number
  #seconds = 0
  #secondsNs = 0n

  constructor(resolution: PcapHeader['resolution']) {
    this.#nsPerTick = resolution === 'nanoseconds' ? 1 : 1000
  }

  nanoseconds({ seconds, ticks }: PcapRecord): bigint {
    if (seconds !== this.#seconds) {
      this.#seconds = seconds
      this.#secondsNs = BigInt(seconds) * NANOSECONDS_PER_SECOND
    }
    return this.#secondsNs + BigInt(ticks * this.#nsPerTick)
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return first.length === 0 ? second : Buffer.concat([first, second])
}
