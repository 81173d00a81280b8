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

export class NotedStates {
  readonly #placeOf: (hypervisor: string) => Place
  readonly #states = new Map<string, MachineState>()

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

  async changesSince(moment: Moment, plans: readonly Plan[]): Promise<StateChanges> {
    const changes = plans.map(async (plan) => {
      const before = this.#states.get(keyOf(moment, plan))
      if (before === undefined) throw new Error(`the state of ${plan.hypervisor} was not noted: ${moment}`)
      return [plan.hypervisor, await this.#changes(before, plan)] as const
    })
    return Object.fromEntries(await Promise.all(changes))
  }

  async #changes(before: MachineState, plan: Plan): Promise<readonly string[]> {
    const deadline = performance.now() + ENDING_MS
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

function keyOf(moment: Moment, { hypervisor }: Plan): string {
  return `${moment} ${hypervisor}`
}
