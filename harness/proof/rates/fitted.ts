/** A token bucket fitted to the captures alone: what a limiter would have to be configured with to do what was seen. */
import { type Backlog, backlogOf } from './backlog.ts'
import type { RateInterval } from './interval.ts'
import { delaysNs } from './joined.ts'
import { octetsPerNs } from './limit.ts'
import { isMeasured, type Measurement, type NotMeasured } from './measurement.ts'
import { largestFrame } from './traffic.ts'

export interface FittedBucket {
  rate: RateInterval // bits a second
  /**
   * Octets: the most that left by any time of the steady part over what the rate gives from the start. ± one frame, and
   * the error of the rate over the time from the start to the middle of the steady part.
   */
  depth: { value: number; low: number; high: number }
  /** The most that waited. It is the queue's limit where frames were lost, and (nearly) all of them then. */
  queue: { octets: number; frames: number; delayNs: number; isLimit: boolean }
}

export function fittedBucket({ joined, steady, left }: Measurement): FittedBucket | NotMeasured {
  if (!isMeasured(steady)) return steady
  const { rate, stretchFrom, stretchNs, from, to, beginNs, endNs } = steady
  const perNs = octetsPerNs(rate.value)
  let value = 0
  let sum = 0
  for (let at = stretchFrom; at < to; at += 1) {
    sum += left.octets[at] ?? 0
    if (at >= from) value = Math.max(value, sum - perNs * ((left.timeNs[at] ?? 0) - stretchNs))
  }
  const middleNs = (beginNs + endNs) / 2 - stretchNs
  const error = largestFrame(left) + octetsPerNs((rate.high - rate.low) / 2) * middleNs
  return {
    rate,
    depth: { value, low: Math.max(0, value - error), high: value + error },
    queue: queueOf(backlogOf(joined), delaysNs(joined)),
  }
}

const TAIL_DROP = 0.9

function queueOf(
  { mostOctets, mostFrames, lost, lostAtLimit }: Backlog,
  delays: Float64Array,
): FittedBucket['queue'] {
  let [shortest, longest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const delay of delays) {
    if (delay < shortest) shortest = delay
    if (delay > longest) longest = delay
  }
  const delayNs = longest >= shortest ? longest - shortest : 0
  return {
    octets: mostOctets,
    frames: mostFrames,
    delayNs,
    isLimit: lost > 0 && lostAtLimit >= TAIL_DROP * lost,
  }
}
