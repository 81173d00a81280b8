/** A comparison as text, as Markdown, and as a page of its own. Nothing changed is nothing told: ''. */
import { escapeMarkdown, markdownTable } from '../markdown.ts'
import { visible } from '../page/visible.ts'
import type { Measured } from '../results.ts'
import { type Comparison, type Direction, hasChanged, type VerdictChange } from './comparison.ts'

const HEADINGS: Readonly<Record<Direction, string>> = {
  worse: 'Got worse',
  better: 'Got better',
  other: 'Otherwise changed',
}
const LONGEST_REASON = 300
const MOST_APART = 3

export function comparisonText(comparison: Comparison): string {
  const lines = sectionsOf(comparison).flatMap(({ heading, rows }) => [
    `${heading}: ${rows.length}`,
    ...rows.flatMap(({ what, change, reason }) => [
      `  ${what}: ${change}`,
      ...(reason === null ? [] : [`      ${reason}`]),
    ]),
  ])
  return lines.map((line) => `${oneLine(line)}\n`).join('')
}

export function comparisonMarkdown(comparison: Comparison): string {
  if (!hasChanged(comparison)) return ''
  const parts = sectionsOf(comparison).map(({ heading, rows }) => {
    const cells = rows.map(({ what, change, reason }) => [what, change, reason ?? ''].map(cell))
    return `### ${heading}: ${rows.length}\n\n${markdownTable(['what', 'change', 'reason'], cells)}`
  })
  return `${['## What changed', ...parts].join('\n\n')}\n`
}

/** Self-contained, without a script. */
export function comparisonHtml(comparison: Comparison): string {
  const sections = sectionsOf(comparison).map(({ heading, kind, rows }) => {
    const body = rows.map(({ what, change, reason }) => {
      const told = reason === null ? '' : `<br><small>${escapeHtml(oneLine(reason))}</small>`
      return `<tr><th scope="row">${escapeHtml(oneLine(what))}</th><td>${escapeHtml(oneLine(change))}${told}</td></tr>`
    })
    return `<section class="${kind}"><h2>${heading}: ${rows.length}</h2><table>${body.join('')}</table></section>`
  })
  const content = sections.length === 0 ? '<p>Nothing changed.</p>' : sections.join('\n')
  return `${HEAD}${content}\n</main></body></html>\n`
}

interface Section {
  heading: string
  kind: string
  rows: readonly { what: string; change: string; reason: string | null }[]
}

function sectionsOf({ verdicts, figures, environment, interrupted }: Comparison): readonly Section[] {
  const ofDirection = (direction: Direction): Section => ({
    heading: HEADINGS[direction],
    kind: direction,
    rows: together(verdicts.filter((one) => one.direction === direction)),
  })
  const stopped = interrupted
    ? [{ what: 'the run', change: 'complete -> interrupted', reason: 'rules may be missing' }]
    : []
  const worse = ofDirection('worse')
  const all: readonly Section[] = [
    { ...worse, rows: [...stopped, ...worse.rows] },
    ofDirection('better'),
    ofDirection('other'),
    {
      heading: 'Figures beyond their intervals',
      kind: 'figures',
      rows: figures.map(({ id, scenario, name, before, after }) => {
        return {
          what: `${id} (${scenario}) ${name}`,
          change: arrow(figure(before), figure(after)),
          reason: null,
        }
      }),
    },
    {
      heading: 'What it ran on',
      kind: 'environment',
      rows: environment.map(({ what, before, after }) => ({
        what,
        change: arrow(before, after),
        reason: null,
      })),
    },
  ]
  return all.filter(({ rows }) => rows.length > 0)
}

/** A run of other rules changes many in one way: that is one line. */
function together(changes: readonly VerdictChange[]): Section['rows'] {
  const byChange = new Map<string, VerdictChange[]>()
  for (const one of changes) {
    const key = one.direction === 'other' && one.scenario === null ? arrow(one.before, one.after) : ''
    byChange.set(key, [...(byChange.get(key) ?? []), one])
  }
  return [...byChange].flatMap(([change, own]) => {
    if (change === '' || own.length <= MOST_APART) return own.map(verdictRow)
    return [{ what: own.map(({ id }) => id).join(', '), change, reason: null }]
  })
}

function verdictRow({ id, title, scenario, before, after, reason }: VerdictChange): Section['rows'][number] {
  const what = `${id} ${title}${scenario === null ? '' : ` (${scenario})`}`
  const told =
    reason !== null && reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason
  return { what, change: arrow(before, after), reason: told }
}

function arrow(before: string | null, after: string | null): string {
  return `${before ?? '(none)'} -> ${after ?? '(none)'}`
}

/** 9.51 (9.5 to 9.52) */
function figure(measured: Measured | null): string | null {
  if (measured === null) return null
  const { value, low, high } = measured
  return low === undefined || high === undefined ? String(value) : `${value} (${low} to ${high})`
}

/** A name may have lines of its own. */
function oneLine(text: string): string {
  return visible(text).replaceAll(/\s*\n\s*/g, ' ')
}

function cell(text: string): string {
  return escapeMarkdown(oneLine(text))
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

const HEAD = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Frameproof: what changed</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8886; padding: .3rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { font-weight: 600; width: 45% }
.worse h2::before { content: "▼ " } .better h2::before { content: "▲ " }
</style></head><body><main><h1>What changed</h1>
`
