/** The first backend: the kernel's ring, read in this process, event by event. It can tell everything. */
import {
  type Capture,
  type CapturedFrame,
  type CaptureRequest,
  LONGEST_SNAP_OCTETS,
} from './capture-backend.ts'
import { libc, type Watch, type WatchOutcome } from './libc.ts'
import { PacketSocket } from './packet-socket.ts'
import { LOAD_RING, PacketRing, type RingOptions } from './ring.ts'

const TAG_OFFSET = 12
const TAG_OCTETS = 4

/** As any `OpenCapture`; a `ring` of another size holds more of a burst, or spares memory. */
export async function openRingCapture(
  request: CaptureRequest,
  ring: RingOptions = LOAD_RING,
): Promise<RingCapture> {
  return new RingCapture(request, ring)
}

export class RingCapture implements Capture {
  readonly ended: Promise<string | null>
  readonly #request: CaptureRequest
  readonly #snapLength: number
  readonly #ring: PacketRing
  readonly #socket: PacketSocket
  readonly #watch: Watch
  /** Where a frame gets its tag back. */
  readonly #tagged = Buffer.alloc(LONGEST_SNAP_OCTETS + TAG_OCTETS)
  #tellEnd: (reason: string | null) => void = () => undefined
  #sending: Promise<void> = Promise.resolve()
  /** Ends the waiting for a NIC that can take more. */
  #goOn: () => void = () => undefined
  #state: 'open' | 'ended' | 'closed' = 'open'

  /** @throws {SystemError} @throws {FilterError} @throws {Error} if the NIC is down */
  constructor(request: CaptureRequest, ring: RingOptions) {
    this.#request = request
    this.#snapLength = request.snapLengthOctets ?? LONGEST_SNAP_OCTETS
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve
    })
    this.#socket = PacketSocket.open(request.namespace)
    try {
      const { exists, up } = this.#socket.linkState(request.interfaceName)
      if (exists && !up) throw new Error(`${this.#what} is down`)
      this.#ring = PacketRing.open(request.interfaceName, request.namespace, ring, request)
    } catch (error) {
      this.#socket.close()
      throw error
    }
    this.#watch = libc().watch(this.#ring.fd, 'readable', (outcome) => this.#onEvent(outcome))
  }

  /** Hands over what the ring holds now; otherwise that takes until a block is full, or 10 ms. Returns how many. */
  drain(): number {
    if (this.#state !== 'open') return 0
    return this.#ring.drain(this.#take)
  }

  drops(): number {
    return this.#ring.drops()
  }

  send(frames: readonly Uint8Array[]): Promise<void> {
    const sent = this.#sending.then(() => this.#sendAll(frames))
    this.#sending = sent.catch(() => undefined) // whoever asked is told; the next is independent
    return sent
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#goOn()
    this.#watch.close()
    this.#ring.close()
    this.#socket.close()
    this.#tellEnd(null)
  }

  get #what(): string {
    return `${this.#request.namespace ?? 'this host'}:${this.#request.interfaceName}`
  }

  #onEvent(outcome: WatchOutcome): void {
    this.drain()
    if (outcome === 'ready' || this.#state !== 'open') return
    this.#state = 'ended'
    this.#tellEnd(`${this.#what} went down or was removed`)
  }

  async #sendAll(frames: readonly Uint8Array[]): Promise<void> {
    let rest = frames
    while (rest.length > 0) {
      if (this.#state === 'closed') throw new Error(`${this.#what}: the capture is closed`)
      const sent = this.#socket.sendBatch(this.#request.interfaceName, rest)
      rest = rest.slice(sent)
      if (rest.length > 0) await this.#canTakeMore()
    }
  }

  #canTakeMore(): Promise<void> {
    return new Promise((resolve) => {
      this.#goOn = () => {
        watch.close()
        resolve()
      }
      const watch = libc().watch(this.#socket.fd, 'writable', () => this.#goOn())
    })
  }

  readonly #take = (
    octets: Uint8Array,
    tag: number | null,
    originalLength: number,
    seconds: number,
    nanoseconds: number,
    outgoing: boolean,
  ): void => {
    const whole = tag === null ? octets : this.#withTag(octets, tag)
    const frame: CapturedFrame = {
      octets: whole.length > this.#snapLength ? whole.subarray(0, this.#snapLength) : whole,
      originalLength,
      timestampNs: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds),
      direction: outgoing ? 'out' : 'in',
    }
    this.#request.onFrame(frame)
  }

  #withTag(octets: Uint8Array, tag: number): Uint8Array {
    this.#tagged.set(octets.subarray(0, TAG_OFFSET))
    this.#tagged.writeUInt32BE(tag, TAG_OFFSET)
    this.#tagged.set(octets.subarray(TAG_OFFSET), TAG_OFFSET + TAG_OCTETS)
    return this.#tagged.subarray(0, octets.length + TAG_OCTETS)
  }
}
