/** A million frames, in about a second: nothing may take the square of them. The bound is wide, for busy machines. */
import { expect, it } from 'vitest'
import { limiterCurves } from './curves.ts'
import { fittedBucket } from './fitted.ts'
import { delaysAsQueued, keepsOrder } from './limiter-verdicts.ts'
import { isMeasured, measureLimiter } from './measurement.ts'
import { signatureOf } from './signature.ts'
import { paced, shape, trafficFrom } from './testing/limiters.ts'

const FRAMES = 1_000_000
const RATE = 100e6
const LIMIT = { rateBitsPerSecond: RATE, burstOctets: 325_000 }

it('a million frames are analysed in a second or so', () => {
  const durationNs = (FRAMES * 128 * 8e9) / (2 * RATE)
  const offered = trafficFrom(paced({ rateBitsPerSecond: 2 * RATE, frameOctets: 128, durationNs }))
  const left = shape(offered, { ...LIMIT, queueOctets: 950_000 })
  expect(offered.timeNs.length + left.timeNs.length).toBeGreaterThan(1.4 * FRAMES)
  const begun = process.cpuUsage()
  const measurement = measureLimiter({ offered, left, limit: LIMIT })
  signatureOf(measurement)
  fittedBucket(measurement)
  keepsOrder(measurement)
  delaysAsQueued(measurement)
  limiterCurves(measurement)
  const { user, system } = process.cpuUsage(begun)
  const tookMs = (user + system) / 1000 // of the CPU: the machine may be busy
  expect(isMeasured(measurement.steady)).toBe(true)
  expect(tookMs).toBeLessThan(3000)
  process.stdout.write(
    `${offered.timeNs.length} frames in, ${left.timeNs.length} out: ${Math.round(tookMs)} ms of the CPU\n`,
  )
})
