/**
 * Background noise: traffic of others at every port, all the time. Broadcast floods, so a source sends only what its
 * port lacks of its rate; each sends a little in any case, for not everything floods. It is done a little at a time, by
 * whoever looks at the ports: within windows as between them.
 */

import { SystemError } from '../port/libc.ts'
import { type LinkState, PartialSendError } from '../port/packet-socket.ts'
import { type GuestCapture, type NicCapture, now } from './capture.ts'
import type { NoiseAtPort, NoiseRequest, PortId } from './messages/index.ts'
import { Source } from './noise-source.ts'
import type { Capture } from './port-records.ts'
import type { Precedence } from './precedence.ts'
import type { WindowPorts } from './window.ts'

/** Not more often: a look at the clock is all that it costs then. After a long turn half as long a rest. */
const TURN_MS = 4
const MEASURE_EVERY_MS = 20
/** A port that is down takes nothing. */
const TRY_AGAIN_MS = 20

/** A TAP's queue holds 1,000 frames for its guest, of which the noise may take so many and a batch before it is read. */
const MOST_UNREAD = 256

type Ledger = Omit<NoiseAtPort, 'port'>

export class Noise {
  readonly #ports: WindowPorts
  readonly #precedence: Pick<Precedence, 'take' | 'leave'>
  readonly #drain: () => void
  readonly #ledgers = new Map<PortId, Ledger>()
  #sources: readonly Source[] = []
  #timer: NodeJS.Timeout | null = null
  #isSending = false
  #turn = 0
  #restsUntilMs = 0
  #measuredMs = 0
  #isWindowOpen = false

  /** @param drain takes what has come to the ports: without that, nobody knows what they carry */
  constructor(ports: WindowPorts, precedence: Pick<Precedence, 'take' | 'leave'>, drain: () => void) {
    this.#ports = ports
    this.#precedence = precedence
    this.#drain = drain
  }

  /** How the source addresses of noise begin; null: there is none. */
  mark: Uint8Array | null = null

  make(request: NoiseRequest | null): void {
    if (request === null) this.#precedence.leave()
    else this.#precedence.take()
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#ledgers.clear()
    const nowMs = performance.now()
    this.#measuredMs = nowMs
    this.mark = request?.mark ?? null
    for (const capture of this.#captures()) this.watch(capture)
    this.#sources =
      request === null ? [] : request.sources.map((source) => new Source(source, request, nowMs))
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

  /** A window begins or ends: what was taken until now is told of as outside it, or inside. */
  atWindow(isOpen: boolean): void {
    if (this.#sources.length > 0) this.#measure(performance.now())
    this.#isWindowOpen = isOpen
  }

  turn(): void {
    if (this.#sources.length === 0 || this.#isSending) return
    const nowMs = performance.now()
    if (nowMs < this.#restsUntilMs) return
    this.#isSending = true
    try {
      this.#drainRings()
      this.#turn += 1
      let unread = 0
      for (let at = 0; at < this.#sources.length; at += 1) {
        const source = this.#sources[(this.#turn + at) % this.#sources.length]
        const sent = source === undefined ? 0 : this.#send(source, nowMs)
        if (sent === 0) continue
        unread += sent
        if (unread < MOST_UNREAD) this.#drainRings()
        else {
          this.#drain()
          unread = 0
        }
      }
      if (unread > 0) this.#drain()
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

  /** Returns how many it sent. */
  #send(source: Source, nowMs: number): number {
    const guest = this.#ports.guests.get(source.port)
    const counted = guest === undefined ? this.#ports.nics.get(source.port) : (this.#tapOf(guest) ?? guest)
    if (counted === undefined) {
      source.silent(nowMs)
      return 0
    }
    const due = source.due(nowMs, counted)
    if (due === 0) return 0
    let sent = 0
    const said = (count: number): void => {
      sent += count
      source.said(count)
      this.#ledger(source.port).sent += count
    }
    try {
      const frames = source.next(due)
      if (guest === undefined) said(this.#ports.putAll(source.port, frames))
      else sayAll(guest, frames, said)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      if (error instanceof PartialSendError) said(error.sent)
      source.rest(nowMs + TRY_AGAIN_MS)
    }
    return sent
  }

  /** Its TAP, if that is captured: what the cable carries is known there without reading the device. */
  #tapOf({ tap }: GuestCapture): NicCapture | undefined {
    for (const nic of this.#ports.nics.values())
      if (nic.request.interface === tap.name && nic.request.namespace === tap.namespace) return nic
    return undefined
  }

  #drainRings(): void {
    for (const nic of this.#ports.nics.values()) nic.drain()
  }

  #measure(nowMs: number): void {
    const passedMs = nowMs - this.#measuredMs
    this.#measuredMs = nowMs
    const nics = [...this.#ports.nics.values()]
    const states = this.#ports.statesOf(nics)
    nics.forEach((nic, at) => {
      this.#count(nic)
      if (isUp(states[at])) this.#addTime(nic.port, passedMs)
    })
    for (const guest of this.#ports.guests.values()) {
      this.#count(guest)
      this.#addTime(guest.port, passedMs)
    }
  }

  #count(capture: Capture): void {
    if (this.mark === null) return
    const ledger = this.#ledger(capture.port)
    const carried = capture.takeMarked()
    ledger.carried += carried
    if (this.#isWindowOpen) ledger.inWindows.carried += carried
  }

  #addTime(port: PortId, passedMs: number): void {
    const ledger = this.#ledger(port)
    ledger.upMs += passedMs
    if (this.#isWindowOpen) ledger.inWindows.upMs += passedMs
  }

  #ledger(port: PortId): Ledger {
    const known = this.#ledgers.get(port)
    if (known !== undefined) return known
    const ledger = { carried: 0, sent: 0, upMs: 0, inWindows: { carried: 0, upMs: 0 } }
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

/** One after the other, with one time for all: to ask for it is as dear as to send. @param said told of each */
function sayAll(guest: GuestCapture, frames: readonly Uint8Array[], said: (count: number) => void): void {
  const at = now()
  for (const frame of frames) {
    guest.send(frame, at)
    said(1)
  }
}
