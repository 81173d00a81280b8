/**
 * How many frames a second go out, by each way to send: `inject-worker ROUNDS COUNT`, in a network of its own. Prints
 * JSON: for each way its rates, round by round, or why it cannot be measured.
 */
import { execFileSync } from 'node:child_process'
import { openCapCapture } from '../port/cap-capture.ts'
import { FrameBatch } from '../port/frame-batch.ts'
import { PacketSocket } from '../port/packet-socket.ts'
import { TapDevice } from '../port/tap.ts'
import { benchFrame } from './bench-frame.ts'
import { inTurn } from './measurement.ts'
import { numberOf, pythonTool } from './others.ts'

export interface Injected {
  way: 'sendmmsg' | 'sendto' | 'tap' | 'cap' | 'scapy'
  sizeOctets: number
  rates: readonly number[]
  lacking: string | null
}

const SIZES = [64, 1514]
/** Slow ones send fewer. */
const SHARE = { sendmmsg: 1, sendto: 0.5, tap: 0.5, cap: 0.5, scapy: 0.02 }
const SCAPY = `
import sys, time
from scapy.all import Ether, sendp
packets = [Ether(bytes.fromhex(sys.argv[2]))] * int(sys.argv[3])
begin = time.perf_counter()
sendp(packets, iface=sys.argv[1], verbose=False)
print(time.perf_counter() - begin)`

const [rounds = 1, countOfAll = 0] = process.argv.slice(2).map(Number)
execFileSync('ip', ['-batch', '-'], {
  input: [
    'link add left type veth peer name right',
    'link set left addrgenmode none up',
    'link set right addrgenmode none up',
  ].join('\n'),
})
const tap = TapDevice.open('tap0', null)
execFileSync('ip', ['link', 'set', 'tap0', 'addrgenmode', 'none', 'up'])
const socket = PacketSocket.open(null)
const cap = await openCapCapture({
  ...{ namespace: null, interfaceName: 'left', filter: 'less 1', onFrame: () => undefined },
}).catch((error: Error) => error.message)
const scapy = pythonTool('scapy.all', 'python3-scapy')

const results: Injected[] = []
for (const size of SIZES) {
  const frame = benchFrame(size)
  const batch = FrameBatch.copiesOf(frame, 1024)
  const many = Array.from({ length: 1024 }, () => frame)
  const repeat = (count: number, action: () => unknown): void => {
    for (let sent = 0; sent < count; sent += 1) action()
  }
  const ways: { way: Injected['way']; lacking: string | null; send: (count: number) => unknown }[] = [
    {
      way: 'sendmmsg',
      lacking: null,
      send: (count) => repeat(count / 1024, () => socket.sendBatch('left', batch)),
    },
    { way: 'sendto', lacking: null, send: (count) => repeat(count, () => socket.send('left', frame)) },
    { way: 'tap', lacking: null, send: (count) => repeat(count, () => tap.write(frame)) },
    {
      way: 'cap',
      lacking: typeof cap === 'string' ? cap : null,
      send: async (count) => {
        for (let sent = 0; sent < count; sent += 1024) if (typeof cap !== 'string') await cap.send(many)
      },
    },
  ]
  const here = ways.filter(({ lacking }) => lacking === null)
  const sides = here.map(({ way, send }) => async () => {
    const count = Math.ceil((countOfAll * SHARE[way]) / 1024) * 1024
    const begin = performance.now()
    await send(count)
    return count / ((performance.now() - begin) / 1000)
  })
  const scapyCount = Math.ceil(countOfAll * SHARE.scapy)
  const { program } = scapy
  const hex = Buffer.from(frame).toString('hex')
  if (program !== null)
    sides.push(async () => scapyCount / numberOf(program, SCAPY, ['left', hex, String(scapyCount)]))
  const figures = await inTurn(rounds, ...sides)
  const measured = [...here.map(({ way }) => way), ...(program === null ? [] : (['scapy'] as const))]
  results.push(
    ...measured.map((way, index) => ({ way, sizeOctets: size, rates: figures[index] ?? [], lacking: null })),
    ...ways
      .filter(({ lacking }) => lacking !== null)
      .map(({ way, lacking }) => ({ way, sizeOctets: size, rates: [], lacking })),
  )
  if (program === null) results.push({ way: 'scapy', sizeOctets: size, rates: [], lacking: scapy.lacking })
}
process.stdout.write(JSON.stringify(results), () => process.exit(0))
