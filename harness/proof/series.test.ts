/** Streams and talks: what is in order, and each way in which it is not. */
import { describe, expect, test } from 'vitest'
import { NumberedFrame } from '../wire/series.ts'
import { carries, carriesNot } from './carry.ts'
import { experimental } from './frames.ts'
import { Judgement } from './judgement.ts'
import type { PortHealth, WindowRecord } from './record.ts'
import { WindowScript } from './script.ts'
import { CaseError } from './script-steps.ts'
import { Seen } from './seen.ts'
import { carriesInOrder } from './series.ts'
import { numbering, play, recorded, scriptOf } from './testing/window.ts'
import { blue1, blue2, red1, red2, world } from './testing/world.ts'

const COUNT = 5
const stimulus = experimental({ from: red1, to: red2 })

/** A stream of five from red1 to red2, of which these ordinals were captured at red2's NIC, in this order. */
async function verdictOf(
  ordinals: readonly number[],
  trouble: {
    health?: Partial<PortHealth>
    sent?: number
    alter?: number
    mayLose?: boolean
    cut?: boolean
  } = {},
) {
  const script = new WindowScript(world, numbering(), [red2.nic])
  await script.stream(red1, stimulus, { to: red2, count: COUNT, outstanding: 3 })
  const { steps, controls } = script.finish()
  const series = script.seriesOf(stimulus)
  const frame = new NumberedFrame(series.template)
  const frames = ordinals.map((ordinal) => {
    const octets = frame.numbered(series.firstNumber + ordinal - 1).slice()
    if (trouble.alter === ordinal) octets[59] = (octets[59] ?? 0) ^ 1
    return { port: red2.nic.id, direction: 'in' as const, octets }
  })
  const health = {
    port: red2.nic.id,
    drops: 0,
    control: 'seen' as const,
    exists: true,
    up: true,
    carrier: true,
  }
  const record: WindowRecord = {
    frames: recorded(frames).map((frame) => (trouble.cut ? { ...frame, originalLength: 1514 } : frame)),
    ports: [{ ...health, ...trouble.health }],
    story: [],
    sent: script.sent,
    series: [{ ...series, count: trouble.sent ?? COUNT }],
    clocks: [],
  }
  expect([steps.length, controls.length]).toEqual([4, 4]) // two control frames pass four ports; the wait; the stream
  const seen = new Seen(record, script, world, new Judgement())
  return carriesInOrder(seen.at(red2.nic), stimulus, { mayLose: trouble.mayLose ?? false })
}

test('all of them in order conform', async () => {
  expect(await verdictOf([1, 2, 3, 4, 5])).toMatchObject({ verdict: 'conforms', found: null })
})

test.each([
  ['missing', [1, 2, 4, 5], {}, '1 of 5 missing, the first of them number 3'],
  ['twice', [1, 2, 2, 3, 4, 5], {}, 'number 2 a second time: frame 3'],
  ['out of order', [1, 3, 2, 4, 5], {}, 'number 2 behind number 3: frame 3'],
  ['altered', [1, 2, 3, 4, 5], { alter: 4 }, 'number 4 altered: frame 4'],
  ['none', [], {}, '5 of 5 missing, the first of them number 1'],
])('%s deviates', async (_what, ordinals, trouble, says) => {
  const { verdict, found } = await verdictOf(ordinals, trouble)
  expect(verdict).toBe('deviates')
  expect(found).toContain(says)
})

test.each([
  ['a capture that lost frames', [1, 2, 4, 5], { health: { drops: 1 } }],
  ['a capture that lost frames, though all are there', [1, 2, 3, 4, 5], { health: { drops: 1 } }],
  ['a capture that did not live', [], { health: { control: 'missing' as const } }],
  ['nothing sent', [], { sent: 0 }],
])('%s could not run', async (_what, ordinals, trouble) => {
  expect((await verdictOf(ordinals, trouble)).verdict).toBe('could not run')
})

describe('of a load that a full queue has thinned out', () => {
  const mayLose = true
  test('some may be missing, but not all', async () => {
    expect((await verdictOf([1, 4], { mayLose })).verdict).toBe('conforms')
    expect((await verdictOf([], { mayLose })).verdict).toBe('deviates')
  })

  test.each([
    ['twice', [1, 1], {}],
    ['out of order', [1, 4, 2], {}],
    ['altered', [1, 4], { alter: 4 }],
  ])('%s deviates all the same', async (_what, ordinals, trouble) => {
    expect((await verdictOf(ordinals, { ...trouble, mayLose })).verdict).toBe('deviates')
  })

  test('a lossy capture proves nothing', async () => {
    expect((await verdictOf([1, 4], { mayLose, health: { drops: 1 } })).verdict).toBe('could not run')
  })
})

test('of frames captured in part, octets cannot be judged', async () => {
  await expect(verdictOf([1, 2, 3, 4, 5], { cut: true })).rejects.toThrow('load it whole')
})

test('a frame out of order deviates even where the capture lost others', async () => {
  expect((await verdictOf([1, 3, 2], { health: { drops: 1 } })).verdict).toBe('deviates')
})

test('what broke off is judged by what was sent', async () => {
  expect((await verdictOf([1, 2, 3], { sent: 3 })).verdict).toBe('conforms')
})

describe('a stream that must not come', () => {
  /** red1 streams five; these ordinals of it leaked to blue2. */
  async function atBlue2(leaked: readonly number[], sent = COUNT) {
    const script = await scriptOf(async (w) => {
      await w.stream(red1, stimulus, { to: red2, count: COUNT, outstanding: 3 })
      await w.proveAbsence({ of: stimulus, at: [blue2.port] })
    })
    const series = script.seriesOf(stimulus)
    const frame = new NumberedFrame(series.template)
    const noise = leaked.map((ordinal) => {
      const octets = frame.numbered(series.firstNumber + ordinal - 1).slice()
      return { port: blue2.port.id, direction: 'out' as const, octets }
    })
    const record = { ...play(script, world, { noise }), series: [{ ...series, count: sent }] }
    const seen = new Seen(record, script, world, new Judgement())
    return { seen, series, ...carriesNot(seen.at(blue2.port), stimulus) }
  }

  test('conforms where none of it came and the markers behind it did, and every number stays watched', async () => {
    const { seen, series, verdict, expected } = await atBlue2([])
    expect(verdict).toBe('conforms')
    expect(expected).toMatch(/^hv2:tap-blue2 never carries any of 5 frames .* of red1$/)
    const { firstNumber: number } = series
    expect(seen.judgement.absenceClaims).toMatchObject([{ number, count: COUNT, port: blue2.port.id }])
  })

  test.each([[[1]], [[3]], [[5]], [[2, 4]]])('deviates where %j of it came', async (leaked) => {
    const { verdict, frames, found } = await atBlue2(leaked)
    expect(verdict).toBe('deviates')
    expect(frames).toHaveLength(leaked.length)
    expect(found).toContain(`frame ${frames[0]}: out at hv2:tap-blue2`)
    expect(found).not.toContain('seen at no port')
  })

  test('is not proved absent where it broke off', async () => {
    const { verdict, found } = await atBlue2([], 2)
    expect(verdict).toBe('could not run')
    expect(found).toContain('red1 sent only 2 of 5 frames')
  })

  test('nothing is said of ports that were not captured meanwhile', async () => {
    const script = await scriptOf(async (w) => {
      await w.stream(red1, stimulus, { to: red2, at: [blue2.port], count: COUNT, outstanding: 3 })
      await w.proveAbsence({ of: stimulus, at: [blue1.port, blue2.port] })
    })
    const seen = new Seen(play(script, world), script, world, new Judgement())
    expect(carriesNot(seen.at(blue2.port), stimulus).verdict).toBe('conforms')
    for (const claim of [carriesNot, carriesInOrder])
      expect(() => claim(seen.at(blue1.port), stimulus)).toThrow('hv1:tap-blue1 was not captured')
  })

  test('one frame of it is nothing to be asserted', async () => {
    const { seen } = await atBlue2([])
    expect(() => carries(seen.at(red2.port), stimulus, {})).toThrow(CaseError)
  })
})
