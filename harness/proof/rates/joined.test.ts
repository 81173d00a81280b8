import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clockTrouble } from './clock.ts'
import { delaysNs, joinTraffic } from './joined.ts'
import { orderOf } from './order.ts'
import { paced, trafficFrom } from './testing/limiters.ts'
import { emptyTraffic, type Traffic } from './traffic.ts'

const seed = Number(process.env.FRAMEPROOF_SEED ?? Date.now() % 2 ** 31)

/** Numbers, at one a ms from 1 ms on; flow 1 above 1,000. */
function numbered(numbers: readonly number[], lateNs = 0): Traffic {
  const traffic = emptyTraffic('there', 0n, numbers.length)
  numbers.forEach((number, at) => {
    traffic.timeNs[at] = (at + 1) * 1e6 + lateNs
    traffic.octets[at] = 100
    traffic.number[at] = number
    traffic.flow[at] = number > 1000 ? 1 : 0
    traffic.frame[at] = at + 1
  })
  return traffic
}

describe('joining what came in and what left', () => {
  it('tells lost, doubled and strange frames', () => {
    const joined = joinTraffic(numbered([1, 2, 3, 4, 5]), numbered([1, 3, 3, 9, 4], 5e6))
    expect(joined).toMatchObject({ lost: 2, duplicates: 1, strangers: 1, offeredTwice: 0 })
    expect([...joined.leftAt]).toEqual([0, -1, 1, 4, -1])
    expect([...delaysNs(joined)].map((one) => one / 1e6)).toEqual([5, 4, Number.NaN, Number.NaN, 6])
  })

  it('finds numbers however far apart', () => {
    const far = [5, 4_000_000_000, 70_000_000_000]
    expect([...joinTraffic(numbered(far), numbered([far[2] ?? 0, far[0] ?? 0])).leftAt]).toEqual([1, -1, 0])
  })

  it('of any losses: what is lost and what left is what came in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 5000 })), fc.func(fc.boolean()), (numbers, isLost) => {
        const leaving = numbers.filter((number) => !isLost(number))
        const joined = joinTraffic(numbered(numbers), numbered(leaving))
        expect(joined.lost + leaving.length).toBe(numbers.length)
        expect(joined.strangers + joined.duplicates).toBe(0)
      }),
      { seed },
    )
  })
})

describe('order', () => {
  const orderWhen = (left: readonly number[]) =>
    orderOf(joinTraffic(numbered([1, 1001, 2, 1002, 3, 1003]), numbered(left)))

  it('is kept by what is lost', () => {
    expect(orderWhen([1, 1002, 1003])).toEqual({ withinFlow: 0, betweenFlows: 0, first: null })
  })

  it('within a flow and between flows are told apart', () => {
    expect(orderWhen([1001, 1002, 1003, 1, 2, 3])).toEqual({ withinFlow: 0, betweenFlows: 3, first: null })
    expect(orderWhen([1, 1001, 3, 2, 1002, 1003])).toMatchObject({ withinFlow: 1, first: 3 })
  })
})

describe('the clock', () => {
  const even = trafficFrom(paced({ rateBitsPerSecond: 10e6, frameOctets: 1250, durationNs: 1e9 }))
  const from = (traffic: Traffic, at: number, stepNs: number): Traffic => ({
    ...traffic,
    timeNs: traffic.timeNs.map((one, index) => (index >= at ? one + stepNs : one)),
  })
  const sorted = (traffic: Traffic): Traffic => {
    const order = Array.from(traffic.timeNs, (_, at) => at).sort(
      (a, b) => (traffic.timeNs[a] ?? 0) - (traffic.timeNs[b] ?? 0),
    )
    const column = (values: Float64Array) => Float64Array.from(order, (at) => values[at] ?? 0)
    return { ...traffic, timeNs: column(traffic.timeNs), number: column(traffic.number) }
  }

  it('is trusted when it runs', () => {
    expect(clockTrouble(joinTraffic(even, from(even, 0, 1e5)))).toBeNull()
  })

  it('set back is found, in the order of capture and sorted by time', () => {
    const set = from(even, 500, -10e6)
    expect(clockTrouble(joinTraffic(set, set))).toContain('set back by 9 ms at')
    expect(clockTrouble(joinTraffic(sorted(set), sorted(set)))).toContain('the clock was set back')
  })

  it('of another machine is found, where frames seem to leave before they came', () => {
    expect(clockTrouble(joinTraffic(even, from(even, 0, -5e6)))).toContain(
      'the clocks of the two captures disagree',
    )
  })
})
