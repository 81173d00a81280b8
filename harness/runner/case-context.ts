/** What a case is given: the lab's guests and ports, windows, and a place for what it measured. */
import type { Scenario } from '../lab/scenario.ts'
import type { Guest, Port, Seen, WindowScript } from '../proof/index.ts'
import type { Measured } from '../report/results.ts'
import type { WindowOptions } from './case-run.ts'

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
