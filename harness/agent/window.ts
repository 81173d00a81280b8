/**
 * A window from its first step to its last without asking anyone: rings and TAP devices are drained while it waits,
 * and it waits for frames, never for time alone.
 */
import type { LinkState } from '../port/packet-socket.ts'
import { findSignature } from '../wire/signature.ts'
import { GuestCapture, type NicCapture } from './capture.ts'
import { drainGuests, readGuests } from './guest-reading.ts'
import { LONGEST_TURN_MS } from './lived-time.ts'
import { playLoad } from './loads.ts'
import { Matching } from './matching.ts'
import type {
  Arrival,
  Direction,
  PartResult,
  PartStep,
  Pattern,
  PortId,
  PortRecord,
  Step,
  StepResult,
  WindowResult,
} from './messages/index.ts'
import { awaitInput } from './poll.ts'
import { type Capture, merged, recordsOf } from './port-records.ts'
import { playBurst, playCount, playStream } from './streams.ts'
import { playTransfer, TransferHalf } from './transfers.ts'

/** Frames in a ring's open block wake nobody, so the rings are looked at this often while nothing else happens. */
const LOOK_AGAIN_MS = 1
/** A burst is drained this often, so that no ring and no TAP queue (1,000 frames) overflows. */
const DRAIN_EVERY_FRAMES = 64
/**
 * And this often, however few they are: what programs answer meanwhile trickles into the rings, and each time that the
 * kernel retires a block (10 ms) with one frame in it, a ring of 16 has one less.
 */
const DRAIN_EVERY_MS = 10

/** What is open now: in a window that lasts, it may change. */
export interface WindowPorts {
  readonly nics: ReadonlyMap<PortId, NicCapture>
  readonly guests: ReadonlyMap<PortId, GuestCapture>
  put(port: PortId, frame: Uint8Array): void
  /** Many at once. Returns how many the NIC took. */
  putAll(port: PortId, frames: readonly Uint8Array[]): number
  statesOf(nics: readonly NicCapture[]): readonly LinkState[]
  /** Called often while a window lasts: what goes on besides gets its turn. */
  meanwhile(): void
  /** Called when a window begins, and when it has ended. */
  atWindow(isOpen: boolean): void
}

/** The directions in which a frame has passed a port, as bits. */
const WAY: Readonly<Record<Direction, number>> = { in: 1, out: 2 }

type OnSigned = (port: PortId, number: number, direction: Direction) => void

export class Window {
  readonly #begin = performance.now()
  readonly #run: number
  readonly #ports: WindowPorts
  readonly #late: WindowResult['late']
  readonly #lostBetween: number
  /** What left while the window lasted. */
  readonly #left: PortRecord[] = []
  readonly #seen = new Map<PortId, Map<number, number>>()
  /** Numbers of frames that could not be sent: nobody need wait for them. */
  readonly #unsent = new Set<number>()
  readonly #listeners = new Set<OnSigned>()
  readonly #transferHalf = new TransferHalf()
  #drainedAtMs = 0

  constructor(run: number, ports: WindowPorts) {
    this.#run = run
    this.#ports = ports
    this.drain()
    const captures = this.#captures()
    this.#late = captures
      .map((c) => ({ port: c.port, frames: c.takeLate() }))
      .filter((l) => l.frames.length > 0)
    this.#lostBetween = captures.reduce((sum, capture) => sum + capture.takeDrops(), 0)
    for (const capture of captures) this.join(capture)
    ports.atWindow(true)
  }

  /** A capture that was opened while the window lasts. */
  join(capture: Capture): void {
    capture.beginWindow(this.#run, this.#onSigned)
  }

  /** A capture that is about to be closed. */
  leave(capture: Capture): void {
    if (capture instanceof GuestCapture) drainGuests([capture])
    else capture.drain()
    this.#left.push(...recordsOf([capture], this.#ports))
  }

  play(steps: readonly Step[]): readonly StepResult[] {
    return steps.map((step) => this.#step(step))
  }

  /** @param unsent what other sites could not send */
  playPart(
    steps: readonly PartStep[],
    unsent: readonly number[],
  ): { steps: readonly PartResult[]; unsent: readonly number[] } {
    for (const number of unsent) this.#unsent.add(number)
    const before = new Set(this.#unsent)
    const results = steps.map((step) => this.#partStep(step))
    return { steps: results, unsent: [...this.#unsent].filter((number) => !before.has(number)) }
  }

  end(steps: readonly StepResult[]): WindowResult {
    this.#transferHalf.close()
    this.drain()
    this.#ports.atWindow(false)
    const open = recordsOf(this.#captures(), this.#ports)
    return {
      steps,
      ports: merged([...this.#left, ...open]),
      late: this.#late,
      lostBetween: this.#lostBetween,
      durationMs: performance.now() - this.#begin,
    }
  }

  /** Tells also somebody else of each signed frame, until what it returns is called. */
  whenSigned(listener: OnSigned): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** @throws {Error} if it is not there */
  guest(name: PortId): GuestCapture {
    const guest = this.#ports.guests.get(name)
    if (guest === undefined) throw new Error(`no TAP device is open for ${name}`)
    return guest
  }

  drain(): void {
    this.#ports.meanwhile()
    drainGuests([...this.#ports.guests.values()])
    for (const nic of this.#ports.nics.values()) nic.drain()
    this.#drainedAtMs = performance.now()
  }

  /** While a burst is sent: nothing overflows. */
  drainNowAndThen(framesSent: number): void {
    const isTime = performance.now() - this.#drainedAtMs > DRAIN_EVERY_MS
    if (isTime || framesSent % DRAIN_EVERY_FRAMES === 0) this.drain()
  }

  /** Looks no further once it is done: each look is a system call. */
  #drainUntil(done: () => boolean): boolean {
    this.#ports.meanwhile()
    for (let round = 0; ; round += 1) {
      const hadSome = readGuests([...this.#ports.guests.values()], round)
      for (const nic of this.#ports.nics.values()) nic.drain()
      if (done()) return true
      if (!hadSome) {
        this.#drainedAtMs = performance.now()
        return false
      }
    }
  }

  /**
   * Time counts only as this process lives it: after a pause of the machine, frames get their chance to be seen.
   * Returns how long it took: 0 where nothing had to be waited for.
   */
  waitFor(deadlineMs: number, done: () => boolean): number {
    if (done() || this.#drainUntil(done)) return 0
    const polled = [
      ...[...this.#ports.nics.values()].map((nic) => nic.fd),
      ...[...this.#ports.guests.values()].flatMap((guest) => guest.descriptors),
    ]
    const begin = performance.now()
    let leftMs = deadlineMs
    let before = begin
    while (leftMs > 0) {
      awaitInput(polled, Math.min(Math.ceil(leftMs), LOOK_AGAIN_MS))
      if (this.#drainUntil(done)) break
      const now = performance.now()
      leftMs -= Math.min(now - before, LONGEST_TURN_MS)
      before = now
    }
    return performance.now() - begin
  }

  /** Waits for a frame, no longer than that. */
  rest(ms: number): void {
    awaitInput(
      [...this.#ports.guests.values()].flatMap((guest) => guest.descriptors),
      ms,
    )
  }

  readonly #onSigned: OnSigned = (port, number, direction) => {
    let there = this.#seen.get(port)
    if (there === undefined) {
      there = new Map()
      this.#seen.set(port, there)
    }
    there.set(number, (there.get(number) ?? 0) | WAY[direction])
    for (const listener of this.#listeners) listener(port, number, direction)
  }

  hasArrived({ port, number, direction }: Arrival): boolean {
    const ways = this.#seen.get(port)?.get(number) ?? 0
    return direction === null ? ways !== 0 : (ways & WAY[direction]) !== 0
  }

  #captures(): readonly Capture[] {
    return [...this.#ports.nics.values(), ...this.#ports.guests.values()]
  }

  #step(step: Step): StepResult {
    switch (step.kind) {
      case 'send':
        return this.#inject(step.frames, (frame) => this.guest(step.guest).send(frame))
      case 'put':
        return this.#inject(step.frames, (frame) => this.#ports.put(step.port, frame))
      case 'await':
        return this.#await(step.arrivals, step.deadlineMs)
      case 'match':
        return this.#match(step.patterns, step.deadlineMs)
      case 'stream':
        return playStream(this, step, this.#captures())
      case 'load':
        return playLoad(this, step, this.#captures(), (port, frames) => this.#ports.putAll(port, frames))
      case 'transfer':
        return playTransfer(this, step)
      case 'settle':
        this.waitFor(step.ms, () => false)
        return { kind: 'settled' }
      case 'keep':
        for (const capture of this.#captures()) capture.keep(step.frames)
        return { kind: 'kept' }
    }
  }

  #partStep(step: PartStep): PartResult {
    switch (step.kind) {
      case 'burst':
        return playBurst(this, step)
      case 'count':
        return playCount(this, step)
      case 'listen':
        return this.#transferHalf.listen(step)
      case 'connect':
        return this.#transferHalf.connect(step)
      case 'carry':
        return this.#transferHalf.carry(this, step)
      case 'hang up':
        return this.#transferHalf.close()
      default:
        return this.#step(step)
    }
  }

  #inject(frames: readonly Uint8Array[], send: (frame: Uint8Array) => void): StepResult {
    let framesSent = 0
    try {
      for (const frame of frames) {
        send(frame)
        framesSent += 1
        this.drainNowAndThen(framesSent)
      }
    } catch (error) {
      for (const frame of frames.slice(framesSent)) {
        const signature = findSignature(frame)
        if (signature !== undefined) this.#unsent.add(signature.number)
      }
      return { kind: 'sent', error: (error as Error).message, framesSent }
    }
    return { kind: 'sent', error: null, framesSent }
  }

  #await(arrivals: readonly Arrival[], deadlineMs: number): StepResult {
    let missing = arrivals
    const waitedMs = this.waitFor(deadlineMs, () => {
      missing = missing.filter((arrival) => !this.hasArrived(arrival))
      return missing.every(({ number }) => this.#unsent.has(number))
    })
    return { kind: 'awaited', missing, waitedMs }
  }

  #match(patterns: readonly Pattern[], deadlineMs: number): StepResult {
    const matching = new Matching(patterns, (port) => {
      const capture = this.#ports.nics.get(port) ?? this.#ports.guests.get(port)
      return capture?.windowSoFar()
    })
    const waitedMs = this.waitFor(deadlineMs, () => matching.isOver(this.#unsent))
    const missing = matching.missing.map(({ port, number, direction }) => ({ port, number, direction }))
    return { kind: 'matched', missing, waitedMs }
  }
}
