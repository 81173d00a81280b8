/**
 * All ordered pairs of guests, proved and judged one by one: every guest sends one broadcast, which must come once,
 * untagged, to each guest of its tenant and to none of another. One window proves them all.
 */
import { carries, carriesNot, EVERYBODY, experimental } from '../proof/index.ts'
import { type BenchLab, withLab } from './labs.ts'
import { inTurn, type Measurement, type Options } from './measurement.ts'
import { mininet, type PingAll } from './mininet.ts'
import { atMost, comparison, lackingRow, row } from './table.ts'

interface Size {
  guests: number
  tenants: number
  target: number | null // s
  /** Whether Mininet is asked to do as much: its time grows with the pairs. */
  beside: boolean
}

const SIZES: readonly Size[] = [
  { guests: 4, tenants: 2, target: null, beside: true },
  { guests: 16, tenants: 4, target: null, beside: true },
  { guests: 64, tenants: 8, target: 1, beside: false },
  { guests: 256, tenants: 8, target: null, beside: false },
]
const MININET = 'Mininet’s pingAll, as many hosts'

export const pairs: Measurement = {
  name: 'pairs',
  async run(options) {
    for (const size of SIZES) {
      try {
        await ofSize(size, options)
      } catch (error) {
        const target = size.target === null ? null : atMost(size.target)
        options.tell(lackingRow(nameOf(size), 's', (error as Error).message, target))
      }
    }
  },
}

async function ofSize(size: Size, { quick, tell }: Options): Promise<void> {
  const { guests, tenants, target } = size
  const rounds = quick ? 3 : guests > 64 ? 5 : 15
  const other = size.beside ? await mininet(guests) : null
  try {
    await withLab({ kind: 'uml', scenario: 'vlan', guests, tenants }, async (lab) => {
      for (let warmUp = 0; warmUp < 3; warmUp += 1) await proveAll(lab)
      const own = () => proveAll(lab)
      const sides = other === null || 'lacking' in other ? [own] : [own, () => other.pingAll()]
      const [ours = [], theirs] = await inTurn(rounds, ...sides)
      const compared = theirs === undefined ? null : comparison(MININET, 's', ours, theirs)
      const wanted = target === null ? null : atMost(target)
      tell(row(nameOf(size), 's', ours, { compared, target: wanted, note: noteOf(size, ours, other) }))
    })
  } finally {
    if (other !== null && 'end' in other) await other.end()
  }
}

function nameOf({ guests, tenants }: Size): string {
  return `all ${guests * (guests - 1)} ordered pairs of ${guests} guests in ${tenants} tenants, proved and judged`
}

function noteOf(
  { guests }: Size,
  seconds: readonly number[],
  other: PingAll | { lacking: string } | null,
): string {
  const micros = (Math.min(...seconds) / (guests * (guests - 1))) * 1e6
  const own = `at best ${micros.toFixed(0)} µs a pair`
  return other !== null && 'lacking' in other ? `${own}; ${other.lacking}` : own
}

/** From the first word of the script to the last verdict, in seconds. */
async function proveAll({ world, newRun }: BenchLab): Promise<number> {
  const begin = performance.now()
  const run = newRun()
  const sent = world.guests.map((from) => ({ from, stimulus: experimental({ from, to: EVERYBODY }) }))
  const seen = await run.window({}, async (w) => {
    for (const { from, stimulus } of sent) await w.inject(from, stimulus)
    const stimuli = sent.map(({ stimulus }) => stimulus)
    await w.proveAbsence({ of: stimuli, at: world.guests.map(({ port }) => port) })
  })
  for (const { from, stimulus } of sent) {
    const peers = new Set(world.peersOf(from))
    for (const to of world.guests.filter((guest) => guest !== from)) {
      const view = seen.at(to.port)
      const { verdict, expected, found } = peers.has(to)
        ? carries(view, stimulus, { times: 1, tag: 'untagged' })
        : carriesNot(view, stimulus)
      if (verdict !== 'conforms') throw new Error(`not proved: ${found ?? expected}`)
    }
  }
  return (performance.now() - begin) / 1000
}
