/**
 * Writes pcapng, little-endian, nanoseconds, one section of unknown length, so that blocks may be appended later.
 * Source: draft-ietf-opsawg-pcapng, 4.1 (section header), 4.2 (interface), 4.3 (enhanced packet), 4.6 (statistics).
 */
import { OctetSink } from './octet-sink.ts'
import {
  BLOCK,
  BYTE_ORDER_MAGIC,
  DIRECTION_FLAG,
  LINKTYPE_ETHERNET,
  OPTION,
  padding,
  SECTION_LENGTH_UNKNOWN,
} from './pcapng-format.ts'
import {
  type Capture,
  type CapturedPacket,
  type CaptureInterface,
  type InterfaceStatistics,
  PcapError,
} from './types.ts'

const NANOSECONDS = Uint8Array.of(9) // if_tsresol: 10^-9 s
const U16_MAX = 0xffff
const U32_MAX = 0xffffffff
const U64_MAX = 0xffffffffffffffffn
const LONE_SURROGATE = /\p{Surrogate}/u

const utf8 = new TextEncoder()

/** Never repairs. @throws {PcapError} naming the value that the format cannot hold, or that contradicts another */
export function encodePcapng(capture: Capture): Uint8Array {
  const sink = new OctetSink()
  writeSectionHeader(sink, capture)
  capture.interfaces.forEach((description, at) => {
    writeInterface(sink, description, at)
  })
  capture.packets.forEach((packet, at) => {
    checkAgainstInterface(packet, capture.interfaces, at)
    writePacket(sink, packet, at)
  })
  capture.interfaceStatistics?.forEach((statistics, at) => {
    interfaceAt(capture.interfaces, statistics.interface, 'interface of statistics', at)
    writeStatistics(sink, statistics, at)
  })
  return sink.toOctets()
}

/**
 * Blocks to append to a file that `encodePcapng` wrote; the packets name that file's interfaces.
 * @throws {PcapError} as encodePcapng does
 */
export function encodeLatePackets(packets: readonly CapturedPacket[]): Uint8Array {
  const sink = new OctetSink()
  packets.forEach((packet, at) => {
    writePacket(sink, packet, at)
  })
  return sink.toOctets()
}

function writeSectionHeader(sink: OctetSink, { application, os, comment }: Capture): void {
  writeBlock(sink, BLOCK.sectionHeader, () => {
    sink.u32(BYTE_ORDER_MAGIC)
    sink.u16(1) // version 1.0
    sink.u16(0)
    sink.u64(SECTION_LENGTH_UNKNOWN)
    const options = new OptionWriter(sink)
    if (comment !== undefined) options.text(OPTION.comment, comment, 'comment', 0)
    if (os !== undefined) options.text(OPTION.sectionOs, os, 'os', 0)
    if (application !== undefined) options.text(OPTION.sectionApplication, application, 'application', 0)
    options.end()
  })
}

function writeInterface(sink: OctetSink, description: CaptureInterface, at: number): void {
  const { linkType = LINKTYPE_ETHERNET, snapLength } = description
  requireInteger('linkType of interface', linkType, U16_MAX, at)
  requireInteger('snapLength of interface', snapLength, U32_MAX, at)
  writeBlock(sink, BLOCK.interfaceDescription, () => {
    sink.u16(linkType)
    sink.u16(0) // reserved
    sink.u32(snapLength)
    const options = new OptionWriter(sink)
    options.text(OPTION.interfaceName, description.name, 'name of interface', at)
    options.text(OPTION.interfaceDescription, description.description, 'description of interface', at)
    options.octets(OPTION.interfaceTimestampResolution, NANOSECONDS, 'if_tsresol', at)
    options.end()
  })
}

function writePacket(sink: OctetSink, packet: CapturedPacket, at: number): void {
  requireInteger('interface of packet', packet.interface, U32_MAX, at)
  requireTime('timestampNs of packet', packet.timestampNs, at)
  requireInteger('originalLength of packet', packet.originalLength, U32_MAX, at)
  if (packet.octets.length > packet.originalLength) {
    throw new PcapError({
      field: 'octets of packet',
      offset: at,
      wanted: `at most its originalLength, ${packet.originalLength}`,
      got: String(packet.octets.length),
    })
  }
  writeBlock(sink, BLOCK.enhancedPacket, () => {
    sink.u32(packet.interface)
    writeTime(sink, packet.timestampNs)
    sink.u32(packet.octets.length)
    sink.u32(packet.originalLength)
    sink.octets(packet.octets)
    sink.zeros(padding(packet.octets.length))
    const options = new OptionWriter(sink)
    for (const comment of packet.comments) options.text(OPTION.comment, comment, 'comment of packet', at)
    if (packet.direction !== 'unknown') options.u32(OPTION.packetFlags, DIRECTION_FLAG[packet.direction])
    options.end()
  })
}

function writeStatistics(sink: OctetSink, statistics: InterfaceStatistics, at: number): void {
  const { received, dropped } = statistics
  requireTime('timestampNs of statistics', statistics.timestampNs, at)
  writeBlock(sink, BLOCK.interfaceStatistics, () => {
    sink.u32(statistics.interface)
    writeTime(sink, statistics.timestampNs)
    const options = new OptionWriter(sink)
    if (received !== undefined)
      options.count(OPTION.statisticsReceived, received, 'received of statistics', at)
    if (dropped !== undefined) options.count(OPTION.statisticsDropped, dropped, 'dropped of statistics', at)
    options.end()
  })
}

function writeBlock(sink: OctetSink, type: number, writeBody: () => void): void {
  const start = sink.length
  sink.u32(type)
  sink.u32(0)
  writeBody()
  const total = sink.length + 4 - start
  sink.u32(total)
  sink.setU32(start + 4, total)
}

/** The high half first, whatever the byte order of the halves. */
function writeTime(sink: OctetSink, timestampNs: bigint): void {
  sink.u32(Number(timestampNs >> 32n))
  sink.u32(Number(timestampNs & 0xffffffffn))
}

class OptionWriter {
  readonly #sink: OctetSink
  #written = 0

  constructor(sink: OctetSink) {
    this.#sink = sink
  }

  text(code: number, text: string, field: string, at: number): void {
    if (LONE_SURROGATE.test(text)) {
      throw new PcapError({ field, offset: at, wanted: 'text that UTF-8 can hold', got: 'a lone surrogate' })
    }
    this.octets(code, utf8.encode(text), field, at)
  }

  octets(code: number, value: Uint8Array, field: string, at: number): void {
    requireInteger(`octets of ${field}`, value.length, U16_MAX, at)
    this.#head(code, value.length)
    this.#sink.octets(value)
    this.#sink.zeros(padding(value.length))
  }

  u32(code: number, value: number): void {
    this.#head(code, 4)
    this.#sink.u32(value)
  }

  count(code: number, value: number, field: string, at: number): void {
    requireInteger(field, value, Number.MAX_SAFE_INTEGER, at)
    this.#head(code, 8)
    this.#sink.u64(BigInt(value))
  }

  end(): void {
    if (this.#written > 0) this.#head(OPTION.end, 0)
  }

  #head(code: number, length: number): void {
    this.#written += 1
    this.#sink.u16(code)
    this.#sink.u16(length)
  }
}

function checkAgainstInterface(
  packet: CapturedPacket,
  interfaces: readonly CaptureInterface[],
  at: number,
): void {
  const { snapLength } = interfaceAt(interfaces, packet.interface, 'interface of packet', at)
  if (snapLength === 0 || packet.octets.length <= snapLength) return
  throw new PcapError({
    field: 'octets of packet',
    offset: at,
    wanted: `at most the interface's snapLength, ${snapLength}`,
    got: String(packet.octets.length),
  })
}

function interfaceAt(
  interfaces: readonly CaptureInterface[],
  index: number,
  field: string,
  at: number,
): CaptureInterface {
  const found = interfaces[index]
  if (found !== undefined) return found
  throw new PcapError({
    field,
    offset: at,
    wanted: `one of ${interfaces.length} interfaces`,
    got: String(index),
  })
}

function requireInteger(field: string, value: number, most: number, at: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return
  throw new PcapError({ field, offset: at, wanted: `an integer from 0 to ${most}`, got: String(value) })
}

function requireTime(field: string, value: bigint, at: number): void {
  if (value >= 0n && value <= U64_MAX) return
  throw new PcapError({ field, offset: at, wanted: `0 to ${U64_MAX}`, got: String(value) })
}
