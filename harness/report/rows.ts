/** The results as rows that other formats show: one a case, and one for what has none. */
import type { Measured, RequirementResult } from './results.ts'

export interface Row {
  id: string
  name: string
  /** The case file; null where the rule has no case, or none that got its turn. */
  file: string | null
  scenario: string | null
  verdict: RequirementResult['verdict']
  reason: string | null
  measured: Readonly<Record<string, Measured>>
  evidence: string | null
}

const LONGEST_LINE = 300

/** The rule's cases; the rule itself, without a file, where they do not explain its verdict. */
export function rowsOf({ id, title, verdict, reason, cases }: RequirementResult): readonly Row[] {
  const rows: readonly Row[] = cases.map((result) => ({ id, ...result }))
  if (rows.some((row) => row.verdict === verdict)) return rows
  return [
    ...rows,
    { id, name: title, file: null, scenario: null, verdict, reason, measured: {}, evidence: null },
  ]
}

/** VLAN-13 a broadcast stays in its VLAN [vlan] */
export function titleOf({ id, name, scenario }: Row): string {
  return `${id} ${name}${scenario === null ? '' : ` [${scenario}]`}`
}

/** A reason may have a hundred lines: the first ones, and a sign where there are more. */
export function firstLines(reason: string, count: number): readonly string[] {
  const lines = reason.split(/\r\n|[\r\n]/)
  const first = lines
    .slice(0, count)
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line))
  return lines.length > count ? [...first, '…'] : first
}
