/** The state of an agent, its TAP devices and captures, and what it does on each request. */
import { setTimeout } from 'node:timers/promises'
import type { MessageConnection } from 'vscode-jsonrpc'
import { interfacesOf } from '../port/namespace.ts'
import { PacketSocket } from '../port/packet-socket.ts'
import { TapDevice } from '../port/tap.ts'
import { GuestCapture, NicCapture, now } from './capture.ts'
import { drainGuests } from './guest-reading.ts'
import { LinkStates } from './link-states.ts'
import type { CaptureRequest, Link, Namespace, PortId, PortState, TapRequest } from './messages/index.ts'
import * as messages from './messages/index.ts'
import { Noise } from './noise.ts'
import type { Capture } from './port-records.ts'
import { Precedence } from './precedence.ts'
import { runProgram } from './run-program.ts'
import { serveShells } from './shells.ts'
import type { WindowPorts } from './window.ts'
import { Windows } from './windows.ts'

const IDLE_DRAIN_MS = 20
const LOOK_AGAIN_MS = 5

export class Agent {
  readonly #guests = new Map<PortId, GuestCapture>()
  readonly #nics = new Map<PortId, NicCapture>()
  readonly #linkStates = new LinkStates()
  readonly #ports: WindowPorts = {
    nics: this.#nics,
    guests: this.#guests,
    put: (port, frame) => this.#put(port, frame),
    putAll: (port, frames) => this.#putAll(port, frames),
    statesOf: (nics) => this.#linkStates.statesOf(nics.map(({ request }) => request)),
    meanwhile: () => this.#noise.turn(),
    atWindow: (isOpen) => this.#noise.atWindow(isOpen),
  }
  readonly #precedence = new Precedence()
  readonly #noise = new Noise(this.#ports, this.#precedence, () => this.#drain())
  readonly #windows = new Windows(this.#ports, () => this.#drain())

  serve(connection: MessageConnection): void {
    connection.onRequest(messages.run, (request) => runProgram(request, this.#precedence.denyTo))
    connection.onRequest(messages.links, (namespace) => this.#links(namespace))
    connection.onRequest(messages.openTaps, (requests) => this.#openTaps(requests))
    connection.onRequest(messages.closeTaps, (guests) => this.#closeTaps(guests))
    connection.onRequest(messages.openCaptures, (requests) => this.#openCaptures(requests))
    connection.onRequest(messages.renewCaptures, (ports) => this.#renewCaptures(ports))
    connection.onRequest(messages.closeCaptures, (ports) => this.#closeCaptures(ports))
    connection.onRequest(messages.awaitRunning, (deadlineMs) => this.#awaitRunning(deadlineMs))
    connection.onRequest(messages.awaitStopped, (request) => this.#awaitStopped(request))
    connection.onRequest(messages.powerOff, (guests) => this.#powerOff(guests))
    connection.onRequest(messages.openStack, (request) => this.#openStack(request))
    connection.onRequest(messages.closeStack, (guest) => this.#closeStack(guest))
    connection.onRequest(messages.window, (request) => this.#windows.play(request))
    connection.onRequest(messages.beginTalk, (request) => this.#windows.beginTalk(request))
    connection.onRequest(messages.endTalk, () => this.#windows.endTalk())
    connection.onRequest(messages.readClock, now)
    connection.onRequest(messages.beginWindow, (request) => this.#windows.begin(request))
    connection.onRequest(messages.playSteps, (request) => this.#windows.playSteps(request))
    connection.onRequest(messages.endWindow, () => this.#windows.end())
    connection.onRequest(messages.speak, (request) => this.#windows.speak(request))
    connection.onRequest(messages.speakOn, (request) => this.#windows.speakOn(request))
    connection.onRequest(messages.hush, () => this.#windows.hush())
    connection.onRequest(messages.makeNoise, (request) => this.#noise.make(request))
    connection.onRequest(messages.takeNoise, () => this.#noise.take())
    serveShells(connection, this.#precedence.denyTo)
    setInterval(() => this.#drain(), IDLE_DRAIN_MS)
  }

  /** Between windows too: guests read all the time, and a frame that comes late must not be lost. */
  #drain(): void {
    drainGuests([...this.#guests.values()])
    for (const nic of this.#nics.values()) nic.drain()
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
    for (const { guest, namespace, name, keeps = false } of requests) {
      const tap = TapDevice.open(name, namespace)
      if (!keeps) tap.setPersistent(false) // it may have been left there by a VM that was powered off
      const capture = new GuestCapture(guest, tap)
      this.#guests.set(guest, capture)
      this.#noise.watch(capture)
      this.#windows.open?.join(capture)
    }
  }

  #closeTaps(guests: readonly PortId[]): void {
    for (const guest of guests) {
      this.#closeStack(guest)
      const capture = this.#guests.get(guest)
      if (capture !== undefined) this.#leave(capture)
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
    this.#windows.keepBusy()
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
      this.#noise.watch(capture)
      this.#windows.open?.join(capture)
    }
  }

  #renewCaptures(ports: readonly PortId[]): void {
    const captures = ports.flatMap((port) => this.#nics.get(port) ?? [])
    const anew = captures.filter(({ request, interfaceIndex }) => {
      const index = this.#linkStates.socketIn(request.namespace).indexOf(request.interface)
      return index !== null && index !== interfaceIndex
    })
    this.#openCaptures(anew.map(({ request }) => request))
  }

  #closeCaptures(ports: readonly PortId[]): void {
    for (const port of ports) this.#close(port)
    this.#closeUnusedSockets()
  }

  #close(port: PortId): void {
    const capture = this.#nics.get(port)
    if (capture === undefined) return
    this.#leave(capture)
    capture.close()
    this.#nics.delete(port)
  }

  #leave(capture: Capture): void {
    this.#windows.open?.leave(capture)
    this.#noise.leave(capture)
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

  #putAll(port: PortId, frames: readonly Uint8Array[]): number {
    const nic = this.#nics.get(port)
    if (nic === undefined) throw new Error(`no capture is open at ${port}`)
    const { namespace, interface: name } = nic.request
    return this.#linkStates.socketIn(namespace).sendBatch(name, frames)
  }

  #stateOf({ port, namespace, interface: name }: CaptureRequest): PortState {
    return { port, ...this.#linkStates.socketIn(namespace).linkState(name) }
  }
}
