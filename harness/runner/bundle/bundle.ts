/** `frameproof bundle`: what a rule's verdict stands on, in one archive for whoever has to mend it. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { BadInput } from '../../lab/bad-input.ts'
import { OBSERVATIONS_FILE, PCAPNG_FILE, STATE_FOLDER } from '../../report/evidence.ts'
import { changedFiles, MANIFEST_FILE, writeManifest } from '../../report/manifest.ts'
import { type RequirementResult, type Results, summarize } from '../../report/results.ts'
import type { CaseRun } from '../case-run.ts'
import { REQUIREMENTS, sourceInWords } from '../catalogue.ts'
import { BESIDE_FOLDER, IMPLEMENTATION_FOLDER, namedBeside } from '../implementation-copy.ts'
import { judgeAgain } from '../judge.ts'
import { RESULTS_FILE, readResults } from '../read-results.ts'
import { readCase } from '../recorded-case.ts'
import { writeReportPage } from '../report-page.ts'
import { FAULT_FOLDER, RUN_FILE, type RunRecord, readRunRecord } from '../run-record.ts'
import { writeArchive } from './archive.ts'
import type { BundledCase, Contents } from './contents.ts'
import { issueOf } from './issue.ts'
import { plansInForce, writePlans } from './plans.ts'
import { rateRows } from './rates.ts'
import { readmeOf } from './readme.ts'
import { withoutOthers } from './reduce.ts'
import { storyOf } from './story.ts'

export interface BundleOptions {
  /** A rule, VLAN-06; or one of its tests by the folder of its evidence, VLAN-06/NAME. */
  id: string
  report: string
  /** Frames of others, too. */
  keepAll: boolean
}

/** What a bundle has at its root besides. */
const OWN_NAMES = ['report', 'plan', FAULT_FOLDER, IMPLEMENTATION_FOLDER]

type Case = RequirementResult['cases'][number]

/** @throws {BadInput} if there is no such report, rule or evidence, or it is not what it was */
export async function bundle(options: BundleOptions, file: string | null): Promise<string> {
  return prepared(options, async (staging, { name, results }) => {
    const target = file ?? `${name}.tar.gz`
    await writeArchive(staging, target, new Date(results.startedAt))
    return target
  })
}

/** The text of an issue, without an archive. @throws {BadInput} */
export async function issueText(options: BundleOptions): Promise<string> {
  return prepared(options, async (_, contents) => issueOf(contents, null))
}

/** In a folder of its own, which goes again. */
async function prepared<T>(
  options: BundleOptions,
  use: (staging: string, contents: Contents) => Promise<T>,
): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'frameproof-bundle-'))
  try {
    const { folder: report, results } = readResults(options.report)
    const { requirement, chosen } = choose(options, results)
    requireUnchanged(report, chosen)
    const name = `frameproof-${requirement.id}`
    const staging = join(scratch, name)
    mkdirSync(staging)
    const run = readRunRecord(report)
    copySurroundings(report, staging, run)
    const contents = await stage(options, { report, results, run, staging, requirement, chosen, name })
    writeFileSync(join(staging, 'README.md'), readmeOf(contents))
    writeFileSync(join(staging, 'ISSUE.md'), issueOf(contents, `${name}.tar.gz`))
    return await use(staging, contents)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** The rule, and those of its cases that decided its verdict. */
function choose({ id: asked, report }: BundleOptions, { requirements }: Results) {
  const [, id = '', place] = /^([^/]*)(?:\/(.*?)\/?)?$/.exec(asked.replace(/^evidence\//, '')) ?? []
  const requirement = requirements.find((one) => one.id === id.toUpperCase())
  if (requirement === undefined) {
    const known = requirements.filter(({ cases }) => cases.length > 0).map((one) => one.id)
    throw new BadInput(`${report}: this report has no rule ${id}: it has ${known.join(', ') || 'none'}`)
  }
  const withEvidence = requirement.cases.filter(({ evidence }) => evidence !== null)
  const named = withEvidence.filter(({ evidence }) => basename(evidence ?? '') === place)
  const deciding = withEvidence.filter(({ verdict }) => verdict === requirement.verdict)
  const chosen = place === undefined ? (deciding.length > 0 ? deciding : withEvidence) : named
  if (chosen.length > 0) return { requirement, chosen }
  const names = withEvidence.map(({ evidence }) => `${requirement.id}/${basename(evidence ?? '')}`)
  throw new BadInput(
    names.length === 0
      ? `${requirement.id} has no evidence in this report: ${requirement.verdict}`
      : `${asked}: there is no such test: it has ${names.join(', ')}`,
  )
}

/** A bundle has a manifest of its own: it must not make good what was changed. */
function requireUnchanged(report: string, cases: readonly Case[]): void {
  if (!existsSync(join(report, MANIFEST_FILE)))
    throw new BadInput(`${report}: there is no ${MANIFEST_FILE}: whether a file was changed cannot be told`)
  const folders = cases.map(({ evidence }) => join(report, evidence ?? ''))
  const changed = changedFiles(report).find(
    (name) =>
      [RESULTS_FILE, MANIFEST_FILE].includes(name) ||
      folders.some((folder) => !relative(folder, join(report, name)).startsWith('..')),
  )
  if (changed !== undefined)
    throw new BadInput(`${join(report, changed)}: it was changed after it was written: no bundle of that`)
}

function copySurroundings(report: string, staging: string, run: RunRecord | null): void {
  if (run === null) return
  copyFileSync(join(report, RUN_FILE), join(staging, RUN_FILE))
  for (const name of [IMPLEMENTATION_FOLDER, FAULT_FOLDER]) {
    const from = join(report, name)
    if (existsSync(from)) cpSync(from, join(staging, name), { recursive: true, dereference: true })
  }
  for (const name of run.implementation.beside) {
    const into = join(staging, basename(name)) // where the scripts look for it
    const from = join(report, BESIDE_FOLDER, basename(name))
    if (existsSync(from) && !existsSync(into) && !OWN_NAMES.includes(basename(name)))
      cpSync(from, into, { recursive: true, dereference: true })
  }
}

/** Folders beside the implementation's that its scripts name: in the bundle, and not in it. */
function besideIn(staging: string): Contents['beside'] {
  const folder = join(staging, IMPLEMENTATION_FOLDER)
  const named = existsSync(folder) ? namedBeside(folder).filter((name) => !OWN_NAMES.includes(name)) : []
  const isHere = (name: string): boolean => existsSync(join(staging, name))
  return { here: named.filter(isHere), missing: named.filter((name) => !isHere(name)) }
}

/** Null for a fault of which the report has no copy. */
function placeOfFault(staging: string, { fault }: Results): string | null {
  const file = fault === null ? null : join(staging, FAULT_FOLDER, basename(fault.file))
  if (file === null || !existsSync(file)) return null
  return /^\W*on:\s*(\S+)\s*$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? null
}

interface Staged {
  report: string
  results: Results
  run: RunRecord | null
  staging: string
  requirement: RequirementResult
  chosen: readonly Case[]
  name: string
}

/** Writes the report's part and judges it again as it will be read. */
async function stage(options: BundleOptions, staged: Staged): Promise<Contents> {
  const { results, run, staging, requirement, chosen, name } = staged
  const part = join(staging, 'report')
  const packed = chosen.map((one) => packCase(one, staged, options.keepAll))
  const cases = requirement.cases.map((one) => {
    const found = packed.find(({ original }) => original === one)
    return found === undefined
      ? { ...one, evidence: null, ...(one.evidence === null ? {} : { evidenceLeftOut: true as const }) }
      : { ...one, reason: found.reason, evidence: relative(part, join(staging, found.folder)) }
  })
  const reason = cases.find(({ verdict }) => verdict === requirement.verdict)?.reason ?? requirement.reason
  const requirements = [{ ...requirement, cases, reason }]
  const fault =
    results.fault === null ? null : { ...results.fault, file: `fault/${basename(results.fault.file)}` }
  const own: Results = { ...results, fault, requirements, summary: summarize(requirements) }
  writeFileSync(join(part, RESULTS_FILE), `${JSON.stringify(own, null, 2)}\n`)
  await writeReportPage(part, own)
  writeManifest(part)
  const bundled: Awaited<ReturnType<typeof told>>[] = []
  for (const one of packed) bundled.push(await told(one)) // one after the other: case files are loaded
  const plans = plansInForce(bundled)
  writePlans(staging, plans)
  const known = REQUIREMENTS.find(({ id }) => id === requirement.id)
  return {
    ...{ name, id: requirement.id, title: requirement.title, verdict: requirement.verdict },
    rule: known?.rule ?? null,
    source: known === undefined ? null : sourceInWords(known.source),
    ...{ results: own, run, cases: bundled, plans },
    ...{ beside: besideIn(staging), faultOn: placeOfFault(staging, own), durationMs: requirement.durationMs },
    others: requirement.cases.filter((one) => !chosen.includes(one)),
  }
}

/** With what judging the packed evidence again tells of it. */
async function told({
  original,
  ...one
}: Packed): Promise<BundledCase & { run: CaseRun | null; failedAt: number | null }> {
  const { verdict, reason, run } = await judgeAgain(one.recorded)
  const story = storyOf(one.recorded, run)
  return {
    ...one,
    ...{ story, run, measured: original.measured, judgedAgain: { verdict, reason } },
    rates: run === null ? [] : rateRows(run),
    failedAt: story.failures[0]?.firstFrame ?? null,
  }
}

type Packed = Omit<BundledCase, 'measured' | 'judgedAgain' | 'story' | 'rates'> & { original: Case }

function packCase(original: Case, { report, results, staging }: Staged, keepAll: boolean): Packed {
  const from = join(report, original.evidence ?? '')
  const folder = join('report', original.evidence ?? '')
  const into = join(staging, folder)
  if (relative(staging, into).startsWith('..'))
    throw new BadInput(`${original.evidence}: evidence is in the report's own folder`)
  mkdirSync(into, { recursive: true })
  const observations = readObject(join(from, OBSERVATIONS_FILE))
  const recorded = readCase(from)
  const { name, scenario, verdict } = original
  const told = { folder, name, scenario, verdict, original }
  if (keepAll || results.lab.provider !== 'inventory') {
    copyFileSync(join(from, PCAPNG_FILE), join(into, PCAPNG_FILE))
    writeJson(join(into, OBSERVATIONS_FILE), withoutPaths(observations))
    const states = copyTexts(from, into).map((name) => join(folder, name))
    return { ...told, reason: original.reason, recorded, states, leftOut: null }
  }
  const reduced = withoutOthers(recorded, readFileSync(join(from, PCAPNG_FILE)), observations)
  writeFileSync(join(into, PCAPNG_FILE), reduced.pcapng)
  writeJson(join(into, OBSERVATIONS_FILE), withoutPaths(reduced.observations))
  const again = readCase(into)
  const reason = original.reason === null ? null : reduced.renumber(original.reason)
  const { kept, leftOut } = reduced
  return { ...told, reason, recorded: again, states: [], leftOut: { kept, leftOut } }
}

/** How hypervisors stood: of a network in use that is its owner's business. And curves. Answers the states. */
function copyTexts(from: string, into: string): readonly string[] {
  for (const name of readdirSync(from))
    if (name.endsWith('.svg')) copyFileSync(join(from, name), join(into, name))
  const states = join(from, STATE_FOLDER)
  if (!existsSync(states)) return []
  cpSync(states, join(into, STATE_FOLDER), { recursive: true })
  return readdirSync(states)
    .sort()
    .map((name) => join(STATE_FOLDER, name))
}

/** Where a fault lay on the machine of the run is nobody's business. */
function withoutPaths(observations: object): object {
  const { fault } = observations as { fault?: unknown }
  return typeof fault === 'string' ? { ...observations, fault: `fault/${basename(fault)}` } : observations
}

/** Checked by `readCase`, which reads the same file. */
function readObject(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  } catch (error) {
    throw new BadInput(`${path}: these are no observations of a case: ${(error as Error).message}`)
  }
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}

/** The newest report, where none is named. @throws {BadInput} */
export function reportOrLatest(given: string | undefined, latest: string): string {
  if (given !== undefined) return given
  if (statSync(latest, { throwIfNoEntry: false }) === undefined)
    throw new BadInput('there is no report yet: name one with --report DIR, or run first')
  return resolve(latest)
}
