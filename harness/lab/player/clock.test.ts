/** What readings say of a clock: with lines that are slow, clocks that drift, and one that is stepped. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DRIFT_PPM,
  driftedTo,
  OffsetEstimate,
  offsetOf,
  type Reading,
  stepBetween,
  toController,
} from './clock.ts'

const MS = 1_000_000n
const S = 1000n * MS

/** A reading of a clock that is so far ahead, asked at this time, with so long a way there and back. */
function reading(ahead: bigint, askedNs: bigint, there = MS, back = MS): Reading {
  return { askedNs, readNs: askedNs + there + ahead, answeredNs: askedNs + there + back }
}

test('an offset is the middle of what it can be', () => {
  expect(offsetOf(reading(5n * S, 100n * S))).toEqual({
    offsetNs: 5n * S,
    uncertaintyNs: MS,
    atNs: 100n * S + MS,
  })
})

test('whatever the line is like, the true offset is within the uncertainty', () => {
  const ns = fc.bigInt({ min: 0n, max: 2n * S })
  const ahead = fc.bigInt({ min: -1000n * S, max: 1000n * S })
  fc.assert(
    fc.property(ahead, ns, ns, ns, (wanted, asked, there, back) => {
      const { offsetNs, uncertaintyNs } = offsetOf(reading(wanted, 2000n * S + asked, there, back))
      const off = offsetNs - wanted
      return (off < 0n ? -off : off) <= uncertaintyNs + 1n
    }),
  )
})

test('an offset that is not asked for again gets less sure, as clocks drift', () => {
  const offset = offsetOf(reading(0n, 0n))
  const later = driftedTo(offset, offset.atNs + 100n * S)
  expect(later.uncertaintyNs).toBe(MS + (100n * S * DRIFT_PPM) / 1_000_000n)
  expect(later.offsetNs).toBe(offset.offsetNs)
})

describe('an estimate', () => {
  test('keeps the surest reading, until a fresh one is surer than it has become', () => {
    const estimate = new OffsetEstimate()
    expect(estimate.at(0n)).toBeNull()
    expect(estimate.add(reading(S, 0n, MS, MS))).toBeNull()
    expect(estimate.add(reading(S, 100n * MS, 20n * MS, 0n))).toBeNull() // a slow line: off by 10 ms
    expect(estimate.at(100n * MS)?.offsetNs).toBe(S)
    expect(estimate.add(reading(S + 200_000n, 100n * S, 2n * MS, 2n * MS))).toBeNull()
    expect(estimate.at(100n * S)?.offsetNs).toBe(S + 200_000n)
  })

  test('a clock that drifts as clocks do was not stepped', () => {
    const estimate = new OffsetEstimate()
    for (let second = 0n; second < 1000n; second += 10n) {
      const drifted = (second * S * 80n) / 1_000_000n
      expect(estimate.add(reading(drifted, second * S))).toBeNull()
    }
  })

  test.each([
    ['forward', 10n * S],
    ['back', -10n * S],
    ['by little more than the line hides', 3n * MS],
  ])('a clock that is stepped %s is noticed, and the estimate follows it', (_way, by) => {
    const estimate = new OffsetEstimate()
    estimate.add(reading(S, 0n))
    expect(estimate.add(reading(S + by, 200n * MS))).toBe(by)
    expect(estimate.at(S)?.offsetNs).toBe(S + by)
    expect(estimate.add(reading(S + by, 300n * MS))).toBeNull()
  })

  test('a step that the line may hide is not claimed', () => {
    const before = offsetOf(reading(0n, 0n, 50n * MS, 50n * MS))
    const after = offsetOf(reading(60n * MS, S, 20n * MS, 20n * MS))
    expect(stepBetween(before, after)).toBeNull()
  })
})

describe('a frame’s time on the controller’s clock', () => {
  const clock = { site: 'hv1', offsetNs: 5n * S, uncertaintyNs: MS, steppedNs: null }
  const span = { beginNs: 1000n * S, endNs: 1002n * S }

  test('is the site’s less what that is ahead', () => {
    expect(toController(clock, span)(1006n * S)).toBe(1001n * S)
  })

  test.each([10n * S, -10n * S])('lies in the window before and after a step of %s ns', (steppedNs) => {
    const timeOf = toController({ ...clock, steppedNs }, span)
    expect(timeOf(1005n * S + 500n * MS)).toBe(1000n * S + 500n * MS)
    expect(timeOf(1006n * S + 500n * MS + steppedNs)).toBe(1001n * S + 500n * MS)
  })
})
