/**
 * Background noise: traffic of others at every port, all the time. Broadcast floods, so a source sends only what its
 * port lacks of its rate; each sends a little in any case, for not everything floods. It is done a little at a time, by
 * whoever looks at the ports: within windows as between them.
 */

import { SystemError } from '../port/libc.ts'
import type { LinkState } from '../port/packet-socket.ts'
import { NicCapture } from './capture.ts'
import type { NoiseAtPort, NoiseRequest, NoiseSource, PortId } from './messages/index.ts'
import type { Capture } from './port-records.ts'
import type { WindowPorts } from './window.ts'

/** A little more than asked, so that the least port has it, too. */
const MARGIN = 1.03
/** Not more often: a look at the clock is all that it costs then. After a long turn half as long a rest. */
const TURN_MS = 4
/** So much at once, at most, counted in time. */
const LONGEST_BATCH_MS = 25
/** What was missed in a pause is made up for bit by bit: at twice the rate. */
const HASTE = 2
/** What a pause of more than that would have brought is not made up for. */
const LONGEST_DEBT_MS = 5000
/** Where others fill a port for so long to come, its own source is silent. */
const LONGEST_CREDIT_MS = 20
/** Of the rate, what all sources together send unasked. */
const OWN_SHARE = 0.5
const MEASURE_EVERY_MS = 20
/** A port that is down takes nothing. */
const TRY_AGAIN_MS = 20

interface Ledger {
  carried: number
  sent: number
  upMs: number
}

export class Noise {
  readonly #ports: WindowPorts
  readonly #drain: () => void
  readonly #ledgers = new Map<PortId, Ledger>()
  #sources: readonly Source[] = []
  #timer: NodeJS.Timeout | null = null
  #isSending = false
  #turn = 0
  #restsUntilMs = 0
  #measuredMs = 0

  /** @param drain takes what has come to the ports: without that, nobody knows what they carry */
  constructor(ports: WindowPorts, drain: () => void) {
    this.#ports = ports
    this.#drain = drain
  }

  /** How the source addresses of noise begin; null: there is none. */
  mark: Uint8Array | null = null

  make(request: NoiseRequest | null): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#ledgers.clear()
    const nowMs = performance.now()
    this.#measuredMs = nowMs
    this.mark = request?.mark ?? null
    for (const capture of this.#captures()) this.watch(capture)
    this.#sources = request === null ? [] : request.sources.map((source) => sourceOf(source, request, nowMs))
    if (request !== null) this.#timer = setInterval(() => this.turn(), TURN_MS)
  }

  /** A capture that was opened. */
  watch(capture: Capture): void {
    capture.countFrom(this.mark)
  }

  /** A capture that is about to be closed. */
  leave(capture: Capture): void {
    this.#count(capture)
  }

  turn(): void {
    if (this.#sources.length === 0 || this.#isSending) return
    const nowMs = performance.now()
    if (nowMs < this.#restsUntilMs) return
    this.#isSending = true
    try {
      this.#drain()
      this.#turn += 1
      for (let at = 0; at < this.#sources.length; at += 1) {
        const source = this.#sources[(this.#turn + at) % this.#sources.length]
        if (source !== undefined && this.#send(source, nowMs)) this.#drain()
      }
      if (nowMs - this.#measuredMs >= MEASURE_EVERY_MS) this.#measure(nowMs)
    } finally {
      const tookMs = performance.now() - nowMs
      this.#restsUntilMs = nowMs + Math.max(TURN_MS, 1.5 * tookMs)
      this.#isSending = false
    }
  }

  take(): readonly NoiseAtPort[] {
    this.#measure(performance.now())
    const all = [...this.#ledgers].map(([port, ledger]) => ({ port, ...ledger }))
    this.#ledgers.clear()
    return all
  }

  #send(source: Source, nowMs: number): boolean {
    const capture = this.#ports.guests.get(source.port) ?? this.#ports.nics.get(source.port)
    const due = capture === undefined ? source.silent(nowMs) : source.due(nowMs, capture)
    if (capture === undefined || due === 0) return false
    try {
      for (let count = 0; count < due; count += 1) {
        if (capture instanceof NicCapture) this.#ports.put(source.port, source.next())
        else capture.send(source.next())
        source.said()
        this.#ledger(source.port).sent += 1
      }
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      source.rest(nowMs + TRY_AGAIN_MS)
    }
    return true
  }

  #measure(nowMs: number): void {
    const passedMs = nowMs - this.#measuredMs
    this.#measuredMs = nowMs
    const nics = [...this.#ports.nics.values()]
    const states = this.#ports.statesOf(nics)
    nics.forEach((nic, at) => {
      this.#count(nic)
      if (isUp(states[at])) this.#ledger(nic.port).upMs += passedMs
    })
    for (const guest of this.#ports.guests.values()) {
      this.#count(guest)
      this.#ledger(guest.port).upMs += passedMs
    }
  }

  #count(capture: Capture): void {
    if (this.mark !== null) this.#ledger(capture.port).carried += capture.takeMarked()
  }

  #ledger(port: PortId): Ledger {
    const known = this.#ledgers.get(port)
    if (known !== undefined) return known
    const ledger = { carried: 0, sent: 0, upMs: 0 }
    this.#ledgers.set(port, ledger)
    return ledger
  }

  #captures(): readonly Capture[] {
    return [...this.#ports.nics.values(), ...this.#ports.guests.values()]
  }
}

function isUp(state: LinkState | undefined): boolean {
  return state?.up === true && state.carrier
}

function sourceOf({ port, frames }: NoiseSource, request: NoiseRequest, nowMs: number): Source {
  const perMs = (request.framesPerSecond * MARGIN) / 1000
  return new Source(port, frames, { perMs, ownPerMs: (perMs * OWN_SHARE) / request.sources.length, nowMs })
}

/** One who sends: what its port lacks. */
class Source {
  readonly port: PortId
  readonly #frames: readonly Uint8Array[]
  readonly #perMs: number
  readonly #ownPerMs: number
  #next = 0
  #atMs: number
  #restsUntilMs = 0
  #capture: Capture | null = null
  #marked = 0
  /** Frames that its port should have carried by now, and has not. */
  #lacking = 0
  /** Frames that it should have sent by now, whatever its port carries, and has not. */
  #owed = 0

  constructor(
    port: PortId,
    frames: readonly Uint8Array[],
    { perMs, ownPerMs, nowMs }: { perMs: number; ownPerMs: number; nowMs: number },
  ) {
    this.port = port
    this.#frames = frames
    this.#perMs = perMs
    this.#ownPerMs = ownPerMs
    this.#atMs = nowMs
  }

  next(): Uint8Array {
    const frame = this.#frames[this.#next] ?? new Uint8Array(0)
    this.#next = (this.#next + 1) % this.#frames.length
    return frame
  }

  /** One of its frames was sent. */
  said(): void {
    this.#owed -= 1
  }

  rest(untilMs: number): void {
    this.#restsUntilMs = untilMs
    this.#lacking = 0
    this.#owed = 0
  }

  /** There is no port: nothing is owed for that time. */
  silent(nowMs: number): 0 {
    this.#atMs = nowMs
    this.#capture = null
    return 0
  }

  /** How many frames to send now. */
  due(nowMs: number, capture: Capture): number {
    if (nowMs < this.#restsUntilMs || capture !== this.#capture) {
      this.#atMs = nowMs
      this.#capture = capture
      this.#marked = capture.marked
      return 0
    }
    const passedMs = nowMs - this.#atMs
    this.#atMs = nowMs
    const carried = capture.marked - this.#marked
    this.#marked = capture.marked
    this.#lacking = within(
      this.#lacking + passedMs * this.#perMs - carried,
      -LONGEST_CREDIT_MS * this.#perMs,
      LONGEST_DEBT_MS * this.#perMs,
    )
    this.#owed = Math.min(this.#owed + passedMs * this.#ownPerMs, LONGEST_DEBT_MS * this.#ownPerMs)
    const most = Math.max(1, Math.min(LONGEST_BATCH_MS, HASTE * passedMs) * this.#perMs)
    return Math.floor(Math.min(most, Math.max(this.#lacking, this.#owed)))
  }
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
