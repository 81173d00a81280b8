/**
 * A rate with a 95% interval, from the times at which frames left a limiter under load.
 *
 * Model: the k-th frame leaves at t(k) = c + O(k) / rate + e(k), O(k) the octets up to and with it, e(k) a delay that
 * does not add up: timers, stamps, hiccups of the machine that the bucket makes good. Octets are exact and times are
 * not, so time is regressed on octets. The frames are grouped into 8 to 40 blocks by their order and each block gives
 * the median of its deviation from a first line: a hiccup that holds up fewer than half of a block's frames is not felt.
 * The slope through the medians is least squares. Its error allows for autocorrelation: the residuals' correlation from
 * block to block, corrected for the bias of short series (Kendall 1954), widens it by sqrt((1 + r) / (1 - r)) and
 * lowers the degrees of freedom of Student's t alike; negative correlation narrows nothing. Half a frame over the
 * whole is added in quadrature: what a limiter that hands out whole frames can be early or late.
 */
import { bitsPerSecond } from './limit.ts'
import { cumulativeOctets, largestFrame, type Traffic } from './traffic.ts'

/** In bits a second: a measured value and its 95% interval. */
export interface RateInterval {
  value: number
  low: number
  high: number
}

const FEWEST_BLOCKS = 8
const MOST_BLOCKS = 40
const FRAMES_A_BLOCK = 8
const QUANTUM_FRAMES = 0.5
const HIGHEST_CORRELATION = 0.95

/** Fewer frames, or frames all at one time, give no interval. */
export const FEWEST_FRAMES = 32

/** @returns null where there is too little to tell a rate from */
export function rateInterval(traffic: Pick<Traffic, 'timeNs' | 'octets'>): RateInterval | null {
  const { timeNs, octets } = traffic
  const count = timeNs.length
  const firstNs = timeNs[0] ?? 0
  const spanNs = (timeNs.at(-1) ?? 0) - firstNs
  if (count < FEWEST_FRAMES || spanNs <= 0) return null
  const sums = cumulativeOctets(octets)
  const zero = sums[0] ?? 0
  const total = (sums.at(-1) ?? 0) - zero
  const nsAnOctet = spanNs / total
  const points = blockMedians(count, (at) => {
    const octetsSince = (sums[at] ?? 0) - zero
    return { x: octetsSince, y: (timeNs[at] ?? 0) - firstNs - octetsSince * nsAnOctet }
  })
  const { slope, error, freedom } = regression(points)
  const slopeNsAnOctet = nsAnOctet + slope
  const quantum = (QUANTUM_FRAMES * largestFrame(traffic)) / total
  const relative = Math.hypot((studentT95(freedom) * error) / slopeNsAnOctet, quantum)
  const value = bitsPerSecond(1 / slopeNsAnOctet)
  return { value, low: value / (1 + relative), high: value / Math.max(LEAST, 1 - relative) }
}

/** The interval of what is hardly known at all. */
const LEAST = 1e-3

interface Point {
  x: number
  y: number
}

/** In the order of frames: of each block the middle of its x and the median of its y. */
function blockMedians(count: number, pointAt: (at: number) => Point): readonly Point[] {
  const blocks = Math.min(MOST_BLOCKS, Math.max(FEWEST_BLOCKS, Math.floor(count / FRAMES_A_BLOCK)))
  return Array.from({ length: blocks }, (_, block) => {
    const from = Math.floor((block * count) / blocks)
    const to = Math.floor(((block + 1) * count) / blocks)
    const deviations = new Float64Array(to - from)
    let sum = 0
    for (let at = from; at < to; at += 1) {
      const { x, y } = pointAt(at)
      sum += x
      deviations[at - from] = y
    }
    return { x: sum / (to - from), y: median(deviations) }
  })
}

interface Regression {
  slope: number
  /** Standard error of the slope, autocorrelation allowed for. */
  error: number
  freedom: number
}

function regression(points: readonly Point[]): Regression {
  const count = points.length
  const meanX = mean(points.map(({ x }) => x))
  const meanY = mean(points.map(({ y }) => y))
  let xx = 0
  let xy = 0
  for (const { x, y } of points) {
    xx += (x - meanX) ** 2
    xy += (x - meanX) * (y - meanY)
  }
  const slope = xy / xx
  const intercept = meanY - slope * meanX
  const residuals = points.map(({ x, y }) => y - intercept - slope * x)
  const squares = residuals.reduce((sum, one) => sum + one * one, 0)
  const factor = correlationFactor(residuals, squares)
  const error = Math.sqrt((squares / (count - 2) / xx) * factor)
  return { slope, error, freedom: Math.max(3, (count - 2) / factor) }
}

/** How many residuals say as much as one that is independent: 1 up. */
function correlationFactor(residuals: readonly number[], squares: number): number {
  if (squares === 0) return 1
  let products = 0
  for (let at = 1; at < residuals.length; at += 1) products += (residuals[at] ?? 0) * (residuals[at - 1] ?? 0)
  const raw = products / squares
  const corrected = raw + (1 + 4 * raw) / residuals.length
  const correlation = Math.min(HIGHEST_CORRELATION, Math.max(0, corrected))
  return (1 + correlation) / (1 - correlation)
}

/** The 97.5% quantile of Student's t: the expansion of Abramowitz and Stegun, 26.7.5; within 1% from 3 up. */
export function studentT95(freedom: number): number {
  const z = 1.959964
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7]
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  )
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length
}

/** NaN of none. The values may be reordered. */
export function median(values: Float64Array): number {
  return quantile(values, 0.5)
}

/** Between two values the line between them; NaN of none. The values may be reordered. */
export function quantile(values: Float64Array, share: number): number {
  const sorted = values.sort()
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
