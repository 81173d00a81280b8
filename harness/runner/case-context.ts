/** What a case is given: the lab, windows, and a place for what it measured. */
import type { Scenario } from '../lab/scenario.ts'
import {
  type Guest,
  type LimiterView,
  type LoadOptions,
  type Offer,
  outageOf,
  type Port,
  type PortView,
  type Seen,
  type SentSeries,
  type WindowScript,
} from '../proof/index.ts'
import type { Measured } from '../report/results.ts'
import { type CaseLab, labOf } from './case-lab.ts'
import type { CallSeen, CaseRun, Say, TalkOptions, TalkSeen, WindowOptions } from './case-run.ts'
import { loadWindow, measureRate } from './load-window.ts'

export interface CaseContext {
  lab: CaseLab
  /** What stands in it is written down, then played in one go. */
  window(options: WindowOptions, write: (script: WindowScript) => Promise<void> | void): Promise<Seen>
  /**
   * A window in which these rates are offered, side by side: at the senders' ports and at these others what passes is
   * captured. Beforehand everybody is told that nobody is beyond `outside`.
   */
  load(offers: readonly Offer[], options: LoadOptions & { at: readonly Port[] }): Promise<Seen>
  /** Two guests answer each other, frame by frame, while something else happens. */
  talk(a: Guest, b: Guest, meanwhile: () => Promise<void>, options?: TalkOptions): Promise<TalkSeen>
  /** Guests send to another every few ms, whether it hears them or not, while something else happens, and a bit longer. */
  call(callers: readonly Guest[], to: Guest, meanwhile: (say: Say) => Promise<void>): Promise<CallSeen>
  measure(name: string, measured: Measured): void
  /** The rate of a limiter's steady part with its 95% interval, and what was offered to it. */
  measureRate(name: string, limiter: LimiterView): void
  /** Of a talk or a call, where it is to arrive: the frames lost and the longest interruption, under names of their own. */
  measureOutage(at: PortView, series: SentSeries, circumstances?: string): void
  /** The implementation does not offer this, or is better than the weakness that the rule documents. */
  notSupported(reason: string): void
}

export type CaseBody = (context: CaseContext) => Promise<void>

export function contextOf(run: CaseRun, scenario: Scenario, protects: readonly string[]): CaseContext {
  const { judgement } = run
  return {
    lab: labOf(run, scenario, protects),
    window: run.window,
    load: (offers, options) => loadWindow(run, offers, options),
    talk: run.talk,
    call: run.call,
    measure: run.measure,
    measureRate: (name, limiter) => measureRate(run, name, limiter),
    measureOutage(at, series, circumstances = '') {
      const { framesLost, interruptionMs } = outageOf(at, series)
      const which = `from ${series.from} to ${at.port.guest ?? at.port.id}${circumstances}`
      run.measure(`frames lost ${which}`, { value: framesLost })
      run.measure(`interruption ${which}, ms`, { value: interruptionMs })
    },
    notSupported: (reason) =>
      judgement.add({ verdict: 'not supported', expected: reason, found: reason, frames: [] }),
  }
}
