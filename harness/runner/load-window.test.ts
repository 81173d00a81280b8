import { expect, it } from 'vitest'
import { outward, type WindowRecord } from '../proof/index.ts'
import { numbering } from '../proof/testing/window.ts'
import { red1, uplink1, world } from '../proof/testing/world.ts'
import { CaseRun } from './case-run.ts'
import { loadWindow } from './load-window.ts'

/** The senders of the first load stand still for so many ms, those of the second for the next, and so on. */
async function loadWith(pausesMs: readonly number[]) {
  let plays = 0
  const play = async () => {
    const story = [{ kind: 'loaded' as const, loads: [], longestPauseMs: pausesMs[plays] ?? 0 }]
    plays += 1
    const record: WindowRecord = { frames: [], ports: [], story, sent: [], series: [], clocks: [] }
    return { record, late: [], lostBetween: 0 }
  }
  const none = () => Promise.reject(new Error('no lab here'))
  const source = { play, talk: none, call: none, perform: none }
  const run = new CaseRun({ source, world, numbering: numbering(), settleMs: 0, onLate: () => undefined })
  const offer = { from: red1, frame: outward(red1, 512), rateBitsPerSecond: 1e6, endMs: 100 }
  const seen = await loadWindow(run, [offer], { at: [uplink1] })
  const again = run.measured['loads offered again, for their senders stood still']?.value
  return { judgedWindow: run.windows.indexOf(seen.record), windows: run.windows.length, again }
}

it.each([
  { pausesMs: [3], what: 'no pause to speak of' },
  { pausesMs: [50], what: 'a pause for as long as a bucket lasts' },
])('a load is offered once: $what', async ({ pausesMs }) => {
  expect(await loadWith(pausesMs)).toEqual({ judgedWindow: 0, windows: 1, again: undefined })
})

it('is offered again, and counted, where its senders stood still for longer', async () => {
  expect(await loadWith([51, 2])).toEqual({ judgedWindow: 1, windows: 2, again: 1 })
})

it('is judged the third time, whatever it was, and every window is kept', async () => {
  expect(await loadWith([300, 80, 120, 0])).toEqual({ judgedWindow: 2, windows: 3, again: 2 })
})
