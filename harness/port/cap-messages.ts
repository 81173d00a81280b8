/**
 * What a capture's process and its parent say to each other over two pipes: messages of a length (4 octets, of what
 * follows), a kind (1 octet) and a body. Integers little-endian.
 *   frames: for each the length that is kept, the original length (UNKNOWN if nobody knows), the octets
 *   send:   for each frame its length, its octets        sent: how many, then the reason of a failure or nothing
 *   opened: nothing                                      failed: the reason
 */

export const KIND = { opened: 1, failed: 2, frames: 3, sent: 4, send: 5 } as const
export const UNKNOWN = 0xffff_ffff
const HEAD_OCTETS = 5

/** How the process is told what to do: its one argument, as JSON. */
export interface CapOptions {
  interfaceName: string
  filter: string
  snapLengthOctets: number
  kernelBufferOctets: number
}

export function encodeMessage(kind: number, body: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(HEAD_OCTETS + body.length)
  message.writeUInt32LE(1 + body.length, 0)
  message.writeUInt8(kind, 4)
  message.set(body, HEAD_OCTETS)
  return message
}

/** Cuts a byte stream into messages. */
export class MessageReader {
  readonly #onMessage: (kind: number, body: Buffer) => void
  #rest: Buffer = Buffer.alloc(0)

  /** A body is valid during the call only. */
  constructor(onMessage: (kind: number, body: Buffer) => void) {
    this.#onMessage = onMessage
  }

  push(chunk: Buffer): void {
    const octets = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (octets.length - at >= HEAD_OCTETS) {
      const end = at + 4 + octets.readUInt32LE(at)
      if (end > octets.length) break
      this.#onMessage(octets.readUInt8(at + 4), octets.subarray(at + HEAD_OCTETS, end))
      at = end
    }
    this.#rest = octets.subarray(at)
  }
}

/** Gathers captured frames until there is no room for another, as one message. */
export class FramesMessage {
  readonly #octets: Buffer
  #end = HEAD_OCTETS

  constructor(capacityOctets: number) {
    this.#octets = Buffer.alloc(capacityOctets)
  }

  get isEmpty(): boolean {
    return this.#end === HEAD_OCTETS
  }

  hasRoomFor(frameOctets: number): boolean {
    return this.#end + 8 + frameOctets <= this.#octets.length
  }

  add(frame: Uint8Array, originalLength: number): void {
    this.#octets.writeUInt32LE(frame.length, this.#end)
    this.#octets.writeUInt32LE(originalLength, this.#end + 4)
    this.#octets.set(frame, this.#end + 8)
    this.#end += 8 + frame.length
  }

  /** The message, valid until the next `add`. */
  take(): Buffer {
    this.#octets.writeUInt32LE(this.#end - 4, 0)
    this.#octets.writeUInt8(KIND.frames, 4)
    const message = this.#octets.subarray(0, this.#end)
    this.#end = HEAD_OCTETS
    return message
  }
}

export function decodeCaptured(
  body: Buffer,
  onFrame: (octets: Buffer, originalLength: number | null) => void,
): void {
  let at = 0
  while (at < body.length) {
    const end = at + 8 + body.readUInt32LE(at)
    const originalLength = body.readUInt32LE(at + 4)
    onFrame(body.subarray(at + 8, end), originalLength === UNKNOWN ? null : originalLength)
    at = end
  }
}

export function encodeSend(frames: readonly Uint8Array[]): Buffer {
  const parts = frames.flatMap((frame) => [lengthOf(frame), frame])
  return encodeMessage(KIND.send, Buffer.concat(parts))
}

export function decodeSend(body: Buffer): readonly Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const end = at + 4 + body.readUInt32LE(at)
    frames.push(body.subarray(at + 4, end))
    at = end
  }
  return frames
}

export function encodeSent(count: number, failure: string): Buffer {
  const body = Buffer.alloc(4)
  body.writeUInt32LE(count, 0)
  return encodeMessage(KIND.sent, Buffer.concat([body, Buffer.from(failure)]))
}

export function decodeSent(body: Buffer): { count: number; failure: string } {
  return { count: body.readUInt32LE(0), failure: body.toString('utf8', 4) }
}

function lengthOf(frame: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(frame.length, 0)
  return length
}
