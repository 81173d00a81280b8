/**
 * How long the proof of one absence takes over 8 guests: one guest sends a broadcast, and it is proved that no guest of
 * the other tenant gets it. Where the site's kernel has no VLANs, a frame to a guest that the bridges know, which no
 * third guest may get.
 */
import { hostFeatures, lacking } from '../lab/features.ts'
import type { LocalKind } from '../lab/site.ts'
import { carriesNot, EVERYBODY, experimental, type Guest, type Port, type Stimulus } from '../proof/index.ts'
import type { CaseRun } from '../runner/case-run.ts'
import { type BenchLab, withLab } from './labs.ts'
import type { Measurement, Options } from './measurement.ts'
import { atMost, lackingRow, row } from './table.ts'

const GUESTS = 8
const TENANTS = 2
const IN_AGENT_TARGET = atMost(1)
const FOR_CASE_TARGET = atMost(4)
/** Until the machine's code is compiled. */
const WARM_UP = 100

interface Absence {
  from: Guest
  stimulus: () => Stimulus
  at: readonly Port[]
}

/** Of one window, in ms. */
interface Times {
  agent: number
  /** What is left of the question and the answer: the line, and both ends of it. */
  way: number
  case: number
  /** In the case: the script before, the record and the verdicts after. */
  own: number
}

export const absence: Measurement = {
  name: 'absence',
  async run(options) {
    for (const kind of ['uml', 'host'] as const) {
      try {
        await onSite(kind, options)
      } catch (error) {
        const what = `one absence over ${GUESTS} guests, ${kind} site`
        options.tell(lackingRow(what, 'ms', (error as Error).message, FOR_CASE_TARGET))
      }
    }
  },
}

async function onSite(kind: LocalKind, { quick, tell }: Options): Promise<void> {
  const hasVlans = kind === 'uml' || lacking('vlan', (await hostFeatures()).missing).length === 0
  const scenario = hasVlans ? 'vlan' : 'bridged'
  const windows = quick ? 50 : 1000
  await withLab({ kind, scenario, guests: GUESTS, tenants: TENANTS }, async (lab) => {
    const subject = hasVlans ? tenantsApart(lab) : await knownUnicast(lab)
    const clock = new WindowClock(lab)
    for (let count = 0; count < WARM_UP; count += 1) await prove(lab.newRun(), subject)
    const all: Times[] = []
    for (let count = 0; count < windows; count += 1) {
      const begin = performance.now()
      await prove(lab.newRun(), subject)
      all.push(clock.split(performance.now() - begin))
    }
    const what = `one absence at ${subject.at.length} ports over ${GUESTS} guests, ${kind} site, ${scenario}`
    const times = (part: keyof Times) => all.map((each) => each[part])
    const note = `of ${windows} windows; the maximum is the worst`
    tell(row(`${what}: in the agent`, 'ms', times('agent'), { target: IN_AGENT_TARGET, note }))
    tell(row(`${what}: the way there and back`, 'ms', times('way')))
    tell(row(`${what}: script, record and verdicts`, 'ms', times('own')))
    tell(row(`${what}: for the case`, 'ms', times('case'), { target: FOR_CASE_TARGET, note }))
  })
}

/** A broadcast, which stays in its sender's tenant. */
function tenantsApart({ world }: BenchLab): Absence {
  const [from] = world.guests
  if (from === undefined) throw new Error('a lab without guests')
  const peers = world.peersOf(from)
  const others = world.guests.filter((guest) => guest !== from && !peers.includes(guest))
  return { from, stimulus: () => experimental({ from, to: EVERYBODY }), at: others.map(({ port }) => port) }
}

/** A frame between two guests that have spoken before. */
async function knownUnicast({ world, newRun }: BenchLab): Promise<Absence> {
  const [from, to, ...others] = world.guests
  if (from === undefined || to === undefined) throw new Error('a lab without guests')
  const words = world.guests.map((guest) => ({ guest, word: experimental({ from: guest, to: EVERYBODY }) }))
  await newRun().window({}, async (w) => {
    for (const { guest, word } of words) await w.inject(guest, word)
    await w.proveDelivery({ of: words.map(({ word }) => word), at: [] })
  })
  return { from, stimulus: () => experimental({ from, to }), at: others.map(({ port }) => port) }
}

async function prove(run: CaseRun, { from, stimulus: make, at }: Absence): Promise<void> {
  const stimulus = make()
  const seen = await run.window({}, async (w) => {
    await w.inject(from, stimulus)
    await w.proveAbsence({ of: stimulus, at })
  })
  for (const port of at) {
    const { verdict, expected, found } = carriesNot(seen.at(port), stimulus)
    if (verdict !== 'conforms') throw new Error(`not proved: ${found ?? expected}`)
  }
}

/** Looks at each window as it goes to the agent and comes back. */
class WindowClock {
  #agentMs = 0
  #playMs = 0

  constructor({ lab }: BenchLab) {
    const play = lab.play.bind(lab)
    lab.play = async (run, steps) => {
      const begin = performance.now()
      const result = await play(run, steps)
      this.#playMs = performance.now() - begin
      this.#agentMs = result.durationMs
      return result
    }
  }

  split(caseMs: number): Times {
    const [agent, play] = [this.#agentMs, this.#playMs]
    return { agent, way: play - agent, case: caseMs, own: caseMs - play }
  }
}
