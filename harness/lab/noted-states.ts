/**
 * What hypervisors held at certain moments, and what they hold otherwise now. A namespace shares its files with the
 * others of its site, so only the folder of what runs is looked at there besides the run directory; on a machine of its
 * own only the run directory: elsewhere a machine that lives makes files of its own.
 */
import { differences, type MachineState, readState } from './machine-state/index.ts'
import type { Place } from './place.ts'
import type { Plan } from './plan.ts'

/** `bare`: before the implementation was first asked for anything. `now`: when the case said so. */
export type Moment = 'bare' | 'now'

/** By the hypervisor's name: a line for each thing that is other than it was. */
export type StateChanges = Readonly<Record<string, readonly string[]>>

const NAMESPACE_DIRECTORIES = ['/run']
/** A process that is just ending still counts: it gets so long. */
const ENDING_MS = 2000
const IS_PROCESS = /^process /
const PID = / \(pid \d+\)/

export class NotedStates {
  readonly #placeOf: (hypervisor: string) => Place
  readonly #states = new Map<string, MachineState>()
  /** By the hypervisor's name: what is nobody's but the fault's. */
  readonly #ofFault = new Map<string, ReadonlySet<string>>()

  constructor(placeOf: (hypervisor: string) => Place) {
    this.#placeOf = placeOf
  }

  async note(moment: Moment, plans: readonly Plan[]): Promise<void> {
    await Promise.all(
      plans.map(async (plan) => this.#states.set(keyOf(moment, plan), await this.#read(plan))),
    )
  }

  has(moment: Moment, plan: Plan): boolean {
    return this.#states.has(keyOf(moment, plan))
  }

  /** A fault that is put in place is never undone: what it leaves is not blamed on `configure down`. */
  async forgive(plans: readonly Plan[], apply: () => Promise<void>): Promise<void> {
    await this.note('now', plans)
    await apply()
    const changes = await this.changesSince('now', plans)
    for (const [hypervisor, lines] of Object.entries(changes))
      this.#ofFault.set(hypervisor, new Set(lines.map(withoutPid)))
  }

  /** Where an implementation is up its processes are meant to run: nobody waits for them to end. */
  async changesSince(
    moment: Moment,
    plans: readonly Plan[],
    isUp: (hypervisor: string) => boolean = () => false,
  ): Promise<StateChanges> {
    const changes = plans.map(async (plan) => {
      const before = this.#states.get(keyOf(moment, plan))
      if (before === undefined) throw new Error(`the state of ${plan.hypervisor} was not noted: ${moment}`)
      const ofFault = this.#ofFault.get(plan.hypervisor)
      const lines = await this.#changes(before, plan, isUp(plan.hypervisor) ? 0 : ENDING_MS)
      return [plan.hypervisor, lines.filter((line) => ofFault?.has(withoutPid(line)) !== true)] as const
    })
    return Object.fromEntries(await Promise.all(changes))
  }

  async #changes(before: MachineState, plan: Plan, endingMs: number): Promise<readonly string[]> {
    const deadline = performance.now() + endingMs
    for (;;) {
      const lines = differences(before, await this.#read(plan))
      if (!lines.some((line) => IS_PROCESS.test(line)) || performance.now() > deadline) return lines
    }
  }

  #read({ hypervisor, runDirectory }: Plan): Promise<MachineState> {
    const place = this.#placeOf(hypervisor)
    const directories = place.namespace === null ? [] : NAMESPACE_DIRECTORIES
    return readState(place, { runDirectory, directories })
  }
}

/** What runs in a loop has another number each time. */
function withoutPid(line: string): string {
  return line.replace(PID, '')
}

function keyOf(moment: Moment, { hypervisor }: Plan): string {
  return `${moment} ${hypervisor}`
}
