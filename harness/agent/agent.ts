/** The state of an agent, its TAP devices and captures, and what it does on each request. */
import { setTimeout } from 'node:timers/promises'
import type { MessageConnection } from 'vscode-jsonrpc'
import { SystemError } from '../port/libc.ts'
import { interfacesOf } from '../port/namespace.ts'
import { PacketSocket } from '../port/packet-socket.ts'
import { TapDevice } from '../port/tap.ts'
import { GuestCapture, NicCapture, now } from './capture.ts'
import { drainGuests } from './guest-reading.ts'
import { LinkStates } from './link-states.ts'
import type {
  CaptureRequest,
  Link,
  Namespace,
  PortId,
  PortState,
  TalkRequest,
  TapRequest,
  WindowRequest,
} from './messages/index.ts'
import * as messages from './messages/index.ts'
import { awaitInput } from './poll.ts'
import { runProgram } from './run-program.ts'
import { serveShells } from './shells.ts'
import { Speaker, speakersOf } from './talk.ts'
import { LONGEST_TURN_MS, Window, type WindowPorts } from './window.ts'

const IDLE_DRAIN_MS = 20
/** Guests' frames get their time when they are read. */
const OPEN_WINDOW_DRAIN_MS = 2
/** While frames are carried or exchanged in the background: other requests get their turn in between. */
const BUSY_POLL_MS = 1
const LOOK_AGAIN_MS = 5
const LAST_WORD_MS = 1000

export class Agent {
  readonly #guests = new Map<PortId, GuestCapture>()
  readonly #nics = new Map<PortId, NicCapture>()
  readonly #linkStates = new LinkStates()
  readonly #ports: WindowPorts = {
    nics: this.#nics,
    guests: this.#guests,
    put: (port, frame) => this.#put(port, frame),
    statesOf: (nics) => this.#linkStates.statesOf(nics.map(({ request }) => request)),
  }
  /** One that stays open while other requests are served: of a talk, or of several sites. */
  #open: Window | null = null
  #speakers: readonly Speaker[] = []
  #isBusy = false

  serve(connection: MessageConnection): void {
    connection.onRequest(messages.run, runProgram)
    connection.onRequest(messages.links, (namespace) => this.#links(namespace))
    connection.onRequest(messages.openTaps, (requests) => this.#openTaps(requests))
    connection.onRequest(messages.closeTaps, (guests) => this.#closeTaps(guests))
    connection.onRequest(messages.openCaptures, (requests) => this.#openCaptures(requests))
    connection.onRequest(messages.closeCaptures, (ports) => this.#closeCaptures(ports))
    connection.onRequest(messages.awaitRunning, (deadlineMs) => this.#awaitRunning(deadlineMs))
    connection.onRequest(messages.awaitStopped, (request) => this.#awaitStopped(request))
    connection.onRequest(messages.powerOff, (guests) => this.#powerOff(guests))
    connection.onRequest(messages.openStack, (request) => this.#openStack(request))
    connection.onRequest(messages.closeStack, (guest) => this.#closeStack(guest))
    connection.onRequest(messages.window, (request) => this.#playWindow(request))
    connection.onRequest(messages.beginTalk, (request) => this.#beginTalk(request))
    connection.onRequest(messages.endTalk, () => this.#endTalk())
    connection.onRequest(messages.readClock, now)
    connection.onRequest(messages.beginWindow, (request) => this.#beginWindow(request))
    connection.onRequest(messages.playSteps, (request) => this.#playSteps(request))
    connection.onRequest(messages.endWindow, () => this.#endWindow())
    connection.onRequest(messages.speak, (request) => this.#speak(this.#opened(), [request]))
    connection.onRequest(messages.hush, () => this.#hush())
    serveShells(connection)
    setInterval(() => this.#drain(), IDLE_DRAIN_MS)
  }

  /** Between windows too: guests read all the time, and a frame that comes late must not be lost. */
  #drain(): void {
    drainGuests([...this.#guests.values()])
    for (const nic of this.#nics.values()) nic.drain()
  }

  #playWindow({ run, steps }: WindowRequest): messages.WindowResult {
    this.#requireNoneOpen()
    const window = new Window(run, this.#ports)
    return window.end(window.play(steps))
  }

  #beginTalk(request: TalkRequest): readonly messages.StepResult[] {
    this.#requireNoneOpen()
    const window = new Window(request.run, this.#ports)
    const steps = window.play(request.steps)
    this.#open = window
    this.#speak(window, speakersOf(request))
    return steps
  }

  /** What is on its way may still come. */
  #endTalk(): { talk: messages.TalkResult; window: messages.WindowResult } {
    const window = this.#opened()
    const [a, b] = this.#speakers
    if (a === undefined || b === undefined) throw new Error('no talk is going on')
    this.#hush()
    window.waitFor(LAST_WORD_MS, () => a.hasHeard(b.said) && b.hasHeard(a.said))
    this.#open = null
    return { talk: { sentByA: a.said, sentByB: b.said }, window: window.end([]) }
  }

  #beginWindow({ run }: { run: number }): messages.ClockTime {
    const clock = now()
    this.#hush()
    this.#open?.end([])
    this.#open = new Window(run, this.#ports)
    this.#drainWhileOpen(this.#open)
    return clock
  }

  #playSteps({ steps, unsent }: messages.PartRequest): messages.PartAnswer {
    return this.#opened().playPart(steps, unsent)
  }

  #endWindow(): messages.WindowPart {
    const window = this.#opened()
    this.#hush()
    this.#open = null
    return { window: window.end([]), clock: now() }
  }

  #drainWhileOpen(window: Window): void {
    const timer = setInterval(() => {
      if (this.#open === window) this.#drain()
      else clearInterval(timer)
    }, OPEN_WINDOW_DRAIN_MS)
  }

  #opened(): Window {
    if (this.#open === null) throw new Error('no window is open')
    return this.#open
  }

  #requireNoneOpen(): void {
    if (this.#open !== null) throw new Error('a window is open: end it first')
  }

  #speak(window: Window, requests: readonly messages.SpeakRequest[]): void {
    const speakers = requests.map(
      (request) => new Speaker(request, (guest, frame) => this.#say(guest, frame)),
    )
    for (const speaker of speakers) window.whenSigned((...seen) => speaker.onSigned(...seen))
    this.#speakers = [...this.#speakers, ...speakers]
    this.#keepBusy()
  }

  #hush(): readonly { guest: PortId; said: number }[] {
    const said = this.#speakers.map((speaker) => ({ guest: speaker.guest, said: speaker.said }))
    this.#speakers = []
    return said
  }

  /** A VM whose NIC is down cannot speak; that its frame is missing shows. */
  #say(guest: PortId, frame: Uint8Array): void {
    try {
      this.#guests.get(guest)?.send(frame)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
    }
  }

  /** Carries frames, one short turn after the other, as long as somebody speaks or has a network stack. */
  #keepBusy(): void {
    if (this.#isBusy) return
    this.#isBusy = true
    let before = performance.now()
    let livedMs = before
    const turn = (): void => {
      const hasStack = [...this.#guests.values()].some((guest) => guest.stack !== null)
      if (this.#speakers.length === 0 && !hasStack) {
        this.#isBusy = false
        return
      }
      this.#drain()
      const now = performance.now()
      livedMs += Math.min(now - before, LONGEST_TURN_MS)
      before = now
      for (const speaker of this.#speakers) speaker.tick(livedMs)
      const inputs = [...this.#guests.values()].flatMap((guest) => guest.descriptors)
      awaitInput(inputs, BUSY_POLL_MS)
      setImmediate(turn)
    }
    setImmediate(turn)
  }

  #links(namespace: Namespace): readonly Link[] {
    const socket = PacketSocket.open(namespace)
    try {
      return interfacesOf(namespace).map((name) => {
        const { up, carrier } = socket.linkState(name)
        return { name, up, carrier }
      })
    } finally {
      socket.close()
    }
  }

  #openTaps(requests: readonly TapRequest[]): void {
    for (const { guest, namespace, name } of requests) {
      const tap = TapDevice.open(name, namespace)
      tap.setPersistent(false) // it may have been left there by a VM that was powered off
      const capture = new GuestCapture(guest, tap)
      this.#guests.set(guest, capture)
      this.#open?.join(capture)
    }
  }

  #closeTaps(guests: readonly PortId[]): void {
    for (const guest of guests) {
      this.#closeStack(guest)
      const capture = this.#guests.get(guest)
      if (capture !== undefined) this.#open?.leave(capture)
      capture?.tap.close()
      this.#guests.delete(guest)
    }
  }

  #powerOff(guests: readonly PortId[]): void {
    for (const guest of guests) this.#guests.get(guest)?.tap.setPersistent(true)
    this.#closeTaps(guests)
  }

  #openStack({ guest, namespace, name }: TapRequest): void {
    const capture = this.#guests.get(guest)
    if (capture === undefined) throw new Error(`no TAP device is open for ${guest}`)
    capture.stack?.close()
    capture.stack = TapDevice.open(name, namespace)
    this.#keepBusy()
  }

  #closeStack(guest: PortId): void {
    const capture = this.#guests.get(guest)
    capture?.stack?.close()
    if (capture !== undefined) capture.stack = null
  }

  #openCaptures(requests: readonly CaptureRequest[]): void {
    for (const request of requests) {
      this.#close(request.port)
      const capture = new NicCapture(request)
      this.#nics.set(request.port, capture)
      this.#open?.join(capture)
    }
  }

  #closeCaptures(ports: readonly PortId[]): void {
    for (const port of ports) this.#close(port)
    this.#closeUnusedSockets()
  }

  #close(port: PortId): void {
    const capture = this.#nics.get(port)
    if (capture === undefined) return
    this.#open?.leave(capture)
    capture.close()
    this.#nics.delete(port)
  }

  /** A namespace may be removed and made anew under the same name: a socket of the old one would speak to nobody. */
  #closeUnusedSockets(): void {
    this.#linkStates.keepOnly(new Set([...this.#nics.values()].map((nic) => nic.request.namespace)))
  }

  #awaitRunning(deadlineMs: number): Promise<readonly PortState[]> {
    const all = [...this.#nics.keys()]
    return this.#awaitStates(all, deadlineMs, ({ up, carrier }) => carrier || !up)
  }

  #awaitStopped({ ports, deadlineMs }: messages.StopRequest): Promise<readonly PortState[]> {
    return this.#awaitStates(ports, deadlineMs, ({ carrier }) => !carrier)
  }

  async #awaitStates(
    ports: readonly PortId[],
    deadlineMs: number,
    done: (state: PortState) => boolean,
  ): Promise<readonly PortState[]> {
    const deadline = performance.now() + deadlineMs
    for (;;) {
      const captures = ports.flatMap((port) => this.#nics.get(port) ?? [])
      const states = captures.map(({ request }) => this.#stateOf(request))
      if (states.every(done) || performance.now() > deadline) return states
      await setTimeout(LOOK_AGAIN_MS)
    }
  }

  #put(port: PortId, frame: Uint8Array): void {
    const nic = this.#nics.get(port)
    if (nic === undefined) throw new Error(`no capture is open at ${port}`)
    this.#linkStates.socketIn(nic.request.namespace).send(nic.request.interface, frame)
  }

  #stateOf({ port, namespace, interface: name }: CaptureRequest): PortState {
    return { port, ...this.#linkStates.socketIn(namespace).linkState(name) }
  }
}
