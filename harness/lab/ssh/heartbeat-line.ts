/**
 * The line to an agent that ends when it hears nothing: between the messages that pass through, a beat is put now and
 * then. Who sends the messages, in which process, does not matter.
 */
import { Transform, type TransformCallback } from 'node:stream'
import { framed, heartbeat } from '../../agent/messages/index.ts'

const BEAT_EVERY_MS = 2000
const END_OF_HEADERS = '\r\n\r\n'

export class HeartbeatLine extends Transform {
  readonly #timer: NodeJS.Timeout
  /** Of the message that passes: its headers so far, or how many octets of its content are still to come. */
  #headers = ''
  #octetsLeft = 0

  constructor() {
    super()
    const message = framed({ jsonrpc: '2.0', method: heartbeat.method } as Parameters<typeof framed>[0])
    this.#timer = setInterval(() => {
      if (this.#headers === '' && this.#octetsLeft === 0) this.push(message)
    }, BEAT_EVERY_MS)
    this.#timer.unref()
  }

  override _transform(octets: Buffer, _encoding: string, done: TransformCallback): void {
    let at = 0
    while (at < octets.length) at = this.#pass(octets, at)
    done(null, octets)
  }

  override _flush(done: TransformCallback): void {
    clearInterval(this.#timer)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearInterval(this.#timer)
    done(error)
  }

  /** Follows the message to where a part of it, or these octets, end. */
  #pass(octets: Buffer, at: number): number {
    if (this.#octetsLeft > 0) {
      const passed = Math.min(this.#octetsLeft, octets.length - at)
      this.#octetsLeft -= passed
      return at + passed
    }
    this.#headers += String.fromCharCode(octets[at] ?? 0)
    if (this.#headers.endsWith(END_OF_HEADERS)) {
      this.#octetsLeft = Number(/^content-length: *(\d+)/im.exec(this.#headers)?.[1] ?? 0)
      this.#headers = ''
    }
    return at + 1
  }
}
