/**
 * Pauses that the bucket did not make good. A machine that stands still for some ms stops sender and limiter alike;
 * tokens gather meanwhile, and when it goes on the limiter catches up: no octet is missing, and nothing is reported
 * here. Where the pause was longer than the bucket lasts, or was none (a clock set forward), all that follows is later:
 *
 *   deviation(k) = t(k) - O(k) / rate;  the least of it behind the pause - the least of it before
 *
 * by more than half of the pause. The least, because hiccups only make frames late. If frames were waiting all along,
 * nothing can be told from what is measured across the pause. If none was, the limiter was idle.
 */
import { cameAtNs, type Joined } from './joined.ts'
import { cumulativeOctets } from './traffic.ts'

export interface Pause {
  /** When nothing came in any more, and for how long. */
  fromNs: number
  lengthNs: number
  /** By how much the limiter's line is later behind it; NaN at an end, where too few frames tell. */
  lateNs: number
  /** Whether frames waited meanwhile. */
  queued: boolean
  /** Index of the first frame that left behind it. */
  next: number
}

const SHORTEST_NS = 3e6
const FEWEST_FRAMES = 8
/** Looked at on either side of a pause: at least, and as a multiple of the pause. A policer at 1.5 times the rate has
 * caught up after twice the pause. */
const LOOK_NS = 50e6
const LOOK_FRAMES = 16
const LOOK_PAUSES = 4
const NOT_MADE_GOOD = 0.5

/** @param rate octets a ns, roughly */
export function pauses(joined: Joined, rate: number): readonly Pause[] {
  const { timeNs, octets } = joined.left
  const sums = cumulativeOctets(octets)
  const found: Pause[] = []
  for (const { fromNs, toNs, usualNs } of gaps(joined)) {
    const excessNs = toNs - fromNs - usualNs
    const lookNs = Math.max(LOOK_NS, LOOK_PAUSES * excessNs)
    const last = firstFrom(timeNs, fromNs)
    const next = firstFrom(timeNs, toNs)
    const begin = Math.min(firstFrom(timeNs, fromNs - lookNs), last - LOOK_FRAMES)
    const end = Math.max(firstFrom(timeNs, toNs + lookNs), next + LOOK_FRAMES)
    const before = leastDeviation(timeNs, sums, rate, Math.max(0, begin), last)
    const after = leastDeviation(timeNs, sums, rate, next, Math.min(timeNs.length, end))
    const queued = cameAtNs(joined, next) <= fromNs
    const lateNs = after - before
    const isLate = Number.isNaN(lateNs) ? excessNs > LOOK_NS && !queued : lateNs > NOT_MADE_GOOD * excessNs
    if (isLate) found.push({ fromNs, lengthNs: toNs - fromNs, lateNs, queued, next })
  }
  return found
}

/** Of the frames from..to; NaN of too few. */
function leastDeviation(
  timeNs: Float64Array,
  sums: Float64Array,
  rate: number,
  from: number,
  to: number,
): number {
  if (to - from < FEWEST_FRAMES) return Number.NaN
  let least = Number.POSITIVE_INFINITY
  for (let at = from; at < to; at += 1) least = Math.min(least, (timeNs[at] ?? 0) - (sums[at] ?? 0) / rate)
  return least
}

interface Gap {
  fromNs: number
  toNs: number
  usualNs: number
}

/** In what comes in; behind its end in what leaves. */
function gaps({ offered, left }: Joined): readonly Gap[] {
  const endNs = offered.timeNs.at(-1) ?? 0
  const draining = left.timeNs.subarray(firstFrom(left.timeNs, endNs))
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

/** Index of the first at or behind this time, by bisection; the length if none is. */
export function firstFrom(timeNs: Float64Array, fromNs: number): number {
  let low = 0
  let high = timeNs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((timeNs[middle] ?? 0) < fromNs) low = middle + 1
    else high = middle
  }
  return low
}
