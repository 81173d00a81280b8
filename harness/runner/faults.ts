/** `frameproof faults`: judges under each fault of a folder, some side by side, and says which were detected. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { BadInput } from '../lab/bad-input.ts'
import { chooseSite } from '../lab/choose-site.ts'
import { type Fault, loadFault } from '../lab/fault-file.ts'
import { loadImplementation } from '../lab/implementation.ts'
import type { LocalKind } from '../lab/site.ts'
import { tellGithub } from '../report/github.ts'
import { countsOf } from '../report/markdown.ts'
import type { Terminal } from '../report/terminal.ts'
import { UnknownRequirementError } from './catalogue.ts'
import { type RunningFault, startFaultRun } from './fault-run.ts'
import {
  faultAnnotations,
  faultLine,
  faultsMarkdown,
  LEGEND,
  matrixText,
  neverDeviating,
} from './faults-matrix.ts'
import {
  type FaultRow,
  type FaultsReport,
  faultsExitStatus,
  judgeFault,
  summarizeFaults,
} from './faults-outcome.ts'
import { PROJECT, version } from './project.ts'
import { findRule } from './rules.ts'
import { takeSignals, watchNpm } from './signals.ts'

export interface FaultsOptions {
  folder: string
  site: LocalKind | null
  workers: number
  onlyBreaks: boolean
  scale: boolean
  report: string | null
}

const FAULTS_FILE = 'faults.json'
const MARKDOWN_FILE = 'faults.md'

/** @throws {BadInput} before anything is started, if the arguments are wrong */
export async function runFaults(
  options: FaultsOptions,
  terminal: Terminal,
): Promise<{ status: number; report: FaultsReport }> {
  const startedAt = new Date()
  const candidates = faultsIn(options.folder).map(readCandidate)
  const { kind } = await chooseSite(options.site)
  const reportFolder = makeFolder(options.report, startedAt)
  const judging = new JudgingFaults(candidates, { ...options, site: kind, startedAt, reportFolder }, terminal)
  const report = await judging.finish()
  tell(report, reportFolder, terminal)
  return { status: faultsExitStatus(report), report }
}

interface Candidate {
  fault: Fault | null // null where it cannot be judged under
  row: FaultRow
}

interface Setup extends FaultsOptions {
  site: LocalKind
  startedAt: Date
  reportFolder: string
}

class JudgingFaults {
  readonly #setup: Setup
  readonly #terminal: Terminal
  readonly #rows: FaultRow[]
  readonly #queue: { index: number; fault: Fault }[] = []
  readonly #running = new Map<string, RunningFault>()
  #interrupted = false

  constructor(candidates: readonly Candidate[], setup: Setup, terminal: Terminal) {
    this.#setup = setup
    this.#terminal = terminal
    this.#rows = candidates.map(({ row }) => row)
    for (const [index, { fault }] of candidates.entries())
      if (fault !== null) this.#queue.push({ index, fault })
  }

  async finish(): Promise<FaultsReport> {
    takeSignals(this.#interrupt)
    watchNpm(this.#interrupt)
    this.#write('so far')
    for (const row of this.#rows) if (row.outcome !== 'not judged') this.#terminal.line(faultLine(row))
    await Promise.all(Array.from({ length: this.#setup.workers }, (_, slot) => this.#work(slot)))
    return this.#write(this.#interrupted ? 'so far' : 'all')
  }

  async #work(slot: number): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { index, fault } = next
      const row = this.#rows[index]
      if (this.#interrupted || row === undefined) return
      const judged = await this.#judge(row, fault, slot)
      if (this.#interrupted) return // what was under way then says nothing
      this.#rows[index] = judged
      this.#terminal.line(faultLine(judged))
      this.#write('so far')
    }
  }

  async #judge(row: FaultRow, fault: Fault, slot: number): Promise<FaultRow> {
    const { site, onlyBreaks, scale } = this.#setup
    const reportFolder = join(this.#setup.reportFolder, row.name)
    const running = startFaultRun({
      ...{ fault, site, onlyBreaks, scale, reportFolder },
      ...{ log: `${reportFolder}.log`, slot },
    })
    this.#running.set(row.name, running)
    this.#terminal.now(`${this.#rows.length - this.#queue.length} of ${this.#rows.length}: ${this.#names()}`)
    const run = await running.finished
    this.#running.delete(row.name)
    return { ...row, ...judgeFault(fault.breaks, run), report: run.results === null ? null : row.name }
  }

  #names(): string {
    return [...this.#running.keys()].join(', ')
  }

  readonly #interrupt = (): void => {
    this.#interrupted = true
    for (const { stop } of this.#running.values()) stop()
  }

  /** Whatever ends this process, what was found by then is kept. */
  #write(what: 'so far' | 'all'): FaultsReport {
    const { folder, site, onlyBreaks, startedAt, reportFolder } = this.#setup
    const report: FaultsReport = {
      schema: 1,
      frameproof: version(),
      startedAt: startedAt.toISOString(),
      durationMs: Date.now() - startedAt.getTime(),
      interrupted: what === 'so far',
      folder: resolve(folder),
      site,
      onlyBreaks,
      faults: this.#rows,
      summary: summarizeFaults(this.#rows),
    }
    writeFileSync(join(reportFolder, FAULTS_FILE), `${JSON.stringify(report, null, 2)}\n`)
    writeFileSync(join(reportFolder, MARKDOWN_FILE), faultsMarkdown(report))
    return report
  }
}

function tell(report: FaultsReport, reportFolder: string, terminal: Terminal): void {
  const { faults, summary, durationMs, interrupted, site } = report
  const unproved = neverDeviating(faults)
  const matrix = matrixText(faults)
  if (matrix !== '') terminal.line(`\n${matrix}\n${LEGEND}`)
  if (unproved.length > 0) terminal.line(`judged, and broken by no fault: ${unproved.join(', ')}`)
  terminal.line(`\non ${site}, in ${(durationMs / 1000).toFixed(1)} s\n${countsOf(summary)}`)
  if (interrupted) terminal.line('interrupted: these are the results so far')
  terminal.line(`report: ${reportFolder}`)
  tellGithub(faultAnnotations(faults, process.cwd()), faultsMarkdown(report), (text) => terminal.line(text))
}

/** Every file of the folder; hidden ones and Markdown are none. What faults share is in folders below it. */
function faultsIn(folder: string): readonly string[] {
  const names = namesIn(folder)
    .filter((name) => !name.startsWith('.') && !name.endsWith('.md'))
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() !== true)
  if (names.length === 0) throw new BadInput(`${folder}: there is no fault in this folder`)
  return names.sort().map((name) => resolve(folder, name))
}

/** @throws {BadInput} if it is no folder that can be read */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new BadInput(`${folder}: there is no such folder`)
    if (code === 'ENOTDIR')
      throw new BadInput(`${folder}: this is no folder: frameproof run --fault judges under one fault`)
    throw new BadInput(`${folder}: cannot be read (${code})`)
  }
}

/** What is wrong with a fault is found before anything is started, and does not keep the others from being judged. */
function readCandidate(file: string): Candidate {
  const name = file.slice(file.lastIndexOf('/') + 1)
  const nothing = { deviates: [], unexpected: [], verdicts: {}, durationMs: 0, report: null }
  const unread = { name, file, title: null, breaks: [], ...nothing }
  try {
    const fault = loadFault(file)
    const row = { ...unread, title: fault.title, breaks: fault.breaks }
    const reason = contradiction(fault)
    if (reason !== null) return { fault: null, row: { ...row, outcome: 'bad fault', reason } }
    return { fault, row: { ...row, outcome: 'not judged', reason: null } }
  } catch (error) {
    const isUsers = error instanceof BadInput || error instanceof UnknownRequirementError
    if (!isUsers) throw error
    return { fault: null, row: { ...unread, outcome: 'bad fault', reason: error.message } }
  }
}

/** What its head says, and what cannot be. @throws {Error} for what is unknown or missing */
function contradiction({ breaks, scenarios, implementation }: Fault): string | null {
  loadImplementation(implementation)
  const unfit = breaks.map(findRule).find((rule) => {
    return !rule.scenarios.some((scenario) => scenarios.includes(scenario))
  })
  if (unfit === undefined) return null
  return `breaks names ${unfit.id}, which is judged in ${unfit.scenarios.join(', ')}, not in ${scenarios.join(', ')}`
}

/** @throws {BadInput} if it cannot be made, or holds something that is no report of faults */
function makeFolder(given: string | null, startedAt: Date): string {
  const name = `faults-${startedAt.toISOString().replaceAll(':', '-').replace('.', '-')}`
  const folder = given === null ? join(PROJECT, 'reports', name) : resolve(given)
  try {
    const entries = existsSync(folder) ? readdirSync(folder) : []
    if (entries.length > 0 && !entries.includes(FAULTS_FILE)) {
      throw new BadInput(
        `--report ${folder}: the folder holds something that is no report of faults: name another or empty it`,
      )
    }
    for (const entry of entries) rmSync(join(folder, entry), { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    if (error instanceof BadInput) throw error
    throw new BadInput(`the report folder ${folder} cannot be written: ${(error as Error).message}`)
  }
  return folder
}
