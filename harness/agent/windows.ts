/** The windows that an agent plays: each in one message, or one that stays open while other requests are served. */
import { setTimeout } from 'node:timers/promises'
import { SystemError } from '../port/libc.ts'
import { now } from './capture.ts'
import { LONGEST_TURN_MS } from './lived-time.ts'
import type * as messages from './messages/index.ts'
import type { PortId, TalkRequest, WindowRequest } from './messages/index.ts'
import { awaitInput } from './poll.ts'
import { Speaker, speakersOf } from './talk.ts'
import { Window, type WindowPorts } from './window.ts'

/** Guests' frames get their time when they are read; but a look costs most on the machines that have least. */
const OPEN_WINDOW_DRAIN_MS = 5
/** While frames are carried or exchanged in the background: other requests get their turn in between. */
const BUSY_POLL_MS = 1
const LAST_WORD_MS = 1000
const LOOK_AGAIN_MS = 5

export class Windows {
  /** The one that stays open: of a talk, or of several sites. */
  open: Window | null = null
  readonly #ports: WindowPorts
  readonly #drain: () => void
  #speakers: readonly Speaker[] = []
  #isBusy = false

  constructor(ports: WindowPorts, drain: () => void) {
    this.#ports = ports
    this.#drain = drain
  }

  play({ run, steps }: WindowRequest): messages.WindowResult {
    this.#requireNoneOpen()
    const window = new Window(run, this.#ports)
    return window.end(window.play(steps))
  }

  beginTalk(request: TalkRequest): readonly messages.StepResult[] {
    this.#requireNoneOpen()
    const window = new Window(request.run, this.#ports)
    const steps = window.play(request.steps)
    this.open = window
    this.#letSpeak(window, speakersOf(request))
    return steps
  }

  /** What is on its way may still come. */
  endTalk(): { talk: messages.TalkResult; window: messages.WindowResult } {
    const window = this.#opened()
    const [a, b] = this.#speakers
    if (a === undefined || b === undefined) throw new Error('no talk is going on')
    this.hush()
    window.waitFor(LAST_WORD_MS, () => a.hasHeard(b.said) && b.hasHeard(a.said))
    this.open = null
    return { talk: { sentByA: a.said, sentByB: b.said }, window: window.end([]) }
  }

  begin({ run }: { run: number }): messages.ClockTime {
    const clock = now()
    this.hush()
    this.open?.end([])
    this.open = new Window(run, this.#ports)
    this.#drainWhileOpen(this.open)
    return clock
  }

  playSteps({ steps, unsent }: messages.PartRequest): messages.PartAnswer {
    return this.#opened().playPart(steps, unsent)
  }

  end(): messages.WindowPart {
    const window = this.#opened()
    this.hush()
    this.open = null
    return { window: window.end([]), clock: now() }
  }

  #drainWhileOpen(window: Window): void {
    const timer = setInterval(() => {
      if (this.open === window) this.#drain()
      else clearInterval(timer)
    }, OPEN_WINDOW_DRAIN_MS)
  }

  #opened(): Window {
    if (this.open === null) throw new Error('no window is open')
    return this.open
  }

  #requireNoneOpen(): void {
    if (this.open !== null) throw new Error('a window is open: end it first')
  }

  speak(request: messages.SpeakRequest): void {
    this.#letSpeak(this.#opened(), [request])
  }

  #letSpeak(window: Window, requests: readonly messages.SpeakRequest[]): void {
    const speakers = requests.map(
      (request) => new Speaker(request, (guest, frame) => this.#say(guest, frame)),
    )
    for (const speaker of speakers) window.whenSigned((...seen) => speaker.onSigned(...seen))
    this.#speakers = [...this.#speakers, ...speakers]
    this.keepBusy()
  }

  /** Until each has said so many more. */
  async speakOn({ frames, deadlineMs }: { frames: number; deadlineMs: number }): Promise<void> {
    const wanted = this.#speakers.map((speaker) => ({ speaker, said: speaker.said + frames }))
    const deadline = performance.now() + deadlineMs
    while (wanted.some(({ speaker, said }) => speaker.said < said) && performance.now() < deadline)
      await setTimeout(LOOK_AGAIN_MS)
  }

  hush(): readonly { guest: PortId; said: number }[] {
    const said = this.#speakers.map((speaker) => ({ guest: speaker.guest, said: speaker.said }))
    this.#speakers = []
    return said
  }

  /** A VM whose NIC is down cannot speak; that its frame is missing shows. */
  #say(guest: PortId, frame: Uint8Array): void {
    try {
      this.#ports.guests.get(guest)?.send(frame)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
    }
  }

  /** Carries frames, one short turn after the other, as long as somebody speaks or has a network stack. */
  keepBusy(): void {
    if (this.#isBusy) return
    this.#isBusy = true
    let before = performance.now()
    let livedMs = before
    const turn = (): void => {
      const hasStack = [...this.#ports.guests.values()].some((guest) => guest.stack !== null)
      if (this.#speakers.length === 0 && !hasStack) {
        this.#isBusy = false
        return
      }
      this.#ports.meanwhile()
      this.#drain()
      const now = performance.now()
      livedMs += Math.min(now - before, LONGEST_TURN_MS)
      before = now
      for (const speaker of this.#speakers) speaker.tick(livedMs)
      const inputs = [...this.#ports.guests.values()].flatMap((guest) => guest.descriptors)
      awaitInput(inputs, BUSY_POLL_MS)
      setImmediate(turn)
    }
    setImmediate(turn)
  }
}
