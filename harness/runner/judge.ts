/**
 * `frameproof judge`: the verdicts once more, from the evidence alone. The case files are run again, and where they ask
 * the lab, the evidence answers: no lab, no root, no native package. What was changed since it was written is no evidence.
 */
import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BadInput } from '../lab/bad-input.ts'
import { type Verdict, worst } from '../proof/index.ts'
import { OBSERVATIONS_FILE } from '../report/evidence.ts'
import { changedFiles, MANIFEST_FILE } from '../report/manifest.ts'
import { CaseRun } from './case-run.ts'
import { conclude, type Failure, playBody } from './conclusion.ts'
import { type ForeignCaptures, withForeignCaptures } from './foreign-captures.ts'
import { claimBreakers, inWords } from './late.ts'
import type { Observations } from './observations.ts'
import { PROJECT } from './project.ts'
import { readResults } from './read-results.ts'
import { type RecordedCase, readCase } from './recorded-case.ts'
import { lateIn, RecordedSource } from './recorded-source.ts'
import { takeCases, type WrittenCase } from './requirement.ts'

export interface JudgedCase {
  id: string
  name: string
  scenario: string
  /** Relative to the report's folder, or as given. */
  evidence: string | null
  recorded: Verdict
  verdict: Verdict
  reason: string | null
}

export interface Judged {
  cases: readonly JudgedCase[]
  /** Files that are not what the manifest says, and those that it says and are not there. */
  changed: readonly string[]
  /** There was a manifest to hold the files against. */
  hasManifest: boolean
}

/** @param path a report, the folder of a case's evidence, or a file in it. @throws {BadInput} */
export async function judge(path: string, foreign: ForeignCaptures | null): Promise<Judged> {
  const folder = folderOf(path)
  const report = reportOf(folder)
  const changed = report === null ? [] : changedFiles(report)
  const folders = existsSync(join(folder, OBSERVATIONS_FILE)) ? [folder] : evidenceIn(folder)
  if (foreign !== null && folders.length !== 1)
    throw new BadInput('--captures: they are of one case: name the folder of its evidence')
  const base = report ?? folder
  const shown = changed.filter(
    (name) => folders.length > 1 || folders.some((one) => concerns(name, one, base)),
  )
  const cases: JudgedCase[] = []
  for (const one of folders) {
    const isChanged = changed.find((name) => concerns(name, one, base))
    cases.push(await judgeFolder(one, relative(base, one), isChanged, foreign))
  }
  return {
    cases: [...cases, ...(folder === report ? withoutEvidence(report) : [])],
    changed: shown,
    hasManifest: report !== null,
  }
}

/** The worst is told: 1 if anything deviates, else 2 if anything could not run or is not what it was, else 0. */
export function judgedStatus({ cases, changed }: Judged): number {
  const verdicts = cases.map(({ verdict }) => verdict)
  if (verdicts.includes('deviates')) return 1
  const differs = cases.some(({ recorded, verdict }) => recorded !== verdict)
  return changed.length > 0 || differs || verdicts.includes('could not run') ? 2 : 0
}

async function judgeFolder(
  folder: string,
  evidence: string,
  changed: string | undefined,
  foreign: ForeignCaptures | null,
): Promise<JudgedCase> {
  try {
    const recorded = readCase(folder)
    const { id, name, scenario, verdict: before } = recorded.observations.result
    const common = { id, name, scenario, evidence, recorded: before }
    if (changed !== undefined && foreign === null)
      return { ...common, verdict: 'could not run', reason: `${changed} was changed after it was written` }
    const written = await writtenCase(recorded.observations.result)
    if (typeof written === 'string') return { ...common, verdict: 'could not run', reason: written }
    const { verdict, reason } = await judgeCase(
      foreign === null ? recorded : withForeignCaptures(recorded, foreign),
      written,
    )
    return { ...common, verdict, reason }
  } catch (error) {
    if (!(error instanceof BadInput) || changed === undefined) throw error
    const id = basename(dirname(folder))
    const reason = `${changed} was changed after it was written: ${error.message}`
    const common = { id, name: basename(folder), scenario: '', evidence, recorded: 'could not run' as const }
    return { ...common, verdict: 'could not run', reason }
  }
}

export interface Rejudged {
  verdict: Verdict
  reason: string | null
  /** The case as it went; null where it could not be judged again. */
  run: CaseRun | null
}

/** @throws {BadInput} */
export async function judgeAgain(recorded: RecordedCase): Promise<Rejudged> {
  const written = await writtenCase(recorded.observations.result)
  if (typeof written === 'string') return { verdict: 'could not run', reason: written, run: null }
  return judgeCase(recorded, written)
}

/** A pure function of the evidence, by way of the case's own code. */
async function judgeCase(recorded: RecordedCase, written: WrittenCase): Promise<Rejudged> {
  const { observations, world, windows } = recorded
  const { run: runNumber, caseNumber, firstNumber, protects, settleMs, result } = observations
  let frames = firstNumber - 1
  const next = (count = 1): number => {
    frames += count
    return frames - count + 1
  }
  const source = new RecordedSource(windows, observations)
  const numbering = { run: runNumber, caseNumber, next }
  const run = new CaseRun({ source, world, numbering, settleMs, onLate: () => undefined })
  const failure = await playBody(run, result.scenario, protects, written.body)
  const { verdict, reason } = conclude(run, failure ?? unfinished(observations, source))
  const lastFrame = windows.reduce((sum, window) => sum + window.frames.length, 0)
  const late = claimBreakers(lateIn(recorded.late), run.judgement.absenceClaims, world.ports, lastFrame)
  if (late.length === 0) return { verdict, reason, run }
  const reasons = [reason, ...inWords(late)].filter((text) => text !== null)
  return { verdict: worst([verdict, 'deviates']), reason: reasons.join('\n'), run }
}

/** The body came to its end now, though it did not then, or leaves answers over. */
function unfinished({ failure }: Observations, source: RecordedSource): Failure | null {
  if (failure !== null) return { reason: failure, cause: null }
  if (source.isAtEnd) return null
  return { reason: 'this evidence is not of this case: it has more than the case asks for', cause: null }
}

const LOADED = new Map<string, readonly WrittenCase[]>()

/** Or why there is none: the case file, or the case in it, is no longer there. */
async function writtenCase({ file, id, name }: Observations['result']): Promise<WrittenCase | string> {
  const path = resolve(PROJECT, file)
  if (!existsSync(path)) return `${file}: the case that made this evidence is not in this project`
  const cases = LOADED.get(path) ?? (await load(path))
  LOADED.set(path, cases)
  const found = cases.find((one) => one.id === id && one.title === name)
  return found ?? `${file}: it has no case '${name}' of ${id} any more`
}

async function load(path: string): Promise<readonly WrittenCase[]> {
  const cases: WrittenCase[] = []
  takeCases((written) => cases.push(written))
  await import(pathToFileURL(path).href)
  return cases
}

export function folderOf(path: string): string {
  if (!existsSync(path)) throw new BadInput(`${path}: there is no such file or folder`)
  return resolve(statSync(path).isDirectory() ? path : dirname(path))
}

/** The report that a folder is, or lies in: evidence/ID/CASE is three below it. */
export function reportOf(folder: string): string | null {
  const above = [folder, join(folder, '..'), join(folder, '../..'), join(folder, '../../..')].map((one) =>
    resolve(one),
  )
  return above.find((one) => existsSync(join(one, MANIFEST_FILE))) ?? null
}

function evidenceIn(report: string): readonly string[] {
  const { requirements } = readResults(report).results
  const folders = requirements.flatMap(({ cases }) => cases.flatMap(({ evidence }) => evidence ?? []))
  const found = folders.map((folder) => join(report, folder))
  const missing = found.find((folder) => !existsSync(folder))
  if (missing !== undefined) throw new BadInput(`${missing}: this evidence is missing`)
  return found
}

/** Cases that never got to a lab have their verdict only. */
function withoutEvidence(report: string): readonly JudgedCase[] {
  return readResults(report).results.requirements.flatMap(({ id, cases }) =>
    cases
      .filter(({ evidence }) => evidence === null)
      .map(({ name, scenario, verdict, reason }) => {
        return { id, name, scenario, evidence: null, recorded: verdict, verdict, reason }
      }),
  )
}

/** Without a manifest that can be read nothing is known to be as it was. */
function concerns(changed: string, folder: string, base: string): boolean {
  return changed === MANIFEST_FILE || isWithin(join(base, changed), folder)
}

function isWithin(path: string, folder: string): boolean {
  return !relative(folder, path).startsWith('..')
}
