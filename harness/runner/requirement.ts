/** How a case is written: `requirement(ID, title, body)`. The title is the requirement; the body reads like it. */
import { afterAll, test } from 'vitest'
import type { Scenario } from '../lab/plan.ts'
import type { Guest, Port, Seen, WindowScript } from '../proof/index.ts'
import type { Measured } from '../report/results.ts'
import type { WindowOptions } from './case-run.ts'
import { findRequirement } from './catalogue.ts'
import { worker } from './worker.ts'

export interface CaseContext {
  lab: CaseLab
  window(options: WindowOptions, write: (script: WindowScript) => Promise<void> | void): Promise<Seen>
  measure(name: string, measured: Measured): void
}

export interface CaseLab {
  /** By name. One that the topology at hand does not have is an error of the case. */
  guests: Readonly<Record<GuestName, Guest>>
  everyGuest: readonly Guest[]
  scenario: Scenario
  /** A hypervisor's physical port: `trunk('hv1')` is `hv1:eth0`. */
  trunk(hypervisor: string): Port
}

/** The guests of the usual topology. */
export type GuestName = 'red1' | 'red2' | 'red3' | 'blue1' | 'blue2'

export type CaseBody = (context: CaseContext) => Promise<void>

/** Longer than the worker lets a case hang, booting a site included: this ends only what blocks the worker itself. */
const BLOCKS_AFTER_MS = 240_000

export function requirement(id: string, title: string, body: CaseBody): void {
  afterAll(() => worker().watchLate())
  for (const scenario of findRequirement(id).scenarios) {
    test(`${id} ${title} (${scenario})`, { timeout: BLOCKS_AFTER_MS }, async ({ task }) => {
      const file = task.file.name
      task.meta.frameproof = await worker().judge({ id, title, file, scenario }, body, () => softErrors(task))
    })
  }
}

/** What vitest's own assertions found: they are soft, so the body went on. */
function softErrors(task: {
  result?: { errors?: readonly { message: string }[] | undefined } | undefined
}): readonly string[] {
  return (task.result?.errors ?? []).map((error) => error.message)
}
