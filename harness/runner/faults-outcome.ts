/** What became of a fault: a function of the results of its run. The format is a contract: docs/faults.md. */
import type { RequirementResult, Results } from '../report/results.ts'

/** Best first. */
export const OUTCOMES = [
  'detected',
  'detected only by another',
  'survived',
  'bad fault',
  'could not run',
  'not judged',
] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface FaultRow {
  name: string // of its file
  file: string // absolute
  title: string | null // null where its head cannot be read
  breaks: readonly string[]
  outcome: Outcome
  /** Why it is not detected; null where it is. */
  reason: string | null
  /** Every rule that deviated, and those of them that `breaks` does not name. */
  deviates: readonly string[]
  unexpected: readonly string[]
  /** Every rule that was judged. */
  verdicts: Readonly<Record<string, RequirementResult['verdict']>>
  durationMs: number
  /** The folder of its run, relative to the report's; null if there was none. */
  report: string | null
}

export interface FaultsReport {
  schema: 1
  frameproof: string
  startedAt: string
  durationMs: number
  interrupted: boolean
  folder: string
  site: string
  onlyBreaks: boolean
  faults: readonly FaultRow[]
  summary: Readonly<Record<Outcome, number>>
}

/** How the run under a fault ended. */
export interface FaultRun {
  results: Results | null
  /** What kept it from judging all, in one line. */
  fatal: string | null
  durationMs: number
}

type Judged = Pick<FaultRow, 'outcome' | 'reason' | 'deviates' | 'unexpected' | 'verdicts' | 'durationMs'>

const BAD_FAULT = ': bad fault: '

export function judgeFault(breaks: readonly string[], { results, fatal, durationMs }: FaultRun): Judged {
  const rows = results?.requirements.filter(({ verdict }) => verdict !== 'no case') ?? []
  const deviates = rows.filter(({ verdict }) => verdict === 'deviates').map(({ id }) => id)
  return {
    ...outcomeOf(breaks, { results, fatal, durationMs }, deviates),
    deviates,
    unexpected: deviates.filter((id) => !breaks.includes(id)),
    verdicts: Object.fromEntries(rows.map(({ id, verdict }) => [id, verdict])),
    durationMs: Math.round(durationMs),
  }
}

function outcomeOf(
  [first = '']: readonly string[],
  { results, fatal }: FaultRun,
  deviates: readonly string[],
): Pick<FaultRow, 'outcome' | 'reason'> {
  if (fatal?.includes(BAD_FAULT) === true)
    return { outcome: 'bad fault', reason: fatal.slice(fatal.indexOf(BAD_FAULT) + BAD_FAULT.length) }
  if (results === null) return { outcome: 'could not run', reason: fatal ?? 'its run left no results' }
  if (results.interrupted) return { outcome: 'could not run', reason: fatal ?? 'its run was interrupted' }
  if (deviates.includes(first)) return { outcome: 'detected', reason: null }

  const rule = results.requirements.find(({ id }) => id === first)
  const verdict = rule?.verdict ?? 'no case'
  const told = `${first} ${verdict === 'no case' ? 'has no case' : `is "${verdict}"`}`
  if (deviates.length > 0) return { outcome: 'detected only by another', reason: told }
  if (verdict === 'conforms') return { outcome: 'survived', reason: told }
  const why = fatal ?? rule?.reason?.split('\n', 1)[0]
  return { outcome: 'could not run', reason: why === undefined ? told : `${told}: ${why}` }
}

export function summarizeFaults(rows: readonly Pick<FaultRow, 'outcome'>[]): FaultsReport['summary'] {
  const count = (wanted: Outcome): number => rows.filter(({ outcome }) => outcome === wanted).length
  return Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, count(outcome)]),
  ) as unknown as FaultsReport['summary']
}

/** 1 if one was not found by its rule, else 2 if one was not judged, else 0; 130 when interrupted. */
export function faultsExitStatus({
  summary,
  interrupted,
}: Pick<FaultsReport, 'summary' | 'interrupted'>): number {
  if (interrupted) return 130
  if (summary.survived > 0 || summary['detected only by another'] > 0) return 1
  return summary['bad fault'] + summary['could not run'] + summary['not judged'] > 0 ? 2 : 0
}
