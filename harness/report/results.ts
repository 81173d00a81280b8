/** results.json: what a run found, as data. Its format is a contract: docs/results.md. */
import { type Verdict, worst } from '../proof/index.ts'

export interface Measured {
  value: number
  low?: number
  high?: number
}

export interface CaseResult {
  id: string
  name: string
  file: string
  scenario: string
  verdict: Verdict
  reason: string | null
  durationMs: number
  measured: Readonly<Record<string, Measured>>
  /** The folder of its evidence, relative to the report's; null if it got none, or it was left out. */
  evidence: string | null
  /** It has evidence, but not here: this is a part of a report. */
  evidenceLeftOut?: true
}

export interface RequirementResult {
  id: string
  title: string
  verdict: Verdict | 'no case'
  reason: string | null
  durationMs: number
  cases: readonly Omit<CaseResult, 'id' | 'durationMs'>[]
}

export interface SiteDescription {
  name: string
  kind: string
  kernel: string
  /** Of a machine that is a site: the programs that the implementation needs. */
  tools?: Readonly<Record<string, string>>
}

export interface NoiseAtPortResult {
  scenario: string
  port: string
  /** How long it was up, with carrier, over all labs of the scenario. */
  upMs: number
  frames: number
  /** Of these, what was sent at this very port; the others were flooded to it. */
  ownFrames: number
  framesPerSecond: number
  /** The same while windows were open. Null: for too short a time to speak of a rate. */
  inWindows: { upMs: number; frames: number; framesPerSecond: number | null }
}

export interface NoiseRates {
  min: number
  median: number
  max: number
}

/** Other traffic, which was made at every port of the lab, as it was measured there. */
export interface NoiseResult {
  askedFramesPerSecond: number
  /** Every port carried at least what was asked, all in all and while windows were open. */
  reached: boolean
  /** Over all ports; null: none was up. */
  framesPerSecond: NoiseRates | null
  /** Over all ports for which it is known; null: for none. */
  framesPerSecondInWindows: NoiseRates | null
  ports: readonly NoiseAtPortResult[]
}

export interface FaultResult {
  file: string
  title: string
  breaks: readonly string[]
  detected: boolean
}

export interface Results {
  schema: 1
  frameproof: string
  startedAt: string
  durationMs: number
  interrupted: boolean
  lab: { provider: string; sites: readonly SiteDescription[]; tools: Readonly<Record<string, string>> }
  implementation: string
  fault: FaultResult | null
  /** Absent where none was asked for. */
  noise?: NoiseResult
  requirements: readonly RequirementResult[]
  summary: Readonly<Record<Verdict | 'no case', number>>
}

export interface Rule {
  id: string
  title: string
}

/**
 * One row a rule, in the rules' order; behind them one for every other rule of which there is a result all the same:
 * no verdict is lost. A rule of which no case was run has `no case`.
 * @param unfinished of rules whose cases were to be run and were not, or not all: why
 */
export function requirementResults(
  rules: readonly Rule[],
  cases: readonly CaseResult[],
  unfinished: ReadonlyMap<string, string> = new Map(),
): readonly RequirementResult[] {
  const listed = new Set(rules.map(({ id }) => id))
  const others = new Map(cases.filter(({ id }) => !listed.has(id)).map(({ id, name }) => [id, name]))
  const all = [...rules, ...[...others].map(([id, title]) => ({ id, title }))]
  return all.map(({ id, title }) => {
    const own = cases.filter((result) => result.id === id)
    const why = unfinished.get(id)
    const verdicts = own.map((result) => result.verdict)
    if (why !== undefined) verdicts.push('could not run')
    const verdict = verdicts.length === 0 ? 'no case' : worst(verdicts)
    const decisive = own.find((result) => result.verdict === verdict)
    return {
      id,
      title,
      verdict,
      reason: decisive === undefined ? (why ?? null) : decisive.reason,
      durationMs: Math.round(own.reduce((sum, result) => sum + result.durationMs, 0)),
      cases: own.map(({ id: _, durationMs: __, ...rest }) => rest),
    }
  })
}

export function summarize(requirements: readonly RequirementResult[]): Results['summary'] {
  const summary = { conforms: 0, deviates: 0, 'not supported': 0, 'could not run': 0, 'no case': 0 }
  for (const { verdict } of requirements) summary[verdict] += 1
  return summary
}

/** 1 if anything deviates, else 2 if anything could not run, else 0; 130 when interrupted. */
export function exitStatus({ summary, interrupted }: Pick<Results, 'summary' | 'interrupted'>): number {
  if (interrupted) return 130
  if (summary.deviates > 0) return 1
  return summary['could not run'] > 0 ? 2 : 0
}
