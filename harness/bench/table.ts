/** What a measurement found, as rows: for people as Markdown, for programs as JSON. */
export type Unit = 'frames/s' | 'ms' | 's'

/** Of several rounds, or of many windows. */
export interface Spread {
  minimum: number
  median: number
  maximum: number
  count: number
}

export interface Row {
  what: string
  unit: Unit
  /** Null: it could not be measured here; the note says why. */
  figure: Spread | null
  /** Something else that does the same, measured in turn with ours in the same run. */
  compared: Compared | null
  target: Target | null
  note: string
}

export interface Compared {
  with: string
  figure: Spread
  /** Round by round: more than 1 is faster than the other. */
  timesAsFast: Spread
}

/** Of the median: a rate has a least, a time has a most. */
export interface Target {
  figure: number
  is: 'least' | 'most'
}

export interface Report {
  startedAt: string
  machine: string
  rows: readonly Row[]
}

export const atLeast = (figure: number): Target => ({ figure, is: 'least' })
export const atMost = (figure: number): Target => ({ figure, is: 'most' })

/** A row of what was measured, with nothing beside it. */
export function row(what: string, unit: Unit, figures: readonly number[], more: Partial<Row> = {}): Row {
  return { what, unit, figure: spreadOf(figures), compared: null, target: null, note: '', ...more }
}

/** A row that says why there is no figure. */
export function lackingRow(what: string, unit: Unit, why: string, target: Target | null = null): Row {
  return { what, unit, figure: null, compared: null, target, note: why }
}

/** @throws {RangeError} of no figures */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b)
  const [minimum, maximum] = [sorted[0], sorted.at(-1)]
  if (minimum === undefined || maximum === undefined) throw new RangeError('no figures: nothing was measured')
  const [below = 0, above = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return { minimum, median: (below + above) / 2, maximum, count: sorted.length }
}

/** Ours and the other's, round by round. */
export function comparison(
  other: string,
  unit: Unit,
  ours: readonly number[],
  theirs: readonly number[],
): Compared {
  const ratios = ours.map((own, round) => {
    const its = theirs[round] ?? Number.NaN
    return unit === 'frames/s' ? own / its : its / own
  })
  return { with: other, figure: spreadOf(theirs), timesAsFast: spreadOf(ratios) }
}

export function isMet({ figure, target }: Row): boolean | null {
  if (figure === null || target === null) return null
  return target.is === 'least' ? figure.median >= target.figure : figure.median <= target.figure
}

const HEADINGS = [
  'what',
  'median',
  'minimum to maximum',
  'compared with',
  'its median',
  'times as fast',
  'target',
  'note',
]

export function markdownOf({ startedAt, machine, rows }: Report): string {
  const table = [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(cellsOf)]
  const lines = table.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
  return `# Measurements\n\nBegun ${startedAt}, on ${machine}.\n\n${lines.join('\n')}\n`
}

export function jsonOf(report: Report): string {
  const rows = report.rows.map((each) => ({ ...each, met: isMet(each) }))
  return `${JSON.stringify({ schema: 1, ...report, rows }, null, 2)}\n`
}

/** One line, for whoever watches. */
export function lineOf(each: Row): string {
  const [what, median, range, other, its, ratio, target, note] = cellsOf(each)
  const parts = [
    `${what}: ${median}`,
    range === '' ? '' : `(${range})`,
    other === '' ? '' : `${ratio} times as fast as ${other} (${its})`,
    target === '' ? '' : `[${target}]`,
    note === '' ? '' : `- ${note}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function cellsOf(each: Row): readonly string[] {
  const { what, unit, figure, compared, target, note } = each
  const wanted =
    target === null ? '' : `${target.is === 'least' ? 'at least' : 'at most'} ${shown(target.figure)}`
  const met = isMet(each)
  const verdict = met === null ? '' : met ? ': met' : ': missed'
  return [
    what,
    figure === null ? 'not measured' : `${shown(figure.median)} ${unit}`,
    figure === null ? '' : `${shown(figure.minimum)} to ${shown(figure.maximum)} (${figure.count})`,
    compared?.with ?? '',
    compared === null ? '' : `${shown(compared.figure.median)} ${unit}`,
    compared === null ? '' : shown(compared.timesAsFast.median),
    `${wanted}${verdict}`,
    note,
  ]
}

/** Three digits that mean something. */
export function shown(value: number): string {
  if (value >= 1000) {
    const step = 10 ** (Math.floor(Math.log10(value)) - 2)
    return (Math.round(value / step) * step).toLocaleString('en')
  }
  return String(Number(value.toPrecision(3)))
}
