/**
 * Frames for one sendmmsg: their octets in one piece of memory, and the headers that point there, built once.
 * Source: sendmmsg(2), struct mmsghdr, msghdr and iovec of 64-bit Linux.
 */
import { libc } from './libc.ts'

/** UIO_MAXIOV: the kernel takes no more in one call. */
export const MOST_MESSAGES = 1024
const SIZEOF_MMSGHDR = 64
const SIZEOF_IOVEC = 16
const SIZEOF_SOCKADDR_LL = 20
/** Offsets in struct mmsghdr. */
const HEADER = { name: 0, nameLength: 8, vector: 16, vectorLength: 24 }

/** Room for the headers of so many frames, one vector each, all to one address. */
export class MessageHeaders {
  /** The sockaddr_ll that all headers point to: written before each call. */
  readonly address = Buffer.alloc(SIZEOF_SOCKADDR_LL)
  readonly #headers: Buffer
  readonly #vectors: Buffer

  constructor(capacity: number) {
    this.#headers = Buffer.alloc(capacity * SIZEOF_MMSGHDR)
    this.#vectors = Buffer.alloc(capacity * SIZEOF_IOVEC)
    const name = libc().addressOf(this.address)
    const vectors = libc().addressOf(this.#vectors)
    for (let index = 0; index < capacity; index += 1) {
      const at = index * SIZEOF_MMSGHDR
      this.#headers.writeBigUInt64LE(name, at + HEADER.name)
      this.#headers.writeUInt32LE(SIZEOF_SOCKADDR_LL, at + HEADER.nameLength)
      this.#headers.writeBigUInt64LE(vectors + BigInt(index * SIZEOF_IOVEC), at + HEADER.vector)
      this.#headers.writeBigUInt64LE(1n, at + HEADER.vectorLength)
    }
  }

  /** The caller keeps what lies at that address. */
  point(index: number, address: bigint, length: number): void {
    this.#vectors.writeBigUInt64LE(address, index * SIZEOF_IOVEC)
    this.#vectors.writeBigUInt64LE(BigInt(length), index * SIZEOF_IOVEC + 8)
  }

  from(index: number): Uint8Array {
    return this.#headers.subarray(index * SIZEOF_MMSGHDR)
  }
}

/** Frames that are sent again and again: patch their octets in place between the calls. */
export class FrameBatch {
  readonly headers: MessageHeaders
  readonly length: number
  readonly #octets: Uint8Array
  readonly #offsets: readonly number[]

  /** Frame n is `octets` from `offsets[n]` up to `offsets[n + 1]`: one offset more than frames. Nothing is copied. */
  constructor(octets: Uint8Array, offsets: readonly number[]) {
    checkOffsets(octets, offsets)
    this.#octets = octets
    this.#offsets = offsets
    this.length = offsets.length - 1
    this.headers = new MessageHeaders(this.length)
    const base = libc().addressOf(octets)
    offsets.slice(0, -1).forEach((offset, index) => {
      this.headers.point(index, base + BigInt(offset), this.#end(index) - offset)
    })
  }

  /** So many copies of one frame, to be patched each in its place. */
  static copiesOf(template: Uint8Array, count: number): FrameBatch {
    const octets = new Uint8Array(template.length * count)
    const offsets = Array.from({ length: count + 1 }, (_, index) => index * template.length)
    for (const offset of offsets.slice(0, -1)) octets.set(template, offset)
    return new FrameBatch(octets, offsets)
  }

  /** The frame's own octets: what is written there is sent. */
  frame(index: number): Uint8Array {
    return this.#octets.subarray(this.#offsets[index] ?? 0, this.#end(index))
  }

  #end(index: number): number {
    return this.#offsets[index + 1] ?? 0
  }
}

/** Any frames, copied into memory that is used again for the next. */
export class FrameScratch {
  readonly headers = new MessageHeaders(MOST_MESSAGES)
  #octets = Buffer.alloc(0)

  /** At most `MOST_MESSAGES` frames. */
  load(frames: readonly Uint8Array[]): void {
    const wanted = frames.reduce((sum, frame) => sum + frame.length, 0)
    if (wanted > this.#octets.length) this.#octets = Buffer.alloc(wanted)
    const base = libc().addressOf(this.#octets)
    let offset = 0
    frames.forEach((frame, index) => {
      this.#octets.set(frame, offset)
      this.headers.point(index, base + BigInt(offset), frame.length)
      offset += frame.length
    })
  }
}

/** The kernel would read whatever lies there. */
function checkOffsets(octets: Uint8Array, offsets: readonly number[]): void {
  if (offsets.length === 0)
    throw new RangeError('a frame batch: wanted one offset more than frames, got none')
  let before = 0
  offsets.forEach((offset, index) => {
    if (!Number.isInteger(offset) || offset < before || offset > octets.length) {
      throw new RangeError(
        `a frame batch: offset ${index}: wanted ${before} to ${octets.length}, got ${offset}`,
      )
    }
    before = offset
  })
}
