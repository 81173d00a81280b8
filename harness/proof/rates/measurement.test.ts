import { describe, expect, it } from 'vitest'
import type { BucketLimit } from './limit.ts'
import { isMeasured, type Measurement, measureLimiter } from './measurement.ts'
import { paced, police, shape, trafficFrom } from './testing/limiters.ts'
import type { Traffic } from './traffic.ts'
import { compareRate, keepsBurst, keepsRate, rateWithin } from './verdicts.ts'

const MBIT = 1e6
const SECOND = 1e9

interface Run {
  configured: number
  actual?: number
  frameOctets: number
  factor?: number
  durationNs?: number
}

const burstFor = (rate: number): number => Math.max(5000, (rate / 8) * 0.026)

/** What a limiter of this kind lets through, measured against what it was configured to. */
function measured(
  { configured, actual = configured, frameOctets, factor = 1.6, durationNs = 2 * SECOND }: Run,
  letThrough: (offered: Traffic, limit: BucketLimit) => Traffic,
): Measurement {
  const offered = trafficFrom(paced({ rateBitsPerSecond: factor * configured, frameOctets, durationNs }))
  const burstOctets = burstFor(configured)
  const left = letThrough(offered, { rateBitsPerSecond: actual, burstOctets })
  return measureLimiter({ offered, left, limit: { rateBitsPerSecond: configured, burstOctets } })
}

const shaped = (run: Run): Measurement =>
  measured(run, (offered, limit) =>
    shape(offered, { ...limit, queueOctets: limit.burstOctets + (run.configured / 8) * 0.05 }),
  )

const policed = (run: Run): Measurement => measured(run, police)

const POINTS = [1, 10, 100].flatMap((mbit) => [128, 512, 1514].map((frameOctets) => ({ mbit, frameOctets })))

describe.each([
  { name: 'shaper', limited: shaped, tolerance: 0.01, wrong: [0.98, 1.02] },
  { name: 'policer', limited: policed, tolerance: 0.02, wrong: [0.97, 1.03] },
])('the rate of an ideal $name', ({ limited, tolerance, wrong }) => {
  it.each(POINTS)('$mbit Mbit/s, frames of $frameOctets', ({ mbit, frameOctets }) => {
    const measurement = limited({ configured: mbit * MBIT, frameOctets })
    expect(keepsRate(measurement, rateWithin(mbit * MBIT, tolerance)).verdict).toBe('conforms')
    expect(keepsBurst(measurement).verdict).toBe('conforms')
  })

  it.each(POINTS.flatMap((point) => wrong.map((by) => ({ ...point, by }))))(
    '$by of $mbit Mbit/s deviates, frames of $frameOctets',
    ({ mbit, frameOctets, by }) => {
      const measurement = limited({ configured: mbit * MBIT, actual: by * mbit * MBIT, frameOctets })
      expect(keepsRate(measurement, rateWithin(mbit * MBIT, tolerance)).verdict).toBe('deviates')
    },
  )
})

it.each(POINTS)(
  'the interval is narrow, and a shaper’s rate is in it: $mbit Mbit/s, frames of $frameOctets',
  ({ mbit, frameOctets }) => {
    const { steady } = shaped({ configured: mbit * MBIT, frameOctets })
    if (!isMeasured(steady)) throw new Error(steady.reason)
    expect(steady.rate.low).toBeLessThanOrEqual(mbit * MBIT)
    expect(steady.rate.high).toBeGreaterThanOrEqual(mbit * MBIT)
    expect((steady.rate.high - steady.rate.low) / 2 / (mbit * MBIT)).toBeLessThan(0.005)
  },
)

describe('too little load', () => {
  it('proves nothing, even where the rate looks right', () => {
    const assertion = keepsRate(
      shaped({ configured: 10 * MBIT, frameOctets: 512, factor: 1.4 }),
      rateWithin(10 * MBIT, 0.01),
    )
    expect(assertion.verdict).toBe('could not run')
    expect(assertion.found).toContain('too little load: 14')
  })

  it('and no burst that nothing would have held back', () => {
    const { verdict, found } = keepsBurst(shaped({ configured: 10 * MBIT, frameOctets: 512, factor: 0.9 }))
    expect(verdict).toBe('could not run')
    expect(found).toContain('too little load: no more than')
  })

  it('nor do too few frames', () => {
    const measurement = shaped({ configured: MBIT, frameOctets: 1514, durationNs: 0.1 * SECOND })
    const assertion = keepsRate(measurement, rateWithin(MBIT, 0.01))
    expect(assertion.verdict).toBe('could not run')
    expect(assertion.found).toContain('too few frames')
  })
})

describe('an interval against bounds', () => {
  const rate = (low: number, high: number) => ({ value: (low + high) / 2, low, high })

  it.each([
    { low: 991, high: 1009, verdict: 'conforms' },
    { low: 980, high: 991, verdict: 'could not run' },
    { low: 980, high: 989, verdict: 'deviates' },
    { low: 1011, high: 1020, verdict: 'deviates' },
    { low: 900, high: 1100, verdict: 'could not run' },
  ])('$low to $high: $verdict', ({ low, high, verdict }) => {
    expect(compareRate(rate(low, high), rateWithin(1000, 0.01))).toBe(verdict)
  })

  it('one side may be open', () => {
    expect(compareRate(rate(1200, 1300), { least: 1000, most: null })).toBe('conforms')
    expect(compareRate(rate(1200, 1300), { least: null, most: 1000 })).toBe('deviates')
  })
})
