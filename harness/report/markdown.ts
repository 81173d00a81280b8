/** summary.md: what a run found on one page, as GitHub shows Markdown. The same text is the job's summary there. */
import { noiseInWords } from './noise.ts'
import type { RequirementResult, Results } from './results.ts'
import { firstLines, type Row, rowsOf } from './rows.ts'

export const MARKDOWN_FILE = 'summary.md'

const REASON_LINES = 2

export function markdownSummary(results: Results): string {
  const rows = results.requirements.flatMap(rowsOf)
  const having = (...verdicts: readonly Row['verdict'][]): readonly Row[] =>
    verdicts.flatMap((verdict) => rows.filter((row) => row.verdict === verdict))
  const parts = [
    `## Frameproof: ${countsOf(results.summary)}`,
    ...fault(results),
    ...(results.interrupted ? ['**Interrupted**: these are the results so far.'] : []),
    ...(results.noise === undefined ? [] : [escapeMarkdown(noiseInWords(results.noise))]),
    ...notConforming(having('deviates', 'could not run')),
    ...measured(rows),
    ...collapsed('Conforming', having('conforms'), ({ scenario }) => inScenario(scenario)),
    ...collapsed('Not supported', having('not supported'), ({ scenario, reason }) => {
      return `${inScenario(scenario)}${reason === null ? '' : `: ${shortened(reason)}`}`
    }),
    ...withoutCase(results.requirements),
    surroundings(results),
  ]
  return `${parts.join('\n\n')}\n`
}

/** 1 deviates, 3 conforms */
export function countsOf(summary: Readonly<Record<string, number>>): string {
  const counts = Object.entries(summary).filter(([, count]) => count > 0)
  return counts.map(([what, count]) => `${count} ${what}`).join(', ') || 'nothing'
}

/** As plain text in one line of Markdown, in a table's cell too: no character of it means anything. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]|~$]/g, (character) => `\\${character}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\s+/g, ' ') // a line's end, and runs of blanks
}

/** @param rows of cells that are Markdown already */
export function markdownTable(
  heading: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n')
}

export function markdownDetails(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`
}

function fault({ fault: judged }: Results): readonly string[] {
  if (judged === null) return []
  const { title, detected, breaks } = judged
  const [first = ''] = breaks
  const outcome = detected ? 'Fault detected' : 'Fault NOT DETECTED'
  return [`**${outcome}**: ${escapeMarkdown(title)} (${first} must deviate)`]
}

function notConforming(rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return []
  const cells = rows.map((row) => [
    row.verdict,
    `${row.id} ${escapeMarkdown(row.name)}${inScenario(row.scenario)}`,
    row.reason === null ? '' : shortened(row.reason),
    row.evidence === null ? '' : `\`${row.evidence}\``,
  ])
  return [markdownTable(['verdict', 'rule', 'reason', 'evidence (in the report)'], cells)]
}

function measured(rows: readonly Row[]): readonly string[] {
  const cells = rows.flatMap((row) =>
    Object.entries(row.measured).map(([name, { value, low, high }]) => [
      `${row.id}${inScenario(row.scenario)}`,
      escapeMarkdown(name),
      value,
      low === undefined || high === undefined ? '' : `${low} to ${high}`,
    ]),
  )
  return cells.length === 0 ? [] : [markdownTable(['rule', 'measured', 'value', 'interval'], cells)]
}

function collapsed(title: string, rows: readonly Row[], behind: (row: Row) => string): readonly string[] {
  if (rows.length === 0) return []
  const items = rows.map((row) => `- ${row.id} ${escapeMarkdown(row.name)}${behind(row)}`)
  return [markdownDetails(`${title}: ${rows.length}`, items.join('\n'))]
}

function withoutCase(requirements: readonly RequirementResult[]): readonly string[] {
  const ids = requirements.filter(({ verdict }) => verdict === 'no case').map(({ id }) => id)
  return ids.length === 0 ? [] : [markdownDetails(`Without a case: ${ids.length}`, ids.join(', '))]
}

function surroundings({ frameproof, implementation, lab, durationMs, startedAt }: Results): string {
  const sites = lab.sites.map(({ kind, kernel }) => ` on ${kind}, kernel ${escapeMarkdown(kernel)}`)
  const tools = Object.entries(lab.tools).map(([name, version]) => `- ${name}: ${escapeMarkdown(version)}`)
  const seconds = (durationMs / 1000).toFixed(1)
  const what = `${escapeMarkdown(implementation)}${sites.join(',')}, in ${seconds} s from ${startedAt}, by Frameproof ${frameproof}`
  return tools.length === 0 ? what : `${what}\n\n${markdownDetails('Tools', tools.join('\n'))}`
}

function inScenario(scenario: string | null): string {
  return scenario === null ? '' : ` (${scenario})`
}

function shortened(reason: string): string {
  return firstLines(reason, REASON_LINES).map(escapeMarkdown).join('<br>')
}
