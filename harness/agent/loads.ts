/**
 * Loads: many numbered copies of one frame at a pace, several senders side by side. What is wanted is not what is sent:
 * a machine that pauses sends less, and how much is for the captures to tell.
 *
 * While a load lasts, ports that are not kept take nothing, and of the others' frames only the first octets: what a port
 * carries a second then costs little.
 */
import { NumberedFrame } from '../wire/series.ts'
import type { Load, LoadOutcome, PortId, Step, StepResult } from './messages/index.ts'
import type { Capture } from './port-records.ts'
import type { Window } from './window.ts'

type LoadStep = Extract<Step, { kind: 'load' }>

/** What a sender may catch up of its pace behind a pause: the rest is left out. */
const MOST_BEHIND_MS = 20
/** Sent by one before the next gets its turn, and before the rings are drained. */
const MOST_AT_ONCE = 32
/** Header of a frame in a block, and an outer tag. */
const PER_FRAME_OCTETS = 28
/** A queue whose head takes longer than that is slower than any that is measured. */
const QUIET_MS = 150
const LOOK_AGAIN_MS = 1
/** A TAP's queue holds 1,000 frames for its guest. */
const GUESTS_READ_MS = 5
const MS_PER_SECOND = 1000

/** Returns how many the NIC took. @throws {SystemError} */
type PutAll = (port: PortId, frames: readonly Uint8Array[]) => number

/**
 * Sends the next so many; each is valid until it is asked for the one behind it. Returns how many were taken: the rest is
 * left out, the NIC is slower. @throws {SystemError}
 */
type Send = (count: number, next: () => Uint8Array) => number

export function playLoad(
  window: Window,
  step: LoadStep,
  captures: readonly Capture[],
  putAll: PutAll,
): StepResult {
  const { loads, kept, snapOctets, durationMs } = step
  const keeps = new Set(kept)
  const roomOctets = loads.reduce((sum, { series: { count, template } }) => {
    return sum + count * (Math.min(snapOctets, template.length) + PER_FRAME_OCTETS)
  }, 0)
  window.drain()
  for (const capture of captures) {
    if (keeps.has(capture.port)) capture.keepOnly(snapOctets, roomOctets)
    else capture.keepNothing()
  }
  const measured = captures.filter(({ port }) => keeps.has(port))
  const senders = loads.map((load) => new Sender(load, sendBy(window, load, putAll)))
  try {
    const longestPauseMs = send(window, senders, measured, durationMs)
    awaitQuiet(window, measured, step.deadlineMs)
    return { kind: 'loaded', loads: senders.map((sender) => sender.outcome), longestPauseMs }
  } finally {
    window.drain()
    for (const capture of captures) capture.keepAll()
  }
}

/** Returns the longest time for which nobody was sent for: the machine paused. */
function send(
  window: Window,
  senders: readonly Sender[],
  measured: readonly Capture[],
  durationMs: number,
): number {
  const begin = performance.now()
  let before = begin
  let allDrained = begin
  let longestPauseMs = 0
  for (let now = begin; now < begin + durationMs; now = performance.now()) {
    longestPauseMs = Math.max(longestPauseMs, now - before)
    before = now
    let sent = 0
    for (const sender of senders) sent += sender.sendDue(now - begin)
    for (const capture of measured) capture.drain()
    if (now - allDrained > GUESTS_READ_MS) {
      window.drain()
      allDrained = now
    }
    if (sent === 0) window.rest(LOOK_AGAIN_MS)
  }
  return longestPauseMs
}

/** Until nothing of the load has come for a while: what queues held has drained. */
function awaitQuiet(window: Window, measured: readonly Capture[], deadlineMs: number): void {
  const framesKept = (): number => measured.reduce((sum, capture) => sum + capture.framesKept, 0)
  let kept = framesKept()
  let quietSince = performance.now()
  window.waitFor(deadlineMs, () => {
    const now = performance.now()
    const keptNow = framesKept()
    if (keptNow !== kept) {
      kept = keptNow
      quietSince = now
    }
    return now - quietSince >= QUIET_MS
  })
}

/** A device takes one frame a call. */
function sendBy(window: Window, { from, by }: Load, putAll: PutAll): Send {
  if (by === 'nic') {
    return (count, next) => {
      const copies = Array.from({ length: count }, () => next().slice())
      return putAll(from, copies)
    }
  }
  const { tap } = window.guest(from)
  return (count, next) => {
    for (let sent = 0; sent < count; sent += 1) tap.write(next())
    return count
  }
}

class Sender {
  readonly #load: Load
  readonly #frame: NumberedFrame
  readonly #send: Send
  #framesSent = 0
  /** Of its pace, left out behind pauses. */
  #leftOut = 0
  #error: string | null = null

  constructor(load: Load, send: Send) {
    this.#load = load
    this.#frame = new NumberedFrame(load.series.template)
    this.#send = send
  }

  get outcome(): LoadOutcome {
    return { firstNumber: this.#load.series.firstNumber, framesSent: this.#framesSent, error: this.#error }
  }

  /** Sends what is due by now, counted from the load's begin. Returns how many that were. */
  sendDue(nowMs: number): number {
    const { beginMs, endMs, series } = this.#load
    if (this.#error !== null || nowMs < beginMs || nowMs >= endMs) return 0
    const due = Math.min(this.#due(nowMs - beginMs), series.count - this.#framesSent, MOST_AT_ONCE)
    if (due <= 0) return 0
    const first = series.firstNumber + this.#framesSent
    let number = first
    try {
      const taken = this.#send(due, () => this.#frame.numbered(number++))
      this.#framesSent += taken
      this.#leftOut += due - taken
      return taken
    } catch (error) {
      this.#error = (error as Error).message
      if (this.#load.by === 'guest') this.#framesSent += number - first - 1 // one by one: the last failed
      return 0
    }
  }

  #due(sinceBeginMs: number): number {
    const { framesPerSecond } = this.#load
    if (framesPerSecond === null) return MOST_AT_ONCE
    const perMs = framesPerSecond / MS_PER_SECOND
    const behind = Math.floor(sinceBeginMs * perMs) + 1 - this.#framesSent - this.#leftOut
    const tooFar = behind - Math.ceil(MOST_BEHIND_MS * perMs) - MOST_AT_ONCE
    if (tooFar > 0) this.#leftOut += tooFar
    return behind - Math.max(0, tooFar)
  }
}
