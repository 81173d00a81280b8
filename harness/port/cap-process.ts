/**
 * The process that one capture by `cap` lives in: `cap-process OPTIONS`, see cap-messages.ts. It was started inside
 * the NIC's namespace. It ends when its standard input does, so also when its parent is killed.
 */
import { writeSync } from 'node:fs'
import {
  type CapOptions,
  decodeSend,
  encodeMessage,
  encodeSent,
  FramesMessage,
  KIND,
  MessageReader,
  UNKNOWN,
} from './cap-messages.ts'
import { CapSession } from './cap-session.ts'

/** Not standard output: whoever looks at that makes it non-blocking, and native code may print there. */
const OUTPUT = 3
const GATHERED_OCTETS = 1 << 18

const [argument = ''] = process.argv.slice(2)
const { snapLengthOctets, ...options } = JSON.parse(argument) as CapOptions
const gathered = new FramesMessage(GATHERED_OCTETS)
const session = open()
say(encodeMessage(KIND.opened, Buffer.alloc(0)))

const reader = new MessageReader((kind, body) => {
  if (kind === KIND.send) sendAll(decodeSend(body))
})
process.stdin.on('data', (chunk: Buffer) => reader.push(chunk))
process.stdin.on('error', () => process.exit(0))
process.stdin.on('end', () => process.exit(0))

function open(): CapSession {
  try {
    return CapSession.open(options, onFrame)
  } catch (error) {
    say(encodeMessage(KIND.failed, Buffer.from((error as Error).message)))
    process.exit(1)
  }
}

/** `cap` hands over all that is there before the event loop turns: what came together is told together. */
function onFrame(octets: Uint8Array, originalLength: number | null): void {
  const kept = octets.subarray(0, snapLengthOctets)
  if (!gathered.hasRoomFor(kept.length)) tell()
  if (gathered.isEmpty) setImmediate(tell)
  gathered.add(kept, originalLength ?? UNKNOWN)
}

function tell(): void {
  if (!gathered.isEmpty) say(gathered.take())
}

function sendAll(frames: readonly Buffer[]): void {
  let sent = 0
  let failure = ''
  try {
    for (const frame of frames) {
      session.send(frame)
      sent += 1
    }
  } catch (error) {
    failure = (error as Error).message
  }
  say(encodeSent(sent, failure))
}

/** Waits until the parent has taken it: meanwhile the kernel's buffer holds what comes. */
function say(message: Uint8Array): void {
  let rest = message
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(OUTPUT, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0) // nobody is left to tell
      throw error
    }
  }
}
