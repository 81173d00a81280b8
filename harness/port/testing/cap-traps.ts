/**
 * Walks into a trap of the package `cap`, in a process of its own: `cap-traps NIC TRAP`. Prints what came of it; only
 * a process that lives to its end prints at all. Needs --expose-gc. For tests only.
 */
import { setTimeout } from 'node:timers/promises'
import { CapSession } from '../cap-session.ts'
import { LONGEST_SNAP_OCTETS } from '../capture-backend.ts'
import { numberedFrame, numberOf } from './numbered-frame.ts'

const [interfaceName = '', trap = ''] = process.argv.slice(2)
const options = { interfaceName, filter: 'ether proto 0x88b5', kernelBufferOctets: 8 << 20 }

const traps: Record<string, () => Promise<unknown>> = {
  'a failed open, collected': async () => {
    const failures = ['no such words', 'ether proto 0x88b5'].map((filter, index) =>
      messageOf(() =>
        CapSession.open(
          { ...options, filter, interfaceName: index === 0 ? interfaceName : 'absent' },
          () => undefined,
        ),
      ),
    )
    await collect()
    return failures
  },
  'sending when it is closed': async () => {
    const session = CapSession.open(options, () => undefined)
    session.send(numberedFrame(1))
    session.close()
    session.close()
    const failure = messageOf(() => session.send(numberedFrame(2)))
    await collect()
    return failure
  },
  'a buffer that nobody refers to': async () => {
    const { seen, session } = await captureInSecret()
    await collect()
    session.send(numberedFrame(3, { sizeOctets: 1000 }))
    await until(() => seen.length === 1)
    return seen
  },
  'one capture after the other': async () => {
    const all: number[][] = []
    for (const number of [1, 2, 3]) {
      const { seen, session } = await captureInSecret()
      session.send(numberedFrame(number, { sizeOctets: 1000 }))
      await until(() => seen.length === 1)
      session.close()
      await collect()
      all.push([...seen])
    }
    return all
  },
}

async function captureInSecret() {
  const seen: number[] = []
  const session = CapSession.open(options, (octets) => seen.push(numberOf(Buffer.from(octets))))
  return { seen, session }
}

/** What is given back is written over by what is taken next. */
async function collect(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    global.gc?.()
    Buffer.alloc(LONGEST_SNAP_OCTETS, 0xee)
    await setTimeout(1) // finalizers run when the event loop turns
  }
}

async function until(done: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!done() && performance.now() < deadline) await setTimeout(1)
}

function messageOf(action: () => unknown): string {
  try {
    action()
    return 'nothing was refused'
  } catch (error) {
    return (error as Error).message
  }
}

process.stdout.write(JSON.stringify(await traps[trap]?.()), () => process.exit(0))
