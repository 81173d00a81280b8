/** The plan in a bundle is the one that was in force when it went wrong. */
import { expect, it } from 'vitest'
import { numbering } from '../../proof/testing/window.ts'
import { world } from '../../proof/testing/world.ts'
import { CaseRun } from '../case-run.ts'
import type { RecordedCase } from '../recorded-case.ts'
import { type PlannedCase, plansInForce } from './plans.ts'

const BASE = { hypervisor: 'hv1', mtu: 1500, shaping: [{ rateBitsPerSecond: 10_000_000 }] }
const rate = (megabits: number) => ({ shaping: [{ rateBitsPerSecond: megabits * 1e6 }] })

/** Three windows of ten frames: as planned, at 1 Mbit/s, at 100 Mbit/s; then as planned again. */
function shaped(failedAt: number | null, isJudgedAgain = true): PlannedCase {
  const changes = [rate(1), rate(100), {}]
  const performed = changes.map((change) => {
    return { operation: { do: 'reconfigure', hypervisor: 'hv1', change }, answer: null }
  })
  const windows = [1, 11, 21].map((first) => ({
    frames: Array.from({ length: 10 }, (_, at) => ({ frame: first + at })),
  }))
  const observations = { plans: { hv1: BASE, hv2: { ...BASE, hypervisor: 'hv2' } }, performed }
  const none = () => Promise.reject(new Error('no lab here'))
  const source = { play: none, talk: none, call: none, perform: none }
  const run = new CaseRun({
    ...{ source, world, numbering: numbering(), settleMs: 0, onLate: () => undefined },
  })
  run.performedBefore.push(0, 1, 2)
  const recorded = { observations, windows } as unknown as RecordedCase
  return { name: 'a case', scenario: 'shaped', recorded, run: isJudgedAgain ? run : null, failedAt }
}

const shapedTo = (text: string): number => JSON.parse(text).shaping[0].rateBitsPerSecond

it('the plan under which it failed comes first, the others by the frames for which they were in force', () => {
  const plans = plansInForce([shaped(15)])
  expect(plans.map(({ file, text, uses }) => [file, shapedTo(text), uses[0]?.frames])).toEqual([
    ['plan/shaped-hv1.json', 1e6, [[11, 20]]],
    ['plan/shaped-hv1-2.json', 10e6, [[1, 10]]],
    ['plan/shaped-hv1-3.json', 100e6, [[21, 30]]],
    ['plan/shaped-hv2.json', 10e6, null],
  ])
  expect(plans.map(({ uses }) => uses[0]?.isWhereItFailed)).toEqual([true, false, false, true])
})

it('a changed plan keeps what was not changed', () => {
  expect(plansInForce([shaped(15)]).map(({ text }) => JSON.parse(text).mtu)).toEqual([1500, 1500, 1500, 1500])
})

it('two tests with the same plans share their files', () => {
  const plans = plansInForce([shaped(15), { ...shaped(15), name: 'another' }])
  expect(plans).toHaveLength(4)
  expect(plans.map(({ uses }) => uses.map(({ test }) => test))).toEqual(
    plans.map(() => ['a case', 'another']),
  )
})

it('where nobody knows which window was played when, the plan as it was at first is given', () => {
  const plans = plansInForce([shaped(15, false)])
  expect(plans.map(({ file, text }) => [file, shapedTo(text)])).toEqual([
    ['plan/shaped-hv1.json', 10e6],
    ['plan/shaped-hv2.json', 10e6],
  ])
})
