/** A million frames: what took the square of them would not end by the test's deadline. */
import { expect, it } from 'vitest'
import { limiterCurves } from './curves.ts'
import { fittedBucket } from './fitted.ts'
import { delaysAsQueued } from './limiter-verdicts.ts'
import { isMeasured, measureLimiter } from './measurement.ts'
import { signatureOf } from './signature.ts'
import { paced, shape, trafficFrom } from './testing/limiters.ts'

const FRAMES = 1_000_000
const RATE = 100e6
const LIMIT = { rateBitsPerSecond: RATE, burstOctets: 325_000 }

it('a million frames are analysed', { timeout: 60_000 }, () => {
  const durationNs = (FRAMES * 128 * 8e9) / (2 * RATE)
  const offered = trafficFrom(paced({ rateBitsPerSecond: 2 * RATE, frameOctets: 128, durationNs }))
  const left = shape(offered, { ...LIMIT, queueOctets: 950_000 })
  expect(offered.timeNs.length + left.timeNs.length).toBeGreaterThan(1.4 * FRAMES)
  const measurement = measureLimiter({ offered, left, limit: LIMIT })
  expect(isMeasured(measurement.steady)).toBe(true)
  expect(signatureOf(measurement).kind).toBe('shaped')
  expect(fittedBucket(measurement)).toBeDefined()
  expect(delaysAsQueued(measurement).verdict).toBe('deviates') // it loses
  expect(limiterCurves(measurement)).toBeDefined()
})
