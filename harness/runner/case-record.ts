/** A case as it is kept: its evidence on disk, and what it claimed absent, which stays watched until the run ends. */
import { join } from 'node:path'
import type { Lab } from '../lab/lab.ts'
import type { Scenario } from '../lab/scenario.ts'
import { type AbsenceClaim, type Assertion, isOf, type Port, tagsOf, worst } from '../proof/index.ts'
import { appendLate, type LateFrame, writeEvidence, writeObservations } from '../report/evidence.ts'
import type { CaseResult, SiteDescription } from '../report/results.ts'
import { summarise } from '../wire/index.ts'
import type { CaseRun } from './case-run.ts'
import type { LateArrival } from './case-source.ts'

export interface CaseTitle {
  id: string
  title: string
  file: string
  scenario: Scenario
}

export interface Surroundings {
  reportFolder: string
  application: string
  site: SiteDescription
  run: number
  caseNumber: number
  /** Of the first frame that the case sent. */
  firstNumber: number
  lab: Lab
  /** Why the body was not run to its end, else null. */
  failure: string | null
}

/** Of what came late at once. */
const MOST_TOLD = 3

export class CaseRecord {
  #result: CaseResult
  readonly #run: CaseRun
  readonly #lab: Lab
  readonly #ports: readonly Port[]
  readonly #surroundings: Surroundings
  readonly #late: Assertion[] = []
  #frames: number

  constructor(result: CaseResult, run: CaseRun, surroundings: Surroundings) {
    this.#result = result
    this.#run = run
    this.#lab = surroundings.lab
    this.#ports = run.world.ports
    this.#surroundings = surroundings
    this.#frames = run.windows.reduce((sum, window) => sum + window.frames.length, 0)
  }

  get result(): CaseResult {
    return this.#result
  }

  write(): void {
    const { application, site } = this.#surroundings
    writeEvidence(this.#folder, {
      title: `${this.#result.id} ${this.#result.name}`,
      application,
      os: `Linux ${site.kernel} (${site.kind})`,
      ports: this.#ports,
      windows: this.#run.windows,
      assertions: this.#run.judgement.assertions,
      observations: this.#observations(),
    })
  }

  /** A signed frame came to a port from which this case had proved it absent: the case deviates after all. */
  takeLate(arrivals: readonly LateArrival[]): void {
    const mine = arrivals.flatMap((arrival) => {
      const claim = this.#run.judgement.absenceClaims.find((candidate) =>
        breaks(arrival, candidate, this.#ports),
      )
      return claim === undefined ? [] : [this.#lateFrame(arrival, claim)]
    })
    if (mine.length === 0) return
    appendLate(this.#folder, this.#ports, mine)
    for (const { frame, comment } of mine) {
      this.#late.push({
        verdict: 'deviates',
        expected: comment,
        found: `frame ${frame.frame}: ${comment}`,
        frames: [frame.frame],
      })
    }
    const verdict = worst([this.#result.verdict, 'deviates'])
    const reasons = [
      this.#result.reason,
      ...mine.slice(0, MOST_TOLD).map(({ frame, comment }) => `frame ${frame.frame}: ${comment}`),
      ...(mine.length > MOST_TOLD
        ? [`and ${mine.length - MOST_TOLD} more: observations.json has them all`]
        : []),
    ]
    this.#result = {
      ...this.#result,
      verdict,
      reason: reasons.filter((reason) => reason !== null).join('\n'),
    }
    writeObservations(this.#folder, this.#observations())
  }

  get #folder(): string {
    return join(this.#surroundings.reportFolder, this.#result.evidence ?? '')
  }

  #lateFrame(arrival: LateArrival, claim: AbsenceClaim): LateFrame {
    this.#frames += 1
    const frame = { ...arrival, frame: this.#frames, signature: arrival.number }
    const what = `${summarise(arrival.octets)} (${tagsOf(arrival.octets)})`
    return {
      frame,
      comment: `BROKEN: ${claim.port} never carries ${claim.summary}, but after the window came ${what}`,
    }
  }

  #observations(): object {
    const { run, caseNumber, firstNumber, site, failure } = this.#surroundings
    const { topology, implementation, fault } = this.#lab.specification
    return {
      schema: 1,
      result: this.#result,
      run,
      caseNumber,
      firstNumber,
      failure,
      site,
      topology: topology.name,
      implementation: implementation.name,
      protects: implementation.protects,
      settleMs: implementation.settleMs,
      fault: fault?.path ?? null,
      plans: Object.fromEntries(this.#lab.plans),
      configureCalls: this.#lab.calls,
      ports: this.#ports,
      guests: this.#run.world.guests.map(({ port, nic, ...guest }) => ({
        ...guest,
        port: port.id,
        nic: nic.id,
      })),
      machines: this.#run.world.machines,
      performed: this.#run.performed,
      windows: this.#run.windows.map(({ frames, ports, story, sent, series }) => ({
        frames: { first: frames[0]?.frame ?? null, count: frames.length },
        ports,
        story,
        sent,
        series,
      })),
      lostBetweenWindows: this.#run.lostBetween,
      assertions: [...this.#run.judgement.assertions, ...this.#late],
    }
  }
}

function breaks(arrival: LateArrival, claim: AbsenceClaim, ports: readonly Port[]): boolean {
  const isIt = isOf({ octets: arrival.octets, signature: arrival.number }, claim.sent)
  if (!isIt || arrival.port !== claim.port) return false
  return ports.find((port) => port.id === arrival.port)?.kind !== 'tap' || arrival.direction === 'out'
}
