/** Loads as they are written down. */
import { expect, test } from 'vitest'
import { experimental } from './frames.ts'
import { octetsIn, outward, policedTo, SINK, shapedTo } from './offers.ts'
import { scriptOf } from './testing/window.ts'
import { blue2, red1, red2 } from './testing/world.ts'

const MBIT = 1_000_000

test('a rate becomes a pace by the size of the frame, and a series of as many as may be', async () => {
  const frames = [outward(red1, 1250), experimental({ from: SINK, to: red2, sizeOctets: 125 })] as const
  const offers = [
    { from: red1, frame: frames[0], rateBitsPerSecond: 10 * MBIT, beginMs: 100, endMs: 600 },
    { from: red2.port, frame: frames[1], rateBitsPerSecond: MBIT, endMs: 700 },
  ]
  const script = await scriptOf(async (w) => w.load(offers, [red1.port, red2.port]))
  const [step] = script.steps
  if (step?.kind !== 'load') throw new Error('no load')
  const snapOctets = 14 + 16 + 8 // Ethernet, signature, two tags
  expect(step).toMatchObject({ kept: [red1.port.id, red2.port.id], snapOctets, durationMs: 700 })
  expect(step.loads.map(({ series: _, ...rest }) => rest)).toEqual([
    { from: 'red1', by: 'guest', framesPerSecond: 1000, beginMs: 100, endMs: 600 },
    { from: red2.port.id, by: 'nic', framesPerSecond: 1000, beginMs: 0, endMs: 700 },
  ])
  expect(step.loads.map(({ series }) => series.count)).toEqual([500, 700])
  expect(frames.map((frame) => script.seriesOf(frame).count)).toEqual([500, 700])
  expect(script.watched).toEqual([red1.port, red2.port])
})

test('whole frames are kept where their octets are judged', async () => {
  const offer = { from: blue2, frame: outward(blue2, 60), rateBitsPerSecond: MBIT, endMs: 10 }
  const script = await scriptOf(async (w) => w.load([offer], [blue2.port], { whole: true }))
  expect(script.steps[0]).toMatchObject({ snapOctets: 65_535 })
})

test('buckets cover 50 ms at the rate, and two frames at least', () => {
  expect(octetsIn(10 * MBIT, 50)).toBe(62_500)
  const port = { interface: 'eth0' }
  expect(shapedTo(port, 10 * MBIT)).toEqual({
    ...{ port: 'eth0', qdisc: 'tbf', rateBitsPerSecond: 10 * MBIT, burstOctets: 62_500, latencyMs: 50 },
  })
  expect(policedTo(port, 100_000)).toEqual({ port: 'eth0', rateBitsPerSecond: 100_000, burstOctets: 3028 })
})
