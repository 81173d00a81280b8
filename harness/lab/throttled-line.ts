/**
 * Sends on only when the other side has taken what was sent before: User Mode Linux's serial line stops for good with
 * more than about 4,096 octets unread inside.
 */
import { Writable } from 'node:stream'

const MOST_UNREAD_OCTETS = 2048

export class ThrottledLine extends Writable {
  readonly #line: Writable
  #waiting: { octets: Buffer; done: () => void } | undefined
  #sent = 0
  #taken = 0

  constructor(line: Writable) {
    super()
    this.#line = line
    line.on('error', () => this.destroy())
    line.on('close', () => this.destroy())
  }

  /** @param total octets that the other side has taken since the start */
  taken(total: number): void {
    this.#taken = total
    this.#flush()
  }

  override _write(octets: Buffer, _encoding: string, done: () => void): void {
    this.#waiting = { octets, done }
    this.#flush()
  }

  #flush(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    const room = MOST_UNREAD_OCTETS - (this.#sent - this.#taken)
    const part = waiting.octets.subarray(0, Math.max(room, 0))
    if (part.length > 0) this.#line.write(part)
    this.#sent += part.length
    waiting.octets = waiting.octets.subarray(part.length)
    if (waiting.octets.length > 0) return
    this.#waiting = undefined
    waiting.done()
  }
}
