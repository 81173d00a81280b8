/**
 * A few packets out of a large pcapng file, without reading the others: the blocks are walked by their lengths, and
 * those that are wanted are decoded as strictly as ever. For files of one section in little-endian order, as ours are.
 * Source: draft-ietf-opsawg-pcapng, 3.1.
 */
import { readByteOrder, requireSectionHeader } from './pcapng-block.ts'
import { BLOCK, BLOCK_OVERHEAD } from './pcapng-format.ts'
import { decodePcapng } from './pcapng-read.ts'
import { type CapturedPacket, type CaptureInterface, PcapError } from './types.ts'

/** In an Enhanced Packet Block: the interface, and where the packet begins. */
const INTERFACE_AT = 8
const CAPTURED_AT = 20
const PACKET_AT = 28

export interface PickedPacket extends CapturedPacket {
  /** Counting from 1, as Wireshark does. */
  frame: number
}

export class PcapngIndex {
  readonly #octets: Buffer
  readonly #heads: Uint8Array[] = []
  /** Where the block of each packet begins. */
  readonly #packets: number[] = []
  readonly interfaces: readonly Required<CaptureInterface>[]

  /** @throws {PcapError} */
  constructor(octets: Uint8Array) {
    this.#octets = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
    requireSectionHeader(octets)
    if (!readByteOrder(octets, 0)) throw refused('byte-order magic', 8, 'little-endian', 'big-endian')
    this.#walk()
    this.interfaces = decodePcapng(Buffer.concat(this.#heads)).interfaces
  }

  get count(): number {
    return this.#packets.length
  }

  /** The packets with these numbers, in the order asked for. @throws {PcapError} */
  pick(frames: readonly number[]): readonly PickedPacket[] {
    const blocks = frames.map((frame) => this.#blockAt(this.#startOf(frame)))
    const { packets } = decodePcapng(Buffer.concat([...this.#heads, ...blocks]))
    return packets.map((packet, at) => ({ ...packet, frame: frames[at] ?? 0 }))
  }

  /** A packet's octets and interface, unchecked but within the file; nothing is copied. */
  peek(frame: number): { interface: number; octets: Buffer } {
    const start = this.#startOf(frame)
    const end = start + this.#octets.readUInt32LE(start + 4)
    const captured = this.#octets.readUInt32LE(start + CAPTURED_AT)
    return {
      interface: this.#octets.readUInt32LE(start + INTERFACE_AT),
      octets: this.#octets.subarray(start + PACKET_AT, Math.min(end, start + PACKET_AT + captured)),
    }
  }

  /** The numbers of the packets that hold these octets, wherever in them. */
  holding(wanted: Uint8Array): readonly number[] {
    const found: number[] = []
    let packet = 0
    for (let at = this.#octets.indexOf(wanted); at !== -1; at = this.#octets.indexOf(wanted, at + 1)) {
      while ((this.#packets[packet + 1] ?? Number.POSITIVE_INFINITY) <= at) packet += 1
      const start = this.#packets[packet] ?? Number.POSITIVE_INFINITY
      const end = start + PACKET_AT + (start < at ? this.#octets.readUInt32LE(start + CAPTURED_AT) : 0)
      if (at >= start + PACKET_AT && at + wanted.length <= end && found.at(-1) !== packet + 1)
        found.push(packet + 1)
    }
    return found
  }

  #walk(): void {
    const octets = this.#octets
    for (let start = 0; start < octets.length; ) {
      const left = octets.length - start
      const total = left < BLOCK_OVERHEAD ? 0 : octets.readUInt32LE(start + 4)
      if (total < BLOCK_OVERHEAD || total % 4 !== 0 || total > left)
        throw refused('block total length', start + 4, `at most the ${left} octets that are left`, `${total}`)
      const type = octets.readUInt32LE(start)
      if (type === BLOCK.sectionHeader && start > 0)
        throw refused('block type', start, 'one section', 'a second section')
      if (type === BLOCK.sectionHeader || type === BLOCK.interfaceDescription)
        this.#heads.push(octets.subarray(start, start + total))
      if (type === BLOCK.simplePacket || type === BLOCK.packet)
        throw refused('block type', start, 'Enhanced Packet Blocks', String(type))
      if (type === BLOCK.enhancedPacket) {
        if (total < PACKET_AT + 4)
          throw refused('block total length', start + 4, 'a whole packet', `${total}`)
        this.#packets.push(start)
      }
      start += total
    }
  }

  #startOf(frame: number): number {
    const start = this.#packets[frame - 1]
    if (start === undefined) throw refused('frame', 0, `1 to ${this.#packets.length}`, String(frame))
    return start
  }

  #blockAt(start: number): Uint8Array {
    return this.#octets.subarray(start, start + this.#octets.readUInt32LE(start + 4))
  }
}

function refused(field: string, offset: number, wanted: string, got: string): PcapError {
  return new PcapError({ field, offset, wanted, got })
}
