/**
 * The agent's program: `agent [--heartbeat] [--lock FILE] [DEVICE]`. It serves one controller on standard input and
 * output, or on a serial line, and ends when the controller is gone: nobody is left to answer to. With a heartbeat,
 * a controller that is silent is gone, too. The file is removed at the end.
 */
import { openSync, rmSync } from 'node:fs'
import { release } from 'node:os'
import { ReadStream, WriteStream } from 'node:tty'
import { parseArgs } from 'node:util'
import { Agent } from './agent.ts'
import { connect, heartbeat, octetsTaken, ready } from './messages/index.ts'
import { endWhenSilent } from './silence.ts'

/** On a serial line the controller must know when it may send on: it is told after so many octets. */
const TELL_EVERY_OCTETS = 512

const { values: flags, positionals } = parseArgs({
  options: { heartbeat: { type: 'boolean', default: false }, lock: { type: 'string' } },
  allowPositionals: true,
})
const [device] = positionals
const { lock } = flags
if (lock !== undefined) process.on('exit', () => rmSync(lock, { force: true }))
const { input, output } = device === undefined ? standardStreams() : serialLine(device)
const connection = connect(input, output)
new Agent().serve(connection)
connection.onClose(() => process.exit(0))
input.on('end', () => process.exit(0))
connection.onNotification(heartbeat, () => undefined)
if (flags.heartbeat) endWhenSilent(input)

if (device !== undefined) {
  let taken = 0
  let told = 0
  input.on('data', (octets: Buffer) => {
    taken += octets.length
    if (taken - told < TELL_EVERY_OCTETS) return
    told = taken
    void connection.sendNotification(octetsTaken, taken)
  })
}
connection.listen()
void connection.sendNotification(ready, { kernel: release(), node: process.version })

function standardStreams() {
  return { input: process.stdin, output: process.stdout }
}

/** The line is in raw mode already (stty): Node's own raw mode would still turn LF into CR LF. */
function serialLine(path: string) {
  return { input: new ReadStream(openSync(path, 'r+')), output: new WriteStream(openSync(path, 'r+')) }
}
