/**
 * Pauses that the bucket did not make good. A machine that stands still for some ms stops sender and limiter alike;
 * tokens gather meanwhile, and when it goes on the limiter catches up: no octet is missing, and nothing is reported
 * here. Where the pause was longer than the bucket lasts, or was none (a clock set forward), the limiter's line goes on
 * later than before by more than half of the pause:
 *
 *   deviation(k) = t(k) - O(k) / rate;  median of 8 frames behind the pause - median of 8 before it
 *
 * If frames were waiting all along, nothing can be told from what is measured across it. If none was, it was idle.
 */
import { median } from './interval.ts'
import { cameAtNs, type Joined } from './joined.ts'
import { cumulativeOctets } from './traffic.ts'

export interface Pause {
  /** When nothing came in any more, and for how long. */
  fromNs: number
  lengthNs: number
  /** By how much the limiter's line is later behind it. */
  lateNs: number
  /** Whether frames waited meanwhile. */
  queued: boolean
  /** Index of the first frame that left behind it. */
  next: number
}

const SHORTEST_NS = 3e6
const FRAMES = 8
/** Offered 1.5 times the rate, a policer that was idle for x has caught up after 2 x. */
const CATCHING_UP = 3
const NOT_MADE_GOOD = 0.5

/** @param rate octets a ns, roughly */
export function pauses(joined: Joined, rate: number): readonly Pause[] {
  const { left } = joined
  const sums = cumulativeOctets(left.octets)
  const deviation = (at: number): number => (left.timeNs[at] ?? 0) - (sums[at] ?? 0) / rate
  const found: Pause[] = []
  let next = 0
  for (const { fromNs, toNs, usualNs } of gaps(joined)) {
    while (next < left.timeNs.length && (left.timeNs[next] ?? 0) < toNs) next += 1
    const excessNs = toNs - fromNs - usualNs
    const before = lastUntil(left.timeNs, fromNs, next)
    const after = firstFrom(left.timeNs, toNs + CATCHING_UP * excessNs, next)
    if (before - FRAMES + 1 < 0 || after + FRAMES > left.timeNs.length) continue
    const lateNs =
      median(Float64Array.from({ length: FRAMES }, (_, at) => deviation(after + at))) -
      median(Float64Array.from({ length: FRAMES }, (_, at) => deviation(before - at)))
    if (lateNs <= NOT_MADE_GOOD * excessNs) continue
    const queued = cameAtNs(joined, next) <= fromNs
    found.push({ fromNs, lengthNs: toNs - fromNs, lateNs, queued, next })
  }
  return found
}

interface Gap {
  fromNs: number
  toNs: number
  usualNs: number
}

/** In what comes in; behind its end in what leaves. */
function gaps({ offered, left }: Joined): readonly Gap[] {
  const endNs = offered.timeNs.at(-1) ?? 0
  const draining = left.timeNs.subarray(firstFrom(left.timeNs, endNs, 0))
  return [...gapsIn(offered.timeNs), ...gapsIn(draining)]
}

function gapsIn(timeNs: Float64Array): readonly Gap[] {
  const found: Gap[] = []
  const usualNs = ((timeNs.at(-1) ?? 0) - (timeNs[0] ?? 0)) / Math.max(1, timeNs.length - 1)
  for (let at = 1; at < timeNs.length; at += 1) {
    const fromNs = timeNs[at - 1] ?? 0
    const toNs = timeNs[at] ?? 0
    if (toNs - fromNs - usualNs > Math.max(SHORTEST_NS, usualNs)) found.push({ fromNs, toNs, usualNs })
  }
  return found
}

/** Index of the last at or before this time, looking back from `from`; -1 if none is. */
function lastUntil(timeNs: Float64Array, untilNs: number, from: number): number {
  let at = Math.min(from, timeNs.length - 1)
  while (at >= 0 && (timeNs[at] ?? 0) > untilNs) at -= 1
  return at
}

/** Index of the first at or behind this time, by bisection; the length if none is. */
function firstFrom(timeNs: Float64Array, fromNs: number, from: number): number {
  let low = from
  let high = timeNs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((timeNs[middle] ?? 0) < fromNs) low = middle + 1
    else high = middle
  }
  return low
}
