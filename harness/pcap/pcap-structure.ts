/**
 * The strict check of classic pcap, which stands in front of everything that reads it: both byte orders,
 * microseconds and nanoseconds, Ethernet. The first thing that is wrong is a PcapError; nothing is passed over.
 * Source: draft-ietf-opsawg-pcap, 4 and 5; readers ignore the two fields that were time zone and accuracy.
 */
import { viewOf } from '../wire/octets.ts'
import {
  FILE_HEADER_SIZE,
  hex32,
  LARGEST,
  MAGIC,
  octetCount,
  pcapError,
  RECORD_HEADER_SIZE,
  TICKS_PER_SECOND,
  VERSION,
} from './pcap-format.ts'
import { LINKTYPE_ETHERNET } from './pcapng-format.ts'

export interface PcapHeader {
  littleEndian: boolean
  resolution: keyof typeof MAGIC
  snapLength: number
}

/** As the file has it: nothing converted. */
export interface PcapRecord {
  seconds: number
  ticks: number // microseconds or nanoseconds, as the header says
  originalLength: number
  octets: Uint8Array // a view
}

/** Of a whole file. @throws {PcapError} for the first thing that is wrong */
export function checkPcapStructure(octets: Uint8Array): PcapHeader & { records: number } {
  const header = readPcapHeader(octets)
  const { end, count } = checkRecords(octets, { header, start: FILE_HEADER_SIZE, fileOffset: 0 })
  refuseRest(octets.subarray(end), { header, fileOffset: end })
  return { ...header, records: count }
}

/** @throws {PcapError} if these octets do not begin with a file header that can be read */
export function readPcapHeader(octets: Uint8Array): PcapHeader {
  const { littleEndian, resolution } = readMagic(octets)
  if (octets.length < FILE_HEADER_SIZE) throw tooShort('file header', 0, FILE_HEADER_SIZE, octets.length)
  const view = viewFor(octets)
  requireVersion(view.getUint16(4, littleEndian), view.getUint16(6, littleEndian))
  const snapLength = view.getUint32(16, littleEndian)
  requireSnapLength(snapLength)
  requireEthernet(view.getUint32(20, littleEndian))
  return { littleEndian, resolution, snapLength }
}

export interface Span {
  header: PcapHeader
  start: number // of the first record, in these octets
  fileOffset: number // of these octets
}

/** Of those records that these octets hold whole, and of the next one's header. @returns where they end */
export function checkRecords(octets: Uint8Array, { header, start, fileOffset }: Span): CheckedRecords {
  const view = viewFor(octets)
  const mostTicks = TICKS_PER_SECOND[header.resolution] - 1
  let end = start
  let count = 0
  while (octets.length - end >= RECORD_HEADER_SIZE) {
    const ticks = view.getUint32(end + 4, header.littleEndian)
    const captured = view.getUint32(end + 8, header.littleEndian)
    const original = view.getUint32(end + 12, header.littleEndian)
    const at = fileOffset + end
    if (ticks > mostTicks) throw tooLarge(header.resolution, at + 4, String(mostTicks), ticks)
    if (captured > LARGEST.captured) {
      throw tooLarge('captured length', at + 8, String(LARGEST.captured), captured)
    }
    if (captured > header.snapLength) {
      throw tooLarge('captured length', at + 8, `the snapshot length, ${header.snapLength}`, captured)
    }
    if (captured > original) {
      throw tooLarge('captured length', at + 8, `the original length, ${original}`, captured)
    }
    if (original > LARGEST.original) {
      throw tooLarge('original length', at + 12, String(LARGEST.original), original)
    }
    const next = end + RECORD_HEADER_SIZE + captured
    if (next > octets.length) break
    end = next
    count += 1
  }
  return { end, count }
}

export interface CheckedRecords {
  end: number
  count: number
}

/** What is left at the end of the file, if anything, is the beginning of a record. */
export function refuseRest(rest: Uint8Array, { header, fileOffset }: Omit<Span, 'start'>): void {
  if (rest.length === 0) return
  if (rest.length < RECORD_HEADER_SIZE) {
    throw tooShort('record header', fileOffset, RECORD_HEADER_SIZE, rest.length)
  }
  const captured = viewFor(rest).getUint32(8, header.littleEndian)
  throw tooShort('packet', fileOffset + RECORD_HEADER_SIZE, captured, rest.length - RECORD_HEADER_SIZE)
}

/** Reads checked records one after the other. */
export class PcapRecords {
  readonly #octets: Uint8Array
  readonly #view: DataView
  readonly #littleEndian: boolean
  readonly #fileOffset: number
  #at: number

  constructor(octets: Uint8Array, { header, start, fileOffset }: Span) {
    this.#octets = octets
    this.#view = viewFor(octets)
    this.#littleEndian = header.littleEndian
    this.#fileOffset = fileOffset
    this.#at = start
  }

  /** In the file, of the next record. */
  get offset(): number {
    return this.#fileOffset + this.#at
  }

  get isAtEnd(): boolean {
    return this.#at === this.#octets.length
  }

  next(): PcapRecord {
    const at = this.#at
    const start = at + RECORD_HEADER_SIZE
    const end = start + this.#u32(at + 8)
    this.#at = end
    return {
      seconds: this.#u32(at),
      ticks: this.#u32(at + 4),
      originalLength: this.#u32(at + 12),
      octets: viewOf(this.#octets, start, end),
    }
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#littleEndian)
  }
}

const FOREIGN = new Map([
  [0x0a0d0d0a, 'pcapng'],
  [0xa1b2cd34, 'modified pcap: editcap -F pcap rewrites it'],
  [0x34cdb2a1, 'modified pcap: editcap -F pcap rewrites it'],
])

function readMagic(octets: Uint8Array): Pick<PcapHeader, 'littleEndian' | 'resolution'> {
  if (octets.length < 4) throw tooShort('magic number', 0, 4, octets.length)
  const view = viewFor(octets)
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian)
    if (magic === MAGIC.microseconds) return { littleEndian, resolution: 'microseconds' }
    if (magic === MAGIC.nanoseconds) return { littleEndian, resolution: 'nanoseconds' }
  }
  const magic = view.getUint32(0)
  const format = FOREIGN.get(magic) ?? (magic >>> 16 === 0x1f8b ? 'gzip: unpack it first' : undefined)
  throw pcapError({
    field: 'magic number',
    offset: 0,
    wanted: `${hex32(MAGIC.microseconds)} (microseconds) or ${hex32(MAGIC.nanoseconds)} (nanoseconds), in either byte order`,
    got: format === undefined ? hex32(magic) : `${hex32(magic)} (${format})`,
  })
}

function requireVersion(major: number, minor: number): void {
  if (major === VERSION.major && minor === VERSION.minor) return
  throw pcapError({
    field: 'version',
    offset: 4,
    wanted: `${VERSION.major}.${VERSION.minor}`,
    got: `${major}.${minor}`,
  })
}

function requireSnapLength(snapLength: number): void {
  if (snapLength > 0 && snapLength <= LARGEST.snapLength) return
  throw pcapError({
    field: 'snapshot length',
    offset: 16,
    wanted: `1 to ${LARGEST.snapLength}`,
    got: String(snapLength),
  })
}

/** The upper half may say that an FCS follows each frame, which would be taken for payload. */
function requireEthernet(linkType: number): void {
  if (linkType === LINKTYPE_ETHERNET) return
  const type = linkType & 0xffff
  throw pcapError({
    field: 'link type',
    offset: 20,
    wanted: `${LINKTYPE_ETHERNET} (Ethernet, without FCS)`,
    got: type === linkType ? String(type) : `${type} with ${hex32(linkType)} as the whole field`,
  })
}

function tooShort(field: string, offset: number, wanted: number, got: number) {
  return pcapError({ field, offset, wanted: octetCount(wanted), got: octetCount(got) })
}

function tooLarge(field: string, offset: number, most: string, got: number) {
  return pcapError({ field, offset, wanted: `at most ${most}`, got: String(got) })
}

function viewFor(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
}
