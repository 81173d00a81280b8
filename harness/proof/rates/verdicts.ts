/**
 * What a measurement proves. Conforms if the interval lies inside the tolerance, deviates if it lies outside; where it
 * straddles a limit, or there is none: could not run.
 */
import type { Assertion, Verdict } from '../judgement.ts'
import { uncertainOctets } from './burst.ts'
import { ms } from './clock.ts'
import type { RateInterval } from './interval.ts'
import { megabits } from './load.ts'
import { isMeasured, type Measurement } from './measurement.ts'

/** In bits a second; null: no limit on this side. */
export interface RateBounds {
  least: number | null
  most: number | null
}

export function rateWithin(rateBitsPerSecond: number, tolerance: number): RateBounds {
  return { least: rateBitsPerSecond * (1 - tolerance), most: rateBitsPerSecond * (1 + tolerance) }
}

export function compareRate({ low, high }: RateInterval, { least, most }: RateBounds): Verdict {
  const [floor, ceiling] = [least ?? Number.NEGATIVE_INFINITY, most ?? Number.POSITIVE_INFINITY]
  if (low >= floor && high <= ceiling) return 'conforms'
  return high < floor || low > ceiling ? 'deviates' : 'could not run'
}

/** What leaves keeps to the rate: QOS-01, -04, -06. */
export function keepsRate(measurement: Measurement, bounds: RateBounds): Assertion {
  const { left, tooLittle, steady } = measurement
  const expected = `${left.name} keeps to ${boundsText(bounds)}`
  const reason = isMeasured(steady) ? tooLittle : steady.reason
  if (reason !== null || !isMeasured(steady)) return unproved(expected, reason ?? '')
  const verdict = compareRate(steady.rate, bounds)
  const frames = [left.frame[steady.from], left.frame[steady.to - 1]].filter((one) => one !== undefined)
  if (verdict === 'conforms') return { verdict, expected, found: null, frames }
  const spanMs = ms(steady.endNs - steady.beginNs)
  const seen = `${rateText(steady.rate)}, over ${steady.to - steady.from} frames in ${spanMs} ms`
  if (verdict === 'could not run')
    return {
      verdict,
      expected,
      found: `${expected}: not proved, for the interval straddles it: ${seen}`,
      frames,
    }
  return { verdict, expected, found: told(expected, seen), frames }
}

/**
 * In any window no more leaves than the bucket, what the rate gives, and one frame: QOS-02. It shows something only where
 * more came in.
 */
export function keepsBurst(measurement: Measurement): Assertion {
  const { left, burst, offeredBurst, allowedBurstOctets, limit, unfit } = measurement
  const expected = `${left.name} carries no more in any window t than ${limit.burstOctets} octets + ${megabits(limit.rateBitsPerSecond)} × t + one frame`
  if (unfit !== null) return unproved(expected, unfit)
  if (left.timeNs.length === 0) return unproved(expected, `nothing left ${left.name}`)
  const frames = [left.frame[burst.first], left.frame[burst.last]].filter((one) => one !== undefined)
  if (burst.neededOctets <= allowedBurstOctets) {
    if (offeredBurst.neededOctets > allowedBurstOctets)
      return { verdict: 'conforms', expected, found: null, frames }
    const [came, allowed] = [offeredBurst.neededOctets, allowedBurstOctets].map(Math.round)
    return unproved(
      expected,
      `too little load: no more than ${came} octets came in, and ${allowed} may leave`,
    )
  }
  const excessOctets = burst.neededOctets - allowedBurstOctets
  if (excessOctets <= uncertainOctets(limit.rateBitsPerSecond))
    return unproved(expected, `${Math.ceil(excessOctets)} octets too many are as little as stamps may be off`)
  const seen = `in ${ms(burst.durationNs)} ms, from frame ${frames[0]} to frame ${frames[1]}, ${Math.round(burst.neededOctets)} octets more than the rate gives; ${Math.round(allowedBurstOctets)} are allowed`
  return { verdict: 'deviates', expected, found: told(expected, seen), frames }
}

export function rateText({ value, low, high }: RateInterval): string {
  return `${megabits(value)} (95%: ${megabits(low)} to ${megabits(high)})`
}

function boundsText({ least, most }: RateBounds): string {
  if (least === null) return `at most ${megabits(most ?? Number.POSITIVE_INFINITY)}`
  return most === null ? `at least ${megabits(least)}` : `${megabits(least)} to ${megabits(most)}`
}

export function unproved(expected: string, reason: string): Assertion {
  return { verdict: 'could not run', expected, found: `${expected}: not proved, for ${reason}`, frames: [] }
}

export function told(expected: string, seen: string): string {
  return `expected  ${expected}\nseen      ${seen}`
}
