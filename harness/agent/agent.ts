/** The state of an agent, its TAP devices and captures, and what it does on each request. */
import { setTimeout } from 'node:timers/promises'
import type { MessageConnection } from 'vscode-jsonrpc'
import { interfacesOf } from '../port/namespace.ts'
import { PacketSocket } from '../port/packet-socket.ts'
import { TapDevice } from '../port/tap.ts'
import { GuestCapture, NicCapture } from './capture.ts'
import type { CaptureRequest, Namespace, PortId, PortState, TapRequest } from './messages/index.ts'
import * as messages from './messages/index.ts'
import { runProgram } from './run-program.ts'
import { serveShells } from './shells.ts'
import { playWindow } from './window.ts'

const IDLE_DRAIN_MS = 20
const LOOK_AGAIN_MS = 5

export class Agent {
  readonly #guests = new Map<PortId, GuestCapture>()
  readonly #nics = new Map<PortId, NicCapture>()
  readonly #sockets = new Map<Namespace, PacketSocket>()

  serve(connection: MessageConnection): void {
    connection.onRequest(messages.run, runProgram)
    connection.onRequest(messages.interfaces, interfacesOf)
    connection.onRequest(messages.openTaps, (requests) => this.#openTaps(requests))
    connection.onRequest(messages.closeTaps, (guests) => this.#closeTaps(guests))
    connection.onRequest(messages.openCaptures, (requests) => this.#openCaptures(requests))
    connection.onRequest(messages.closeCaptures, (ports) => this.#closeCaptures(ports))
    connection.onRequest(messages.awaitRunning, (deadlineMs) => this.#awaitRunning(deadlineMs))
    connection.onRequest(messages.window, (request) =>
      playWindow(request, {
        nics: [...this.#nics.values()],
        guests: this.#guests,
        put: (port, frame) => this.#put(port, frame),
        stateOf: (capture) =>
          capture instanceof NicCapture ? this.#stateOf(capture.request) : openDevice(capture.port),
      }),
    )
    serveShells(connection)
    setInterval(() => this.#drain(), IDLE_DRAIN_MS)
  }

  /** Between windows too: guests read all the time, and a frame that comes late must not be lost. */
  #drain(): void {
    for (const guest of this.#guests.values()) guest.drain()
    for (const nic of this.#nics.values()) nic.drain()
  }

  #openTaps(requests: readonly TapRequest[]): void {
    for (const { guest, namespace, name } of requests) {
      this.#guests.set(guest, new GuestCapture(guest, TapDevice.open(name, namespace)))
    }
  }

  #closeTaps(guests: readonly PortId[]): void {
    for (const guest of guests) {
      this.#guests.get(guest)?.tap.close()
      this.#guests.delete(guest)
    }
  }

  #openCaptures(requests: readonly CaptureRequest[]): void {
    for (const request of requests) {
      this.#nics.get(request.port)?.close()
      this.#nics.set(request.port, new NicCapture(request))
    }
  }

  #closeCaptures(ports: readonly PortId[]): void {
    for (const port of ports) {
      this.#nics.get(port)?.close()
      this.#nics.delete(port)
    }
    this.#closeUnusedSockets()
  }

  /** A namespace may be removed and made anew under the same name: a socket of the old one would speak to nobody. */
  #closeUnusedSockets(): void {
    const used = new Set([...this.#nics.values()].map((nic) => nic.request.namespace))
    for (const [namespace, socket] of this.#sockets) {
      if (used.has(namespace)) continue
      socket.close()
      this.#sockets.delete(namespace)
    }
  }

  async #awaitRunning(deadlineMs: number): Promise<readonly PortState[]> {
    const deadline = performance.now() + deadlineMs
    for (;;) {
      const states = [...this.#nics.values()].map((nic) => this.#stateOf(nic.request))
      if (states.every(({ up, carrier }) => carrier || !up) || performance.now() > deadline) return states
      await setTimeout(LOOK_AGAIN_MS)
    }
  }

  #put(port: PortId, frame: Uint8Array): void {
    const nic = this.#nics.get(port)
    if (nic === undefined) throw new Error(`no capture is open at ${port}`)
    this.#socketIn(nic.request.namespace).send(nic.request.interface, frame)
  }

  #stateOf({ port, namespace, interface: name }: CaptureRequest): PortState {
    return { port, ...this.#socketIn(namespace).linkState(name) }
  }

  #socketIn(namespace: Namespace): PacketSocket {
    const known = this.#sockets.get(namespace)
    if (known !== undefined) return known
    const socket = PacketSocket.open(namespace)
    this.#sockets.set(namespace, socket)
    return socket
  }
}

function openDevice(port: PortId): PortState {
  return { port, exists: true, up: true, carrier: true }
}
