import { describe, expect, it } from 'vitest'
import { limiterCurves, MOST_POINTS } from './curves.ts'
import { measureLimiter } from './measurement.ts'
import { paced, police, shape, trafficFrom } from './testing/limiters.ts'

const RATE = 10e6
const LIMIT = { rateBitsPerSecond: RATE, burstOctets: 32_768 }
const offered = trafficFrom(
  paced({ rateBitsPerSecond: 2 * RATE, frameOctets: 500, durationNs: 2e9, startNs: 5e9 }),
)
const curvesOf = (left: ReturnType<typeof shape>) =>
  limiterCurves(measureLimiter({ offered, left, limit: LIMIT }))

describe('the curves of a shaper', () => {
  const left = shape(offered, { ...LIMIT, queueOctets: 95_000 })
  const curves = curvesOf(left)
  const seconds = curves.stepMs / 1e3

  it('are few points, and short as text', () => {
    expect(curves.atMs.length).toBeLessThanOrEqual(MOST_POINTS)
    expect(curves.atMs.length).toBeGreaterThan(100)
    for (const values of [
      curves.offeredBitsPerSecond,
      curves.leftBitsPerSecond,
      curves.delayMs,
      curves.lost,
      curves.bucketOctets,
    ])
      expect(values).toHaveLength(curves.atMs.length)
    expect(JSON.stringify(curves).length).toBeLessThan(15_000)
  })

  it('lose no octet and no frame', () => {
    const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)
    expect((sum(curves.leftBitsPerSecond) * seconds) / 8 / 500 / left.timeNs.length).toBeCloseTo(1, 3)
    expect((sum(curves.offeredBitsPerSecond) * seconds) / 8 / 500 / offered.timeNs.length).toBeCloseTo(1, 3)
    expect(sum(curves.lost)).toBe(offered.timeNs.length - left.timeNs.length)
  })

  it('show the burst, then the rate; the queue that fills; the bucket that empties and stays empty', () => {
    const middle = Math.floor(curves.atMs.length / 2)
    expect(curves.leftBitsPerSecond[0]).toBeGreaterThan(1.8 * RATE)
    expect((curves.leftBitsPerSecond[middle] ?? 0) / RATE).toBeCloseTo(1, 0)
    expect(curves.delayMs[0]).toBeLessThan(1)
    expect(curves.delayMs[middle]).toBeCloseTo(76, -0.5)
    expect(curves.bucketOctets[0]).toBeGreaterThan(20_000)
    expect(Math.abs(curves.bucketOctets[middle] ?? 1e9)).toBeLessThan(600)
  })
})

describe('the curves of a policer', () => {
  it('show no delay', () => {
    const { delayMs } = curvesOf(police(offered, LIMIT))
    expect(Math.max(...delayMs.map((one) => one ?? 0))).toBeLessThan(0.1)
  })

  it('that passes too much fall below the empty bucket', () => {
    const { bucketOctets } = curvesOf(police(offered, { ...LIMIT, rateBitsPerSecond: 1.2 * RATE }))
    expect(bucketOctets.at(-1)).toBeLessThan(-400_000)
  })
})

describe('the curves of nothing', () => {
  it('are one point', () => {
    const nothing = trafficFrom([])
    const curves = limiterCurves(measureLimiter({ offered: nothing, left: nothing, limit: LIMIT }))
    expect(curves.atMs).toEqual([0])
    expect(curves.delayMs).toEqual([null])
  })
})
