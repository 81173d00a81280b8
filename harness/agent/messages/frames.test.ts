/** Times travel as whole nanoseconds since 1970: a number of JavaScript holds no more than every 256th of them. */
import { expect, test } from 'vitest'
import { decodeFrames, FrameBlock, retimed } from './frames.ts'

const SECONDS = 1_795_630_613
const NANOSECONDS = [0, 1, 255, 256, 257, 671_679_303, 999_999_999]

function blockOf(nanoseconds: readonly number[]): Uint8Array {
  const block = new FrameBlock()
  for (const ns of nanoseconds) block.add(new Uint8Array(60), null, 60, SECONDS, ns, false)
  return block.octets()
}

const timesIn = (block: Uint8Array): readonly bigint[] =>
  decodeFrames(block).map(({ timestampNs }) => timestampNs)

test('no nanosecond is lost on the way from the agent, nor where another clock tells the time', () => {
  const times = NANOSECONDS.map((ns) => BigInt(SECONDS) * 1_000_000_000n + BigInt(ns))
  const block = blockOf(NANOSECONDS)
  expect(timesIn(block)).toEqual(times)
  const moved = retimed(block, (timeNs) => timeNs - 1_234_567_891n)
  expect(timesIn(moved)).toEqual(times.map((timeNs) => timeNs - 1_234_567_891n))
})
