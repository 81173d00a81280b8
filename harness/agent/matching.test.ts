import { expect, test } from 'vitest'
import { Matching } from './matching.ts'
import { type Direction, FrameBlock, type Pattern } from './messages/index.ts'

const NOBODY: ReadonlySet<number> = new Set()

function pattern(
  number: number,
  direction: Direction | null,
  ...parts: [at: number, octets: number[]][]
): Pattern {
  return {
    port: 'red1',
    number,
    direction,
    parts: parts.map(([at, own]) => ({ at, octets: Uint8Array.from(own) })),
  }
}

function came(block: FrameBlock, octets: number[], outgoing = false): void {
  block.add(Uint8Array.from(octets), null, octets.length, 1, 2, outgoing)
}

test('each pattern is met by a frame with all its octets in their places, in its direction', () => {
  const block = new FrameBlock()
  const patterns = [
    pattern(1, 'in', [0, [1, 2]], [4, [5]]),
    pattern(2, 'out', [0, [1, 2]]),
    pattern(3, null, [1, [2, 3]]),
  ]
  const matching = new Matching(patterns, (port) => (port === 'red1' ? block.octets() : undefined))
  expect(matching.isOver(NOBODY)).toBe(false)
  came(block, [1, 2, 9, 9, 6])
  expect(matching.isOver(NOBODY)).toBe(false)
  expect(matching.missing.map(({ number }) => number)).toEqual([1, 2, 3])
  came(block, [1, 2, 3, 4, 5])
  expect(matching.isOver(NOBODY)).toBe(false)
  expect(matching.missing.map(({ number }) => number)).toEqual([2])
  came(block, [1, 2], true)
  expect(matching.isOver(NOBODY)).toBe(true)
})

test('a frame that ends within the octets does not match', () => {
  const block = new FrameBlock()
  came(block, [1, 2, 3])
  const matching = new Matching([pattern(1, 'in', [2, [3, 4]])], () => block.octets())
  expect(matching.isOver(NOBODY)).toBe(false)
})

test('what could not be sent is not waited for, and a port that is not captured shows nothing', () => {
  const matching = new Matching([pattern(1, 'in'), pattern(2, 'in')], () => undefined)
  expect(matching.isOver(new Set([1]))).toBe(false)
  expect(matching.isOver(new Set([1, 2]))).toBe(true)
  expect(matching.missing).toHaveLength(2)
})
