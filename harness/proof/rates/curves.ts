/**
 * A measurement as curves, few enough points to be kept beside the evidence: the rates over time, what the frames
 * waited over when they came in, and the level of the configured bucket. Times are ms after the first frame came in.
 */
import { delaysNs } from './joined.ts'
import { type BucketLimit, bitsPerSecond, octetsPerNs } from './limit.ts'
import { isMeasured, type Measurement } from './measurement.ts'
import { largestFrame, type Traffic } from './traffic.ts'

/** Points of a curve, at most. */
export const MOST_POINTS = 250

export interface LimiterCurves {
  limit: BucketLimit
  /** Of the steady part, bits a second; null where none could be told. */
  rate: { value: number; low: number; high: number; beginMs: number; endMs: number } | null
  /** A point stands for the time from `atMs` until `atMs + stepMs`. */
  stepMs: number
  atMs: readonly number[]
  offeredBitsPerSecond: readonly number[]
  leftBitsPerSecond: readonly number[]
  /** Of the frames that came in then and left: the longest delay over the quickest of all; null of none. */
  delayMs: readonly (number | null)[]
  /** Frames that came in then and were lost. */
  lost: readonly number[]
  /** The least that the configured bucket would hold; below 0 if it cannot explain what left. */
  bucketOctets: readonly number[]
}

const FRAMES_A_STEP = 8

export function limiterCurves(measurement: Measurement): LimiterCurves {
  const { offered, left, limit, steady, joined } = measurement
  const originNs = offered.timeNs[0] ?? left.timeNs[0] ?? 0
  const endNs = Math.max(offered.timeNs.at(-1) ?? originNs, left.timeNs.at(-1) ?? originNs)
  const frameNs = largestFrame(offered) / octetsPerNs(limit.rateBitsPerSecond)
  const stepNs = Math.max((endNs - originNs) / (MOST_POINTS - 1), FRAMES_A_STEP * frameNs, 1)
  const count = Math.min(MOST_POINTS, Math.floor((endNs - originNs) / stepNs) + 1)
  const slices: Slices = { originNs, stepNs, count }
  const msAfter = (ns: number): number => rounded((ns - originNs) / 1e6)
  return {
    limit,
    rate: isMeasured(steady)
      ? { ...steady.rate, beginMs: msAfter(steady.beginNs), endMs: msAfter(steady.endNs) }
      : null,
    stepMs: rounded(stepNs / 1e6),
    atMs: Array.from({ length: count }, (_, slice) => rounded((slice * stepNs) / 1e6)),
    offeredBitsPerSecond: rates(offered, slices),
    leftBitsPerSecond: rates(left, slices),
    delayMs: longestDelays(measurement, slices),
    lost: counts(slices, offered, (at) => joined.leftAt[at] === -1),
    bucketOctets: bucketLevels(left, limit, slices),
  }
}

interface Slices {
  originNs: number
  stepNs: number
  count: number
}

function sliceOf({ originNs, stepNs, count }: Slices, timeNs: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor((timeNs - originNs) / stepNs)))
}

function rates({ timeNs, octets }: Traffic, slices: Slices): readonly number[] {
  const sums = new Float64Array(slices.count)
  for (let at = 0; at < timeNs.length; at += 1) {
    const slice = sliceOf(slices, timeNs[at] ?? 0)
    sums[slice] = (sums[slice] ?? 0) + (octets[at] ?? 0)
  }
  return Array.from(sums, (sum) => Math.round(bitsPerSecond(sum / slices.stepNs)))
}

function counts(slices: Slices, { timeNs }: Traffic, isCounted: (at: number) => boolean): readonly number[] {
  const found = new Array<number>(slices.count).fill(0)
  for (let at = 0; at < timeNs.length; at += 1) {
    if (!isCounted(at)) continue
    const slice = sliceOf(slices, timeNs[at] ?? 0)
    found[slice] = (found[slice] ?? 0) + 1
  }
  return found
}

function longestDelays({ joined, left }: Measurement, slices: Slices): readonly (number | null)[] {
  const delays = delaysNs(joined)
  const quickest = delays.reduce((least, one) => (one < least ? one : least), Number.POSITIVE_INFINITY)
  const longest = new Array<number | null>(slices.count).fill(null)
  for (let at = 0; at < delays.length; at += 1) {
    const delay = delays[at] ?? Number.NaN
    if (Number.isNaN(delay)) continue
    const slice = sliceOf(slices, (left.timeNs[at] ?? 0) - delay)
    longest[slice] = Math.max(longest[slice] ?? 0, rounded((delay - quickest) / 1e6))
  }
  return longest
}

/** Full at first, filled at the rate, emptied by what left: of each slice the least, and where nothing left its end. */
function bucketLevels({ timeNs, octets }: Traffic, limit: BucketLimit, slices: Slices): readonly number[] {
  const rate = octetsPerNs(limit.rateBitsPerSecond)
  const levels: number[] = []
  let level = limit.burstOctets
  let filledNs = slices.originNs
  let at = 0
  for (let slice = 0; slice < slices.count; slice += 1) {
    const endNs = slices.originNs + (slice + 1) * slices.stepNs
    let least = Number.POSITIVE_INFINITY
    for (; at < timeNs.length && ((timeNs[at] ?? 0) < endNs || slice === slices.count - 1); at += 1) {
      const now = timeNs[at] ?? 0
      level = Math.min(limit.burstOctets, level + rate * Math.max(0, now - filledNs)) - (octets[at] ?? 0)
      filledNs = now
      least = Math.min(least, level)
    }
    const atEnd = Math.min(limit.burstOctets, level + rate * Math.max(0, endNs - filledNs))
    levels.push(Math.round(Math.min(least, atEnd)))
  }
  return levels
}

/** Thousandths are enough, and short as text. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
