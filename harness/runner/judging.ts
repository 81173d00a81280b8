/** Sites, relay and vitest while a run lasts, and what became of its cases. */
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault } from '../lab/fault-file.ts'
import type { Implementation } from '../lab/implementation.ts'
import type { LabProvider } from '../lab/provider.ts'
import { openRelay } from '../lab/relay.ts'
import { SCENARIOS } from '../lab/scenario.ts'
import { siteInWords } from '../lab/site.ts'
import type { SiteProcess } from '../lab/sites/process-site.ts'
import { worst } from '../proof/index.ts'
import { OBSERVATIONS_FILE } from '../report/evidence.ts'
import type { CaseResult, SiteDescription } from '../report/results.ts'
import type { Terminal } from '../report/terminal.ts'
import type { CaseFile } from './case-files.ts'
import { NoiseHeard } from './noise.ts'
import type { CaseOutcome, RunOrder } from './outcome.ts'
import { PROJECT } from './project.ts'
import { takeSignals, watchNpm } from './signals.ts'

/** How long vitest may take to end once it was interrupted; its workers die with this process. */
const LAST_WORDS_MS = 2000

export interface JudgingSetup {
  files: readonly CaseFile[]
  workers: number
  /** Also classic pcap, a file a port. */
  pcap: boolean
  /** Also the cases that take minutes. */
  scale: boolean
  noiseFramesPerSecond: number | null
  implementation: Implementation
  fault: Fault | null
  provider: LabProvider
  reportFolder: string
  terminal: Terminal
}

/** Sites, relay and vitest while a run lasts. Sites boot at once: they take longer than vitest to be ready. */
export class Judging {
  readonly #setup: JudgingSetup
  readonly #cases: CaseResult[] = []
  readonly #noise = new NoiseHeard()
  /** How many cases each file turned out to have. */
  readonly #planned = new Map<string, number>()
  readonly #sites = new Set<Promise<SiteProcess>>()
  #described: readonly SiteDescription[] = []
  #fatal: string | null = null
  #interrupted = false
  /** The results are told. */
  #isOver = false
  #stop: () => void = () => undefined

  constructor(setup: JudgingSetup) {
    this.#setup = setup
  }

  async finish() {
    const { files, provider, reportFolder, terminal } = this.#setup
    const workers = Math.min(this.#setup.workers, provider.mostWorkers, files.length)
    const stopped = new Promise<void>((resolve) => {
      this.#stop = resolve
    })
    takeSignals(this.#interrupt)
    watchNpm(this.#interrupt)
    const booting = new Map<string, Promise<SiteProcess>>()
    for (let worker = 1; worker <= workers; worker += 1)
      for (const site of provider.layout.sites) booting.set(`${worker}/${site}`, this.#start(worker, site))
    const relay = await openRelay((worker, site) => {
      const ready = booting.get(`${worker}/${site}`)
      booting.delete(`${worker}/${site}`) // a site is handed out once: who asks again lost it
      return ready ?? this.#start(worker, site)
    })
    terminal.now(`starting ${provider.words}`)
    try {
      if (files.length > 0) {
        const { runCases } = await import('./run-cases.ts') // vitest is large: the site boots meanwhile
        const running = runCases({
          files,
          root: PROJECT,
          workers,
          order: this.#order(relay.address),
          onVitest: () => takeSignals(this.#interrupt), // it brings handlers of its own
          onPlanned: (path, cases) => this.#planned.set(path, cases),
          onStart: (name) => terminal.now(name),
          onOutcome: (outcome) => this.#take(outcome),
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
      await this.#endProvider()
    }
    this.#isOver = true
    const cases = this.#cases.map((result) => withLateFindings(result, reportFolder))
    for (const [index, result] of cases.entries()) {
      if (result.verdict !== this.#cases[index]?.verdict) terminal.caseResult(result) // it got worse after it was told
    }
    const [interrupted, fatal] = [this.#interrupted, this.#fatal]
    const { noiseFramesPerSecond: asked } = this.#setup
    const noise = asked === null ? null : this.#noise.result(asked)
    return {
      cases: inUsualOrder(cases),
      sites: this.#described,
      interrupted,
      fatal,
      noise,
      unfinished: this.#unfinished(),
    }
  }

  /** The rules that have a case file, and fewer results than it promised; with why. */
  #unfinished(): ReadonlyMap<string, string> {
    const why = this.#interrupted
      ? 'interrupted before it was judged'
      : (this.#fatal ?? 'its case file judged nothing')
    const isShort = (id: string): boolean => {
      const planned = this.#setup.files
        .filter((file) => file.id === id)
        .map(({ path }) => this.#planned.get(path) ?? Number.POSITIVE_INFINITY)
      const judged = this.#cases.filter((result) => result.id === id).length
      return judged < planned.reduce((sum, count) => sum + count, 0)
    }
    return new Map(this.#setup.files.filter(({ id }) => isShort(id)).map(({ id }) => [id, why]))
  }

  #order(relay: RunOrder['relay']): RunOrder {
    const { implementation, fault, provider, reportFolder, pcap, scale, noiseFramesPerSecond } = this.#setup
    return {
      run: randomInt(0, 2 ** 32),
      relay,
      reportFolder,
      layout: provider.layout,
      implementation,
      fault: fault?.path ?? null,
      pcap,
      scale,
      noiseFramesPerSecond,
    }
  }

  #start(worker: number, name: string): Promise<SiteProcess> {
    const starting = this.#setup.provider.start(worker, name)
    this.#sites.add(starting)
    starting.then(
      // and what it watched is lost
      (site) => site.died.then((how) => this.#fail(`${siteInWords(name, site.kind)} ended: ${how}`)),
      () => undefined, // told to the worker that asks for it
    )
    return starting
  }

  #take({ result, sites, fatal, noise }: CaseOutcome): void {
    if (this.#interrupted || this.#isOver) return // what was under way then says nothing
    this.#noise.add(result.scenario, noise)
    this.#cases.push(result)
    if (sites.length > 0) this.#described = sites
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

  /** What it cannot take back is the last word of a run that went well otherwise. */
  async #endProvider(): Promise<void> {
    try {
      await this.#setup.provider.end((progress) => this.#setup.terminal.now(progress))
    } catch (error) {
      this.#fatal ??= (error as Error).message
    }
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

/** What is judged in several scenarios is in their order, though a worker begins with that of the lab which stands. */
function inUsualOrder(cases: readonly CaseResult[]): readonly CaseResult[] {
  const group = ({ id, file, name }: CaseResult): string => [id, file, name].join('\n')
  const groups = [...new Set(cases.map(group))]
  const scenarios: readonly string[] = SCENARIOS
  return [...cases].sort(
    (a, b) =>
      groups.indexOf(group(a)) - groups.indexOf(group(b)) ||
      scenarios.indexOf(a.scenario) - scenarios.indexOf(b.scenario),
  )
}

/** A verdict may have got worse after it was told: the evidence has the last word. */
function withLateFindings(result: CaseResult, reportFolder: string): CaseResult {
  if (result.evidence === null) return result
  const file = join(reportFolder, result.evidence, OBSERVATIONS_FILE)
  const { result: last } = JSON.parse(readFileSync(file, 'utf8')) as { result: CaseResult }
  return { ...result, verdict: worst([result.verdict, last.verdict]), reason: last.reason }
}
