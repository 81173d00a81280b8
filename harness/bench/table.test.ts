import { describe, expect, it } from 'vitest'
import {
  atLeast,
  atMost,
  comparison,
  isMet,
  jsonOf,
  lackingRow,
  markdownOf,
  type Report,
  row,
  shown,
  spreadOf,
} from './table.ts'

describe('a spread', () => {
  it('has the middle of an odd number of figures, and between the two of an even one', () => {
    expect(spreadOf([9, 1, 5])).toEqual({ minimum: 1, median: 5, maximum: 9, count: 3 })
    expect(spreadOf([4, 1, 2, 9])).toEqual({ minimum: 1, median: 3, maximum: 9, count: 4 })
  })

  it('of nothing is refused', () => {
    expect(() => spreadOf([])).toThrow('nothing was measured')
  })
})

it('a comparison says how many times as fast ours is, round by round, for rates and for times', () => {
  const figures = [
    [10, 20],
    [5, 40],
  ] as const
  expect(comparison('it', 'frames/s', ...figures).timesAsFast).toMatchObject({ minimum: 0.5, maximum: 2 })
  expect(comparison('it', 'ms', ...figures).timesAsFast).toMatchObject({ minimum: 0.5, maximum: 2 })
})

it('a target is for the median', () => {
  expect(isMet(row('rate', 'frames/s', [1, 10, 11], { target: atLeast(10) }))).toBe(true)
  expect(isMet(row('time', 'ms', [1, 10, 11], { target: atMost(9) }))).toBe(false)
  expect(isMet(row('time', 'ms', [1]))).toBeNull()
  expect(isMet(lackingRow('time', 'ms', 'no kernel for it', atMost(9)))).toBeNull()
})

it.each([
  [1_234_567, '1,230,000'],
  [999.6, '1000'],
  [12.345, '12.3'],
  [0.98765, '0.988'],
])('%s is shown as %s', (value, text) => {
  expect(shown(value)).toBe(text)
})

it('rows become a Markdown table and JSON', () => {
  const compared = comparison('another | tool', 'ms', [1, 2, 4], [10, 20, 40])
  const report: Report = {
    startedAt: '2026-01-01T00:00:00Z',
    machine: 'a machine',
    rows: [
      row('a proof', 'ms', [1, 2, 4], { target: atMost(3), compared, note: 'all of it' }),
      lackingRow('another', 's', 'it is not installed'),
    ],
  }
  expect(markdownOf(report).split('\n').slice(-4, -1)).toEqual([
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    '| a proof | 2 ms | 1 to 4 (3) | another \\| tool | 20 ms | 10 | at most 3: met | all of it |',
    '| another | not measured |  |  |  |  |  | it is not installed |',
  ])
  expect(JSON.parse(jsonOf(report)).rows).toMatchObject([{ met: true }, { met: null, figure: null }])
})
