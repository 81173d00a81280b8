/**
 * The delay of the k-th frame as a queue behind a token bucket predicts it, from when the frames came in and from what
 * is configured:
 *
 *   it is its turn at  u(k) = max(came in(k), left(k - 1))
 *   it leaves at       u(k), if the bucket holds its octets then, else when it does
 *
 * The bucket is full at first. Frames that were lost were never in the queue.
 */
import { quantile } from './interval.ts'
import { cameAtNs, delaysNs, type Joined } from './joined.ts'
import { type BucketLimit, octetsPerNs } from './limit.ts'
import { largestFrame } from './traffic.ts'

export interface PredictedDelays {
  /** By index in `left`, ns; NaN of a frame that never came in. */
  predictedNs: Float64Array
  measuredNs: Float64Array
  /** How far the measured may be off, either way: see `allowedNs`. */
  allowedNs: Float64Array
  /** Of the frames, the share that is not farther off. */
  within: number
  /** Measured less predicted: the 5%, 50% and 95% quantiles. */
  offNs: { low: number; middle: number; high: number }
  longestPredictedNs: number
  longestMeasuredNs: number
}

export interface Allowance {
  /** By how much the rate may be off: what is sent t after the start may be off by that share of t. */
  rateTolerance: number
  /** For timers and stamps of a busy machine. */
  lateNs: number
}

export const ALLOWANCE: Allowance = { rateTolerance: 0.01, lateNs: 5e6 }

/** @param quickestNs taken off what is measured: the way of a frame that does not wait */
export function predictDelays(
  joined: Joined,
  limit: BucketLimit,
  { rateTolerance, lateNs } = ALLOWANCE,
): PredictedDelays {
  const { left } = joined
  const predictedNs = predicted(joined, limit)
  const measured = delaysNs(joined)
  const quickest = measured.reduce((least, one) => (one < least ? one : least), Number.POSITIVE_INFINITY)
  const measuredNs = measured.map((one) => one - quickest)
  const frameNs = largestFrame(left) / octetsPerNs(limit.rateBitsPerSecond)
  const startNs = left.timeNs[0] ?? 0
  const allowedNs = left.timeNs.map((one) => frameNs + lateNs + rateTolerance * (one - startNs))
  const off = measuredNs
    .map((one, at) => one - (predictedNs[at] ?? Number.NaN))
    .filter((one) => !Number.isNaN(one))
  let close = 0
  for (let at = 0; at < measuredNs.length; at += 1) {
    const away = Math.abs((measuredNs[at] ?? 0) - (predictedNs[at] ?? 0))
    if (away <= (allowedNs[at] ?? 0)) close += 1
  }
  return {
    ...{ predictedNs, measuredNs, allowedNs },
    within: off.length === 0 ? 0 : close / off.length,
    offNs: { low: quantile(off, 0.05), middle: quantile(off, 0.5), high: quantile(off, 0.95) },
    longestPredictedNs: longest(predictedNs),
    longestMeasuredNs: longest(measuredNs),
  }
}

function predicted(joined: Joined, { rateBitsPerSecond, burstOctets }: BucketLimit): Float64Array {
  const { left } = joined
  const rate = octetsPerNs(rateBitsPerSecond)
  const delays = new Float64Array(left.timeNs.length).fill(Number.NaN)
  let level = burstOctets
  let leftNs = Number.NEGATIVE_INFINITY
  for (let at = 0; at < delays.length; at += 1) {
    const cameNs = cameAtNs(joined, at)
    if (Number.isNaN(cameNs)) continue
    const size = left.octets[at] ?? 0
    const turnNs = Math.max(cameNs, leftNs)
    if (leftNs > Number.NEGATIVE_INFINITY) level = Math.min(burstOctets, level + rate * (turnNs - leftNs))
    const waitNs = level >= size ? 0 : (size - level) / rate
    level = Math.max(0, level - size)
    leftNs = turnNs + waitNs
    delays[at] = leftNs - cameNs
  }
  return delays
}

function longest(values: Float64Array): number {
  return values.reduce((most, one) => (one > most ? one : most), 0)
}
