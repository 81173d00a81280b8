/** Two VMs that answer each other while other things happen: each frame is sent when the one before it has come. */
import { NumberedFrame } from '../wire/series.ts'
import type { Direction, PortId, Series, TalkRequest, TalkResult } from './messages/index.ts'

interface Side {
  guest: PortId
  peer: PortId
  series: Series
  frame: NumberedFrame
  sent: number
}

export class Talk {
  readonly #request: TalkRequest
  readonly #send: (guest: PortId, frame: Uint8Array) => void
  readonly #sides: readonly [Side, Side]
  #turn: 0 | 1 = 0
  /** When `a` spoke last. */
  #beganMs = Number.NEGATIVE_INFINITY
  /** The number on its way, and since when; null if none is. */
  #awaited: { number: number; at: PortId; sinceMs: number } | null = null

  constructor(request: TalkRequest, send: (guest: PortId, frame: Uint8Array) => void) {
    const { a, b, fromA, fromB } = request
    this.#request = request
    this.#send = send
    this.#sides = [sideOf(a, b, fromA), sideOf(b, a, fromB)]
  }

  /** A frame is on its way. */
  get isWaiting(): boolean {
    return this.#awaited !== null
  }

  get result(): TalkResult {
    const [a, b] = this.#sides
    return { sentByA: a.sent, sentByB: b.sent }
  }

  onSigned(port: PortId, number: number, direction: Direction): void {
    const { number: awaited, at } = this.#awaited ?? {}
    if (number === awaited && port === at && direction === 'in') this.#pass()
  }

  /** @param speaks false: nothing new is said, what is on its way may still come */
  tick(nowMs: number, speaks = true): void {
    const { lostAfterMs, paceMs } = this.#request
    if (this.#awaited !== null && nowMs - this.#awaited.sinceMs > lostAfterMs) this.#pass()
    if (!speaks || this.#awaited !== null || (this.#turn === 0 && nowMs < this.#beganMs + paceMs)) return
    const side = this.#sides[this.#turn]
    if (side.sent === side.series.count) return
    const number = side.series.firstNumber + side.sent
    side.sent += 1
    this.#awaited = { number, at: side.peer, sinceMs: nowMs }
    if (this.#turn === 0) this.#beganMs = nowMs
    this.#send(side.guest, side.frame.numbered(number))
  }

  #pass(): void {
    this.#awaited = null
    this.#turn = this.#turn === 0 ? 1 : 0
  }
}

function sideOf(guest: PortId, peer: PortId, series: Series): Side {
  return { guest, peer, series, frame: new NumberedFrame(series.template), sent: 0 }
}
