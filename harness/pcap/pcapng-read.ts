/**
 * Reads pcapng strictly: every length is checked, and what is cut is refused. Unknown blocks and options are skipped.
 * A file cut exactly between two blocks is a shorter file, unless its section says how long it is.
 * Source: draft-ietf-opsawg-pcapng, 3.1 (block), 4.1 to 4.4, 4.6.
 */
import type { OctetReader } from './octet-reader.ts'
import {
  type Block,
  isSectionHeader,
  openBlock,
  readByteOrder,
  requireNothingLeft,
  requireSectionHeader,
  type Section,
  sectionEnd,
} from './pcapng-block.ts'
import { type Clock, readClock, readTime } from './pcapng-clock.ts'
import { BLOCK, DIRECTION_FLAG, OPTION, padding } from './pcapng-format.ts'
import { readOptions } from './pcapng-options.ts'
import {
  type CapturedPacket,
  type CaptureInterface,
  type CaptureSection,
  type DecodedCapture,
  type Direction,
  type InterfaceStatistics,
  PcapError,
} from './types.ts'

/** The packets' octets are views of the file's, not copies. @throws {PcapError} */
export function decodePcapng(octets: Uint8Array): DecodedCapture {
  const packets: CapturedPacket[] = []
  requireSectionHeader(octets)
  const blocks = new BlockReading((packet) => packets.push(packet))
  let offset = 0
  while (offset < octets.length) offset = blocks.readBlock(octets, offset, octets.length)
  blocks.finish(octets.length)
  return { ...blocks.described, packets }
}

interface CapturedLimits {
  originalLength: number
  snapLength: number // 0: no limit
  offset: number
}

type ReadInterface = Required<CaptureInterface>

/** Block after block; each packet goes to whom it was made for. */
export class BlockReading {
  readonly #onPacket: (packet: CapturedPacket) => void
  readonly #interfaces: ReadInterface[] = []
  readonly #clocks: Clock[] = []
  readonly #statistics: InterfaceStatistics[] = []
  readonly #sections: CaptureSection[] = []
  #section: Section = { littleEndian: true, end: null }
  /** What was read last, and a view of it. */
  #viewed: Uint8Array | null = null
  #view: DataView | undefined
  #untimedPackets = 0
  #forgotten = 0

  constructor(onPacket: (packet: CapturedPacket) => void) {
    this.#onPacket = onPacket
  }

  /** What the file says besides its packets. */
  get described(): Omit<DecodedCapture, 'packets'> {
    return {
      interfaces: this.#interfaces,
      interfaceStatistics: this.#statistics,
      sections: this.#sections,
      untimedPackets: this.#untimedPackets,
    }
  }

  get littleEndian(): boolean {
    return this.#section.littleEndian
  }

  /** How many interfaces, statistics and sections there are: they stay in memory. */
  get descriptions(): number {
    return this.#interfaces.length + this.#statistics.length + this.#sections.length
  }

  /** So many octets in front were let go: offsets count from behind them. */
  forget(count: number): void {
    if (this.#section.end !== null) this.#section.end -= count
    this.#forgotten += count
  }

  /** Returns the offset behind the block. @param fileLength of these octets and what is to come */
  readBlock(octets: Uint8Array, start: number, fileLength: number): number {
    if (isSectionHeader(octets, start)) {
      this.#endSection(start)
      this.#section = { littleEndian: readByteOrder(octets, start), end: null }
    }
    if (this.#viewed !== octets) {
      this.#viewed = octets
      this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
    }
    const block = openBlock(octets, start, this.#section, fileLength, this.#view)
    this.#readBody(block)
    return block.end
  }

  finish(end: number): void {
    this.#endSection(end)
  }

  #endSection(at: number): void {
    const { end } = this.#section
    if (end === null || end === at) return
    const [wanted, got] = [end, at].map((place) => String(place + this.#forgotten))
    throw new PcapError({ field: 'end of section', offset: at, wanted: wanted ?? '', got: got ?? '' })
  }

  #readBody({ type, body, end }: Block): void {
    switch (type) {
      case BLOCK.sectionHeader:
        this.#readSectionHeader(body, end)
        break
      case BLOCK.interfaceDescription:
        this.#readInterface(body)
        break
      case BLOCK.enhancedPacket:
        this.#readEnhancedPacket(body)
        break
      case BLOCK.simplePacket:
        this.#readSimplePacket(body)
        break
      case BLOCK.interfaceStatistics:
        this.#readStatistics(body)
        break
      case BLOCK.packet:
        throw new PcapError({
          field: 'block type',
          offset: body.offset - 8,
          wanted: 'no obsolete Packet Block (editcap rewrites them)',
          got: '2',
        })
    }
  }

  #readSectionHeader(body: OctetReader, end: number): void {
    body.u32('byte-order magic')
    const offset = body.offset
    const major = body.u16('major version')
    const minor = body.u16('minor version')
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      throw new PcapError({
        field: 'version',
        offset,
        wanted: '1.0 (or 1.2, the same)',
        got: `${major}.${minor}`,
      })
    }
    this.#section.end = sectionEnd(body, end)
    const options = readOptions(body)
    this.#sections.push({
      application: options.text(OPTION.sectionApplication),
      os: options.text(OPTION.sectionOs),
      comments: options.texts(OPTION.comment),
      firstInterface: this.#interfaces.length,
    })
  }

  #readInterface(body: OctetReader): void {
    const linkType = body.u16('link type')
    body.u16('reserved')
    const snapLength = body.u32('snapshot length')
    const options = readOptions(body)
    this.#interfaces.push({
      name: options.text(OPTION.interfaceName) ?? '',
      description: options.text(OPTION.interfaceDescription) ?? '',
      snapLength,
      linkType,
    })
    this.#clocks.push(readClock(options))
  }

  #readEnhancedPacket(body: OctetReader): void {
    const index = this.#interfaceIndex(body)
    const timestampNs = this.#time(body, index)
    const offset = body.offset
    const captured = body.u32('captured length')
    const originalLength = body.u32('original length')
    requireCaptured(captured, {
      originalLength,
      snapLength: this.#interfaces[index]?.snapLength ?? 0,
      offset,
    })
    const octets = body.take(captured, 'packet')
    body.take(padding(captured), 'padding of packet')
    const options = readOptions(body)
    this.#onPacket({
      interface: index,
      timestampNs,
      direction: directionOf(options.u32(OPTION.packetFlags, 'epb_flags') ?? DIRECTION_FLAG.unknown),
      octets,
      originalLength,
      comments: options.texts(OPTION.comment),
    })
  }

  /** It belongs to the section's first interface, whose snapshot length says how much was kept. */
  #readSimplePacket(body: OctetReader): void {
    const index = this.#sectionInterface(0, body.offset)
    const snapLength = this.#interfaces[index]?.snapLength ?? 0
    const originalLength = body.u32('original length')
    const captured = snapLength === 0 ? originalLength : Math.min(originalLength, snapLength)
    const octets = body.take(captured, 'packet')
    body.take(padding(captured), 'padding of packet')
    requireNothingLeft(body)
    this.#untimedPackets += 1
    this.#onPacket({
      interface: index,
      timestampNs: 0n,
      direction: 'unknown',
      octets,
      originalLength,
      comments: [],
    })
  }

  #readStatistics(body: OctetReader): void {
    const index = this.#interfaceIndex(body)
    const timestampNs = this.#time(body, index)
    const options = readOptions(body)
    const received = options.count(OPTION.statisticsReceived, 'isb_ifrecv')
    const dropped = options.count(OPTION.statisticsDropped, 'isb_ifdrop')
    this.#statistics.push({
      interface: index,
      timestampNs,
      ...(received === undefined ? {} : { received }),
      ...(dropped === undefined ? {} : { dropped }),
    })
  }

  #interfaceIndex(body: OctetReader): number {
    const offset = body.offset
    return this.#sectionInterface(body.u32('interface'), offset)
  }

  /** Interfaces are numbered anew in each section of the file. */
  #sectionInterface(id: number, offset: number): number {
    const first = this.#sections.at(-1)?.firstInterface ?? 0
    const index = first + id
    if (index < this.#interfaces.length) return index
    const known = this.#interfaces.length - first
    throw new PcapError({
      field: 'interface',
      offset,
      wanted: `one of the section's ${known} interfaces`,
      got: String(id),
    })
  }

  #time(body: OctetReader, index: number): bigint {
    const clock = this.#clocks[index]
    if (clock === undefined) throw new RangeError(`no clock for interface ${index}`)
    return readTime(body, clock)
  }
}

function requireCaptured(captured: number, { originalLength, snapLength, offset }: CapturedLimits): void {
  const field = 'captured length'
  if (captured > originalLength) {
    const wanted = `at most the original length, ${originalLength}`
    throw new PcapError({ field, offset, wanted, got: String(captured) })
  }
  if (snapLength === 0 || captured <= snapLength) return
  const wanted = `at most the interface's snapshot length, ${snapLength}`
  throw new PcapError({ field, offset, wanted, got: String(captured) })
}

function directionOf(flags: number): Direction {
  switch (flags & 0b11) {
    case DIRECTION_FLAG.in:
      return 'in'
    case DIRECTION_FLAG.out:
      return 'out'
    default:
      return 'unknown'
  }
}
