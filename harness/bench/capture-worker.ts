/**
 * The highest rate that a capture takes without losing a frame: `capture-worker ROUNDS SECONDS SIZE RATE...`, in a
 * network of its own, the sender in a process of its own. Rates go up until frames are lost. Prints JSON: for each way
 * to capture the highest rates, round by round (0: not even the lowest), or why it cannot be measured.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openCapCapture } from '../port/cap-capture.ts'
import type { Capture, OpenCapture } from '../port/capture-backend.ts'
import { turnOffloadsOff } from '../port/offloads.ts'
import { openRingCapture } from '../port/ring-capture.ts'
import { mortal, ownProgram } from './contained.ts'
import { inTurn } from './measurement.ts'
import { tool } from './others.ts'

export interface Captured {
  way: 'ring' | 'cap' | 'tcpdump'
  rates: readonly number[]
  lacking: string | null
}

/** What is left in buffers comes within that. */
const SILENCE_MS = 300
/** As large as the ring's. */
const TCPDUMP_BUFFER_KIB = 16_384
/** It hands over what it has once a second, and what it has not handed over when it ends is lost. */
const TCPDUMP_SILENCE_MS = 1500
const FILTER = 'ether proto 0x88b5'

/** Frames that came, when `count` were sent. */
type Receive = (send: () => Promise<void>, count: number) => Promise<number>

const [rounds = 1, seconds = 1, size = 64, ...ladder] = process.argv.slice(2).map(Number)
const nics = ['left', 'right']
execFileSync('ip', ['-batch', '-'], {
  input: [
    'link add left type veth peer name right',
    ...nics.map((nic) => `link set ${nic} addrgenmode none up`),
  ].join('\n'),
})
for (const nic of nics) turnOffloadsOff(null, nic)
const senderPath = fileURLToPath(new URL('./capture-sender.ts', import.meta.url))
const [program = '', ...args] = mortal(ownProgram(senderPath, ['left']))
const sender = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
const answers = createInterface({ input: sender.stdout })[Symbol.asyncIterator]()
await order(0, 1024)

const tcpdump = tool('tcpdump', 'tcpdump')
const ways: { way: Captured['way']; receive: Receive; lacking: string | null }[] = [
  { way: 'ring', receive: through(openRingCapture), lacking: null },
  { way: 'cap', receive: through(openCapCapture), lacking: await failure(openCapCapture) },
  { way: 'tcpdump', receive: throughTcpdump, lacking: tcpdump.program === null ? tcpdump.lacking : null },
]
const here = ways.filter(({ lacking }) => lacking === null)
const figures = await inTurn(
  rounds,
  ...here.map(
    ({ receive }) =>
      () =>
        highest(receive),
  ),
)
const results: Captured[] = [
  ...here.map(({ way }, index) => ({ way, rates: figures[index] ?? [], lacking: null })),
  ...ways.filter(({ lacking }) => lacking !== null).map(({ way, lacking }) => ({ way, rates: [], lacking })),
]
sender.stdin.end()
process.stdout.write(JSON.stringify(results), () => process.exit(0))

/** The rate as it was, of the last step without loss. */
async function highest(receive: Receive): Promise<number> {
  let best = 0
  for (const rate of ladder) {
    const count = Math.ceil((rate * seconds) / 1024) * 1024
    let took = 0
    const came = await receive(async () => {
      took = await order(rate, count)
    }, count)
    if (came !== count) return best
    best = count / took
  }
  return best
}

async function order(rate: number, count: number): Promise<number> {
  sender.stdin.write(`${size} ${rate} ${count}\n`)
  const { value } = await answers.next()
  return Number(value)
}

function through(openCapture: OpenCapture): Receive {
  return async (send, count) => {
    let came = 0
    const onFrame = (): void => {
      came += 1
    }
    const capture = await openCapture({ namespace: null, interfaceName: 'right', filter: FILTER, onFrame })
    try {
      await send()
      for (let before = -1; came !== before && came < count; ) {
        before = came
        await setTimeout(SILENCE_MS)
      }
      return (capture.drops() ?? 0) === 0 ? came : -1
    } finally {
      await capture.close()
    }
  }
}

async function throughTcpdump(send: () => Promise<void>): Promise<number> {
  const [own = '', ...rest] = mortal([
    ...[
      tcpdump.program ?? '',
      '-Z',
      'root',
      '-i',
      'right',
      '-n',
      '-B',
      String(TCPDUMP_BUFFER_KIB),
      '-w',
      '/dev/null',
    ],
    ...FILTER.split(' '),
  ])
  const child = spawn(own, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  const heard = (words: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (said.includes(words)) resolve()
      }
      child.stderr.on('data', look)
      look()
    })
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await heard('listening on')
  await send()
  await setTimeout(TCPDUMP_SILENCE_MS)
  child.kill('SIGINT')
  await heard('dropped by kernel')
  return Number(/(\d+) packets? captured/.exec(said)?.[1])
}

async function failure(openCapture: OpenCapture): Promise<string | null> {
  try {
    const capture: Capture = await openCapture({
      ...{ namespace: null, interfaceName: 'right', onFrame: () => undefined },
    })
    await capture.close()
    return null
  } catch (error) {
    return (error as Error).message
  }
}
