/** Signature, fitted bucket, predicted delays: what tells a shaper from a policer, and how much of either it is. */
import { describe, expect, it } from 'vitest'
import { fittedBucket } from './fitted.ts'
import { delaysAsQueued, delaysAtMost, losesNothing, showsSignature } from './limiter-verdicts.ts'
import { isMeasured, type Measurement, measureLimiter } from './measurement.ts'
import { predictDelays } from './prediction.ts'
import { signatureOf } from './signature.ts'
import { paced, police, shape, trafficFrom } from './testing/limiters.ts'
import { randomFrom } from './testing/random.ts'
import { limitOf, measuredScene } from './testing/scenes.ts'
import type { Traffic } from './traffic.ts'

const RATE = 10e6
const LIMIT = { rateBitsPerSecond: RATE, burstOctets: 32_768 }
const QUEUE = { ...LIMIT, queueOctets: 95_000 }
const SEED = Number(process.env.FRAMEPROOF_SEED ?? Date.now() % 2 ** 31)

const offeredAt = (factor: number, durationNs = 2e9) =>
  trafficFrom(paced({ rateBitsPerSecond: factor * RATE, frameOctets: 1000, durationNs }))

function limited(limiter: (offered: Traffic) => Traffic, factor = 1.6, durationNs?: number): Measurement {
  const offered = offeredAt(factor, durationNs)
  return measureLimiter({ offered, left: limiter(offered), limit: LIMIT })
}

const twice = (offered: Traffic): Traffic => {
  const first = police(offered, { ...LIMIT, rateBitsPerSecond: 1.2 * RATE })
  return shape(first, QUEUE)
}

describe('the signature', () => {
  it.each([
    ['shaped', 'a shaper', (offered: Traffic) => shape(offered, QUEUE)],
    ['shaped', 'a shaper without a limit', (offered: Traffic) => shape(offered, LIMIT)],
    ['policed', 'a policer', (offered: Traffic) => police(offered, LIMIT)],
    [
      'neither',
      'nothing',
      (offered: Traffic) => police(offered, { ...LIMIT, rateBitsPerSecond: 100 * RATE }),
    ],
    ['both', 'a policer in front of a shaper', twice],
  ] as const)('%s: %s', (kind, _, limiter) => {
    const measurement = limited(limiter)
    expect(signatureOf(measurement).kind).toBe(kind)
    expect(showsSignature(measurement, kind).verdict).toBe('conforms')
    expect(showsSignature(measurement, kind === 'policed' ? 'shaped' : 'policed').verdict).toBe('deviates')
  })

  it('cannot be told where too little was offered', () => {
    const measurement = limited((offered) => shape(offered, QUEUE), 1.3)
    expect(signatureOf(measurement)).toMatchObject({
      kind: 'cannot tell',
      reason: expect.stringContaining('too little load'),
    })
    expect(showsSignature(measurement, 'shaped').verdict).toBe('could not run')
  })

  it.each(
    (['tbf', 'police'] as const).flatMap((limiter) =>
      [1, 10].flatMap((mbit) => [128, 512, 1514].map((octets) => ({ limiter, mbit, octets }))),
    ),
  )(
    `is told on a machine that stands still now and then: $limiter, $mbit Mbit/s, $octets (seed ${SEED})`,
    ({ limiter, mbit, octets }) => {
      const configured = limitOf(mbit * 1e6)
      for (let run = 0; run < 8; run += 1) {
        const scene = { limiter, configured, sizes: [octets], arrivals: 'paced', stalls: 6 } as const
        const measurement = measuredScene(randomFrom(SEED + run), scene)
        expect(signatureOf(measurement).kind).toBe(limiter === 'tbf' ? 'shaped' : 'policed')
      }
    },
  )
})

describe('the fitted bucket', () => {
  it.each([
    { burstOctets: 5000, queueOctets: 40_000 },
    { burstOctets: 32_768, queueOctets: 95_000 },
    { burstOctets: 131_072, queueOctets: 200_000 },
  ])('of a shaper: $burstOctets, a queue of $queueOctets', (shaper) => {
    const fitted = fittedBucket(limited((offered) => shape(offered, { ...shaper, rateBitsPerSecond: RATE })))
    if (!isMeasured(fitted)) throw new Error(fitted.reason)
    expect(fitted.rate.value / RATE).toBeCloseTo(1, 3)
    expect(fitted.depth.low).toBeLessThanOrEqual(shaper.burstOctets)
    expect(fitted.depth.high).toBeGreaterThanOrEqual(shaper.burstOctets)
    expect(fitted.depth.high - fitted.depth.low).toBeLessThan(6000)
    expect(fitted.queue.isLimit).toBe(true)
    expect(Math.abs(fitted.queue.octets - shaper.queueOctets)).toBeLessThan(2000)
    expect(fitted.queue.delayNs / 1e6).toBeCloseTo((shaper.queueOctets * 8e3) / RATE, -0.7)
  })

  it('of a policer: no queue', () => {
    const fitted = fittedBucket(limited((offered) => police(offered, LIMIT)))
    if (!isMeasured(fitted)) throw new Error(fitted.reason)
    expect(Math.abs(fitted.depth.value - LIMIT.burstOctets)).toBeLessThan(1500)
    expect(fitted.queue.delayNs).toBeLessThan(1e6)
  })
})

describe('delays as the queue predicts', () => {
  const queued = (rate = RATE, durationNs = 1e9) =>
    limited((offered) => shape(offered, { ...LIMIT, rateBitsPerSecond: rate }), 1.6, durationNs)

  it('are those of the ideal shaper, to the microsecond', () => {
    const { joined } = queued()
    const { predictedNs, measuredNs, longestPredictedNs } = predictDelays(joined, LIMIT)
    expect(longestPredictedNs).toBeGreaterThan(0.5e9)
    for (let at = 0; at < predictedNs.length; at += 1)
      expect(Math.abs((predictedNs[at] ?? 0) - (measuredNs[at] ?? 0))).toBeLessThan(5000)
  })

  it('conform; and nothing is lost, in order', () => {
    expect(delaysAsQueued(queued()).verdict).toBe('conforms')
    expect(losesNothing(queued()).verdict).toBe('conforms')
  })

  it.each([0.97, 1.03, 1.2])('of a rate %d times as high deviate', (by) => {
    expect(delaysAsQueued(queued(by * RATE, 2e9)).verdict).toBe('deviates')
  })

  it('of a policer deviate: it loses', () => {
    const { verdict, found } = delaysAsQueued(limited((offered) => police(offered, LIMIT)))
    expect(verdict).toBe('deviates')
    expect(found).toContain('frames lost')
  })

  it('of nothing at all deviate: there is no delay', () => {
    const assertion = delaysAsQueued(
      limited((offered) => police(offered, { ...LIMIT, rateBitsPerSecond: 1e9 })),
    )
    expect(assertion.verdict).toBe('deviates')
    expect(assertion.found).toContain('the longest delay 0 ms')
  })

  it('of a queue that hardly grew prove nothing', () => {
    expect(delaysAsQueued(queued(RATE, 5e7)).verdict).toBe('could not run')
  })

  it('may be bounded', () => {
    const measurement = limited((offered) => shape(offered, QUEUE)) // 95,000 octets: 76 ms
    expect(delaysAtMost(measurement, 80).verdict).toBe('conforms')
    expect(delaysAtMost(measurement, 70).verdict).toBe('deviates')
  })
})

describe('order', () => {
  it('of two frames that changed places deviates', () => {
    const measurement = limited((offered) => {
      const left = shape(offered, LIMIT)
      const number = left.number.slice()
      ;[number[100], number[101]] = [number[101] ?? 0, number[100] ?? 0]
      return { ...left, number }
    })
    const { verdict, found, frames } = losesNothing(measurement)
    expect(verdict).toBe('deviates')
    expect(found).toContain('1 frames left behind')
    expect(frames).toHaveLength(1)
  })
})
