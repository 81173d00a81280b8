/** Rates as people read them: over which frames, with an interval that shows, against which limit, and the verdict. */
import {
  type AssertedRate,
  isMeasured,
  LEAST_FACTOR,
  type Measurement,
  type RateBounds,
} from '../../proof/index.ts'
import type { CaseRun } from '../case-run.ts'
import type { RecordedCase } from '../recorded-case.ts'
import { limiterBetween } from './limiter-place.ts'

export interface RateRow {
  what: string
  port: string
  offered: string
  limit: string
  measured: string
  interval: string
  frames: string
  /** With its reason, where it was not proved. */
  verdict: string
}

export interface RateStory {
  expected: string
  /** Lines: the rate and how far it is off, over what. */
  seen: readonly string[]
  /** Where it was offered, measured and limited. */
  where: string
  port: string
  direction: 'in' | 'out'
  first: number
  last: number
  /** Half the interval by the value: the narrower, the surer. */
  uncertainty: number
  /** How the octets add up over the interval, a line a step. */
  steps: readonly string[]
  /** Octets of each frame that the limiter does not count; null where `filterOf` finds other frames, too. */
  notCountedOctets: number | null
}

/** Every rate that the case measured; a limit and a verdict where it asserted one. */
export function rateRows(run: CaseRun): readonly RateRow[] {
  const { rates } = run.judgement
  const named = run.limiters.map(({ name, measurement }) => {
    return rowOf(
      name,
      measurement,
      rates.filter((rate) => rate.measurement === measurement),
    )
  })
  const others = rates.filter(
    ({ measurement }) => !run.limiters.some((limiter) => limiter.measurement === measurement),
  )
  return [...named, ...others.map((rate) => rowOf('', rate.measurement, [rate]))]
}

function rowOf(what: string, measurement: Measurement, rates: readonly AssertedRate[]): RateRow {
  const { left, offered, load, steady } = measurement
  const told = {
    ...{ what, port: left.name },
    offered: `${inMegabits(load.rateBitsPerSecond, 3)} at ${offered.name}`,
    limit: rates.map(({ bounds }) => limitText(bounds)).join('; '),
    verdict: rates.map((rate) => verdictText(rate)).join('; '),
  }
  if (!isMeasured(steady)) return { ...told, measured: `none: ${steady.reason}`, interval: '', frames: '' }
  const { value, low, high } = steady.rate
  const digits = digitsFor(steady.rate)
  return {
    ...told,
    measured: inMegabits(value, digits),
    interval: rangeText(low, high, digits),
    frames: `${left.frame[steady.from]} to ${left.frame[steady.to - 1]}`,
  }
}

/** "not proved: too little load: 1.08 times, 1.5 needed" */
function verdictText({ assertion: { verdict, expected, found }, measurement }: AssertedRate): string {
  if (verdict !== 'could not run') return verdict
  const { tooLittle, steady, factor } = measurement
  if (isMeasured(steady) && tooLittle !== null)
    return `not proved: too little load: ${factor.toFixed(2)} times, ${LEAST_FACTOR} needed`
  if (isMeasured(steady)) return 'not proved: the interval lies on both sides of a limit'
  return (found ?? verdict).replace(`${expected}: `, '').replace(/^not proved, for /, 'not proved: ')
}

/** Null where the evidence was not judged again as it was judged. */
export function rateStory(
  assertion: { expected: string; frames: readonly number[] },
  run: CaseRun | null,
  { windows, ...recorded }: RecordedCase,
): RateStory | null {
  const rate = run?.judgement.rates.find(
    ({ assertion: other }) =>
      other.expected === assertion.expected && String(other.frames) === String(assertion.frames),
  )
  if (rate === undefined || !isMeasured(rate.measurement.steady)) return null
  const { bounds, measurement } = rate
  const { left, steady } = rate.measurement
  const { value, low, high } = steady.rate
  const digits = digitsFor(steady.rate)
  const [from, to] = [steady.from, steady.to - 1]
  const [first, last] = [left.frame[from] ?? 0, left.frame[to] ?? 0]
  const octets = left.octets.slice(from, to + 1).reduce((sum, one) => sum + one, 0)
  const spanMs = ((left.timeNs[to] ?? 0) - (left.timeNs[from] ?? 0)) / 1e6
  const frames = windows.flatMap((window) => window.frames)
  const direction = frames[first - 1]?.direction ?? 'in'
  const found = frames.filter(
    (one) => one.frame >= first && one.frame <= last && one.port === left.name && one.direction === direction,
  )
  const wire = found.reduce((sum, { originalLength }) => sum + originalLength, 0)
  const named = run?.limiters.find((one) => one.measurement === measurement)?.name
  return {
    expected: `${left.name} keeps to ${limitText(bounds)}${named === undefined ? '' : ` (${named})`}`,
    seen: [
      `${inMegabits(value, digits)}, the slope over all frames (95% interval ${rangeText(low, high, digits)})${offBy(value, bounds)}${rate.assertion.verdict === 'could not run' ? ', which lies on both sides of a limit' : ''}`,
      `over ${to - from + 1} frames, ${octets} octets, in ${spanMs.toFixed(3)} ms: from frame ${first} to frame ${last} at ${left.name}`,
    ],
    where: whereText(measurement, recorded, performedBefore(first, windows, run)),
    uncertainty: (high - low) / 2 / value,
    ...{ port: left.name, direction, first, last },
    steps: stepsIn(measurement, from, to),
    notCountedOctets: found.length === to - from + 1 ? (wire - octets) / found.length : null,
  }
}

export function filterOf({ port, direction, first, last }: RateStory): string {
  const way = direction === 'in' ? 1 : 2
  return `frame.interface_name == "${port}" && frame.packet_flags_direction == ${way} && frame.number >= ${first} && frame.number <= ${last}`
}

/** The same rate from the capture alone: what is behind the first frame, by the time that it took. */
export function commandOf(story: RateStory, file: string): string {
  const octets = story.notCountedOctets === 0 ? '$2' : `$2 - ${story.notCountedOctets}`
  return [
    `tshark -r '${file}' -Y '${filterOf(story)}' -T fields -e frame.time_relative -e frame.len |`,
    `  awk 'NR == 1 { first = $1 } NR > 1 { octets += ${octets} } { last = $1 }`,
    '    END { printf "%d frames, %.6f s, %.4f Mbit/s\\n", NR, last - first, octets * 8 / (last - first) / 1e6 }\'',
  ].join('\n')
}

const STEPS = 5

/** Of the case's operations, before the window with this frame. */
function performedBefore(frame: number, windows: RecordedCase['windows'], run: CaseRun | null): number {
  const window = windows.findIndex(({ frames }) => (frames.at(-1)?.frame ?? 0) >= frame)
  return run?.performedBefore[window] ?? 0
}

/** "offered at hv1:tap-red1, measured at sw1:hv1; between them hv1:eth0 is to shape to 10 Mbit/s (its plan)" */
function whereText(
  { offered, left, limit }: Measurement,
  recorded: Omit<RecordedCase, 'windows'>,
  performed: number,
): string {
  const told = `offered at ${offered.name}, measured at ${left.name}`
  const between = limiterBetween({ offered: offered.name, left: left.name, limit }, recorded, performed)
  if (between === null) return told
  const rate = `${Number((limit.rateBitsPerSecond / 1e6).toPrecision(5))} Mbit/s`
  return `${told}; between them ${between.port} is to ${between.does} to ${rate} (its plan)`
}

/** "frame 7357  +371.880 ms  474112 octets  10.1992 Mbit/s since the first" */
function stepsIn({ left }: Measurement, from: number, to: number): readonly string[] {
  const places = Array.from(
    { length: STEPS + 1 },
    (_, step) => from + Math.round((step * (to - from)) / STEPS),
  )
  const rows = [...new Set(places)].map((place) => {
    const octets = left.octets.slice(from + 1, place + 1).reduce((sum, one) => sum + one, 0)
    const spanNs = (left.timeNs[place] ?? 0) - (left.timeNs[from] ?? 0)
    return [
      `frame ${left.frame[place]}`,
      `+${(spanNs / 1e6).toFixed(3)} ms`,
      `${octets} octets`,
      ...(spanNs > 0 ? [`${inMegabits((octets * 8e9) / spanNs, 4)} since the first`] : []),
    ]
  })
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function limitText({ least, most }: RateBounds): string {
  if (least === null) return `at most ${inMegabits(most ?? Number.POSITIVE_INFINITY, 3)}`
  return most === null ? `at least ${inMegabits(least, 3)}` : rangeText(least, most, 3)
}

/** ", 3.3% above 10 Mbit/s (1% is allowed)"; of a limit on one side ", 0.9% above it" */
function offBy(value: number, { least, most }: RateBounds): string {
  const isAbove = most !== null && value > most
  if (!isAbove && (least === null || value >= least)) return ''
  const side = isAbove ? 'above' : 'below'
  const percent = (share: number): string => `${Number((100 * Math.abs(share)).toPrecision(2))}%`
  if (least === null || most === null) return `, ${percent(value / (most ?? least ?? value) - 1)} ${side} it`
  const middle = (least + most) / 2
  const rate = `${Number((middle / 1e6).toPrecision(5))} Mbit/s`
  return `, ${percent(value / middle - 1)} ${side} ${rate} (${percent(most / middle - 1)} is allowed)`
}

/** So many that the interval does not vanish: two of its half's. */
function digitsFor({ low, high }: { low: number; high: number }): number {
  const half = Math.max((high - low) / 2 / 1e6, 1e-6)
  return Math.min(6, Math.max(3, Math.ceil(-Math.log10(half)) + 1))
}

function rangeText(low: number, high: number, digits: number): string {
  return `${(low / 1e6).toFixed(digits)} to ${inMegabits(high, digits)}`
}

function inMegabits(bitsPerSecond: number, digits: number): string {
  return `${(bitsPerSecond / 1e6).toFixed(digits)} Mbit/s`
}
