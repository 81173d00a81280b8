/** Where a rate must not be told, or told in spite of trouble: clocks that are set, idle stretches, buckets that differ. */
import { describe, expect, it } from 'vitest'
import { isMeasured, type Measurement, measureLimiter } from './measurement.ts'
import { paced, police, shape, trafficFrom } from './testing/limiters.ts'
import type { Traffic } from './traffic.ts'
import { keepsRate, rateWithin } from './verdicts.ts'

const RATE = 10e6
const LIMIT = { rateBitsPerSecond: RATE, burstOctets: 32_768 }
const QUEUE = { ...LIMIT, queueOctets: 95_000 }

const sending = (startNs: number, durationNs: number, factor = 1.6) =>
  paced({ rateBitsPerSecond: factor * RATE, frameOctets: 1000, durationNs, startNs })

/** Its clock is set forward, or back, at a time. */
const set = (traffic: Traffic, atNs: number, byNs: number): Traffic => ({
  ...traffic,
  timeNs: traffic.timeNs.map((one) => (one >= atNs ? one + byNs : one)),
})

const verdictOf = (measurement: Measurement, tolerance = 0.01) =>
  keepsRate(measurement, rateWithin(RATE, tolerance))

function steadyOf(measurement: Measurement) {
  if (!isMeasured(measurement.steady)) throw new Error(measurement.steady.reason)
  return measurement.steady
}

it('a lab that stood still early, which the bucket made good: the steady part begins behind it, and the rate is as sharp', () => {
  const stoodStill = (traffic: Traffic): Traffic => ({
    ...traffic,
    timeNs: traffic.timeNs.map((one) => (one >= 90e6 && one < 115e6 ? 115e6 + (one - 90e6) / 1e3 : one)),
  })
  const offered = trafficFrom(sending(0, 1.2e9))
  const [came, left] = [stoodStill(offered), stoodStill(shape(offered, QUEUE))]
  const { beginNs, rate } = steadyOf(measureLimiter({ offered: came, left, limit: LIMIT }))
  expect(beginNs).toBeGreaterThan(115e6)
  expect(rate.high - rate.low).toBeLessThan(0.003 * RATE)
  expect(Math.abs(rate.value / RATE - 1)).toBeLessThan(0.001)
})

describe('a clock that is set while a shaper is measured', () => {
  const offered = trafficFrom(sending(0, 2e9))
  const left = shape(offered, QUEUE)
  const steps = (traffic: Traffic, atNs: readonly number[], byMs: number): Traffic =>
    atNs.reduce((sum, one, at) => set(sum, one + at * byMs * 1e6, byMs * 1e6), traffic)

  it.each([-200, -20])('back, by %d ms: could not run', (byMs) => {
    const by = (traffic: Traffic) => set(traffic, 1.1e9, byMs * 1e6)
    const assertion = verdictOf(measureLimiter({ offered: by(offered), left: by(left), limit: LIMIT }))
    expect(assertion.verdict).toBe('could not run')
    expect(assertion.found).toMatch(/clock/)
  })

  it.each([20, 50, 200, 1000])('forward, by %d ms: the longer side of it is measured', (byMs) => {
    const by = (traffic: Traffic) => set(traffic, 1.1e9, byMs * 1e6)
    const measurement = measureLimiter({ offered: by(offered), left: by(left), limit: LIMIT })
    expect(steadyOf(measurement).endNs).toBeLessThan(1.1e9)
    expect(Math.abs(steadyOf(measurement).rate.value / RATE - 1)).toBeLessThan(0.002)
    expect(verdictOf(measurement).verdict).toBe('conforms')
  })

  it.each([20, 50, 200])(
    'forward, early, by %d ms: what is behind it is measured, its burst left out',
    (byMs) => {
      const by = (traffic: Traffic) => set(traffic, 0.4e9, byMs * 1e6)
      const measurement = measureLimiter({ offered: by(offered), left: by(left), limit: LIMIT })
      expect(steadyOf(measurement).beginNs).toBeGreaterThan(0.4e9 + byMs * 1e6)
      expect(verdictOf(measurement).verdict).toBe('conforms')
    },
  )

  it.each([20, 200])('forward, by %d ms, of a shaper that is 2% fast: it deviates', (byMs) => {
    const fast = shape(offered, { ...QUEUE, rateBitsPerSecond: 1.02 * RATE })
    const by = (traffic: Traffic) => set(traffic, 1.1e9, byMs * 1e6)
    const measurement = measureLimiter({ offered: by(offered), left: by(fast), limit: LIMIT })
    expect(verdictOf(measurement).verdict).toBe('deviates')
  })

  it('forward again and again: could not run', () => {
    const times = Array.from({ length: 6 }, (_, at) => (0.2 + at * 0.3) * 1e9)
    const by = (traffic: Traffic) => steps(traffic, times, 50)
    const assertion = verdictOf(measureLimiter({ offered: by(offered), left: by(left), limit: LIMIT }))
    expect(assertion.verdict).toBe('could not run')
    expect(assertion.found).toMatch(/6 times, for up to 5.*clock/)
  })

  it.each([-200, -20, 20, 200])('at one of two machines, by %d ms: no verdict on the shaper', (byMs) => {
    const moved = set(left, 1.1e9, byMs * 1e6)
    const { verdict } = verdictOf(measureLimiter({ offered, left: moved, limit: LIMIT }))
    expect(verdict).not.toBe('conforms')
  })
})

describe('a clock that is set while a policer is measured', () => {
  it.each([-200, -20, 20, 50, 200])('by %d ms: never a wrong rate', (byMs) => {
    const offered = trafficFrom(sending(0, 2e9))
    const left = police(offered, LIMIT)
    const by = (traffic: Traffic) => set(traffic, 1.1e9, byMs * 1e6)
    const measurement = measureLimiter({ offered: by(offered), left: by(left), limit: LIMIT })
    expect(verdictOf(measurement, 0.02).verdict).not.toBe('deviates')
    if (isMeasured(measurement.steady))
      expect(Math.abs(measurement.steady.rate.value / RATE - 1)).toBeLessThan(0.002)
  })
})

describe('a sender that is idle for a while', () => {
  it.each([
    ['shaper', (offered: Traffic) => shape(offered, QUEUE)],
    ['policer', (offered: Traffic) => police(offered, LIMIT)],
  ] as const)('the longer stretch is measured, with its own burst left out: a %s', (_, limiter) => {
    const offered = trafficFrom([...sending(0, 0.5e9), ...sending(0.9e9, 1.4e9)])
    const measurement = measureLimiter({ offered, left: limiter(offered), limit: LIMIT })
    const { stretchNs, beginNs, endNs } = steadyOf(measurement)
    expect(stretchNs).toBe(0.9e9)
    expect(beginNs - stretchNs).toBeGreaterThan(40e6) // 32,768 octets at 0.6 × 10 Mbit/s: 43.7 ms
    expect(beginNs - stretchNs).toBeLessThan(60e6)
    expect(endNs).toBeGreaterThan(2.29e9)
    expect(verdictOf(measurement).verdict).toBe('conforms')
  })

  it('all the time, in gusts longer than the bucket: too little load', () => {
    const gusts = Array.from({ length: 10 }, (_, at) => sending(at * 2e8, 3e7, 12)).flat()
    const offered = trafficFrom(gusts)
    const { verdict, found } = verdictOf(
      measureLimiter({ offered, left: police(offered, LIMIT), limit: LIMIT }),
    )
    expect(verdict).toBe('could not run')
    expect(found).toContain('too little load')
  })
})

describe('the steady part', () => {
  it('begins when the bucket is empty, and ends with the last that waited', () => {
    const offered = trafficFrom(sending(0, 2e9))
    const left = shape(offered, QUEUE)
    const { beginNs, derivedNs, seenNs, endNs } = steadyOf(measureLimiter({ offered, left, limit: LIMIT }))
    expect(derivedNs / 1e6).toBeCloseTo(43.7, -0.5)
    expect(Math.abs(seenNs - derivedNs)).toBeLessThan(3e6)
    expect(beginNs).toBe(left.timeNs[left.timeNs.findIndex((one) => one >= Math.max(seenNs, derivedNs))])
    expect(endNs).toBe(left.timeNs.at(-1))
  })

  it('leaves out a burst that is larger than configured: the rate is right, the burst is not', () => {
    const offered = trafficFrom(sending(0, 2e9))
    const left = shape(offered, { ...QUEUE, burstOctets: 4 * LIMIT.burstOctets, queueOctets: 300_000 })
    const measurement = measureLimiter({ offered, left, limit: LIMIT })
    expect(verdictOf(measurement).verdict).toBe('conforms')
    expect(measurement.burst.neededOctets).toBeGreaterThan(measurement.allowedBurstOctets)
  })

  it('does not reach over frames that come late and wait for nothing', () => {
    const offered = trafficFrom([
      ...sending(0, 1.5e9),
      { atNs: 1.9e9, octets: 1000 },
      { atNs: 2.2e9, octets: 1000 },
    ])
    const measurement = measureLimiter({ offered, left: shape(offered, QUEUE), limit: LIMIT })
    expect(steadyOf(measurement).endNs).toBeLessThan(1.62e9)
    expect(verdictOf(measurement).verdict).toBe('conforms')
  })

  it('a shaper that stands still by itself is slow, though the sender is not: it deviates', () => {
    const offered = trafficFrom(sending(0, 2e9))
    const still = Array.from({ length: 19 }, (_, at) => ({
      fromNs: (at + 1) * 1e8,
      toNs: (at + 1) * 1e8 + 5e7,
    }))
    const left = shape(offered, { ...QUEUE, stalls: still })
    expect(verdictOf(measureLimiter({ offered, left, limit: LIMIT })).verdict).toBe('deviates')
  })
})

describe('captures that lost frames', () => {
  it('prove nothing', () => {
    const offered = trafficFrom(sending(0, 2e9))
    const left = { ...shape(offered, QUEUE), drops: 3 }
    expect(verdictOf(measureLimiter({ offered, left, limit: LIMIT })).found).toContain('lost 3 frames')
  })
})
