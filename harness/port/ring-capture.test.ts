/** What only the kernel's ring can tell: direction, time, losses. And what is its own: rings, queues, promiscuity. */
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeUnless } from '../testing/describe-unless.ts'
import { libc } from './libc.ts'
import { PacketSocket } from './packet-socket.ts'
import { DEFAULT_RING, PacketRing } from './ring.ts'
import { openRingCapture } from './ring-capture.ts'
import { Collector } from './testing/collector.ts'
import { leaveHost, makeCable, sh } from './testing/network.ts'
import { numberedFrame, numberOf } from './testing/numbered-frame.ts'

const CLOCK_REALTIME = 0
const SMALL_RING = { blockSizeOctets: 4096, blockCount: 2 }

const mayNot = leaveHost()

function clockNs(): bigint {
  const time = Buffer.alloc(16)
  libc().clock_gettime(CLOCK_REALTIME, time)
  return time.readBigInt64LE(0) * 1_000_000_000n + time.readBigInt64LE(8)
}

describeUnless(mayNot, 'a capture by the ring', { timeout: 30_000 }, () => {
  const right = { namespace: 'right', interfaceName: 'cable-r' }
  let left: PacketSocket
  beforeAll(() => {
    makeCable({ namespace: 'left', nic: 'cable-l' }, { namespace: 'right', nic: 'cable-r' })
    left = PacketSocket.open('left')
  })
  afterAll(() => left.close())

  test('tells the direction and the kernel’s time in nanoseconds', async () => {
    const seen = new Collector()
    const capture = await openRingCapture({ ...right, onFrame: seen.onFrame })
    const begin = clockNs()
    left.send('cable-l', numberedFrame(1))
    await capture.send([numberedFrame(2)])
    const end = clockNs()
    const frames = await seen.have(2)
    await capture.close()
    expect(frames.map(({ octets, direction }) => [numberOf(octets), direction])).toEqual([
      [1, 'in'],
      [2, 'out'],
    ])
    const [first, second] = frames.map(({ timestampNs }) => timestampNs ?? 0n)
    const times = [begin, first, second, end]
    expect(times).toEqual(times.toSorted())
    expect(new Set(times).size).toBe(4)
  })

  test('counts exactly what it had no room for', async () => {
    const seen = new Collector()
    const capture = await openRingCapture({ ...right, onFrame: seen.onFrame }, SMALL_RING)
    left.sendBatch(
      'cable-l',
      Array.from({ length: 200 }, (_, index) => numberedFrame(index)),
    )
    capture.drain()
    const { length } = seen.frames
    expect(capture.drops()).toBeGreaterThan(0)
    expect(length + capture.drops()).toBe(200)
    left.send('cable-l', numberedFrame(200))
    const last = (await seen.have(length + 1)).at(-1)
    expect(numberOf(last?.octets ?? Buffer.alloc(0))).toBe(200)
    expect(length + capture.drops()).toBe(200)
    await capture.close()
    expect(length + capture.drops()).toBe(200)
  })

  test('hands over at once what is there, if it is asked', async () => {
    const seen = new Collector()
    const capture = await openRingCapture({ ...right, onFrame: seen.onFrame })
    left.send('cable-l', numberedFrame(1))
    expect(capture.drain()).toBe(1)
    expect(seen.frames).toHaveLength(1)
    await capture.close()
    expect(capture.drain()).toBe(0)
  })

  test('sends on when a slow NIC can take more', async () => {
    sh('tc -n right qdisc add dev cable-r root tbf rate 400mbit burst 64kb limit 64mb')
    const seen = new Collector()
    const capture = await openRingCapture({ ...right, onFrame: seen.onFrame })
    const frames = Array.from({ length: 4000 }, (_, index) => numberedFrame(index, { sizeOctets: 1000 }))
    await Promise.all([capture.send(frames.slice(0, 2000)), capture.send(frames.slice(2000))])
    expect((await seen.have(4000)).map(({ octets }) => numberOf(octets))).toEqual(frames.map((_, n) => n))
    await capture.close()
    sh('tc -n right qdisc del dev cable-r root')
  })

  test('closed while it waits for a slow NIC, it says that it did not send all', async () => {
    sh('tc -n right qdisc add dev cable-r root tbf rate 1mbit burst 64kb limit 64mb')
    const capture = await openRingCapture({ ...right, onFrame: () => undefined })
    const sending = capture.send(Array.from({ length: 4000 }, () => numberedFrame(1, { sizeOctets: 1000 })))
    await setImmediate()
    await capture.close()
    await expect(sending).rejects.toThrow(/closed/)
    sh('tc -n right qdisc del dev cable-r root')
  })

  test('makes a NIC promiscuous only when it is asked to, and only while it is open', async () => {
    const promiscuity = () => /promiscuity (\d)/.exec(sh('ip -n right -d link show cable-r'))?.[1]
    const plain = await openRingCapture({ ...right, onFrame: () => undefined })
    expect(promiscuity()).toBe('0')
    const eager = await openRingCapture({ ...right, promiscuous: true, onFrame: () => undefined })
    expect(promiscuity()).toBe('1')
    await eager.close()
    expect(promiscuity()).toBe('0')
    await plain.close()
  })

  test('has a NIC take in a group’s frames only while it is open', async () => {
    const group = '01:80:c2:00:00:03'
    const groups = () => sh('ip -n right maddress show dev cable-r')
    const ring = PacketRing.open('cable-r', 'right', DEFAULT_RING, { group })
    expect(groups()).toContain(group)
    ring.close()
    expect(groups()).not.toContain(group)
  })

  test('a ring may be closed while it is drained, and asked afterwards', () => {
    const ring = PacketRing.open('cable-r', 'right')
    left.sendBatch('cable-l', [numberedFrame(1), numberedFrame(2)])
    expect(ring.drain(() => ring.close())).toBe(1)
    expect(ring.drain(() => undefined)).toBe(0)
    expect(ring.drops()).toBe(0)
  })
})
