/**
 * One measurement of a limiter, from the captures on both sides of it: what was offered, what left, and the rate in the
 * steady part. Where no rate can be told honestly there is a reason instead.
 */
import { allowedBurst, type Burst, largestBurst } from './burst.ts'
import { clockTrouble, ms } from './clock.ts'
import { FEWEST_FRAMES, type RateInterval, rateInterval } from './interval.ts'
import { type Joined, joinTraffic } from './joined.ts'
import { type BucketLimit, bitsPerSecond } from './limit.ts'
import { loadFactor, type OfferedLoad, offeredLoad, tooLittleLoad } from './load.ts'
import { firstFrom, pauses } from './pauses.ts'
import { ranOver } from './starved.ts'
import { longestStretch, roughRate, type SteadyPart, steadyPart } from './steady.ts'
import { part, type Traffic } from './traffic.ts'

export interface Limiting {
  /** As captured where it comes in. */
  offered: Traffic
  /** As captured behind the limiter. */
  left: Traffic
  /** What is configured, in octets as `offered` and `left` count them. */
  limit: BucketLimit
  /** What is known besides to have gone wrong: then nothing is judged. */
  trouble?: string | null
}

export interface Measurement extends Limiting {
  joined: Joined
  /** In the stretch of sending to which the steady part belongs; where there is none, of all. */
  load: OfferedLoad
  /** Offered by configured. */
  factor: number
  /** Why these captures tell nothing: frames lost by a capture, a clock that was set, a sender's mistake. */
  unfit: string | null
  /** Why, though they do, the limiter may not have been at work. */
  tooLittle: string | null
  burst: Burst
  allowedBurstOctets: number
  /** What came in would have needed, had nothing held it back. */
  offeredBurst: Burst
  steady: (SteadyPart & SteadyRate) | NotMeasured
}

export interface SteadyRate {
  /** Bits a second. Its upper end is higher by the tokens that may have run over. */
  rate: RateInterval
  /** Octets that could have left, had they been offered in time: see starved.ts. */
  ranOverOctets: number
}

export interface NotMeasured {
  reason: string
}

export function isMeasured<T extends object>(one: T | NotMeasured): one is T {
  return !('reason' in one)
}

export function measureLimiter({ offered, left, limit, trouble = null }: Limiting): Measurement {
  const joined = joinTraffic(offered, left)
  const unfit = trouble ?? unfitness(joined)
  const steady = unfit === null ? steadyRate(joined, limit) : { reason: unfit }
  const load = isMeasured(steady) ? loadOf(offered, steady) : offeredLoad(offered)
  return {
    ...{ offered, left, limit, trouble, joined, load, unfit, steady },
    factor: loadFactor(load, limit.rateBitsPerSecond),
    tooLittle: tooLittleLoad(load, limit.rateBitsPerSecond),
    burst: largestBurst(left, limit.rateBitsPerSecond),
    allowedBurstOctets: allowedBurst(left, limit.burstOctets),
    offeredBurst: largestBurst(offered, limit.rateBitsPerSecond),
  }
}

/** In the stretch of sending to which the steady part belongs. */
function loadOf(offered: Traffic, { stretchNs, endNs }: SteadyPart): OfferedLoad {
  return offeredLoad(part(offered, firstFrom(offered.timeNs, stretchNs), firstFrom(offered.timeNs, endNs)))
}

function unfitness(joined: Joined): string | null {
  const { offered, left, offeredTwice } = joined
  const lossy = [offered, left].find(({ drops }) => drops > 0)
  if (lossy !== undefined) return `the capture at ${lossy.name} lost ${lossy.drops} frames`
  if (offeredTwice > 0) return `${offeredTwice} frames were offered twice at ${offered.name}`
  return clockTrouble(joined)
}

/** The steady part is so much of the sending at least, and no more ran over of what the rate gives. */
const LEAST_SHARE = 0.2
const MOST_RUN_OVER = 0.05

function steadyRate(joined: Joined, limit: BucketLimit): (SteadyPart & SteadyRate) | NotMeasured {
  const { left, offered } = joined
  if (left.timeNs.length < FEWEST_FRAMES)
    return { reason: `too few frames: ${left.timeNs.length} left ${left.name}, ${FEWEST_FRAMES} are needed` }
  const found = pauses(joined, roughRate(left))
  const steady = steadyPart(joined, limit, longestStretch(joined, found))
  const spanNs = steady.endNs - steady.beginNs
  const { durationNs, longestGapNs } = offeredLoad(offered)
  const line = rateInterval(part(left, steady.from, steady.to))
  const ranOverOctets = ranOver(joined, limit, steady.beginNs, steady.endNs)
  const isGusty = bitsPerSecond(ranOverOctets / spanNs) > MOST_RUN_OVER * (line?.value ?? 0)
  const stood = found.filter(({ queued }) => queued)
  if (spanNs < LEAST_SHARE * durationNs && stood.length > 0)
    return {
      reason: `nothing came in at ${offered.name} ${stood.length} times, for up to ${ms(Math.max(...stood.map(({ lengthNs }) => lengthNs)))} ms, though frames were waiting, and the limiter did not make it good: the lab stood still, or its clock was set`,
    }
  if (spanNs < LEAST_SHARE * durationNs || (line !== null && isGusty))
    return {
      reason: `too little load: what came in at ${offered.name} had pauses that the bucket does not last, of up to ${ms(longestGapNs)} ms`,
    }
  if (line === null)
    return {
      reason: `too few frames in the steady part: ${Math.max(0, steady.to - steady.from)}, ${FEWEST_FRAMES} are needed`,
    }
  const { value, low, high } = line
  const rate = { value, low, high: high + bitsPerSecond(ranOverOctets / spanNs) }
  return { ...steady, rate, ranOverOctets }
}
