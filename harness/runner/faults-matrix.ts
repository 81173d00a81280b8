/** Faults against rules: which rule deviates under which fault, for people, as text and as Markdown. */
import { relative } from 'node:path'
import type { Annotation } from '../report/github.ts'
import { countsOf, escapeMarkdown, markdownTable } from '../report/markdown.ts'
import type { FaultRow, FaultsReport, Outcome } from './faults-outcome.ts'
import { rulesOf } from './rules.ts'

export const LEGEND =
  'X must deviate and does, S must deviate and does not, x may deviate and does, ! deviates unexpectedly, . conforms, ? could not run, - not supported'

const MARKS: Record<Outcome, string> = {
  detected: '✓',
  'detected only by another': '✗',
  survived: '✗',
  'bad fault': '!',
  'could not run': '!',
  'not judged': '·',
}

/** ✓ vlan-13-cable.sh  detected by VLAN-13; also VLAN-06; not in breaks: BR-01  4.2 s */
export function faultLine(row: FaultRow): string {
  const seconds = row.durationMs > 0 ? `  ${(row.durationMs / 1000).toFixed(1)} s` : ''
  return `${MARKS[row.outcome]} ${row.name}  ${wordsFor(row)}${seconds}`
}

function wordsFor({ outcome, breaks, deviates, unexpected, reason }: FaultRow): string {
  const [first = ''] = breaks
  const also = deviates.filter((id) => id !== first && !unexpected.includes(id))
  const surprise = unexpected.length > 0 ? `; not in breaks: ${unexpected.join(', ')}` : ''
  switch (outcome) {
    case 'detected':
      return `detected by ${first}${also.length > 0 ? `; also ${also.join(', ')}` : ''}${surprise}`
    case 'detected only by another':
      return `detected only by another: ${deviates.join(', ')} (${reason})${surprise}`
    case 'survived':
      return `SURVIVED: ${reason}`
    default:
      return reason === null ? outcome : `${outcome}: ${reason}`
  }
}

/** The faults that were judged, a row each; the rules that deviate or should, a column each, their names downwards. */
export function matrixText(faults: readonly FaultRow[]): string {
  const { rows, rules } = matrix(faults)
  if (rules.length === 0) return ''
  const width = Math.max(...rows.map(({ name }) => name.length))
  const height = Math.max(...rules.map((id) => id.length))
  const heading = Array.from({ length: height }, (_, line) =>
    [' '.repeat(width), ...rules.map((id) => id[line] ?? ' ')].join(' '),
  )
  const body = rows.map((row) => [row.name.padEnd(width), ...rules.map((id) => markOf(row, id))].join(' '))
  return [...heading, ...body].map((line) => line.trimEnd()).join('\n')
}

/** Rules that a fault was judged with, and that none made deviate: nothing shows that their cases can fail. */
export function neverDeviating(faults: readonly FaultRow[]): readonly string[] {
  return rulesOf()
    .map(({ id }) => id)
    .filter(
      (id) =>
        faults.some(({ verdicts }) => verdicts[id] !== undefined) &&
        !faults.some(({ deviates }) => deviates.includes(id)),
    )
}

export function faultsMarkdown(report: FaultsReport): string {
  const { faults, summary, interrupted, site, durationMs, startedAt, frameproof, onlyBreaks } = report
  const missed = faults.filter(({ outcome }) => outcome !== 'detected')
  const unproved = neverDeviating(faults)
  const judged = onlyBreaks ? 'the rules of `breaks` only' : "all rules of the faults' scenarios"
  const parts = [
    `## Frameproof: faults: ${countsOf(summary)}`,
    ...(interrupted ? ['**Interrupted**: these are the results so far.'] : []),
    ...(missed.length === 0 ? [] : [missedTable(missed)]),
    ...matrixTable(faults),
    ...(unproved.length === 0 ? [] : [`Judged, and broken by no fault: ${unproved.join(', ')}`]),
    `On ${site}, ${judged}, in ${(durationMs / 1000).toFixed(1)} s from ${startedAt}, by Frameproof ${frameproof}`,
  ]
  return `${parts.join('\n\n')}\n`
}

/** What was not detected, as errors at the faults' files. */
export function faultAnnotations(faults: readonly FaultRow[], root: string): readonly Annotation[] {
  return faults
    .filter(({ outcome }) => outcome !== 'detected')
    .map((row) => {
      const file = relative(root, row.file)
      return {
        level: 'error',
        file: file.startsWith('..') ? null : file,
        title: `fault ${row.name}`,
        message: [row.title, wordsFor(row)].filter((text) => text !== null).join('\n'),
      }
    })
}

function missedTable(missed: readonly FaultRow[]): string {
  const cells = missed.map((row) => [
    escapeMarkdown(row.name),
    escapeMarkdown(row.title ?? ''),
    row.breaks[0] ?? '',
    escapeMarkdown(wordsFor(row)),
  ])
  return markdownTable(['not detected', 'what is broken', 'must deviate', 'outcome'], cells)
}

function matrixTable(faults: readonly FaultRow[]): readonly string[] {
  const { rows, rules } = matrix(faults)
  if (rules.length === 0) return []
  const cells = rows.map((row) => [
    escapeMarkdown(row.name),
    ...rules.map((id) => markOf(row, id).replace(/^([XS])$/, '**$1**')),
  ])
  return [markdownTable(['fault', ...rules], cells), LEGEND]
}

function matrix(faults: readonly FaultRow[]): {
  rows: readonly FaultRow[]
  rules: readonly string[]
} {
  const rows = faults.filter(({ verdicts }) => Object.keys(verdicts).length > 0)
  const shown = new Set(rows.flatMap(({ deviates, breaks }) => [...deviates, ...breaks.slice(0, 1)]))
  return {
    rows,
    rules: rulesOf()
      .map(({ id }) => id)
      .filter((id) => shown.has(id)),
  }
}

function markOf({ breaks, verdicts }: FaultRow, id: string): string {
  const isFirst = breaks[0] === id
  switch (verdicts[id]) {
    case 'deviates':
      return isFirst ? 'X' : breaks.includes(id) ? 'x' : '!'
    case 'conforms':
      return isFirst ? 'S' : '.'
    case 'not supported':
      return '-'
    case 'could not run':
      return '?'
    default:
      return isFirst ? '?' : ' '
  }
}
