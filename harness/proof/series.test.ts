/** Streams and talks: what is in order, and each way in which it is not. */
import { expect, test } from 'vitest'
import { NumberedFrame } from '../wire/series.ts'
import { experimental } from './frames.ts'
import { Judgement } from './judgement.ts'
import type { PortHealth, WindowRecord } from './record.ts'
import { WindowScript } from './script.ts'
import { Seen } from './seen.ts'
import { carriesInOrder } from './series.ts'
import { numbering, recorded } from './testing/window.ts'
import { red1, red2, world } from './testing/world.ts'

const COUNT = 5
const stimulus = experimental({ from: red1, to: red2 })

/** A stream of five from red1 to red2, of which these ordinals were captured at red2's NIC, in this order. */
async function verdictOf(
  ordinals: readonly number[],
  trouble: { health?: Partial<PortHealth>; sent?: number; alter?: number } = {},
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
    frames: recorded(frames),
    ports: [{ ...health, ...trouble.health }],
    story: [],
    sent: script.sent,
    series: [{ ...series, count: trouble.sent ?? COUNT }],
    clocks: [],
  }
  expect([steps.length, controls.length]).toEqual([4, 4]) // two control frames pass four ports; the wait; the stream
  const seen = new Seen(record, script, world, new Judgement())
  return carriesInOrder(seen.at(red2.nic), stimulus)
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

test('a frame out of order deviates even where the capture lost others', async () => {
  expect((await verdictOf([1, 3, 2], { health: { drops: 1 } })).verdict).toBe('deviates')
})

test('what broke off is judged by what was sent', async () => {
  expect((await verdictOf([1, 2, 3], { sent: 3 })).verdict).toBe('conforms')
})
