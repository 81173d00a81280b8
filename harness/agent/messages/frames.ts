/**
 * Captured frames of one port in one block of octets, as they travel from the agent to the controller.
 * A frame is a header of 24 octets, little-endian, and its octets:
 *   seconds u32 | nanoseconds u32 | original length u32 | captured length u32 | direction u8 (0 in, 1 out) | 7 unused
 */
import type { Direction } from './requests.ts'

const HEADER_OCTETS = 24
const NS_PER_SECOND = 1_000_000_000n
const FIRST_ROOM_OCTETS = 4096
/** A block that grew larger is not kept for what comes next. */
const MOST_KEPT_OCTETS = 1 << 18

export interface PortFrame {
  timestampNs: bigint
  direction: Direction
  originalLength: number
  octets: Uint8Array
}

/** Grows as needed; frames are copied in. */
export class FrameBlock {
  #buffer = Buffer.allocUnsafe(FIRST_ROOM_OCTETS)
  #end = 0
  /** Room that is held ready. */
  #reservedOctets = 0

  /** `tag`, if not null, is put back between the addresses and the EtherType. */
  add(
    octets: Uint8Array,
    tag: number | null,
    originalLength: number,
    seconds: number,
    nanoseconds: number,
    outgoing: boolean,
  ): Uint8Array {
    const captured = octets.length + (tag === null ? 0 : 4)
    this.#makeRoom(HEADER_OCTETS + captured)
    const buffer = this.#buffer
    const at = this.#end
    buffer.writeUInt32LE(seconds, at)
    buffer.writeUInt32LE(nanoseconds, at + 4)
    buffer.writeUInt32LE(originalLength, at + 8)
    buffer.writeUInt32LE(captured, at + 12)
    buffer.fill(0, at + 16, at + HEADER_OCTETS)
    buffer[at + 16] = outgoing ? 1 : 0
    const begin = at + HEADER_OCTETS
    if (tag === null) buffer.set(octets, begin)
    else {
      buffer.set(octets.subarray(0, 12), begin)
      buffer.writeUInt32BE(tag, begin + 12)
      buffer.set(octets.subarray(12), begin + 16)
    }
    this.#end = begin + captured
    return buffer.subarray(begin, this.#end)
  }

  /** Valid until the next `clear`. */
  octets(): Uint8Array {
    return this.#buffer.subarray(0, this.#end)
  }

  /** Makes room for so much more at once, and touches it: growing takes its time where there is least of it. */
  reserve(octets: number): void {
    const before = this.#buffer.length
    this.#makeRoom(octets)
    this.#buffer.fill(0, before)
    this.#reservedOctets = Math.max(this.#reservedOctets, this.#end + octets)
  }

  /** The room stays as it is: where the kernel is a process, each page of fresh memory costs 50 µs. */
  clear(): void {
    if (this.#buffer.length > Math.max(MOST_KEPT_OCTETS, this.#reservedOctets))
      this.#buffer = Buffer.allocUnsafe(FIRST_ROOM_OCTETS)
    this.#end = 0
  }

  #makeRoom(octets: number): void {
    if (this.#end + octets <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#end + octets))
    larger.set(this.#buffer.subarray(0, this.#end))
    this.#buffer = larger
  }
}

/** @throws {Error} if the block ends within a frame */
export function decodeFrames(block: Uint8Array): PortFrame[] {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  const frames: PortFrame[] = []
  let at = 0
  while (at < block.length) {
    if (at + HEADER_OCTETS > block.length) throw new Error(`frames: cut header at octet ${at}`)
    const begin = at + HEADER_OCTETS
    const end = begin + view.getUint32(at + 12, true)
    if (end > block.length) throw new Error(`frames: cut frame at octet ${at}`)
    frames.push({
      timestampNs: timeAt(view, at),
      direction: view.getUint8(at + 16) === 1 ? 'out' : 'in',
      originalLength: view.getUint32(at + 8, true),
      octets: block.slice(begin, end),
    })
    at = end
  }
  return frames
}

/**
 * Visits the frames from an offset on, without copying them.
 * @returns the offset behind the last
 */
export function visitFrames(
  block: Uint8Array,
  from: number,
  visit: (octets: Uint8Array, direction: Direction) => void,
): number {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  let at = from
  while (at < block.length) {
    const begin = at + HEADER_OCTETS
    const end = begin + view.getUint32(at + 12, true)
    visit(block.subarray(begin, end), view.getUint8(at + 16) === 1 ? 'out' : 'in')
    at = end
  }
  return at
}

/** The same block, each frame's time changed: as another clock would have it. */
export function retimed(block: Uint8Array, timeOf: (timestampNs: bigint) => bigint): Uint8Array {
  const copy = block.slice()
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength)
  for (let at = 0; at < copy.length; at += HEADER_OCTETS + view.getUint32(at + 12, true)) {
    const time = timeOf(timeAt(view, at))
    view.setUint32(at, Number(time / NS_PER_SECOND), true)
    view.setUint32(at + 4, Number(time % NS_PER_SECOND), true)
  }
  return copy
}

function timeAt(view: DataView, at: number): bigint {
  return BigInt(view.getUint32(at, true)) * NS_PER_SECOND + BigInt(view.getUint32(at + 4, true))
}
