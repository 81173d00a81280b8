/**
 * Plays one window from its first step to its last without asking anyone: rings and TAP devices are drained while it
 * waits, and it waits for frames, never for time alone.
 */
import { constants } from 'node:os'
import { checked, libc } from '../port/libc.ts'
import { findSignature } from '../wire/signature.ts'
import type { GuestCapture, NicCapture } from './capture.ts'
import { now } from './capture.ts'
import type {
  Arrival,
  Direction,
  PortId,
  PortState,
  Step,
  StepResult,
  WindowRequest,
  WindowResult,
} from './messages/index.ts'

const POLLIN = 1
/** Frames in a ring's open block wake nobody, so the rings are looked at this often while nothing else happens. */
const LOOK_AGAIN_MS = 1
/** A turn of waiting takes about as long as that; one that took longer was a pause. */
const LONGEST_TURN_MS = 50
/** A burst is drained this often, so that no ring and no TAP queue (1,000 frames) overflows. */
const DRAIN_EVERY_FRAMES = 64

export interface WindowPorts {
  nics: readonly NicCapture[]
  guests: ReadonlyMap<PortId, GuestCapture>
  put(port: PortId, frame: Uint8Array): void
  stateOf(port: NicCapture | GuestCapture): PortState
}

export function playWindow(request: WindowRequest, ports: WindowPorts): WindowResult {
  return new Window(request, ports).play()
}

class Window {
  readonly #request: WindowRequest
  readonly #ports: WindowPorts
  readonly #seen = new Set<string>()
  /** Numbers of frames that could not be sent: nobody need wait for them. */
  readonly #unsent = new Set<number>()
  readonly #pollSet: Buffer

  constructor(request: WindowRequest, ports: WindowPorts) {
    this.#request = request
    this.#ports = ports
    this.#pollSet = pollSet([
      ...ports.nics.map((nic) => nic.fd),
      ...[...ports.guests.values()].map((g) => g.tap.fd),
    ])
  }

  play(): WindowResult {
    this.#drain()
    const captures = [...this.#ports.nics, ...this.#ports.guests.values()]
    const late = captures
      .map((c) => ({ port: c.port, frames: c.takeLate() }))
      .filter((l) => l.frames.length > 0)
    const lostBetween = captures.reduce((sum, capture) => sum + capture.takeDrops(), 0)
    for (const capture of captures) capture.beginWindow(this.#request.run, this.#onSigned)

    const steps = this.#request.steps.map((step) => this.#step(step))

    this.#drain()
    const records = captures.map((capture) => ({
      port: capture.port,
      frames: capture.endWindow(),
      drops: capture.takeDrops(),
      state: this.#ports.stateOf(capture),
    }))
    return { steps, ports: records, late, lostBetween }
  }

  readonly #onSigned = (port: PortId, number: number, direction: Direction): void => {
    this.#seen.add(`${port} ${number}`)
    this.#seen.add(`${port} ${number} ${direction}`)
  }

  #step(step: Step): StepResult {
    switch (step.kind) {
      case 'send': {
        const guest = this.#ports.guests.get(step.guest)
        if (guest === undefined) return notSent(`no TAP device is open for ${step.guest}`)
        return this.#inject(step.frames, (frame) => guest.send(frame))
      }
      case 'put':
        return this.#inject(step.frames, (frame) => this.#ports.put(step.port, frame))
      case 'await':
        return this.#await(step.arrivals, step.deadlineMs)
      case 'settle':
        this.#waitFor(step.ms, () => false)
        return { kind: 'settled' }
    }
  }

  #inject(frames: readonly Uint8Array[], send: (frame: Uint8Array) => void): StepResult {
    const { seconds, nanoseconds } = now()
    const atNs = String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds))
    let framesSent = 0
    try {
      for (const frame of frames) {
        send(frame)
        framesSent += 1
        if (framesSent % DRAIN_EVERY_FRAMES === 0) this.#drain()
      }
    } catch (error) {
      for (const frame of frames.slice(framesSent)) {
        const signature = findSignature(frame)
        if (signature !== undefined) this.#unsent.add(signature.number)
      }
      return { kind: 'sent', atNs, error: (error as Error).message, framesSent }
    }
    return { kind: 'sent', atNs, error: null, framesSent }
  }

  #await(arrivals: readonly Arrival[], deadlineMs: number): StepResult {
    const begin = performance.now()
    const arrived = ({ port, number, direction }: Arrival): boolean =>
      this.#seen.has(direction === null ? `${port} ${number}` : `${port} ${number} ${direction}`)
    this.#waitFor(deadlineMs, () =>
      arrivals.every((wanted) => arrived(wanted) || this.#unsent.has(wanted.number)),
    )
    const missing = arrivals.filter((arrival) => !arrived(arrival))
    return { kind: 'awaited', missing, waitedMs: performance.now() - begin }
  }

  /** Time counts only as this process lives it: after a pause of the machine, frames get their chance to be seen. */
  #waitFor(deadlineMs: number, done: () => boolean): void {
    let leftMs = deadlineMs
    let before = performance.now()
    for (;;) {
      this.#drain()
      if (done() || leftMs <= 0) return
      const result = libc().poll(
        this.#pollSet,
        this.#pollSet.length / 8,
        Math.min(Math.ceil(leftMs), LOOK_AGAIN_MS),
      )
      if (result < 0 && libc().errno() !== constants.errno.EINTR)
        checked(result, 'poll', 'the ports of a window')
      const now = performance.now()
      leftMs -= Math.min(now - before, LONGEST_TURN_MS)
      before = now
    }
  }

  #drain(): void {
    for (const guest of this.#ports.guests.values()) guest.drain()
    for (const nic of this.#ports.nics) nic.drain()
  }
}

function notSent(error: string): StepResult {
  return { kind: 'sent', atNs: '0', error, framesSent: 0 }
}

function pollSet(descriptors: readonly number[]): Buffer {
  const set = Buffer.alloc(descriptors.length * 8)
  descriptors.forEach((fd, index) => {
    set.writeInt32LE(fd, index * 8)
    set.writeInt16LE(POLLIN, index * 8 + 4)
  })
  return set
}
