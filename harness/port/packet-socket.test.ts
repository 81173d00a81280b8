/** Sending many frames in one call, held against what the other end of the cable sees. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeUnless } from '../testing/describe-unless.ts'
import { FrameBatch } from './frame-batch.ts'
import { PacketSocket } from './packet-socket.ts'
import { LOAD_RING, PacketRing } from './ring.ts'
import { collectGarbage } from './testing/garbage.ts'
import { leaveHost, makeCable, sh } from './testing/network.ts'
import { numberedFrame } from './testing/numbered-frame.ts'

const mayNot = leaveHost()

describeUnless(mayNot, 'sending a batch', {}, () => {
  let socket: PacketSocket
  let ring: PacketRing
  beforeAll(() => {
    makeCable({ namespace: 'left', nic: 'cable-l' }, { namespace: 'right', nic: 'cable-r' })
    socket = PacketSocket.open('left')
    ring = PacketRing.open('cable-r', 'right', LOAD_RING)
  })
  beforeEach(() => void received())
  afterAll(() => {
    ring.close()
    socket.close()
  })

  function received(): readonly string[] {
    const frames: string[] = []
    ring.drain((octets) => frames.push(Buffer.from(octets).toString('hex')))
    return frames
  }

  const hex = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame).toString('hex'))

  test('of any frames, more than one system call takes, in order and octet for octet', () => {
    const frames = Array.from({ length: 3000 }, (_, index) =>
      numberedFrame(index, { sizeOctets: 60 + (index % 1455) }),
    )
    expect(socket.sendBatch('cable-l', frames)).toBe(3000)
    expect(received()).toEqual(hex(frames))
    expect(socket.sendBatch('cable-l', [])).toBe(0)
    expect(socket.sendBatch('cable-l', frames.slice(0, 2))).toBe(2)
    expect(received()).toEqual(hex(frames.slice(0, 2)))
  })

  test('of copies of a template, patched in place, again and again', () => {
    const batch = FrameBatch.copiesOf(numberedFrame(0), 2500)
    for (const round of [1, 2]) {
      for (let index = 0; index < batch.length; index += 1) batch.frame(index)[20] = round
      collectGarbage()
      expect(socket.sendBatch('cable-l', batch)).toBe(2500)
      const expected = Uint8Array.from(numberedFrame(0))
      expected[20] = round
      expect(received()).toEqual(Array.from({ length: 2500 }, () => hex([expected])[0]))
    }
  })

  test('of the caller’s own octets, at its offsets', () => {
    const frames = [numberedFrame(1), numberedFrame(2, { sizeOctets: 100 })]
    const batch = new FrameBatch(Buffer.concat(frames), [0, 60, 160])
    expect(socket.sendBatch('cable-l', batch)).toBe(2)
    expect(received()).toEqual(hex(frames))
  })

  test.each([
    ['past the end', [0, 60, 161]],
    ['backwards', [60, 0]],
    ['not whole', [0, 59.5]],
    ['none', []],
  ])('offsets that are %s are refused: the kernel would read what lies there', (_name, offsets) => {
    expect(() => new FrameBatch(new Uint8Array(160), offsets)).toThrow(RangeError)
  })

  test('that breaks off names the errno and how many were sent', () => {
    const frames = Array.from({ length: 2000 }, (_, index) =>
      numberedFrame(index, { sizeOctets: index === 1500 ? 1600 : 60 }),
    )
    expect(() => socket.sendBatch('cable-l', frames)).toThrow(
      expect.objectContaining({
        code: 'EMSGSIZE',
        sent: 1500,
        message: 'sendmmsg: EMSGSIZE (cable-l, after 1500 of 2000 frames)',
      }),
    )
    expect(received()).toHaveLength(1500)
  })

  test('to a NIC that is not there, is down, or was made anew', () => {
    const frames = [numberedFrame(1)]
    expect(() => socket.sendBatch('absent', frames)).toThrow(expect.objectContaining({ code: 'ENODEV' }))
    makeCable({ namespace: 'left', nic: 'brief' }, { namespace: 'right', nic: 'brief' })
    expect(socket.sendBatch('brief', frames)).toBe(1)
    sh('ip -n left link set brief down')
    expect(() => socket.sendBatch('brief', frames)).toThrow(
      expect.objectContaining({ code: 'ENETDOWN', sent: 0 }),
    )
    sh('ip -n left link del brief')
    makeCable({ namespace: 'left', nic: 'brief' }, { namespace: 'right', nic: 'brief' })
    expect(socket.sendBatch('brief', frames)).toBe(1) // its index was asked for again after the failure
  })

  test('to a NIC that sends more slowly returns how many it took', () => {
    makeCable({ namespace: 'left', nic: 'slow' }, { namespace: 'right', nic: 'slow' })
    sh('tc -n left qdisc add dev slow root tbf rate 1mbit burst 10kb limit 64mb')
    const frames = Array.from({ length: 5000 }, (_, index) => numberedFrame(index, { sizeOctets: 1000 }))
    const sent = socket.sendBatch('slow', frames)
    expect(sent).toBeGreaterThan(10)
    expect(sent).toBeLessThan(5000)
    expect(socket.sendBatch('slow', FrameBatch.copiesOf(numberedFrame(1), 5000))).toBeLessThan(5000)
  })
})
