/** `frameproof run`: from the arguments to the report and the exit status. */
import { randomInt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BadInput } from '../lab/bad-input.ts'
import { chooseSite, type SiteChoice, startSite } from '../lab/choose-site.ts'
import { type Fault, loadFault } from '../lab/fault-file.ts'
import { DEFAULT_IMPLEMENTATION, type Implementation, loadImplementation } from '../lab/implementation.ts'
import { openRelay } from '../lab/relay.ts'
import type { SiteKind } from '../lab/site.ts'
import type { SiteProcess } from '../lab/sites/process-site.ts'
import { worst } from '../proof/index.ts'
import { OBSERVATIONS_FILE } from '../report/evidence.ts'
import { writeManifest } from '../report/manifest.ts'
import {
  type CaseResult,
  exitStatus,
  type Results,
  requirementResults,
  type SiteDescription,
  summarize,
} from '../report/results.ts'
import type { Terminal } from '../report/terminal.ts'
import { caseFilesFor } from './case-files.ts'
import { findRequirement, type Requirement, selectRequirements } from './catalogue.ts'
import type { RunOrder } from './outcome.ts'
import { CASES, PROJECT, TOPOLOGY, version } from './project.ts'
import { makeReportFolder, pointLatest } from './report-folder.ts'
import { takeSignals, watchNpm } from './signals.ts'
import { toolVersions } from './tool-versions.ts'

export interface RunOptions {
  ids: readonly string[]
  site: SiteKind | null
  implementation: string | null
  fault: string | null
  report: string | null
  workers: number
}

/** How long vitest may take to end once it was interrupted; its workers die with this process. */
const LAST_WORDS_MS = 2000

/** @throws {Error} of class BadInput before anything is started, if the arguments are wrong */
export async function run(
  options: RunOptions,
  terminal: Terminal,
): Promise<{ status: number; results: Results }> {
  const startedAt = new Date()
  const requirements = selectRequirements(options.ids)
  const fault = options.fault === null ? null : loadFault(options.fault)
  const rules = fault === null ? requirements : rulesUnder(fault, requirements, options.ids)
  const implementation = loadImplementation(
    options.implementation ?? fault?.implementation ?? DEFAULT_IMPLEMENTATION,
  )
  const choice = await chooseSite(options.site)
  const reportFolder = makeReportFolder(options.report, startedAt)
  const versions = toolVersions(implementation.requires)
  const judging = new Judging({
    options,
    requirements: rules,
    implementation,
    fault,
    choice,
    reportFolder,
    terminal,
  })
  const { cases, sites, interrupted, fatal, expected } = await judging.finish()

  const rows = requirementResults(rules, cases, unfinished(expected, cases, fault, fatal, interrupted))
  const results: Results = {
    schema: 1,
    frameproof: version(),
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    interrupted,
    lab: { provider: 'embedded', sites, tools: await versions },
    implementation: implementation.name,
    fault: fault === null ? null : faultResult(fault, rows),
    requirements: rows,
    summary: summarize(rows),
  }
  writeFileSync(join(reportFolder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
  writeManifest(reportFolder)
  pointLatest(reportFolder)
  terminal.summary(results, reportFolder)
  if (fatal !== null) terminal.line(`frameproof: ${fatal}`)
  const status = exitStatus(results)
  return { status: status === 0 && fatal !== null ? 2 : status, results }
}

/** A fault is for its scenarios: elsewhere it would find nothing to break. */
function rulesUnder(
  fault: Fault,
  rules: readonly Requirement[],
  asked: readonly string[],
): readonly Requirement[] {
  const fit = rules.filter(({ scenarios }) =>
    scenarios.some((scenario) => fault.scenarios.includes(scenario)),
  )
  const unfit = rules.find((rule) => !fit.includes(rule))
  if (asked.length > 0 && unfit !== undefined) {
    const places = `${unfit.id} is judged in ${unfit.scenarios.join(', ')}`
    throw new BadInput(
      `${fault.path}: the fault is for the scenario ${fault.scenarios.join(', ')}, and ${places}: leave it out`,
    )
  }
  return fit
}

interface JudgingSetup {
  options: RunOptions
  requirements: readonly Requirement[]
  implementation: Implementation
  fault: Fault | null
  choice: SiteChoice
  reportFolder: string
  terminal: Terminal
}

/** Sites, relay and vitest while a run lasts. Sites boot at once: they take longer than vitest to be ready. */
class Judging {
  readonly #setup: JudgingSetup
  readonly #cases: CaseResult[] = []
  readonly #sites = new Set<Promise<SiteProcess>>()
  #described: readonly SiteDescription[] = []
  #fatal: string | null = null
  #interrupted = false
  #stop: () => void = () => undefined

  constructor(setup: JudgingSetup) {
    this.#setup = setup
  }

  async finish() {
    const { options, requirements, choice, reportFolder, terminal } = this.#setup
    const files = caseFilesFor(CASES, requirements)
    const stopped = new Promise<void>((resolve) => {
      this.#stop = resolve
    })
    takeSignals(this.#interrupt)
    watchNpm(this.#interrupt)
    let booting = files.length > 0 ? this.#start(1) : undefined
    const relay = await openRelay((worker) => {
      const ready = worker === 1 ? booting : undefined
      booting = undefined // a site is handed out once: who asks again lost it
      return ready ?? this.#start(worker)
    })
    terminal.now(`booting the ${choice.kind} site`)
    try {
      if (files.length > 0) {
        const { runCases } = await import('./run-cases.ts') // vitest is large: the site boots meanwhile
        const running = runCases({
          files,
          root: PROJECT,
          workers: Math.min(options.workers, files.length),
          order: this.#order(relay.address),
          onVitest: () => takeSignals(this.#interrupt), // it brings handlers of its own
          onStart: (name) => terminal.now(name),
          onOutcome: ({ result, site, fatal }) => this.#take(result, site, fatal),
          onBroken: (file, message) => this.#fail(`${file}: ${message}`),
        })
        void stopped.then(() => running.cancel()).catch(() => undefined) // it is ending anyway
        const patience = stopped.then(
          () => new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS).unref()),
        )
        await Promise.race([running.finished, patience]).catch(this.#unlessInterrupted)
      }
    } finally {
      relay.close()
      await this.#endSites()
    }
    const cases = this.#cases.map((result) => withLateFindings(result, reportFolder))
    for (const [index, result] of cases.entries()) {
      if (result.verdict !== this.#cases[index]?.verdict) terminal.caseResult(result) // it got worse after it was told
    }
    const expected = files.map(({ id }) => id)
    return { cases, sites: this.#described, interrupted: this.#interrupted, fatal: this.#fatal, expected }
  }

  #order(relay: RunOrder['relay']): RunOrder {
    const { implementation, fault, choice, reportFolder } = this.#setup
    return {
      run: randomInt(0, 2 ** 32),
      relay,
      reportFolder,
      topology: TOPOLOGY,
      implementation: implementation.folder,
      fault: fault?.path ?? null,
      missing: choice.missing,
    }
  }

  #start(worker: number): Promise<SiteProcess> {
    const { choice } = this.#setup
    const starting = startSite(choice.kind, worker)
    this.#sites.add(starting)
    starting.then(
      (site) => site.died.then((how) => this.#fail(`the ${choice.kind} site ended: ${how}`)), // and what it watched is lost
      () => undefined, // told to the worker that asks for it
    )
    return starting
  }

  #take(result: CaseResult, site: SiteDescription | null, fatal: string | null): void {
    if (this.#interrupted) return // what was under way then says nothing
    this.#cases.push(result)
    if (site !== null) this.#described = [site]
    if (fatal === null) this.#setup.terminal.caseResult(result) // else it is told at the end
    if (fatal !== null) this.#fail(fatal)
  }

  #fail(message: string): void {
    if (this.#interrupted) return
    this.#fatal ??= message
    this.#stop()
  }

  /** A library that is interrupted may fail in any way: that is no news. */
  readonly #unlessInterrupted = (error: unknown): void => {
    if (!this.#interrupted) throw error
  }

  readonly #interrupt = (): void => {
    this.#interrupted = true
    this.#stop()
    void this.#endSites()
  }

  async #endSites(): Promise<void> {
    const starting = [...this.#sites]
    this.#sites.clear()
    await Promise.all(
      starting.map((site) =>
        site.then(
          ({ kill }) => kill(),
          () => undefined,
        ),
      ),
    )
  }
}

/** The rules that have a case file, and fewer results than files and scenarios promise; with why. */
function unfinished(
  expected: readonly string[],
  cases: readonly CaseResult[],
  fault: Fault | null,
  fatal: string | null,
  interrupted: boolean,
): ReadonlyMap<string, string> {
  const why = interrupted ? 'interrupted before it was judged' : (fatal ?? 'its case file judged nothing')
  const isShort = (id: string): boolean => {
    const files = expected.filter((other) => other === id).length
    const places = findRequirement(id).scenarios.filter((place) => fault?.scenarios.includes(place) ?? true)
    return cases.filter((result) => result.id === id).length < files * places.length
  }
  return new Map(expected.filter(isShort).map((id) => [id, why]))
}

/** A verdict may have got worse after it was told: the evidence has the last word. */
function withLateFindings(result: CaseResult, reportFolder: string): CaseResult {
  if (result.evidence === null) return result
  const file = join(reportFolder, result.evidence, OBSERVATIONS_FILE)
  const { result: last } = JSON.parse(readFileSync(file, 'utf8')) as { result: CaseResult }
  return { ...result, verdict: worst([result.verdict, last.verdict]), reason: last.reason }
}

function faultResult(fault: Fault, rows: Results['requirements']): Results['fault'] {
  const [first] = fault.breaks
  const detected = rows.some(({ id, verdict }) => id === first && verdict === 'deviates')
  return { file: fault.path, title: fault.title, breaks: fault.breaks, detected }
}
