/**
 * One test worker: it has one site, on it one lab at a time, and judges cases one after the other. It outlives the
 * case files, so that cases of one scenario share a lab.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { inject } from 'vitest'
import type { NoiseAtPort } from '../agent/messages/index.ts'
import { BadInput } from '../lab/bad-input.ts'
import { ConfigureFailed } from '../lab/configure.ts'
import { type Fault, loadFault } from '../lab/fault-file.ts'
import { planWithout } from '../lab/features.ts'
import type { Implementation } from '../lab/implementation.ts'
import { Lab } from '../lab/lab.ts'
import { groundOf } from '../lab/layout.ts'
import type { Scenario } from '../lab/scenario.ts'
import { LabError, NoSite } from '../lab/site.ts'
import type { Topology } from '../lab/topology.ts'
import { type Verdict, worst } from '../proof/index.ts'
import type { CaseResult } from '../report/results.ts'
import type { CaseBody } from './case-context.ts'
import { CaseRecord, type CaseTitle } from './case-record.ts'
import { CaseRun } from './case-run.ts'
import type { LateArrival } from './case-source.ts'
import { conclude, type Failure, playBody } from './conclusion.ts'
import { requireFeatures, Topologies } from './fitting.ts'
import { LiveSource, lateOf } from './live-source.ts'
import { QUIET_SCENARIOS } from './noise.ts'
import type { CaseOutcome, RunOrder } from './outcome.ts'
import type { CaseOptions, WrittenCase } from './requirement.ts'
import { WorkerSites } from './worker-sites.ts'
import { worldOf } from './world.ts'

/** Its own deadlines are shorter; and a lease of two minutes may have to run out. */
const HANGS_AFTER_MS = 250_000
/** Where machines are emulated, and each call of `configure` takes seconds. */
const HANGS_ON_MACHINES_AFTER_MS = 400_000
/** A case that is judged with `--scale` only. */
const HANGS_AT_SCALE_AFTER_MS = 500_000

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
  readonly #topologies: Topologies
  readonly #sites: WorkerSites
  readonly #run: number
  readonly #records: CaseRecord[] = []
  #lab: Lab | undefined
  /** What the ports carried of other traffic, and nobody was told yet. */
  #noise: readonly NoiseAtPort[] = []
  #cases = 0
  #frames = 0

  constructor(order: RunOrder) {
    this.#order = order
    this.#implementation = order.implementation
    this.#fault = order.fault === null ? null : loadFault(order.fault)
    this.#topologies = new Topologies(order)
    this.#sites = new WorkerSites(order, poolNumber())
    this.#run = (order.run + poolNumber()) >>> 0
  }

  /** A fault is for its own scenarios only. */
  judgesIn(scenario: Scenario): boolean {
    return this.#fault?.scenarios.includes(scenario) ?? true
  }

  /** In the order in which it would judge a case in them: that of the lab that stands comes first. */
  inOrder(scenarios: readonly Scenario[]): readonly Scenario[] {
    const stands = (scenario: Scenario): boolean => scenario === this.#lab?.specification.scenario
    return [...scenarios.filter(stands), ...scenarios.filter((scenario) => !stands(scenario))]
  }

  /** Whether cases that take minutes are wanted, too. */
  get isScale(): boolean {
    return this.#order.scale
  }

  async judge(title: CaseTitle, { body, options }: WrittenCase): Promise<CaseOutcome> {
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
      const lab = await this.#labFor(title, this.#topologies.for(options), options.notesBare)
      return this.#outcome(await this.#judgeOn(lab, title, { body, options }, result))
    } catch (error) {
      if (error instanceof Ended) return { ...this.#outcome(error.result), fatal: error.message }
      const reason = (error as Error).message
      if (error instanceof ConfigureFailed && options.vids !== undefined)
        return this.#outcome(result('deviates', reason))
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
      this.#abandonSites() // nothing more can be watched there
    }
  }

  async #judgeOn(
    lab: Lab,
    { id, title, scenario }: CaseTitle,
    { body, options }: Pick<WrittenCase, 'body' | 'options'>,
    resultOf: (verdict: Verdict, reason: string | null) => CaseResult,
  ): Promise<CaseResult> {
    this.#cases += 1
    const firstNumber = this.#frames + 1
    let states: ReadonlyMap<string, string> = new Map()
    const run = new CaseRun({
      source: new LiveSource(lab, this.#run),
      world: worldOf(lab.specification.topology, scenario, lab),
      numbering: { run: this.#run, caseNumber: this.#cases, next: (count = 1) => this.#number(count) },
      settleMs: this.#implementation.settleMs,
      onLate: (late) => this.#takeLate(late),
      onDeviation: async () => {
        if (this.#lab === lab) states = await lab.inWords()
      },
    })
    const failure = await this.#play(run, scenario, body, this.#deadlineMs(options))
    this.#noise = await this.#noiseIn(lab)
    const { verdict, reason } = conclude(run, failure)
    const evidence = this.#unusedFolder(join('evidence', id, `${slug(title)}-${scenario}`))
    const result = { ...resultOf(verdict, reason), measured: run.measured, evidence }
    const record = new CaseRecord(result, run, {
      ...{
        reportFolder: this.#order.reportFolder,
        application: 'Frameproof',
        sites: this.#sites.descriptions(),
      },
      ...{ run: this.#run, caseNumber: this.#cases, firstNumber, lab, failure: failure?.reason ?? null },
      pcap: this.#order.pcap,
      noise: this.#noise,
    })
    try {
      record.write()
      record.takeLate(run.late)
      if (record.result.verdict === 'deviates') await run.noteDeviation()
      record.writeStates(states)
    } catch (error) {
      const unwritten = `the evidence could not be written: ${(error as Error).message}`
      const told = [record.result.reason, unwritten].filter((text) => text !== null).join('\n')
      const worse = worst([result.verdict, 'could not run'])
      return { ...record.result, verdict: worse, reason: told, evidence: null }
    }
    this.#records.push(record)
    if (failure?.cause instanceof ConfigureFailed || failure?.cause instanceof BadInput)
      throw new Ended(failure.reason, record.result)
    await this.#requireClean(lab, run)
    return record.result
  }

  async #noiseIn(lab: Lab): Promise<readonly NoiseAtPort[]> {
    if (this.#lab !== lab) return [] // it was given up
    try {
      return (await lab.takeNoise()) ?? []
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      this.#abandonSites()
      return []
    }
  }

  #number(count: number): number {
    this.#frames += count
    return this.#frames - count + 1
  }

  /** The next case finds the lab as it was built, or gets another. */
  async #requireClean(lab: Lab, run: CaseRun): Promise<void> {
    if (this.#lab !== lab) return
    const undoesFault = this.#fault !== null && run.performed.length > 0
    try {
      if (!undoesFault && (await lab.isAsBuilt())) return
      await this.watchLate()
      this.#lab = undefined
      await lab.remove()
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      this.#abandonSites()
    }
  }

  /** Two case files of one rule may bear the same title. */
  #unusedFolder(name: string): string {
    let folder = name
    for (let next = 2; existsSync(join(this.#order.reportFolder, folder)); next += 1)
      folder = `${name}-${next}`
    return folder
  }

  /** Runs the body. Returns why it could not be run to its end, else null. */
  async #play(run: CaseRun, scenario: Scenario, body: CaseBody, deadlineMs: number): Promise<Failure | null> {
    const hung = setTimeout(deadlineMs, 'hung' as const, { ref: false })
    const failure = await Promise.race([playBody(run, scenario, this.#implementation.protects, body), hung])
    if (failure === 'hung' || failure?.cause instanceof LabError) this.#abandonSites() // the body may still play on it
    if (failure !== 'hung') return failure
    return { reason: `the case did not end within ${deadlineMs / 1000} s`, cause: null }
  }

  #deadlineMs({ scale = false }: CaseOptions): number {
    if (scale) return HANGS_AT_SCALE_AFTER_MS
    return this.#order.layout.machines === null ? HANGS_AFTER_MS : HANGS_ON_MACHINES_AFTER_MS
  }

  #refusal({ id, scenario }: CaseTitle): string | null {
    const { name, scenarios, notSupported, configure } = this.#implementation
    const declared = notSupported[id]
    if (declared !== undefined) return `${name}: ${declared}`
    if (scenarios.includes(scenario)) return null
    return configure === null
      ? `the machines are configured for ${scenarios.join(', ')}, not for ${scenario}`
      : `${name} does not offer the scenario ${scenario}`
  }

  async #labFor(title: CaseTitle, topology: Topology, notesBare = false): Promise<Lab> {
    const { scenario } = title
    this.#requireFeatures(title)
    const standing = this.#lab?.specification
    const isFit = standing?.scenario === scenario && standing.topology === topology
    if (this.#lab !== undefined && isFit && (!notesBare || standing.notesBare === true)) return this.#lab
    await this.watchLate()
    const old = this.#lab
    this.#lab = undefined
    try {
      await old?.remove()
      const sites = await this.#sites.connected()
      this.#requireFeatures(title) // of machines it is known only now
      const ground = groundOf(this.#order.layout, topology, sites)
      const [implementation, fault] = [this.#implementation, this.#fault]
      const missing = [this.#order.layout.missing, ...this.#sites.missingAt.values()].flat()
      const documented = { ...this.#order.layout.documented, ...planWithout(missing, scenario) }
      const noiseFramesPerSecond = QUIET_SCENARIOS.includes(scenario)
        ? null
        : this.#order.noiseFramesPerSecond
      const what = { topology, scenario, implementation, fault, documented, notesBare, noiseFramesPerSecond }
      this.#lab = await Lab.build(ground, what)
      return this.#lab
    } catch (error) {
      if (error instanceof LabError) this.#abandonSites()
      throw error
    }
  }

  /** @throws {Unfit} */
  #requireFeatures(title: CaseTitle): void {
    requireFeatures('this host', this.#order.layout.missing, title)
    for (const [name, missing] of this.#sites.missingAt) requireFeatures(name, missing, title)
  }

  /** Sites of which one failed are not trusted again, and no lab on them. */
  #abandonSites(): void {
    this.#lab = undefined
    this.#sites.abandon()
  }

  #takeLate(late: readonly LateArrival[]): void {
    if (late.length > 0) for (const record of this.#records) record.takeLate(late)
  }

  #outcome(result: CaseResult): CaseOutcome {
    const noise = this.#noise
    this.#noise = []
    return { result, sites: this.#sites.descriptions(), noise, fatal: null }
  }
}

/** The run cannot go on; what the case found until then is kept. */
class Ended extends Error {
  readonly result: CaseResult

  constructor(reason: string, result: CaseResult) {
    super(reason)
    this.result = result
  }
}

function poolNumber(): number {
  return Number(process.env.VITEST_POOL_ID ?? 1)
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
