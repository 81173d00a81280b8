/** What every capture backend promises, in the same words for all, on this machine's kernel. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeUnless } from '../testing/describe-unless.ts'
import { openCapCapture } from './cap-capture.ts'
import type { Capture, CaptureRequest, OpenCapture } from './capture-backend.ts'
import { turnOffloadsOff } from './offloads.ts'
import { PacketSocket, PartialSendError } from './packet-socket.ts'
import { openRingCapture } from './ring-capture.ts'
import { Collector } from './testing/collector.ts'
import { children, descriptors, type End, leaveHost, makeCable, sh } from './testing/network.ts'
import { numberedFrame, numberOf } from './testing/numbered-frame.ts'

const LEFT: End = { namespace: 'left', nic: 'cable-l' }
const RIGHT: End = { namespace: 'right', nic: 'cable-r' }
const VLAN_10 = [0x81, 0x00, 0x00, 0x0a]

const mayNot = leaveHost()

const backends: { name: string; open: OpenCapture }[] = [
  { name: 'ring', open: openRingCapture },
  { name: 'cap', open: openCapCapture },
]

function contract(open: OpenCapture): void {
  let left: PacketSocket
  const opened: Capture[] = []

  beforeAll(() => {
    makeCable(LEFT, RIGHT)
    for (const { namespace, nic } of [LEFT, RIGHT]) turnOffloadsOff(namespace, nic)
    left = PacketSocket.open(LEFT.namespace)
  })
  afterEach(async () => {
    for (const capture of opened.splice(0)) await capture.close()
  })
  afterAll(() => {
    left.close()
    sh(`ip -n ${LEFT.namespace} link del ${LEFT.nic}`)
  })

  async function capture(options: Partial<CaptureRequest> = {}) {
    const seen = new Collector()
    const at = { namespace: RIGHT.namespace, interfaceName: RIGHT.nic }
    const made = await open({ ...at, onFrame: seen.onFrame, ...options })
    opened.push(made)
    return { made, seen }
  }

  const send = (...frames: readonly Uint8Array[]): void => {
    expect(left.sendBatch(LEFT.nic, frames)).toBe(frames.length)
  }

  test('every size from 60 to 1514 octets, octet for octet, with its length', async () => {
    const frames = Array.from({ length: 1514 - 60 + 1 }, (_, index) =>
      numberedFrame(index, { sizeOctets: 60 + index }),
    )
    const { seen } = await capture()
    send(...frames)
    const got = await seen.have(frames.length)
    expect(seen.hex).toEqual(frames.map((frame) => Buffer.from(frame).toString('hex')))
    expect(got.map(({ originalLength }) => originalLength)).toEqual(frames.map(({ length }) => length))
  })

  test('10,000 frames in order, none missing, none twice', async () => {
    const { seen } = await capture()
    send(...Array.from({ length: 10_000 }, (_, index) => numberedFrame(index)))
    const got = await seen.have(10_000)
    expect(got.map(({ octets }) => numberOf(octets))).toEqual(Array.from({ length: 10_000 }, (_, n) => n))
  })

  test.each([
    ['802.1Q', VLAN_10],
    ['802.1Q with priority and DEI', [0x81, 0x00, 0xf0, 0x0a]],
    ['VID 0', [0x81, 0x00, 0x00, 0x00]],
    ['802.1ad around 802.1Q', [0x88, 0xa8, 0x00, 0x14, ...VLAN_10]],
  ])('a tag in its place: %s', async (_name, tags) => {
    const frame = numberedFrame(1, { tags, sizeOctets: 100 })
    const { seen } = await capture()
    send(frame)
    expect(await seen.have(1)).toMatchObject([{ octets: Buffer.from(frame), originalLength: 100 }])
  })

  test.each([
    ['untagged', []],
    ['tagged', VLAN_10],
  ])('a snap length keeps the first octets, and the original length: %s', async (_name, tags) => {
    const frame = numberedFrame(1, { tags, sizeOctets: 1514 })
    const { seen } = await capture({ snapLengthOctets: 96 })
    send(frame)
    expect(await seen.have(1)).toMatchObject([
      { octets: Buffer.from(frame.subarray(0, 96)), originalLength: 1514 },
    ])
  })

  test.each([
    ['ether[17] = 7', [7]],
    ['vlan 10', [10]],
    ['not vlan and ether[17] != 7', [8, 9]],
  ])('a filter takes what it names, and nothing else: %s', async (filter, wanted) => {
    const { seen } = await capture({ filter, snapLengthOctets: 64 })
    send(numberedFrame(7), numberedFrame(8), numberedFrame(9), numberedFrame(10, { tags: VLAN_10 }))
    const all = await capture()
    send(numberedFrame(7), numberedFrame(8), numberedFrame(9), numberedFrame(10, { tags: VLAN_10 }))
    await all.seen.have(4)
    const got = await seen.have(2 * wanted.length)
    expect(got.map(({ octets }) => numberOf(octets))).toEqual([...wanted, ...wanted])
  })

  test('what it sends is received at the other end, and seen by itself', async () => {
    const other = await capture({ namespace: LEFT.namespace, interfaceName: LEFT.nic })
    const { made, seen } = await capture()
    const frames = [numberedFrame(1), numberedFrame(2, { tags: VLAN_10, sizeOctets: 1518 })]
    await made.send(frames)
    await Promise.all([other.seen.have(2), seen.have(2)])
    const sent = frames.map((frame) => Buffer.from(frame).toString('hex'))
    expect(other.seen.hex).toEqual(sent)
    expect(seen.hex).toEqual(sent)
  })

  test('a frame over the MTU breaks the sending off, and the capture lives on', async () => {
    const { made, seen } = await capture()
    const frames = [numberedFrame(1), numberedFrame(2, { sizeOctets: 1600 }), numberedFrame(3)]
    const failure = await made.send(frames).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PartialSendError)
    expect(failure).toMatchObject({ code: 'EMSGSIZE', sent: 1 })
    await made.send([numberedFrame(4)])
    expect((await seen.have(2)).map(({ octets }) => numberOf(octets))).toEqual([1, 4])
  })

  test('closed, it hands over nothing more and sends nothing; twice is once', async () => {
    const { made, seen } = await capture()
    const { seen: witness } = await capture()
    send(numberedFrame(1))
    await Promise.all([seen.have(1), witness.have(1)])
    const closing = made.close()
    send(numberedFrame(2))
    await closing
    await made.close()
    send(numberedFrame(3))
    await witness.have(3)
    expect(seen.frames).toHaveLength(1)
    expect(await made.ended).toBeNull()
    await expect(made.send([numberedFrame(4)])).rejects.toThrow(/closed/)
  })

  test('closed while it hands over, it stops at that frame', async () => {
    let handed = 0
    const { made } = await capture({
      onFrame: () => {
        handed += 1
        void made.close()
      },
    })
    send(...Array.from({ length: 100 }, (_, index) => numberedFrame(index)))
    await made.ended
    await made.close()
    expect(handed).toBe(1)
  })

  test.each([
    ['goes down', 'ip -n right link set brief-r down'],
    ['is removed', 'ip -n right link del brief-r'],
  ])('it ends with a reason when the NIC %s, and this process lives', async (_name, script) => {
    makeCable({ ...LEFT, nic: 'brief-l' }, { ...RIGHT, nic: 'brief-r' })
    const { made, seen } = await capture({ interfaceName: 'brief-r' })
    const sender = PacketSocket.open(LEFT.namespace)
    sender.send('brief-l', numberedFrame(1))
    sender.close()
    await seen.have(1)
    sh(script)
    expect(await made.ended).toMatch(/right:brief-r went down or was removed/)
    await made.close()
    sh(`ip -n ${LEFT.namespace} link del brief-l 2>/dev/null || :`)
  })

  test.each([
    ['a bad filter', { filter: 'no such words' }, /^capture filter 'no such words': .*syntax error/],
    ['no such NIC', { interfaceName: 'absent' }, /absent/],
    ['no such namespace', { namespace: 'nowhere' }, /nowhere/],
    ['a NIC that is down', { namespace: 'right', interfaceName: 'lo' }, /lo.* not up|lo is down/],
  ])('%s is refused in one line, and leaves nothing', async (_name, options, message) => {
    const before = { descriptors: descriptors(), children: children() }
    const failure = await capture(options).catch((error: Error) => error.message)
    expect(failure).toMatch(message)
    expect(failure).not.toContain('\n')
    expect({ descriptors: descriptors(), children: children() }).toEqual(before)
  })

  test('100 of them opened and closed leave no descriptor and no process', async () => {
    const before = { descriptors: descriptors(), children: children() }
    for (let round = 0; round < 10; round += 1) {
      const ten = await Promise.all(Array.from({ length: 10 }, () => capture()))
      await Promise.all(ten.map(({ made }) => made.close()))
    }
    opened.splice(0)
    expect({ descriptors: descriptors(), children: children() }).toEqual(before)
  }, 300_000)
}

for (const { name, open } of backends)
  describeUnless(mayNot, `a capture by ${name}`, { timeout: 30_000 }, () => contract(open))
