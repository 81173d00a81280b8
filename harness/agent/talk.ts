/**
 * One of two VMs that answer each other while other things happen: each frame is sent when the one before it has come.
 * Its peer may be at another site.
 */
import { NumberedFrame } from '../wire/series.ts'
import type { Direction, PortId, SpeakRequest, TalkRequest } from './messages/index.ts'
import { isIn } from './streams.ts'

export class Speaker {
  readonly #request: SpeakRequest
  readonly #send: (guest: PortId, frame: Uint8Array) => void
  readonly #frame: NumberedFrame
  readonly #patienceMs: number
  #said = 0
  /** The highest number of its peer that came. */
  #heard: number
  /** Its peer has answered, or it is the first to speak. */
  #maySpeak: boolean
  /** When it last spoke. */
  #spokeMs = Number.NEGATIVE_INFINITY
  /** Since when it waits for an answer; null: from the next tick. */
  #waitsSinceMs: number | null = null

  constructor(request: SpeakRequest, send: (guest: PortId, frame: Uint8Array) => void) {
    this.#request = request
    this.#send = send
    this.#frame = new NumberedFrame(request.says.template)
    this.#patienceMs = request.begins ? request.lostAfterMs : 2 * request.lostAfterMs
    this.#heard = request.hears.firstNumber - 1
    this.#maySpeak = request.begins
  }

  get guest(): PortId {
    return this.#request.guest
  }

  /** How many numbers it has sent. */
  get said(): number {
    return this.#said
  }

  /** Whether so many of its peer's numbers have come: the last of them, that is. */
  hasHeard(said: number): boolean {
    return this.#heard >= this.#request.hears.firstNumber + said - 1
  }

  onSigned(port: PortId, number: number, direction: Direction): void {
    const { guest, hears } = this.#request
    if (port !== guest || direction !== 'in' || !isIn(hears, number) || number <= this.#heard) return
    this.#heard = number
    this.#maySpeak = true
  }

  tick(nowMs: number): void {
    const { says, paceMs, begins } = this.#request
    this.#waitsSinceMs ??= nowMs
    if (nowMs - this.#waitsSinceMs > this.#patienceMs) this.#maySpeak = true
    if (!this.#maySpeak || (begins && nowMs < this.#spokeMs + paceMs) || this.#said === says.count) return
    const number = says.firstNumber + this.#said
    this.#said += 1
    this.#maySpeak = false
    this.#spokeMs = nowMs
    this.#waitsSinceMs = nowMs
    this.#send(this.guest, this.#frame.numbered(number))
  }
}

/** Both at one site. */
export function speakersOf({
  a,
  b,
  fromA,
  fromB,
  paceMs,
  lostAfterMs,
}: TalkRequest): readonly SpeakRequest[] {
  return [
    { guest: a, says: fromA, hears: fromB, begins: true, paceMs, lostAfterMs },
    { guest: b, says: fromB, hears: fromA, begins: false, paceMs, lostAfterMs },
  ]
}
