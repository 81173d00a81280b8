import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BadInput } from '../lab/bad-input.ts'
import { type Fault, loadFault } from '../lab/fault-file.ts'
import { DEFAULT_IMPLEMENTATION, loadImplementation } from '../lab/implementation.ts'
import type { LabProvider } from '../lab/provider.ts'
import { annotationsOf, tellGithub } from '../report/github.ts'
import { writeManifest } from '../report/manifest.ts'
import {
  type CaseResult,
  exitStatus,
  type Results,
  requirementResults,
  summarize,
} from '../report/results.ts'
import { writeSummaries } from '../report/summaries.ts'
import type { Terminal } from '../report/terminal.ts'
import { caseFilesFor } from './case-files.ts'
import type { Requirement } from './catalogue.ts'
import { Judging } from './judging.ts'
import { CASES, version } from './project.ts'
import { type LabWanted, providerFor } from './provider-for.ts'
import { makeReportFolder, pointLatest } from './report-folder.ts'
import { writeReportPage } from './report-page.ts'
import { findRule, selectRules } from './rules.ts'
import { writeRunRecord } from './run-record.ts'
import { toolVersions } from './tool-versions.ts'

export interface RunOptions extends LabWanted {
  ids: readonly string[]
  implementation: string | null
  fault: string | null
  report: string | null
  workers: number
  /** The seed of another order of the case files; null for the usual one. */
  shuffle: number | null
  /** Also classic pcap, a file a port. */
  pcap: boolean
  /** Also the cases that take minutes. */
  scale: boolean
  /** What each port is to carry of other traffic; null: none is made. */
  noise: number | null
}

/** @throws {Error} of class BadInput before anything is started, if the arguments are wrong */
export async function run(
  options: RunOptions,
  terminal: Terminal,
): Promise<{ status: number; results: Results }> {
  const startedAt = new Date()
  const requirements = selectRules(options.ids)
  const fault = options.fault === null ? null : loadFault(options.fault)
  for (const id of fault?.breaks ?? []) findRule(id)
  const rules = fault === null ? requirements : rulesUnder(fault, requirements, options.ids)
  const asked = options.implementation === null ? null : loadImplementation(options.implementation)
  const usual = loadImplementation(fault?.implementation ?? DEFAULT_IMPLEMENTATION)
  const provider = await providerFor(options, (progress) => terminal.line(progress))
  refuseToChange(provider, options)
  const implementation = asked ?? provider.implementation ?? usual
  const reportFolder = makeReportFolder(options.report, startedAt)
  const versions = toolVersions(provider.layout.machines === null ? implementation.requires : [])
  await writeRunRecord(reportFolder, options, implementation, fault)
  const judging = new Judging({
    files: caseFilesFor(CASES, rules, options.shuffle),
    ...{
      implementation,
      fault,
      provider,
      reportFolder,
      terminal,
      workers: options.workers,
      pcap: options.pcap,
      scale: options.scale,
      noiseFramesPerSecond: options.noise,
    },
  })
  const { cases, sites, interrupted, fatal, noise, unfinished } = await judging.finish()

  const rows = requirementResults(rules.map(titled(cases)), cases, unfinished)
  const results: Results = {
    schema: 1,
    frameproof: version(),
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    interrupted,
    lab: { provider: provider.layout.provider, sites, tools: await versions },
    implementation: implementation.name,
    fault: fault === null ? null : faultResult(fault, rows),
    ...(noise === null ? {} : { noise }),
    requirements: rows,
    summary: summarize(rows),
  }
  writeFileSync(join(reportFolder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
  const page = writeSummaries(reportFolder, results, cases)
  await writeReportPage(reportFolder, results).catch((error: Error) => {
    terminal.line(`report.html could not be written: ${error.message}`) // the verdicts stand
  })
  writeManifest(reportFolder)
  pointLatest(reportFolder)
  terminal.summary(results, reportFolder)
  tellGithub(annotationsOf(results), page, (text) => terminal.line(text))
  if (fatal !== null) terminal.line(`frameproof: ${fatal}`)
  const status = exitStatus(results)
  return { status: status === 0 && fatal !== null ? 2 : status, results }
}

/** @throws {BadInput} if machines would be changed whose owner did not say that they may be */
function refuseToChange({ layout }: LabProvider, { lab, implementation, fault, noise }: RunOptions): void {
  if (layout.machines?.disposable ?? true) return
  const what = [
    ...(implementation === null ? [] : [`--implementation ${implementation} configures`]),
    ...(fault === null ? [] : [`--fault ${fault} changes`]),
    ...(noise === null ? [] : [`--noise ${noise} disturbs`]),
  ]
  if (what.length > 0)
    throw new BadInput(
      `${what[0]} machines, and those of ${lab} are not disposable: say disposable: true there`,
    )
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

/** A rule of a user's own has the title of its case. */
function titled(cases: readonly CaseResult[]): (rule: Requirement) => Requirement {
  return (rule) => {
    const title = cases.find(({ id }) => id === rule.id)?.name
    return rule.source === 'own' && title !== undefined ? { ...rule, title } : rule
  }
}

function faultResult(fault: Fault, rows: Results['requirements']): Results['fault'] {
  const [first] = fault.breaks
  const detected = rows.some(({ id, verdict }) => id === first && verdict === 'deviates')
  return { file: fault.path, title: fault.title, breaks: fault.breaks, detected }
}
