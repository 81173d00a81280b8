/**
 * The agent's program: `agent [DEVICE]`. It serves one controller on standard input and output, or on a serial line,
 * and ends when the controller is gone: nobody is left to answer to.
 */
import { openSync } from 'node:fs'
import { release } from 'node:os'
import { ReadStream, WriteStream } from 'node:tty'
import { Agent } from './agent.ts'
import { connect, octetsTaken, ready } from './messages/index.ts'

/** On a serial line the controller must know when it may send on: it is told after so many octets. */
const TELL_EVERY_OCTETS = 512

const [device] = process.argv.slice(2)
const { input, output } = device === undefined ? standardStreams() : serialLine(device)
const connection = connect(input, output)
new Agent().serve(connection)
connection.onClose(() => process.exit(0))
input.on('end', () => process.exit(0))

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
