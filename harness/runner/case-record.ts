/** A case as it is kept: its evidence on disk, and what it claimed absent, which stays watched until the run ends. */
import { join } from 'node:path'
import type { NoiseAtPort } from '../agent/messages/index.ts'
import type { Lab } from '../lab/lab.ts'
import type { Scenario } from '../lab/scenario.ts'
import { type Assertion, type Port, type RecordedFrame, worst } from '../proof/index.ts'
import { writeClassic } from '../report/classic.ts'
import { writeCurves } from '../report/curves-files.ts'
import { appendLate, writeEvidence, writeObservations, writeStates } from '../report/evidence.ts'
import type { CaseResult, SiteDescription } from '../report/results.ts'
import type { CaseRun } from './case-run.ts'
import type { LateArrival } from './case-source.ts'
import { assertionOf, claimBreakers, inWords } from './late.ts'

export interface CaseTitle {
  id: string
  title: string
  file: string
  scenario: Scenario
}

export interface Surroundings {
  reportFolder: string
  application: string
  sites: readonly SiteDescription[]
  run: number
  caseNumber: number
  /** Of the first frame that the case sent. */
  firstNumber: number
  lab: Lab
  /** Why the body was not run to its end, else null. */
  failure: string | null
  pcap: boolean
  /** What each port carried of other traffic, from the end of the case before to the end of this one. */
  noise: readonly NoiseAtPort[]
}

export class CaseRecord {
  #result: CaseResult
  readonly #run: CaseRun
  readonly #lab: Lab
  readonly #ports: readonly Port[]
  readonly #surroundings: Surroundings
  readonly #late: Assertion[] = []
  readonly #lateFrames: RecordedFrame[] = []
  #frames: number

  constructor(result: CaseResult, run: CaseRun, surroundings: Surroundings) {
    this.#result = result
    this.#run = run
    this.#lab = surroundings.lab
    this.#ports = run.world.everyPort
    this.#surroundings = surroundings
    this.#frames = run.windows.reduce((sum, window) => sum + window.frames.length, 0)
  }

  get result(): CaseResult {
    return this.#result
  }

  write(): void {
    const { application, sites } = this.#surroundings
    writeEvidence(this.#folder, {
      title: `${this.#result.id} ${this.#result.name}`,
      application,
      os: inWordsOf(sites),
      scenario: this.#result.scenario,
      ports: this.#ports,
      guests: this.#run.world.firstGuests,
      windows: this.#run.windows,
      assertions: this.#run.judgement.assertions,
      observations: this.#observations(),
    })
    writeCurves(this.#folder, this.#run.curves)
    this.#writeClassic()
  }

  /** How hypervisors stood when the case deviated. It is no part of the verdict. */
  writeStates(states: ReadonlyMap<string, string>): void {
    writeStates(this.#folder, states)
  }

  /** A signed frame came to a port from which this case had proved it absent: the case deviates after all. */
  takeLate(arrivals: readonly LateArrival[]): void {
    const mine = claimBreakers(arrivals, this.#run.judgement.absenceClaims, this.#ports, this.#frames)
    if (mine.length === 0) return
    this.#frames += mine.length
    appendLate(this.#folder, this.#ports, mine)
    this.#late.push(...mine.map(assertionOf))
    this.#lateFrames.push(...mine.map(({ frame }) => frame))
    this.#writeClassic()
    const reasons = [this.#result.reason, ...inWords(mine)].filter((reason) => reason !== null)
    const verdict = worst([this.#result.verdict, 'deviates'])
    this.#result = { ...this.#result, verdict, reason: reasons.join('\n') }
    writeObservations(this.#folder, this.#observations())
  }

  #writeClassic(): void {
    if (!this.#surroundings.pcap) return
    const { windows } = this.#run
    const drops = new Map<string, number>()
    for (const { ports } of windows)
      for (const { port, drops: lost } of ports) drops.set(port, (drops.get(port) ?? 0) + lost)
    const frames = [...windows.flatMap((window) => window.frames), ...this.#lateFrames]
    writeClassic(this.#folder, frames, drops)
  }

  get #folder(): string {
    return join(this.#surroundings.reportFolder, this.#result.evidence ?? '')
  }

  #observations(): object {
    const { run, caseNumber, firstNumber, sites, failure, noise } = this.#surroundings
    const { topology, implementation, fault } = this.#lab.specification
    return {
      schema: 1,
      result: this.#result,
      run,
      caseNumber,
      firstNumber,
      failure,
      sites,
      topology: topology.name,
      implementation: implementation.name,
      protects: implementation.protects,
      settleMs: implementation.settleMs,
      fault: fault?.path ?? null,
      plans: Object.fromEntries(this.#lab.plans),
      configureCalls: this.#lab.calls,
      ports: this.#ports,
      guests: this.#run.world.firstGuests.map(({ port, nic, ...guest }) => ({
        ...guest,
        port: port.id,
        nic: nic.id,
      })),
      machines: this.#run.world.machines,
      performed: this.#run.performed,
      windows: this.#run.windows.map(({ frames, ports, story, sent, series, clocks }) => ({
        frames: { first: frames[0]?.frame ?? null, count: frames.length },
        ports,
        story,
        sent,
        series,
        clocks,
      })),
      curves: this.#run.curves,
      lostBetweenWindows: this.#run.lostBetween,
      ...(noise.length === 0 ? {} : { noise }),
      assertions: [...this.#run.judgement.assertions, ...this.#late],
    }
  }
}

/** "Linux 6.1.176 (uml)"; of several sites each by its name. */
function inWordsOf(sites: readonly SiteDescription[]): string {
  const words = sites.map(
    ({ name, kind, kernel }) => `${sites.length > 1 ? `${name}: ` : ''}Linux ${kernel} (${kind})`,
  )
  return words.join(', ')
}
