/** Beats come between messages, never inside one. */
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connect, framed, heartbeat, octetsTaken } from '../../agent/messages/index.ts'
import { HeartbeatLine } from './heartbeat-line.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

const message = Buffer.from(framed({ jsonrpc: '2.0', method: octetsTaken.method, params: [7] } as never))

function listen(line: HeartbeatLine) {
  const seen: string[] = []
  const far = connect(line.pipe(new PassThrough()), new PassThrough())
  far.onNotification(heartbeat, () => void seen.push('beat'))
  far.onNotification(octetsTaken, (total) => void seen.push(`message ${total}`))
  far.listen()
  return seen
}

test.each([...message.keys()])('a message cut after %i octets stays whole', async (at) => {
  const line = new HeartbeatLine()
  const seen = listen(line)
  line.write(message.subarray(0, at))
  vi.advanceTimersByTime(2000)
  line.write(Buffer.concat([message.subarray(at), message]))
  vi.advanceTimersByTime(2000)
  const wanted = [...(at === 0 ? ['beat'] : []), 'message 7', 'message 7', 'beat']
  await vi.waitFor(() => expect(seen).toEqual(wanted))
})

test('there are no beats after the end', async () => {
  const line = new HeartbeatLine()
  const seen = listen(line)
  line.end()
  vi.advanceTimersByTime(10_000)
  await new Promise((resolve) => setImmediate(resolve))
  expect(seen).toEqual([])
})
