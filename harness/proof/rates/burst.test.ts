import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedBurst, largestBurst } from './burst.ts'
import { octetsPerNs } from './limit.ts'
import { measureLimiter } from './measurement.ts'
import { kernelPolice, kernelTbf } from './testing/kernel.ts'
import { paced, police, shape, trafficFrom } from './testing/limiters.ts'
import type { Traffic } from './traffic.ts'
import { keepsBurst } from './verdicts.ts'

const seed = Number(process.env.FRAMEPROOF_SEED ?? Date.now() % 2 ** 31)
const RATE = 10e6
const OCTETS_A_MS = 1250

/** By the definition: every window. */
function naive({ timeNs, octets }: Traffic, rateBitsPerSecond: number): number {
  let most = 0
  for (let i = 0; i < timeNs.length; i += 1)
    for (let j = i, sum = 0; j < timeNs.length; j += 1) {
      sum += octets[j] ?? 0
      most = Math.max(most, sum - octetsPerNs(rateBitsPerSecond) * ((timeNs[j] ?? 0) - (timeNs[i] ?? 0)))
    }
  return most
}

const traffic = fc
  .array(fc.record({ stepNs: fc.nat({ max: 2_000_000 }), octets: fc.integer({ min: 64, max: 1514 }) }), {
    minLength: 1,
    maxLength: 80,
  })
  .map((frames) => {
    let atNs = 0
    return trafficFrom(
      frames.map(({ stepNs, octets }) => {
        atNs += stepNs
        return { atNs, octets }
      }),
    )
  })
const bucket = fc.record({
  rateBitsPerSecond: fc.integer({ min: 1e6, max: 100e6 }),
  burstOctets: fc.integer({ min: 1514, max: 60_000 }),
})

describe('the largest burst', () => {
  it('of frames at the rate is one frame', () => {
    const even = trafficFrom(paced({ rateBitsPerSecond: RATE, frameOctets: 1000, durationNs: 1e8 }))
    expect(largestBurst(even, RATE).neededOctets).toBeCloseTo(1000, 3)
  })

  it('says which window needs it', () => {
    const frames = [0, 1, 10, 10.1, 10.2, 10.3, 20].map((atMs) => ({ atNs: atMs * 1e6, octets: 1000 }))
    const burst = largestBurst(trafficFrom(frames), RATE)
    expect(burst).toMatchObject({ first: 2, last: 5, durationNs: 0.3e6 })
    expect(burst.neededOctets).toBeCloseTo(4000 - 0.3 * OCTETS_A_MS, 6)
  })

  it('of nothing is none', () => {
    expect(largestBurst(trafficFrom([]), RATE).neededOctets).toBe(0)
  })

  it('is what the definition says, window by window', () => {
    fc.assert(
      fc.property(traffic, fc.integer({ min: 1e5, max: 1e8 }), (frames, rate) => {
        expect(largestBurst(frames, rate).neededOctets).toBeCloseTo(naive(frames, rate), 3)
      }),
      { seed },
    )
  })

  it('of any bucket is no larger than the bucket and one frame, whatever comes in, shaped or policed, by two models', () => {
    fc.assert(
      fc.property(traffic, bucket, (offered, limit) => {
        const limitOctets = limit.burstOctets * 4
        const outputs = [
          shape(offered, limit),
          police(offered, limit),
          kernelTbf(offered, { ...limit, limitOctets }),
          kernelPolice(offered, limit),
        ]
        for (const left of outputs)
          expect(largestBurst(left, limit.rateBitsPerSecond).neededOctets).toBeLessThanOrEqual(
            allowedBurst(left, limit.burstOctets) + 1,
          )
      }),
      { seed },
    )
  })

  it('does not grow when frames are left out', () => {
    fc.assert(
      fc.property(traffic, fc.func(fc.boolean()), (all, isKept) => {
        const kept = Array.from(all.timeNs, (atNs, at) => ({ atNs, octets: all.octets[at] ?? 0 })).filter(
          (_, at) => isKept(at),
        )
        expect(largestBurst(trafficFrom(kept), RATE).neededOctets).toBeLessThanOrEqual(
          largestBurst(all, RATE).neededOctets + 1e-6,
        )
      }),
      { seed },
    )
  })

  it('scales: twice the octets in the same time at twice the rate need twice the bucket', () => {
    fc.assert(
      fc.property(traffic, (once) => {
        const twice = { ...once, octets: once.octets.map((one) => 2 * one) }
        expect(largestBurst(twice, 2 * RATE).neededOctets).toBeCloseTo(
          2 * largestBurst(once, RATE).neededOctets,
          3,
        )
      }),
      { seed },
    )
  })

  it('of a bucket four times as large is found', () => {
    const offered = trafficFrom(paced({ rateBitsPerSecond: 5 * RATE, frameOctets: 1514, durationNs: 3e8 }))
    const left = shape(offered, { rateBitsPerSecond: RATE, burstOctets: 4 * 32_768 })
    const { neededOctets } = largestBurst(left, RATE)
    expect(neededOctets).toBeGreaterThan(4 * 32_768 - 1514)
    expect(neededOctets).toBeGreaterThan(allowedBurst(left, 32_768))
  })

  it('by microseconds of a stamp too large is neither allowed nor a deviation', () => {
    const limit = { rateBitsPerSecond: RATE, burstOctets: 10 * 1514 }
    const frameNs = (1514 * 8e9) / RATE
    const verdictOf = (frames: number, lastNs: number) => {
      const times = Array.from({ length: frames }, (_, at) => (at === frames - 1 ? lastNs : 0))
      const left = trafficFrom(times.map((atNs) => ({ atNs, octets: 1514 })))
      const offered = trafficFrom(Array.from({ length: 40 }, () => ({ atNs: 0, octets: 1514 })))
      return keepsBurst(measureLimiter({ offered, left, limit })).verdict
    }
    expect(verdictOf(11, 0)).toBe('conforms')
    expect(verdictOf(12, frameNs - 6000)).toBe('could not run')
    expect(verdictOf(12, frameNs - 30_000)).toBe('deviates')
  })
})
