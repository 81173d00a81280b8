/** What was lost of a call, and for how long. */
import { describe, expect, test } from 'vitest'
import { NumberedFrame } from '../wire/series.ts'
import { experimental, gratuitousArp } from './frames.ts'
import { Judgement } from './judgement.ts'
import { outageOf } from './outage.ts'
import { WindowScript } from './script.ts'
import { Seen } from './seen.ts'
import { carriesInOrder } from './series.ts'
import { numbering, play, recorded } from './testing/window.ts'
import { red1, red2, red3, world } from './testing/world.ts'

const COUNT = 6
/** As recorded frames are timed: one after the other. */
const HOP_MS = 0.01

/** A call of six from red1 to red2: `sent 3` at red1's port, `came 3` at red2's NIC, or the announcement at red1's port. */
function callOf(passed: readonly string[], count = COUNT) {
  const script = new WindowScript(world, numbering(), [red1.port, red2.nic])
  const series = script.newSeries(red1, experimental({ from: red1, to: red2 }), COUNT)
  const announcement = gratuitousArp({ from: red2 })
  void script.say(red2, announcement, [red1.port])
  const frame = new NumberedFrame(series.template)
  const frames = passed.map((what) => {
    const [way, ordinal = ''] = what.split(' ')
    if (way === 'announced')
      return {
        port: red1.port.id,
        direction: 'out' as const,
        octets: script.frameOf(announcement).octets,
      }
    const octets = frame.numbered(series.firstNumber + Number(ordinal) - 1).slice()
    return way === 'sent'
      ? { port: red1.port.id, direction: 'in' as const, octets }
      : { port: red2.nic.id, direction: 'in' as const, octets }
  })
  const record = { ...play(script, world), frames: recorded(frames), series: [{ ...series, count }] }
  const seen = new Seen(record, script, world, new Judgement())
  return { seen, series, announcement }
}

describe('the outage of a call', () => {
  test.each([
    ['nothing lost', ['came 1', 'came 2', 'came 3', 'came 4', 'came 5', 'came 6'], 0, 0],
    ['two lost, in one hole', ['came 1', 'came 2', 'came 5', 'came 6'], 2, HOP_MS],
    ['the longest of two holes', ['came 1', 'sent 2', 'sent 3', 'came 3', 'came 6'], 3, 3 * HOP_MS],
    ['out of order is not lost', ['came 2', 'came 1', 'came 3', 'came 4', 'came 5', 'came 6'], 0, 0],
    ['twice counts once', ['came 1', 'came 1', 'came 2', 'came 3', 'came 4', 'came 5', 'came 6'], 0, 0],
    ['nothing came', [], 6, 0],
  ])('%s', (_, passed, framesLost, interruptionMs) => {
    const { seen, series } = callOf(passed)
    const outage = outageOf(seen.at(red2.nic), series)
    expect(outage.framesLost).toBe(framesLost)
    expect(outage.interruptionMs).toBeCloseTo(interruptionMs)
  })

  test('what was not sent is not lost', () => {
    const { seen, series } = callOf(['came 1', 'came 2'], 2)
    expect(outageOf(seen.at(red2.nic), series)).toEqual({ framesLost: 0, interruptionMs: 0 })
  })

  test('of a call of another window is a mistake', () => {
    const { series } = callOf([])
    const { seen } = callOf([])
    expect(() => outageOf(seen.at(red2.nic), { ...series, firstNumber: 999 })).toThrow(
      'never sent in this window',
    )
  })
})

describe('the part of a call that was sent after a frame had come to its sender', () => {
  const verdictOf = (passed: readonly string[]) => {
    const { seen, series, announcement } = callOf(passed)
    return carriesInOrder(seen.at(red2.nic), series, { sentAfter: announcement })
  }
  const outage = ['sent 1', 'came 1', 'sent 2', 'sent 3', 'announced']
  const rest = ['sent 4', 'came 4', 'sent 5', 'came 5', 'sent 6', 'came 6']

  test('conforms where all of it came, whatever was lost before', () => {
    expect(verdictOf([...outage, ...rest])).toMatchObject({ verdict: 'conforms' })
  })

  test('deviates where one of it is missing', () => {
    const { verdict, found } = verdictOf([...outage, ...rest.filter((what) => what !== 'came 5')])
    expect(verdict).toBe('deviates')
    expect(found).toMatch(/carries 3 frames .* of red1, sent when ARP, .* had come to it/)
    expect(found).toContain('1 of 3 missing, the first of them number 2')
  })

  test('is not proved where nothing was sent after it, or it never came', () => {
    expect(verdictOf(['sent 6', 'announced'])).toMatchObject({ verdict: 'could not run' })
    expect(verdictOf(rest)).toMatchObject({ verdict: 'could not run' })
  })
})

test('what is said in an open window is awaited itself, without markers', async () => {
  const script = new WindowScript(world, numbering(), [])
  const announcement = gratuitousArp({ from: red2 })
  await script.say(red2, announcement, [red1.port, red3.port])
  const { number } = script.frameOf(announcement)
  const arrivals = [red1.port.id, red3.port.id].map((port) => ({ port, number, direction: 'out' }))
  expect(script.steps).toMatchObject([
    { kind: 'send', guest: 'red2' },
    { kind: 'await', arrivals },
  ])
  expect(script.watched).toEqual([])
})
