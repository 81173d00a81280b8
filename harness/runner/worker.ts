/**
 * One test worker: it has one site, on it one lab at a time, and judges cases one after the other. It outlives the
 * case files, so that cases of one scenario share a lab.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { inject } from 'vitest'
import { BadInput } from '../lab/bad-input.ts'
import { ConfigureFailed } from '../lab/configure.ts'
import { type Fault, loadFault } from '../lab/fault-file.ts'
import { lacking } from '../lab/features.ts'
import { type Implementation, loadImplementation } from '../lab/implementation.ts'
import { Lab } from '../lab/lab.ts'
import { connectToRelay } from '../lab/relay.ts'
import type { Scenario } from '../lab/scenario.ts'
import { connectSite, LabError, NoSite, type Site } from '../lab/site.ts'
import { loadTopology, type Topology } from '../lab/topology.ts'
import { CaseError, type Guest, type Numbering, type Verdict, worst } from '../proof/index.ts'
import type { CaseResult } from '../report/results.ts'
import type { CaseBody, CaseContext, GuestName } from './case-context.ts'
import { CaseRecord, type CaseTitle } from './case-record.ts'
import { CaseRun } from './case-run.ts'
import { type LateArrival, lateOf } from './live-window.ts'
import type { CaseOutcome, RunOrder } from './outcome.ts'

/** Its own deadlines are shorter. */
const HANGS_AFTER_MS = 100_000

/** The worker of this process. It is the process's, not a module's: vitest may load a module again for another file. */
const HOLDER = globalThis as { frameproofWorker?: Worker }

export function worker(): Worker {
  HOLDER.frameproofWorker ??= new Worker(inject('frameproof'))
  return HOLDER.frameproofWorker
}

export class Worker {
  readonly #order: RunOrder
  readonly #implementation: Implementation
  readonly #fault: Fault | null
  readonly #topology: Topology
  readonly #run: number
  readonly #records: CaseRecord[] = []
  #site: Site | undefined
  #lab: Lab | undefined
  #cases = 0
  #frames = 0

  constructor(order: RunOrder) {
    this.#order = order
    this.#implementation = loadImplementation(order.implementation)
    this.#fault = order.fault === null ? null : loadFault(order.fault)
    this.#topology = loadTopology(order.topology)
    this.#run = (order.run + poolNumber()) >>> 0
  }

  /** A fault is for its own scenarios only. */
  judgesIn(scenario: Scenario): boolean {
    return this.#fault?.scenarios.includes(scenario) ?? true
  }

  /** @param softErrors what vitest's own assertions found, asked for when the body has ended */
  async judge(title: CaseTitle, body: CaseBody, softErrors: () => readonly string[]): Promise<CaseOutcome> {
    const begin = performance.now()
    const result = (verdict: Verdict, reason: string | null): CaseResult => ({
      id: title.id,
      name: title.title,
      file: title.file,
      scenario: title.scenario,
      verdict,
      reason,
      durationMs: performance.now() - begin,
      measured: {},
      evidence: null,
    })
    const refusal = this.#refusal(title)
    if (refusal !== null) return this.#outcome(result('not supported', refusal))
    try {
      const lab = await this.#labFor(title.scenario)
      return this.#outcome(await this.#judgeOn(lab, title, body, softErrors, result))
    } catch (error) {
      const reason = (error as Error).message
      const fatal = error instanceof BadInput || error instanceof ConfigureFailed || error instanceof NoSite
      return { ...this.#outcome(result('could not run', reason)), fatal: fatal ? reason : null }
    }
  }

  /** Takes what came after the last window: an absence holds only as long as nothing comes late. */
  async watchLate(): Promise<void> {
    if (this.#lab === undefined) return
    try {
      this.#takeLate(await lateOf(this.#lab, this.#run))
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      this.#abandonSite() // nothing more can be watched there
    }
  }

  async #judgeOn(
    lab: Lab,
    { id, title, scenario }: CaseTitle,
    body: CaseBody,
    softErrors: () => readonly string[],
    resultOf: (verdict: Verdict, reason: string | null) => CaseResult,
  ): Promise<CaseResult> {
    this.#cases += 1
    const numbering: Numbering = { run: this.#run, caseNumber: this.#cases, next: () => ++this.#frames }
    const run = new CaseRun(lab, numbering, (late) => this.#takeLate(late))
    const failure = await this.#play(run, scenario, body)
    const verdicts: Verdict[] = [run.judgement.verdict()]
    const assertedNothing = run.judgement.assertions.length === 0
    const reasons = assertedNothing && failure !== null ? [] : [run.judgement.reason()]
    for (const message of softErrors()) {
      verdicts.push('deviates')
      reasons.push(message)
    }
    if (failure !== null) {
      verdicts.push('could not run')
      reasons.push(failure)
    }
    const reason = reasons.filter((text) => text !== null).join('\n')
    const evidence = this.#unusedFolder(join('evidence', id, `${slug(title)}-${scenario}`))
    const result = {
      ...resultOf(worst(verdicts), reason === '' ? null : reason),
      measured: run.measured,
      evidence,
    }
    const { reportFolder } = this.#order
    const surroundings = {
      reportFolder,
      application: 'Frameproof',
      site: this.#description(),
      run: this.#run,
      caseNumber: this.#cases,
    }
    const record = new CaseRecord(result, run, surroundings)
    try {
      record.write()
      record.takeLate(run.late)
    } catch (error) {
      const unwritten = `the evidence could not be written: ${(error as Error).message}`
      const told = [record.result.reason, unwritten].filter((text) => text !== null).join('\n')
      return {
        ...record.result,
        verdict: worst([result.verdict, 'could not run']),
        reason: told,
        evidence: null,
      }
    }
    this.#records.push(record)
    return record.result
  }

  /** Two case files of one rule may bear the same title. */
  #unusedFolder(name: string): string {
    let folder = name
    for (let next = 2; existsSync(join(this.#order.reportFolder, folder)); next += 1)
      folder = `${name}-${next}`
    return folder
  }

  /** Runs the body. Returns why it could not be run to its end, else null. */
  async #play(run: CaseRun, scenario: Scenario, body: CaseBody): Promise<string | null> {
    try {
      const hung = setTimeout(HANGS_AFTER_MS, 'hung' as const, { ref: false })
      if ((await Promise.race([body(contextOf(run, scenario)), hung])) !== 'hung') return null
      this.#abandonSite() // the body may still play on it
      return `the case did not end within ${HANGS_AFTER_MS / 1000} s`
    } catch (error) {
      if (error instanceof LabError) {
        this.#abandonSite()
        return error.message
      }
      const kind = error instanceof CaseError ? 'the case is wrong' : 'the case failed'
      return `${kind}: ${(error as Error).message}`
    }
  }

  #refusal({ id, scenario }: CaseTitle): string | null {
    const { name, scenarios, notSupported } = this.#implementation
    const declared = notSupported[id]
    if (declared !== undefined) return `${name}: ${declared}`
    return scenarios.includes(scenario) ? null : `${name} does not offer the scenario ${scenario}`
  }

  async #labFor(scenario: Scenario): Promise<Lab> {
    if (this.#lab?.specification.scenario === scenario) return this.#lab
    const lacks = lacking(scenario, this.#order.missing)
    if (lacks.length > 0)
      throw new Unfit(`this host's kernel lacks ${lacks.join(', ')}, which the scenario ${scenario} needs`)
    await this.watchLate()
    const old = this.#lab
    this.#lab = undefined
    try {
      await old?.remove()
      this.#site ??= await connectSite(await connectToRelay(this.#order.relay, poolNumber()))
      const specification = {
        topology: this.#topology,
        scenario,
        implementation: this.#implementation,
        fault: this.#fault,
      }
      this.#lab = await Lab.build(this.#site, specification)
      return this.#lab
    } catch (error) {
      if (error instanceof LabError) this.#abandonSite()
      throw error
    }
  }

  /** A site that failed once is not trusted again: the next case gets another. */
  #abandonSite(): void {
    this.#lab = undefined
    this.#site?.close()
    this.#site = undefined
  }

  #takeLate(late: readonly LateArrival[]): void {
    if (late.length > 0) for (const record of this.#records) record.takeLate(late)
  }

  #outcome(result: CaseResult): CaseOutcome {
    return { result, site: this.#site === undefined ? null : this.#description(), fatal: null }
  }

  #description() {
    return { name: 'lab', kind: this.#site?.kind ?? 'none', kernel: this.#site?.kernel ?? 'unknown' }
  }
}

function contextOf(run: CaseRun, scenario: Scenario): CaseContext {
  const { world } = run
  const byName = Object.fromEntries(world.guests.map((guest) => [guest.name, guest]))
  const guests: CaseContext['lab']['guests'] = new Proxy(byName as Record<GuestName, Guest>, {
    get(known, name) {
      const guest = known[name as GuestName]
      if (guest === undefined) throw new CaseError(`the topology has no guest ${String(name)}`)
      return guest
    },
  })
  const trunk = (hypervisor: string) => {
    const port = world.ports.find((candidate) => candidate.kind === 'uplink' && candidate.node === hypervisor)
    if (port === undefined) throw new CaseError(`the topology has no hypervisor ${hypervisor}`)
    return port
  }
  return {
    lab: { guests, everyGuest: world.guests, scenario, trunk },
    window: run.window,
    measure: run.measure,
  }
}

/** The site's kernel cannot carry a scenario; nothing is wrong with it otherwise. */
class Unfit extends Error {}

function poolNumber(): number {
  return Number(process.env.VITEST_POOL_ID ?? 1)
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
