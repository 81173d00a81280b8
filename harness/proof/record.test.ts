import { describe, expect, it } from 'vitest'
import { Arrivals, type Awaited, healthOf, type WindowRecord } from './record.ts'

const wanted: Awaited = { port: 'hv1:tap-red1', number: 7, direction: 'out' }
const other: Awaited = { ...wanted, number: 8 }

function recordOf(
  ...waits: readonly { arrivals: readonly Awaited[]; missing: readonly Awaited[] }[]
): WindowRecord {
  const story = waits.map((wait) => ({ kind: 'awaited' as const, waitedMs: 0, ...wait }))
  return { frames: [], ports: [], story, sent: [], series: [], clocks: [] }
}

describe('a marker has arrived', () => {
  it('if it was awaited and is not missing', () => {
    expect(new Arrivals(recordOf({ arrivals: [other, wanted], missing: [other] })).has(wanted)).toBe(true)
  })

  it.each([
    ['if it was missing', recordOf({ arrivals: [wanted], missing: [wanted] })],
    [
      'if it was missing once',
      recordOf({ arrivals: [wanted], missing: [] }, { arrivals: [wanted], missing: [wanted] }),
    ],
    ['if nobody awaited it', recordOf({ arrivals: [other], missing: [] })],
    [
      'if another port’s was awaited',
      recordOf({ arrivals: [{ ...wanted, port: 'hv1:tap-red2' }], missing: [] }),
    ],
    ['if nothing was awaited at all', recordOf()],
  ])('not %s', (_, record) => {
    expect(new Arrivals(record).has(wanted)).toBe(false)
  })
})

it('the health of a port that was not captured is unknown', () => {
  expect(healthOf(recordOf(), 'hv1:tap-red1')).toBeUndefined()
})
