/**
 * The second backend: libpcap through the package `cap`, for kernels without AF_PACKET and as an independent witness.
 * Each capture is a process of its own, because `cap` aborts its process when the NIC goes down or is removed. It can
 * tell neither time nor direction nor losses. Where the NIC's offloads are on, libpcap reserves 64 KiB a frame, and its
 * buffer holds few: turn them off (offloads.ts), or give a larger buffer.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import {
  type CapOptions,
  decodeCaptured,
  decodeSent,
  encodeSend,
  KIND,
  MessageReader,
} from './cap-messages.ts'
import { type Capture, type CaptureRequest, LONGEST_SNAP_OCTETS } from './capture-backend.ts'
import { compileFilter } from './filter.ts'
import { errnoOfText } from './libc.ts'
import { inNamespace } from './namespace.ts'
import { PartialSendError } from './packet-socket.ts'

const KERNEL_BUFFER_OCTETS = 32 << 20
const OPEN_DEADLINE_MS = 30_000
const END_DEADLINE_MS = 2000
/** An abort is how `cap` tells: no core file. */
const WITHOUT_CORE = 'ulimit -c 0; exec "$0" "$@"'
/** tsx starts twice as fast where its part for ES modules is not needed. */
const START = 'require(process.argv[1])'
const SAID_KEPT_CHARACTERS = 2000

interface CapProcess {
  child: ChildProcess
  /** Its messages, to it and from it. */
  input: Writable
  output: Readable
  /** What it says in words, native code included. */
  words: Readable
}

interface Sending {
  of: number
  resolve: () => void
  reject: (error: Error) => void
}

/** As any `OpenCapture`. @throws {FilterError} @throws {Error} the process's one line: no such NIC, it is down */
export async function openCapCapture(
  request: CaptureRequest,
  kernelBufferOctets = KERNEL_BUFFER_OCTETS,
): Promise<CapCapture> {
  const { namespace, interfaceName, filter = null } = request
  if (filter !== null) compileFilter(namespace, interfaceName, filter) // a bad one is refused before there is a process
  const capture = new CapCapture(request, kernelBufferOctets)
  await capture.opened
  return capture
}

export class CapCapture implements Capture {
  readonly opened: Promise<void>
  readonly ended: Promise<string | null>
  readonly #request: CaptureRequest
  readonly #process: CapProcess
  /** Resolves when the process is gone and its pipes are closed. */
  readonly #gone: Promise<void>
  readonly #sendings: Sending[] = []
  #said = ''
  /** Why it takes and sends nothing any more. */
  #lost: string | null = null
  #tellOpened: (failure: Error | null) => void = () => undefined
  #tellEnd: (reason: string | null) => void = () => undefined

  constructor(request: CaptureRequest, kernelBufferOctets: number) {
    this.#request = request
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve
    })
    this.#process = startProcess(request, kernelBufferOctets)
    const { child, input, output, words } = this.#process
    const reader = new MessageReader((kind, body) => this.#onMessage(kind, body))
    output.on('data', (chunk: Buffer) => reader.push(chunk))
    words.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-SAID_KEPT_CHARACTERS)
    })
    input.on('error', () => undefined) // the process is gone, which 'close' tells
    this.#gone = new Promise((resolve) => {
      const end = (reason: string): void => {
        this.#onGone(reason)
        resolve()
      }
      child.on('error', (error) => end(`${this.#what}: its process did not start: ${error.message}`))
      child.on('close', (status, signal) => end(this.#reasonOf(status, signal)))
    })
    this.opened = this.#awaitOpened()
  }

  /** Of the process that holds the capture. */
  get pid(): number | undefined {
    return this.#process.child.pid
  }

  drops(): null {
    return null
  }

  send(frames: readonly Uint8Array[]): Promise<void> {
    if (this.#lost !== null) return Promise.reject(new Error(this.#lost))
    return new Promise((resolve, reject) => {
      this.#sendings.push({ of: frames.length, resolve, reject })
      this.#process.input.write(encodeSend(frames))
    })
  }

  async close(): Promise<void> {
    this.#lost = `${this.#what}: the capture is closed`
    this.#tellEnd(null)
    this.#process.input.end()
    const tooLate = setTimeout(() => this.#process.child.kill('SIGKILL'), END_DEADLINE_MS)
    await this.#gone
    clearTimeout(tooLate)
  }

  get #what(): string {
    return `${this.#request.namespace ?? 'this host'}:${this.#request.interfaceName}`
  }

  async #awaitOpened(): Promise<void> {
    const late = new Error(`${this.#what}: its process did not open it within ${OPEN_DEADLINE_MS} ms`)
    const tooLate = setTimeout(() => this.#tellOpened(late), OPEN_DEADLINE_MS)
    const failure = await new Promise<Error | null>((resolve) => {
      this.#tellOpened = resolve
    })
    clearTimeout(tooLate)
    if (failure === null) return
    await this.close()
    throw failure
  }

  #onMessage(kind: number, body: Buffer): void {
    if (kind === KIND.frames) decodeCaptured(body, this.#take)
    else if (kind === KIND.sent) this.#onSent(body)
    else if (kind === KIND.opened) this.#tellOpened(null)
    else if (kind === KIND.failed) this.#tellOpened(new Error(`${this.#what}: ${body.toString()}`))
  }

  readonly #take = (octets: Buffer, originalLength: number | null): void => {
    if (this.#lost !== null) return
    this.#request.onFrame({ octets, originalLength, timestampNs: null, direction: null })
  }

  #onSent(body: Buffer): void {
    const sending = this.#sendings.shift()
    if (sending === undefined) return
    const { count, failure } = decodeSent(body)
    if (failure === '') sending.resolve()
    else sending.reject(this.#sendError(failure, count, sending.of))
  }

  #sendError(failure: string, sent: number, of: number): Error {
    const errno = errnoOfText(failure)
    if (errno === undefined) return new Error(`${this.#what}: ${failure}`)
    return new PartialSendError('pcap_sendpacket', errno, this.#request.interfaceName, sent, of)
  }

  #onGone(reason: string): void {
    this.#tellOpened(new Error(reason))
    this.#lost ??= reason
    this.#tellEnd(reason)
    for (const sending of this.#sendings.splice(0)) sending.reject(new Error(reason))
  }

  #reasonOf(status: number | null, signal: string | null): string {
    if (signal === 'SIGABRT') return `${this.#what} went down or was removed, or cap failed: it aborted`
    const lines = this.#said.split('\n').filter((line) => line !== '' && !line.startsWith('Warning:'))
    const last = lines.find((line) => /Error: /.test(line)) ?? lines.at(-1) ?? 'it said nothing'
    return `${this.#what}: its process ended with ${signal ?? `status ${status}`}: ${last}`
  }
}

/** A process belongs to the network namespace that the thread was in which started it. */
function startProcess(request: CaptureRequest, kernelBufferOctets: number): CapProcess {
  const options: CapOptions = {
    interfaceName: request.interfaceName,
    filter: request.filter ?? '',
    snapLengthOctets: request.snapLengthOctets ?? LONGEST_SNAP_OCTETS,
    kernelBufferOctets,
  }
  const loader = createRequire(import.meta.url).resolve('tsx/cjs')
  const entry = fileURLToPath(new URL('./cap-process.ts', import.meta.url))
  const command = [process.execPath, '--require', loader, '--eval', START, entry, JSON.stringify(options)]
  const child = inNamespace(request.namespace, () =>
    spawn('/bin/sh', ['-c', WITHOUT_CORE, ...command], { stdio: ['pipe', 'ignore', 'pipe', 'pipe'] }),
  )
  const [input, , words, output] = child.stdio
  return { child, input: input as Writable, output: output as Readable, words: words as Readable }
}
