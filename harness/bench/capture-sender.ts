/**
 * Sends on a NIC at a rate, in a process of its own: `capture-sender NIC`. A line `SIZE RATE COUNT` on standard input
 * is an order (rate 0: as fast as it goes); the answer is the number of seconds that it took.
 */
import { createInterface } from 'node:readline'
import { FrameBatch } from '../port/frame-batch.ts'
import { PacketSocket } from '../port/packet-socket.ts'
import { benchFrame } from './bench-frame.ts'

/** Few enough that a paced sender is even within a millisecond. */
const PACED_FRAMES = 32

const [interfaceName = ''] = process.argv.slice(2)
const socket = PacketSocket.open(null)

for await (const line of createInterface({ input: process.stdin })) {
  const [size = 64, rate = 0, count = 0] = line.split(' ').map(Number)
  process.stdout.write(`${sendAll(FrameBatch.copiesOf(benchFrame(size), PACED_FRAMES), rate, count)}\n`)
}

function sendAll(batch: FrameBatch, rate: number, count: number): number {
  const begin = performance.now()
  for (let sent = 0; sent < count; ) {
    const due = rate === 0 ? count : ((performance.now() - begin) / 1000) * rate
    if (sent < due) sent += socket.sendBatch(interfaceName, batch)
  }
  return (performance.now() - begin) / 1000
}
