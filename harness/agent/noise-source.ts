/** One who makes noise at a port: how many frames are due, and which. */
import type { NoiseRequest, NoiseSource, PortId } from './messages/index.ts'

/** A little more than asked, so that the least port has it, too. */
const MARGIN = 1.03
/** What was missed in a pause is made up for bit by bit: a port carries no more than twice the rate. */
const HASTE = 2
/**
 * Of that, so much at once, counted in time. Where others want the processor, turns may come as rarely as every 200 ms,
 * and what a turn may not send then is never sent.
 */
const LONGEST_BATCH_MS = 250
/** And not more frames: those who hear them hold 1,000 in their queues. */
const MOST_AT_ONCE = 256
/** What a pause of more than that would have brought is not made up for. */
const LONGEST_DEBT_MS = 5000
/** Where others fill a port for so long to come, its own source is silent. */
const LONGEST_CREDIT_MS = 20
/** Of the rate, what all sources together send unasked. */
const OWN_SHARE = 0.5

/** Where a port's noise is counted. */
interface Counted {
  readonly marked: number
}

/** One who sends: what its port lacks. */
export class Source {
  readonly port: PortId
  readonly #frames: readonly Uint8Array[]
  readonly #perMs: number
  readonly #ownPerMs: number
  #next = 0
  #atMs: number
  #restsUntilMs = 0
  #counted: Counted | null = null
  #marked = 0
  /** Frames that its port should have carried by now, and has not. */
  #lacking = 0
  /** Frames that its port may carry at once. */
  #room = 0
  /** Since it was last asked what is due. */
  #said = 0
  /** Frames that it should have sent by now, whatever its port carries, and has not. */
  #owed = 0

  constructor({ port, frames }: NoiseSource, { framesPerSecond, sources }: NoiseRequest, nowMs: number) {
    this.port = port
    this.#frames = frames
    this.#perMs = (framesPerSecond * MARGIN) / 1000
    this.#ownPerMs = (this.#perMs * OWN_SHARE) / sources.length
    this.#atMs = nowMs
  }

  /** The next so many, in turn. */
  next(count: number): readonly Uint8Array[] {
    const first = this.#next
    this.#next = (first + count) % this.#frames.length
    return Array.from({ length: count }, (_, at) => {
      return this.#frames[(first + at) % this.#frames.length] ?? new Uint8Array(0)
    })
  }

  /** So many of its frames were sent. */
  said(count: number): void {
    this.#owed -= count
    this.#room -= count
    this.#said += count
  }

  rest(untilMs: number): void {
    this.#restsUntilMs = untilMs
    this.#lacking = 0
    this.#owed = 0
  }

  /** There is no port: nothing is owed for that time. */
  silent(nowMs: number): 0 {
    this.#atMs = nowMs
    this.#counted = null
    return 0
  }

  /** How many frames to send now. */
  due(nowMs: number, counted: Counted): number {
    if (nowMs < this.#restsUntilMs || counted !== this.#counted) {
      this.#atMs = nowMs
      this.#counted = counted
      this.#marked = counted.marked
      this.#room = 0
      this.#said = 0
      return 0
    }
    const passedMs = nowMs - this.#atMs
    this.#atMs = nowMs
    const carried = counted.marked - this.#marked
    this.#marked = counted.marked
    this.#lacking = within(
      this.#lacking + passedMs * this.#perMs - carried,
      -LONGEST_CREDIT_MS * this.#perMs,
      LONGEST_DEBT_MS * this.#perMs,
    )
    const mostAtOnce = Math.min(LONGEST_BATCH_MS * this.#perMs, MOST_AT_ONCE)
    const brought = HASTE * passedMs * this.#perMs
    const byOthers = carried - this.#said
    this.#said = 0
    this.#room = Math.max(-mostAtOnce, Math.min(mostAtOnce, this.#room + brought) - byOthers)
    this.#owed = Math.min(this.#owed + passedMs * this.#ownPerMs, LONGEST_DEBT_MS * this.#ownPerMs)
    const ownShare = Math.min(this.#owed, Math.max(1, brought), mostAtOnce) // even where others fill the port
    return Math.max(0, Math.floor(Math.max(Math.min(this.#lacking, this.#room), ownShare)))
  }
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
