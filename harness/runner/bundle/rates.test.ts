/** A rate is told over its frames, with an interval that does not vanish, its limit and its verdict. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { encodePcapng } from '../../pcap/pcapng.ts'
import {
  isAboutRate,
  keepsBurst,
  keepsRate,
  type Measurement,
  measureLimiter,
  rateWithin,
} from '../../proof/index.ts'
import { paced, shape, trafficFrom } from '../../proof/rates/testing/limiters.ts'
import { numbering } from '../../proof/testing/window.ts'
import { world } from '../../proof/testing/world.ts'
import { CaseRun } from '../case-run.ts'
import { measureRate } from '../load-window.ts'
import type { RecordedCase } from '../recorded-case.ts'
import { commandOf, rateRows, rateStory } from './rates.ts'

const RATE = 10e6
const limit = { rateBitsPerSecond: RATE, burstOctets: 32_768 }
const bounds = rateWithin(RATE, 0.01)
const NAME = '10 Mbit/s, frames of 512 octets'

/** A shaper that is so many times too fast, measured and judged. */
function judged(factor: number, isAsserted = true, load = 2) {
  const offered = trafficFrom(paced({ rateBitsPerSecond: load * RATE, frameOctets: 512, durationNs: 2e9 }))
  const left = shape(offered, { rateBitsPerSecond: factor * RATE, burstOctets: 32_768, queueOctets: 95_000 })
  const measurement = measureLimiter({ offered, left, limit })
  const none = () => Promise.reject(new Error('no lab here'))
  const source = { play: none, talk: none, call: none, perform: none }
  const run = new CaseRun({
    ...{ source, world, numbering: numbering(), settleMs: 0, onLate: () => undefined },
  })
  measureRate(run, NAME, { measurement } as never)
  const assertion = keepsRate(measurement, bounds)
  if (isAsserted) run.judgement.addRate({ measurement, bounds, assertion })
  return { run, assertion, measurement, left }
}

function measuredIn({ steady }: Measurement): number {
  if (!('rate' in steady)) throw new Error(steady.reason)
  return steady.rate.value
}

/** As its capture would be read back. */
function recordedOf({ timeNs, octets, frame, name }: ReturnType<typeof judged>['left']): RecordedCase {
  const all: object[] = []
  frame.forEach((number, at) => {
    all[number - 1] = {
      ...{ frame: number, port: name, direction: 'in', timestampNs: BigInt(Math.round(timeNs[at] ?? 0)) },
      originalLength: octets[at],
    }
  })
  return {
    windows: [{ frames: all.filter((one) => one !== undefined) }],
    observations: { plans: {}, performed: [] },
    world: { ports: [] },
  } as unknown as RecordedCase
}

it('a row has port, limit, interval and verdict', () => {
  const { run } = judged(1.02)
  const [row] = rateRows(run)
  expect(row).toMatchObject({ what: NAME, limit: '9.900 to 10.100 Mbit/s', verdict: 'deviates' })
  const [, low = '', high = ''] = /^([\d.]+) to ([\d.]+) Mbit\/s$/.exec(row?.interval ?? '') ?? []
  expect(Number(low)).toBeLessThan(Number(high)) // it was not rounded away
  expect(row?.measured).toMatch(/^10\.\d{3,} Mbit\/s$/)
  expect(row?.offered).toMatch(/^20\.000 Mbit\/s at /)
})

it('a rate that was measured and not asserted has no verdict, and a right one conforms', () => {
  expect(rateRows(judged(1.02, false).run)).toMatchObject([{ what: NAME, limit: '', verdict: '' }])
  expect(rateRows(judged(1).run)).toMatchObject([{ verdict: 'conforms' }])
})

it('a rate that was not proved says why in its row', () => {
  const { run } = judged(1.02, true, 1.1)
  expect(rateRows(run)[0]?.verdict).toBe('not proved: too little load: 1.10 times, 1.5 needed')
})

it('assertions about rates and bursts are known by their words, and by those of nothing else', () => {
  const { assertion, measurement } = judged(1.02)
  expect([assertion, keepsBurst(measurement)].map(isAboutRate)).toEqual([true, true])
  expect(isAboutRate({ expected: 'hv1:eth0 carries ARP, once', frames: [1, 2] })).toBe(false)
  expect(isAboutRate({ ...assertion, frames: [] })).toBe(false) // nothing was measured
})

it('the story of a rate is about an interval, and adds up', () => {
  const { run, assertion, left } = judged(1.02)
  const story = rateStory(assertion, run, recordedOf(left))
  expect(story?.seen[0]).toMatch(
    /^10\.\d+ Mbit\/s, the slope over all frames \(95% interval .*\), (2|1\.9|2\.1)% above 10 Mbit\/s \(1% is allowed\)$/,
  )
  expect(story?.expected).toBe(`${left.name} keeps to 9.900 to 10.100 Mbit/s (${NAME})`)
  expect(story?.where).toMatch(new RegExp(`^offered at .+, measured at ${left.name}$`))
  expect([story?.first, story?.last]).toEqual(assertion.frames)
  expect(story?.steps).toHaveLength(6)
  expect(story?.steps.at(-1)).toMatch(
    /^frame \d+ +\+\d+\.\d{3} ms +\d+ octets +10\.\d{4} Mbit\/s since the first$/,
  )
})

it('an interval on both sides of a limit is told to be that', () => {
  const { run, left } = judged(1.01)
  const [rate] = run.judgement.rates
  if (rate === undefined) throw new Error('no rate')
  const assertion = keepsRate(rate.measurement, { least: null, most: measuredIn(rate.measurement) })
  run.judgement.addRate({ ...rate, assertion })
  expect(assertion.verdict).toBe('could not run')
  expect(rateStory(assertion, run, recordedOf(left))?.seen[0]).toMatch(
    /, which lies on both sides of a limit$/,
  )
})

it('of another assertion, or of evidence that could not be judged again, there is none', () => {
  const { run, assertion, left } = judged(1.02)
  expect(rateStory({ ...assertion, expected: 'another' }, run, recordedOf(left))).toBeNull()
  expect(rateStory(assertion, null, recordedOf(left))).toBeNull()
})

it('the command tells the same rate with tshark', () => {
  const { run, assertion, left } = judged(1.02)
  // numbered as in a capture that holds nothing else
  const frames = Float64Array.from(left.frame, (_, at) => at + 1)
  left.frame.set(frames)
  const told = {
    ...assertion,
    frames: keepsRate(run.judgement.rates[0]?.measurement as never, bounds).frames,
  }
  run.judgement.rates.splice(0, 1, {
    ...(run.judgement.rates[0] as never as object),
    assertion: told,
  } as never)
  const story = rateStory(told, run, recordedOf(left))
  if (story === null) throw new Error('no story')
  expect(story.notCountedOctets).toBe(0)
  const folder = mkdtempSync(join(tmpdir(), 'frameproof-rate-'))
  try {
    const file = join(folder, 'evidence.pcapng')
    const packets = Array.from(left.timeNs, (timeNs, at) => ({
      ...{ interface: 0, direction: 'in' as const, comments: [] },
      timestampNs: 1_700_000_000_000_000_000n + BigInt(Math.round(timeNs)),
      octets: new Uint8Array(left.octets[at] ?? 0),
      originalLength: left.octets[at] ?? 0,
    }))
    const interfaces = [{ name: left.name, description: left.name, snapLength: 2000 }]
    writeFileSync(file, encodePcapng({ interfaces, packets, application: '', os: '' }))
    const said = execFileSync('sh', ['-c', commandOf(story, file)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [, count, megabits] = /^(\d+) frames, [\d.]+ s, ([\d.]+) Mbit\/s\n$/.exec(said) ?? []
    expect(Number(count)).toBe((told.frames[1] ?? 0) - (told.frames[0] ?? 0) + 1)
    expect(Number(megabits)).toBeCloseTo(10.2, 1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
