/**
 * What was captured at one port: a NIC through its ring, or the VM's side of a TAP device. Frames of a window
 * gather in a block; signed ones that come between two windows, and those that were asked for, are kept apart.
 */

import { cutFrames } from '../port/filter.ts'
import { libc, SystemError } from '../port/libc.ts'
import { DEFAULT_RING, PacketRing } from '../port/ring.ts'
import type { TapDevice } from '../port/tap.ts'
import { CONTROL_GROUP, findSignature } from '../wire/signature.ts'
import { matches } from './matching.ts'
import {
  type CaptureRequest,
  type Direction,
  FrameBlock,
  type PatternPart,
  type PortId,
} from './messages/index.ts'

const CLOCK_REALTIME = 0
/** Where a frame's source address is. */
const SOURCE_AT = 6

/** What the window under way looks for: every signed frame that any port sees. */
export type OnSigned = (port: PortId, number: number, direction: Direction) => void

abstract class PortCapture {
  readonly port: PortId
  readonly #window = new FrameBlock()
  readonly #late = new FrameBlock()
  #run: number | null = null
  #onSigned: OnSigned | null = null
  /** A load lasts: whose frames they are is for others to find out. */
  #isCounting = false
  #framesKept = 0
  #kept: readonly (readonly PatternPart[])[] = []
  #mark: Uint8Array | null = null
  #marked = 0
  #markedTold = 0

  constructor(port: PortId) {
    this.port = port
  }

  /** Frames lost since this was last asked. */
  abstract takeDrops(): number
  abstract drain(): void

  /** For a load: of each frame so many octets from now on, and nobody is told; room for so many is held ready. */
  keepOnly(snapOctets: number, roomOctets: number): void {
    this.#window.reserve(roomOctets)
    this.#isCounting = true
    this.#framesKept = 0
    this.cut(snapOctets)
  }

  /** For a load: no frame from now on. */
  keepNothing(): void {
    this.cut(0)
  }

  /** As it was before. */
  keepAll(): void {
    this.#isCounting = false
    this.cut(null)
  }

  /** Since `keepOnly`. */
  get framesKept(): number {
    return this.#framesKept
  }

  /** @param octets of each frame; null: all */
  protected abstract cut(octets: number | null): void

  /** Frames whose source address begins so are counted; null: none. */
  countFrom(mark: Uint8Array | null): void {
    this.#mark = mark
  }

  /** How many of these have passed. */
  get marked(): number {
    return this.#marked
  }

  /** How many of these have passed since this was last asked. */
  takeMarked(): number {
    const fresh = this.#marked - this.#markedTold
    this.#markedTold = this.#marked
    return fresh
  }

  beginWindow(run: number, onSigned: OnSigned): void {
    this.#window.clear()
    this.#run = run
    this.#onSigned = onSigned
  }

  /** Between windows frames that match one of these are kept, too. */
  keep(frames: readonly (readonly PatternPart[])[]): void {
    this.#kept = frames
  }

  /** What came since the window began. Valid until the next frame is taken. */
  windowSoFar(): Uint8Array {
    return this.#window.octets()
  }

  endWindow(): Uint8Array {
    this.#onSigned = null
    return this.#window.octets()
  }

  /** Takes what came since the last window. */
  takeLate(): Uint8Array {
    const octets = Buffer.from(this.#late.octets())
    this.#late.clear()
    return octets
  }

  protected readonly take = (
    octets: Uint8Array,
    tag: number | null,
    originalLength: number,
    seconds: number,
    nanoseconds: number,
    outgoing: boolean,
  ): void => {
    const isMarked = this.#mark !== null && isFrom(this.#mark, octets)
    if (isMarked) this.#marked += 1
    if (this.#run === null) return
    if (this.#onSigned !== null) {
      const frame = this.#window.add(octets, tag, originalLength, seconds, nanoseconds, outgoing)
      if (this.#isCounting) {
        this.#framesKept += 1
        return
      }
      const signature = findSignature(frame)
      if (signature?.run === this.#run) this.#onSigned(this.port, signature.number, outgoing ? 'out' : 'in')
    } else if (!isMarked && this.#isKept(octets)) {
      this.#late.add(octets, tag, originalLength, seconds, nanoseconds, outgoing)
    }
  }

  /** Between windows: what comes late. */
  #isKept(octets: Uint8Array): boolean {
    return findSignature(octets)?.run === this.#run || this.#kept.some((parts) => matches(octets, parts))
  }
}

function isFrom(mark: Uint8Array, frame: Uint8Array): boolean {
  for (let at = 0; at < mark.length; at += 1) if (frame[SOURCE_AT + at] !== mark[at]) return false
  return true
}

export class NicCapture extends PortCapture {
  readonly request: CaptureRequest
  readonly #ring: PacketRing
  #dropsTold = 0

  /** @throws {SystemError} if the NIC is not there or may not be captured */
  constructor(request: CaptureRequest) {
    super(request.port)
    this.request = request
    const selection = { group: CONTROL_GROUP }
    this.#ring = PacketRing.open(
      request.interface,
      request.namespace,
      request.ring ?? DEFAULT_RING,
      selection,
    )
  }

  get fd(): number {
    return this.#ring.fd
  }

  /** Of the NIC as it was when this was opened: one of the same name may be another. */
  get interfaceIndex(): number {
    return this.#ring.interfaceIndex
  }

  drain(): void {
    this.#ring.drain(this.take)
  }

  protected cut(octets: number | null): void {
    cutFrames(this.#ring.fd, octets)
  }

  takeDrops(): number {
    const drops = this.#ring.drops()
    const fresh = drops - this.#dropsTold
    this.#dropsTold = drops
    return fresh
  }

  close(): void {
    this.#ring.close()
  }
}

/** The VM's own side: what it sends goes out, what it reads comes in (guest-reading.ts). */
export class GuestCapture extends PortCapture {
  readonly tap: TapDevice
  /** The VM's network stack, if it has one: the NIC in its own namespace. */
  stack: TapDevice | null = null
  /** Read, but not taken yet: they have no time. */
  #read: Uint8Array[] = []
  /** A load lasts: what it reads is thrown away. */
  #isDeaf = false

  constructor(guest: PortId, tap: TapDevice) {
    super(guest)
    this.tap = tap
  }

  /** What tells that there is something to drain. */
  get descriptors(): readonly number[] {
    return this.stack === null ? [this.tap.fd] : [this.tap.fd, this.stack.fd]
  }

  /** @throws {SystemError} EIO while the TAP is down */
  send(frame: Uint8Array, { seconds, nanoseconds } = now()): void {
    this.tap.write(frame)
    this.take(frame, null, frame.length, seconds, nanoseconds, true)
  }

  /** Reads one frame from the device, or from the VM's network stack. False if there was none. */
  readFrom(fd: number): boolean {
    const { stack } = this
    const frame = fd === this.tap.fd ? this.tap.read() : stack?.read()
    if (frame === undefined) return false
    if (fd === this.tap.fd) {
      if (!this.#isDeaf) this.#read.push(Buffer.from(frame))
      if (stack !== null) whileUp(() => stack.write(frame))
    } else whileUp(() => this.send(frame))
    return true
  }

  /** What was read from the device had come by then. */
  stampRead(seconds: number, nanoseconds: number): void {
    const frames = this.#read
    this.#read = []
    for (const frame of frames) this.take(frame, null, frame.length, seconds, nanoseconds, false)
  }

  takeDrops(): number {
    return 0
  }

  drain(): void {}

  /** Each frame that it reads would need its time asked for: the port of its TAP tells the same. */
  protected cut(octets: number | null): void {
    if (octets !== null && octets > 0)
      throw new Error(`a load is not measured at ${this.port}, the VM's own side: at its TAP port it is`)
    this.#isDeaf = octets === 0
  }
}

/** A NIC that is down takes nothing in, and nobody is told. */
function whileUp(send: () => void): void {
  try {
    send()
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EIO')) throw error
  }
}

const clock = Buffer.alloc(16)

/** The clock that stamps the rings' frames. */
export function now(): { seconds: number; nanoseconds: number } {
  libc().clock_gettime(CLOCK_REALTIME, clock)
  return { seconds: Number(clock.readBigInt64LE(0)), nanoseconds: clock.readUInt32LE(8) }
}
