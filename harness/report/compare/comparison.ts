/**
 * What changed between two reports: verdicts, figures beyond their intervals, and what they ran on. Times, run numbers and
 * figures within their intervals differ from run to run and say nothing.
 */
import type { Measured, RequirementResult, Results } from '../results.ts'

export type Outcome = RequirementResult['verdict']

export type Direction = 'worse' | 'better' | 'other'

/** A rule, or one of its cases where it has several. */
export interface VerdictChange {
  direction: Direction
  id: string
  title: string
  scenario: string | null // null: of the rule as a whole
  /** Null: it was not in that report. */
  before: Outcome | null
  after: Outcome | null
  /** First line of why it is as it is now, where it does not conform. */
  reason: string | null
}

export interface FigureChange {
  id: string
  scenario: string
  name: string
  before: Measured | null
  after: Measured | null
}

export interface EnvironmentChange {
  what: string // "kernel of hv1", "dnsmasq", "implementation"
  before: string | null
  after: string | null
}

export interface Comparison {
  verdicts: readonly VerdictChange[] // worse first
  figures: readonly FigureChange[]
  environment: readonly EnvironmentChange[]
  /** The later report is of a run that was broken off: what it does not have was not judged. */
  interrupted: boolean
}

export function compareResults(before: Results, after: Results): Comparison {
  const changes = ruleChanges(before, after)
  const order: readonly Direction[] = ['worse', 'better', 'other']
  return {
    verdicts: order.flatMap((direction) => changes.filter((one) => one.direction === direction)),
    figures: figureChanges(before, after),
    environment: environmentChanges(before, after),
    interrupted: after.interrupted && !before.interrupted,
  }
}

export function hasChanged({ verdicts, figures, environment, interrupted }: Comparison): boolean {
  return interrupted || verdicts.length + figures.length + environment.length > 0
}

/** Something that was better, or was judged, is not so any more. A figure alone is for people to weigh. */
export function gotWorse({ verdicts, interrupted }: Comparison): boolean {
  return interrupted || verdicts.some(({ direction }) => direction === 'worse')
}

/** Of rules whose verdict changed; of cases, where the rule's verdict hides the change of one of several. */
function ruleChanges(before: Results, after: Results): readonly VerdictChange[] {
  const [was, is] = [byId(before), byId(after)]
  const ids = [...new Set([...is.keys(), ...was.keys()])]
  return ids.flatMap((id) => {
    const [old, fresh] = [was.get(id), is.get(id)]
    const title = (fresh ?? old)?.title ?? ''
    const { reason } = fresh ?? { reason: null }
    const own = change({ id, title, scenario: null }, judged(old), judged(fresh), reason)
    return own === null ? caseChanges(id, old, fresh) : [own]
  })
}

/** A rule that nothing judges is as good as not asked for. */
function judged(rule: RequirementResult | undefined): Outcome | null {
  return rule === undefined || rule.verdict === 'no case' ? null : rule.verdict
}

function caseChanges(
  id: string,
  before: RequirementResult | undefined,
  after: RequirementResult | undefined,
): readonly VerdictChange[] {
  const [was, is] = [casesOf(before), casesOf(after)]
  const keys = [...new Set([...is.keys(), ...was.keys()])]
  return keys.flatMap((key) => {
    const [old, fresh] = [was.get(key), is.get(key)]
    const { name: title = '', scenario = '' } = fresh ?? old ?? {}
    const verdicts = [old?.verdict ?? null, fresh?.verdict ?? null] as const
    return change({ id, title, scenario }, ...verdicts, fresh?.reason ?? null) ?? []
  })
}

function change(
  what: Pick<VerdictChange, 'id' | 'title' | 'scenario'>,
  before: Outcome | null,
  after: Outcome | null,
  reason: string | null,
): VerdictChange | null {
  if (before === after) return null
  const told = after === 'conforms' || after === null ? null : (reason?.split(/\r\n|[\r\n]/)[0] ?? null)
  return { ...what, direction: directionOf(before, after), before, after, reason: told }
}

/** What is no verdict, or says that it could not tell, is neither better nor worse; what deviates now is worse. */
function directionOf(before: Outcome | null, after: Outcome | null): Direction {
  if (after === 'deviates') return 'worse'
  if (before === 'conforms' && (after === 'could not run' || after === 'not supported')) return 'worse'
  return after === 'conforms' && before !== null ? 'better' : 'other'
}

function figureChanges(before: Results, after: Results): readonly FigureChange[] {
  const was = figuresOf(before)
  return [...figuresOf(after)].flatMap(([key, fresh]) => {
    const old = was.get(key)
    const isSame = old !== undefined && agree(old.measured, fresh.measured)
    if (old === undefined || isSame) return [] // a figure that is new, or gone with its case, is told by the verdict
    const { id, scenario, name } = fresh
    return [{ id, scenario, name, before: old.measured, after: fresh.measured }]
  })
}

/** Where the intervals meet. How far a figure without one varies is not known: its rule's verdict says what matters of it. */
function agree(before: Measured, after: Measured): boolean {
  const { low: wasLow, high: wasHigh } = before
  const { low: isLow, high: isHigh } = after
  if (wasLow === undefined || wasHigh === undefined || isLow === undefined || isHigh === undefined)
    return true
  return wasLow <= isHigh && isLow <= wasHigh
}

interface Figure {
  id: string
  scenario: string
  name: string
  measured: Measured
}

function figuresOf({ requirements }: Results): ReadonlyMap<string, Figure> {
  const figures = requirements.flatMap(({ id, cases }) =>
    cases.flatMap(({ name: title, scenario, measured }) =>
      Object.entries(measured).map(([name, value]) => {
        const key = [id, title, scenario, name].join('\n')
        return [key, { id, scenario, name, measured: value }] as const
      }),
    ),
  )
  return new Map(figures)
}

function environmentChanges(before: Results, after: Results): readonly EnvironmentChange[] {
  const [was, is] = [environmentOf(before), environmentOf(after)]
  const names = [...new Set([...was.keys(), ...is.keys()])]
  return names.flatMap((what) => {
    const [old, fresh] = [was.get(what) ?? null, is.get(what) ?? null]
    return old === fresh ? [] : [{ what, before: old, after: fresh }]
  })
}

function environmentOf({ frameproof, lab, implementation, fault }: Results): ReadonlyMap<string, string> {
  return new Map([
    ['Frameproof', frameproof],
    ['lab', lab.provider],
    ['implementation', implementation],
    ...(fault === null ? [] : [['fault', fault.title] as const]),
    ...lab.sites.flatMap(({ name, kind, kernel, tools }) => [
      [`kernel of ${name}`, `${kernel} (${kind})`] as const,
      ...Object.entries(tools ?? {}).map(([tool, version]) => [`${tool} on ${name}`, version] as const),
    ]),
    ...Object.entries(lab.tools),
  ])
}

function byId({ requirements }: Results): ReadonlyMap<string, RequirementResult> {
  return new Map(requirements.map((one) => [one.id, one]))
}

type Case = RequirementResult['cases'][number]

/** A rule may be judged by two cases of one title. */
function casesOf(rule: RequirementResult | undefined): ReadonlyMap<string, Case> {
  const counts = new Map<string, number>()
  const entries = (rule?.cases ?? []).map((one) => {
    const key = `${one.file}\n${one.name}\n${one.scenario}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return [`${key}\n${count}`, one] as const
  })
  return new Map(entries)
}
