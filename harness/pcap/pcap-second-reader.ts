/**
 * The npm package pcap-parser, as a second reader: each record that the structure check has found is read by both,
 * and both must have read the same. It reads microseconds only, and checks no length: so it is given nothing that
 * was not checked, and whole records only. Loaded when it is first needed.
 */
import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import type { ParsedPacket } from 'pcap-parser'
import { sameOctets } from '../wire/octets.ts'
import { pcapError } from './pcap-format.ts'
import type { PcapRecord, PcapRecords } from './pcap-structure.ts'
import type { PcapError } from './types.ts'

export class SecondReader {
  readonly #source = new HandFed()
  readonly #onRecord: (record: PcapRecord) => void
  #records: PcapRecords | undefined

  constructor(onRecord: (record: PcapRecord) => void) {
    this.#onRecord = onRecord
    loadPcapParser()
      .parse(this.#source)
      .on('packet', (packet) => this.#compare(packet))
      .on('error', (error) => {
        throw disagreement('file header', this.#records?.offset ?? 0, 'read by pcap-parser', error.message)
      })
  }

  /**
   * The first octets are the file's header and its first records, the next ones further records.
   * @param records what the octets hold, as the first reader sees it
   * @throws {PcapError} from the first record on which the two disagree
   */
  read(octets: Uint8Array, records: PcapRecords): void {
    this.#records = records
    this.#source.emit('data', Buffer.from(octets.buffer, octets.byteOffset, octets.length))
    if (records.isAtEnd) return
    throw disagreement('record', records.offset, 'read by pcap-parser', 'no record')
  }

  #compare(packet: ParsedPacket): void {
    const records = this.#records
    const offset = records?.offset ?? 0
    if (records === undefined || records.isAtEnd) {
      throw disagreement('record', offset, 'no record', 'one that pcap-parser reads')
    }
    const record = records.next()
    if (!isSame(record, packet)) {
      throw disagreement('record', offset, textOf(record), textOfParsed(packet))
    }
    this.#onRecord(record)
  }
}

/** A stream to pcap-parser, which answers each piece before `emit` returns. */
class HandFed extends EventEmitter {
  pause(): this {
    return this
  }

  resume(): this {
    return this
  }
}

function isSame(record: PcapRecord, { header, data }: ParsedPacket): boolean {
  return (
    header.timestampSeconds === record.seconds &&
    header.timestampMicroseconds === record.ticks &&
    header.capturedLength === record.octets.length &&
    header.originalLength === record.originalLength &&
    sameOctets(record.octets, data)
  )
}

function textOf({ seconds, ticks, octets, originalLength }: PcapRecord): string {
  return `${octets.length} of ${originalLength} octets at ${seconds} s ${ticks} µs`
}

function textOfParsed({ header, data }: ParsedPacket): string {
  const { timestampSeconds, timestampMicroseconds, capturedLength, originalLength } = header
  const octets = `${capturedLength} of ${originalLength} octets`
  return `${octets} at ${timestampSeconds} s ${timestampMicroseconds} µs from pcap-parser (${data.toString('hex', 0, 16)}…)`
}

function disagreement(field: string, offset: number, wanted: string, got: string): PcapError {
  return pcapError({ field, offset, wanted, got })
}

function loadPcapParser(): typeof import('pcap-parser') {
  try {
    return createRequire(import.meta.url)('pcap-parser') as typeof import('pcap-parser')
  } catch (cause) {
    throw new Error('the package pcap-parser does not load on this machine: run npm ci', { cause })
  }
}
