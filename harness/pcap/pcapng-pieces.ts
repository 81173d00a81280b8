/** pcapng that comes in pieces of any size, so that a file of any size is read in bounded memory. */
import { viewOf } from '../wire/octets.ts'
import { isSectionHeader, readByteOrder, requireSectionHeader } from './pcapng-block.ts'
import { BLOCK_OVERHEAD } from './pcapng-format.ts'
import { BlockReading } from './pcapng-read.ts'
import { type CapturedPacket, type DecodedCapture, PcapError } from './types.ts'

/** A packet has at most 256 KiB; whatever a file says of longer ones, nobody waits for them. */
const LONGEST_BLOCK = 16 * 1024 * 1024
/** Interfaces, statistics and sections. A capture writes some every minute. */
const MOST_DESCRIPTIONS = 100_000
const NO_OCTETS = new Uint8Array(0)

export class PcapngReading {
  readonly #blocks: BlockReading
  readonly #fileLength: number
  #rest: Uint8Array = NO_OCTETS // what no whole block is yet
  #fileOffset = 0 // of the rest

  /** @param fileLength octets of all pieces */
  constructor(fileLength: number, onPacket: (packet: CapturedPacket) => void) {
    this.#fileLength = fileLength
    this.#blocks = new BlockReading(onPacket)
  }

  /** Reads what is whole. @throws {PcapError} as soon as something is wrong */
  push(piece: Uint8Array): void {
    const joined = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const octets = viewOf(joined, 0, joined.length) // no Buffer: packets are views of it
    let start = 0
    while (this.#isWhole(octets, start)) start = this.#read(octets, start)
    this.#rest = viewOf(octets, start, octets.length)
    this.#blocks.forget(start)
    this.#fileOffset += start
  }

  /** @throws {PcapError} if the file ends within a block or a section */
  end(): Omit<DecodedCapture, 'packets'> {
    if (this.#fileOffset === 0 || this.#rest.length > 0) this.#read(this.#rest, 0) // says what is missing
    this.#inFile(() => this.#blocks.finish(0))
    return this.#blocks.described
  }

  #isWhole(octets: Uint8Array, start: number): boolean {
    const left = octets.length - start
    if (left < BLOCK_OVERHEAD) return false
    const total = this.#totalAt(octets, start)
    if (total > LONGEST_BLOCK) {
      const offset = this.#fileOffset + start + 4
      throw new PcapError({
        ...{ field: 'block total length', offset },
        ...{ wanted: `at most ${LONGEST_BLOCK}`, got: String(total) },
      })
    }
    return total < BLOCK_OVERHEAD || total <= left // one that is too short is refused as it is read
  }

  #totalAt(octets: Uint8Array, start: number): number {
    const isHeader = isSectionHeader(octets, start)
    const littleEndian = isHeader
      ? this.#inFile(() => readByteOrder(octets, start))
      : this.#blocks.littleEndian
    return u32At(octets, start + 4, littleEndian)
  }

  #read(octets: Uint8Array, start: number): number {
    return this.#inFile(() => {
      if (this.#fileOffset + start === 0) requireSectionHeader(octets)
      const end = this.#blocks.readBlock(octets, start, this.#fileLength - this.#fileOffset)
      if (this.#blocks.descriptions > MOST_DESCRIPTIONS) {
        throw new PcapError({
          ...{ field: 'interfaces, statistics and sections', offset: start },
          ...{ wanted: `at most ${MOST_DESCRIPTIONS}`, got: 'more' },
        })
      }
      return end
    })
  }

  /** A fault's offset is that in the file. */
  #inFile<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof PcapError) || this.#fileOffset === 0) throw error
      const { format, field, offset, wanted, got } = error
      throw new PcapError({ format, field, offset: offset + this.#fileOffset, wanted, got })
    }
  }
}

/** Asked of every block: no view is made for it. */
function u32At(octets: Uint8Array, at: number, littleEndian: boolean): number {
  const [a = 0, b = 0, c = 0, d = 0] = littleEndian
    ? [octets[at + 3], octets[at + 2], octets[at + 1], octets[at]]
    : [octets[at], octets[at + 1], octets[at + 2], octets[at + 3]]
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}
