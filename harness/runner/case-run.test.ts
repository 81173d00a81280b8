import { expect, it } from 'vitest'
import { numbering } from '../proof/testing/window.ts'
import { red1, red2, red3, world } from '../proof/testing/world.ts'
import { CaseRun } from './case-run.ts'

function caseRun(): CaseRun {
  const none = () => Promise.reject(new Error('no lab here'))
  const source = { play: none, talk: none, call: none, perform: () => Promise.resolve(null) }
  return new CaseRun({ source, world, numbering: numbering(), settleMs: 0, onLate: () => undefined })
}

it.each([
  ['detach', 'attach'],
  ['power off', 'power on'],
] as const)('after %s a guest is nobody’s peer, until %s', async (away, back) => {
  const run = caseRun()
  expect(run.world.peersOf(red1)).toEqual([red2, red3])
  await run.perform({ do: away, guests: [red2.name] })
  expect(run.world.peersOf(red1)).toEqual([red3])
  await run.perform({ do: back, guests: [red2.name] })
  expect(run.world.peersOf(red1)).toEqual([red2, red3])
})
