/**
 * One capture by the package `cap`, with its traps shut. It must run in a process of its own all the same: nothing
 * keeps `cap` from aborting the process when the NIC goes down. What it does otherwise:
 * - `send` before `open` or after `close`, and `close` after an `open` that failed, crash: they are refused here.
 * - An object that is opened again captures nothing: there is no opening again.
 * - It writes into the buffer that `open` was given without keeping it from being collected, and an object that is
 *   collected crashes, if its `open` failed, or frees a handle that the event loop still holds, if it was closed:
 *   so both are kept until the process ends.
 */
import type { Cap } from 'cap'
import { LONGEST_SNAP_OCTETS } from './capture-backend.ts'
import { loadNative } from './libc.ts'

const REMEDY = 'install g++, make, python3 and libpcap-dev, then run npm ci'
/** What the sending object captures: no frame is that short. */
const NOTHING = 'less 1'
const SENDER_BUFFER_OCTETS = 1 << 20

/** What must never be collected. */
const kept: unknown[] = []

/** `octets` are valid during the call only; `originalLength` is null where `cap` hides it. */
export type CapSink = (octets: Uint8Array, originalLength: number | null) => void

export interface CapSessionOptions {
  interfaceName: string
  /** '' takes all. */
  filter: string
  kernelBufferOctets: number
}

export class CapSession {
  readonly #options: CapSessionOptions
  readonly #capture: Cap
  /** An object does not see what it sends itself, so another one sends. */
  #sender: Cap | undefined
  #open = true

  private constructor(options: CapSessionOptions, capture: Cap) {
    this.#options = options
    this.#capture = capture
  }

  /** @throws {Error} libpcap's reason, or that the package does not load */
  static open(options: CapSessionOptions, sink: CapSink): CapSession {
    const { interfaceName, filter, kernelBufferOctets } = options
    const buffer = Buffer.alloc(LONGEST_SNAP_OCTETS)
    const capture = makeCap(buffer)
    capture.on('packet', (length: number) => {
      // libpcap cuts at 65,535: what is shorter is whole.
      sink(buffer.subarray(0, length), length < LONGEST_SNAP_OCTETS ? length : null)
    })
    const linkType = capture.open(interfaceName, filter, kernelBufferOctets, buffer)
    if (linkType !== 'ETHERNET') {
      capture.close()
      throw new Error(`${interfaceName}: wanted an Ethernet NIC, got link type ${linkType}`)
    }
    return new CapSession(options, capture)
  }

  /** @throws {Error} libpcap's reason, which ends with the errno's text; or that the capture is closed */
  send(frame: Uint8Array): void {
    if (!this.#open) throw new Error(`${this.#options.interfaceName}: the capture is closed`)
    this.#sender ??= openSender(this.#options.interfaceName)
    this.#sender.send(frame, frame.length)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#capture.close()
    this.#sender?.close()
  }
}

function openSender(interfaceName: string): Cap {
  const buffer = Buffer.alloc(64)
  const sender = makeCap(buffer)
  sender.open(interfaceName, NOTHING, SENDER_BUFFER_OCTETS, buffer)
  return sender
}

function makeCap(buffer: Buffer): Cap {
  const { Cap } = loadNative('cap', REMEDY) as typeof import('cap')
  const cap = new Cap()
  kept.push(cap, buffer)
  return cap
}
