import { describe, expect, it } from 'vitest'
import { rateInterval, studentT95 } from './interval.ts'
import { isMeasured, type Measurement } from './measurement.ts'
import { randomFrom } from './testing/random.ts'
import { limitOf, measuredScene, type Scene } from './testing/scenes.ts'
import { keepsRate, rateWithin } from './verdicts.ts'

const SEED = Number(process.env.FRAMEPROOF_SEED ?? Date.now() % 2 ** 31)
const MBIT = 1e6

type Point = Pick<Scene, 'limiter' | 'sizes' | 'arrivals'> & { mbit: number; stalls: number }

const POINTS: readonly Point[] = [
  { limiter: 'tbf', mbit: 1, sizes: [1514], arrivals: 'paced', stalls: 0 },
  { limiter: 'tbf', mbit: 1, sizes: [1514], arrivals: 'poisson', stalls: 6 },
  { limiter: 'tbf', mbit: 1, sizes: [128], arrivals: 'gusts', stalls: 6 },
  { limiter: 'tbf', mbit: 10, sizes: [1514], arrivals: 'paced', stalls: 0 },
  { limiter: 'tbf', mbit: 10, sizes: [512], arrivals: 'gusts', stalls: 6 },
  { limiter: 'tbf', mbit: 10, sizes: [128, 512, 1514], arrivals: 'poisson', stalls: 6 },
  { limiter: 'police', mbit: 1, sizes: [512], arrivals: 'paced', stalls: 6 },
  { limiter: 'police', mbit: 10, sizes: [1514], arrivals: 'paced', stalls: 0 },
  { limiter: 'police', mbit: 10, sizes: [512], arrivals: 'poisson', stalls: 6 },
  { limiter: 'police', mbit: 10, sizes: [128, 512, 1514], arrivals: 'poisson', stalls: 6 },
]
const RUNS = 40

const named = ({ limiter, mbit, sizes, arrivals, stalls }: Point): string =>
  `${limiter}, ${mbit} Mbit/s, ${sizes.join(' and ')} octets, ${arrivals}, ${stalls} stalls`

const scenes = POINTS.map((point) => [named(point), point] as const)

function runs({ mbit, ...point }: Point, by = 1): readonly Measurement[] {
  const configured = limitOf(mbit * MBIT)
  const actual = { ...configured, rateBitsPerSecond: by * mbit * MBIT }
  return Array.from({ length: RUNS }, (_, run) =>
    measuredScene(randomFrom(SEED + 7919 * run), { ...point, configured, actual }),
  )
}

describe(`the 95% interval, by simulation (seed ${SEED})`, () => {
  it('holds the true rate in at least 93% of all runs, and is narrow', () => {
    let [all, holding] = [0, 0]
    for (const point of POINTS)
      for (const { steady } of runs(point)) {
        if (!isMeasured(steady)) continue // stalls that followed upon each other, longer than the bucket lasts
        const { low, high } = steady.rate
        all += 1
        if (low <= point.mbit * MBIT && high >= point.mbit * MBIT) holding += 1
      }
    expect(all).toBeGreaterThan(0.9 * POINTS.length * RUNS)
    expect(holding / all).toBeGreaterThanOrEqual(0.93)
  })

  it.each(scenes.filter(([, { mbit }]) => mbit === 10))('is well inside of 1%%: %s', (_, point) => {
    const widths = runs(point).flatMap(({ steady }) =>
      isMeasured(steady) ? [(steady.rate.high - steady.rate.low) / 2 / (point.mbit * MBIT)] : [],
    )
    widths.sort((a, b) => a - b)
    expect(widths[Math.floor(widths.length / 2)]).toBeLessThan(0.001)
    expect(widths[Math.floor(0.9 * widths.length)]).toBeLessThan(0.004)
  })
})

describe(`verdicts, by simulation (seed ${SEED})`, () => {
  const verdictsOf = (point: Point, by: number): readonly string[] => {
    const tolerance = point.limiter === 'tbf' ? 0.01 : 0.02
    const bounds = rateWithin(point.mbit * MBIT, tolerance)
    return runs(point, by).map((measurement) => keepsRate(measurement, bounds).verdict)
  }

  it.each(scenes)('what is right never deviates: %s', (_, point) => {
    const verdicts = verdictsOf(point, 1)
    expect(verdicts).not.toContain('deviates')
    expect(verdicts.filter((one) => one === 'conforms').length).toBeGreaterThanOrEqual(0.85 * RUNS)
  })

  it.each(scenes)('2%% off, a policer 3%%, never conforms: %s', (_, point) => {
    const off = point.limiter === 'tbf' ? 0.02 : 0.03
    for (const by of [1 - off, 1 + off]) {
      const verdicts = verdictsOf(point, by)
      expect(verdicts).not.toContain('conforms')
      expect(verdicts.filter((one) => one === 'deviates').length).toBeGreaterThanOrEqual(0.85 * RUNS)
    }
  })
})

describe('the interval', () => {
  const evenly = (count: number, stepNs: number, octets = 1000) => ({
    timeNs: Float64Array.from({ length: count }, (_, at) => at * stepNs),
    octets: new Float64Array(count).fill(octets),
  })

  it('needs 32 frames, and time', () => {
    expect(rateInterval(evenly(31, 1000))).toBeNull()
    expect(rateInterval(evenly(32, 0))).toBeNull()
    expect(rateInterval(evenly(32, 1000))?.value).toBeCloseTo(8e9, 0)
  })

  it('of even frames is half a frame either way', () => {
    const rate = rateInterval(evenly(501, 1e6)) // 1,000 octets a ms
    expect(rate?.value).toBeCloseTo(8e6, 3)
    expect(rate?.low).toBeCloseTo(8e6 / 1.001, 3)
    expect(rate?.high).toBeCloseTo(8e6 / 0.999, 3)
  })

  it('of a rate that changes half way is wide: nothing within 1% is claimed', () => {
    const { timeNs, octets } = evenly(1000, 1e6)
    const slower = timeNs.map((one, at) => one + Math.max(0, at - 500) * 0.2e6)
    const rate = rateInterval({ timeNs: slower, octets })
    expect((rate?.high ?? 0) / (rate?.low ?? 1)).toBeGreaterThan(1.02)
  })

  it.each([
    [3, 3.182],
    [6, 2.447],
    [10, 2.228],
    [38, 2.024],
    [1e6, 1.96],
  ])("Student's t of %d is %d", (freedom, quantile) => {
    expect(Math.abs(studentT95(freedom) / quantile - 1)).toBeLessThan(0.01)
  })
})
