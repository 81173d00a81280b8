import { expect, test } from 'vitest'
import { inOrder } from './frame-order.ts'

test('by time over all ports, and those of one time as they came', () => {
  const frames = [at('a', 1n), at('a', 5n), at('b', 2n), at('b', 5n)]
  expect(inOrder(frames).map(({ port, timestampNs }) => `${port}${timestampNs}`)).toEqual([
    'a1',
    'b2',
    'a5',
    'b5',
  ])
})

test('a clock that was stepped back does not reorder the frames of its port', () => {
  const frames = [at('a', 100n, 1), at('a', 3n, 2), at('a', 4n, 3), at('b', 50n), at('b', 101n)]
  const ordered = inOrder(frames)
  expect(ordered.filter(({ port }) => port === 'a').map(({ number }) => number)).toEqual([1, 2, 3])
  expect(ordered.map(({ port }) => port)).toEqual(['b', 'a', 'a', 'a', 'b'])
})

function at(port: string, timestampNs: bigint, number = 0) {
  return { port, timestampNs, number }
}
