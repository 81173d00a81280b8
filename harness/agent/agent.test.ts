/** The agent's instruments on real kernels: TAP devices, capture rings, windows, programs. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSite } from '../lab/choose-site.ts'
import { runOnSite } from '../lab/run-on-site.ts'
import { connectSite, type Site } from '../lab/site.ts'
import type { SiteProcess } from '../lab/sites/process-site.ts'
import { encodeSignature } from '../wire/signature.ts'
import * as messages from './messages/index.ts'

const RUN = 7
const EXPERIMENTAL = [0x88, 0xb5]

/** A broadcast with a signature behind the EtherType; `tags` go between the addresses and it. */
function frame(number: number, sizeOctets = 60, tags: readonly number[] = []): Uint8Array {
  const octets = new Uint8Array(sizeOctets)
  octets.fill(0xff, 0, 6)
  octets.set([2, 0, 0, 0, 0, 1], 6)
  octets.set([...tags, ...EXPERIMENTAL], 12)
  octets.set(encodeSignature({ run: RUN, caseNumber: 1, number }), 14 + tags.length)
  return octets
}

describe.each(['host', 'uml'] as const)('on a %s site', (kind) => {
  let process: SiteProcess
  let site: Site
  let next = 0
  const number = (): number => ++next

  const capture = (port: string, nic: string, ring: messages.CaptureRequest['ring'] = null) =>
    site.ask(messages.openCaptures, [{ port, namespace: 'lab', interface: nic, ring }])
  const play = (...steps: messages.Step[]) => site.ask(messages.window, { run: RUN, steps })
  const framesAt = (result: messages.WindowResult, port: string) => {
    const record = result.ports.find((candidate) => candidate.port === port)
    return record === undefined ? [] : messages.decodeFrames(record.frames)
  }
  const own = (frames: readonly messages.PortFrame[]) =>
    frames.filter((each) => Buffer.from(each.octets).includes(Buffer.from('FPf1')))
  const arrival = (port: string, wanted: number, direction: messages.Direction | null = null) => {
    return { kind: 'await', arrivals: [{ port, number: wanted, direction }], deadlineMs: 2000 } as const
  }
  const sh = (script: string) => runOnSite(site, { program: 'sh', args: ['-euc', script] })

  beforeAll(async () => {
    process = await startSite(kind, 0)
    site = await connectSite(process)
    await sh('ip netns add lab')
    await site.ask(messages.openTaps, [
      { guest: 'a', namespace: 'lab', name: 'tap-a' },
      { guest: 'b', namespace: 'lab', name: 'tap-b' },
    ])
    const nics = 'link add br0 type bridge mcast_snooping 0\nlink set br0 addrgenmode none\nlink set br0 up'
    const taps = ['a', 'b']
      .map((g) => `link set tap-${g} addrgenmode none\nlink set tap-${g} master br0 up`)
      .join('\n')
    const built = await sh(`printf '${nics}\n${taps}\n' | ip -n lab -batch -`)
    expect(built.stderr).toBe('')
    await capture('lab:tap-a', 'tap-a')
    await capture('lab:tap-b', 'tap-b')
    await site.ask(messages.awaitRunning, 2000)
  }, 60_000)
  afterAll(() => process.kill())

  test('a frame is captured octet by octet at both ports, with direction and time', async () => {
    const sent = frame(number(), 1514)
    const result = await play({ kind: 'send', guest: 'a', frames: [sent] }, arrival('b', next))
    const [at, out] = [own(framesAt(result, 'lab:tap-a')), own(framesAt(result, 'lab:tap-b'))]
    expect(at.map((each) => [each.direction, each.originalLength])).toEqual([['in', 1514]])
    expect(out.map((each) => [each.direction, each.originalLength])).toEqual([['out', 1514]])
    expect(Buffer.compare(at[0]?.octets ?? new Uint8Array(), sent)).toBe(0)
    expect(Buffer.compare(out[0]?.octets ?? new Uint8Array(), sent)).toBe(0)
    const [begin, end] = [at[0]?.timestampNs ?? 0n, out[0]?.timestampNs ?? 0n]
    expect(Number(end - begin)).toBeGreaterThanOrEqual(0)
    expect(Number(end - begin)).toBeLessThan(1e9)
    expect(own(framesAt(result, 'b')).map((each) => each.direction)).toEqual(['in'])
  })

  test.each([
    ['802.1Q', [0x81, 0x00, 0x60, 0x0a]],
    ['VID 0', [0x81, 0x00, 0x00, 0x00]],
    ['802.1ad around 802.1Q', [0x88, 0xa8, 0x00, 0x14, 0x81, 0x00, 0x00, 0x0a]],
  ])('the tag that the kernel keeps apart is put back: %s', async (_name, tags) => {
    const sent = frame(number(), 80, tags)
    const result = await play({ kind: 'send', guest: 'a', frames: [sent] }, arrival('lab:tap-a', next))
    const [captured] = own(framesAt(result, 'lab:tap-a'))
    expect(Buffer.from(captured?.octets ?? []).toString('hex')).toBe(Buffer.from(sent).toString('hex'))
    expect(captured?.originalLength).toBe(80)
  })

  test('2,000 frames arrive in order, none missing, none twice, none lost by the capture', async () => {
    const frames = Array.from({ length: 2000 }, () => frame(number()))
    const result = await play({ kind: 'send', guest: 'a', frames }, arrival('b', next))
    const numbers = own(framesAt(result, 'lab:tap-b')).map((each) =>
      Buffer.from(each.octets).readUInt32BE(24),
    )
    expect(numbers).toEqual(Array.from({ length: 2000 }, (_, index) => next - 1999 + index))
    expect(result.ports.map((port) => port.drops)).toEqual(result.ports.map(() => 0))
  })

  test('a ring that is too small says how many frames it lost', async () => {
    await capture('small', 'tap-b', { blockSizeOctets: 4096, blockCount: 2 })
    const frames = Array.from({ length: 60 }, () => frame(number(), 1514))
    const result = await play({ kind: 'send', guest: 'a', frames }, arrival('b', next))
    const small = result.ports.find((port) => port.port === 'small')
    const kept = own(framesAt(result, 'small')).length
    expect(small?.drops).toBeGreaterThan(0)
    expect(kept + (small?.drops ?? 0)).toBe(60)
    expect(result.ports.find((port) => port.port === 'lab:tap-b')?.drops).toBe(0)
    await site.ask(messages.closeCaptures, ['small'])
    const after = await play(
      { kind: 'send', guest: 'a', frames: [frame(number())] },
      arrival('lab:tap-b', next),
    )
    expect(own(framesAt(after, 'lab:tap-b'))).toHaveLength(1)
  })

  test('what does not come is missing at the deadline, and not before', async () => {
    const result = await play({
      kind: 'await',
      arrivals: [{ port: 'b', number: 1e6, direction: null }],
      deadlineMs: 50,
    })
    const [step] = result.steps
    expect(step).toMatchObject({ kind: 'awaited', missing: [{ port: 'b', number: 1e6 }] })
    expect(step?.kind === 'awaited' ? step.waitedMs : 0).toBeGreaterThanOrEqual(50)
  })

  test('the harness’s own frame goes out of a port, and not through the bridge', async () => {
    const result = await play(
      { kind: 'put', port: 'lab:tap-b', frames: [frame(number())] },
      arrival('b', next),
    )
    expect(own(framesAt(result, 'lab:tap-b')).map((each) => each.direction)).toEqual(['out'])
    expect(own(framesAt(result, 'lab:tap-a'))).toEqual([])
  })

  test('signed frames that come between two windows are reported with the next', async () => {
    await play({ kind: 'settle', ms: 0 })
    const late = frame(number())
    const hex = [...late].map((octet) => `\\x${octet.toString(16).padStart(2, '0')}`).join('')
    const script = `import socket;s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW);s.bind(("tap-b",0));s.send(b"${hex.replaceAll('\\\\', '\\')}")`
    const sent = await runOnSite(site, { namespace: 'lab', program: 'python3', args: ['-c', script] })
    expect(sent.stderr).toBe('')
    const result = await play()
    expect(result.late.map(({ port }) => port)).toContain('lab:tap-b')
    expect(framesAt(result, 'lab:tap-b')).toEqual([])
  })

  test('so are those that were to be kept, signed or not', async () => {
    const parts = [{ at: 12, octets: Uint8Array.from([0x88, 0xb6]) }]
    await play({ kind: 'keep', frames: [parts] })
    const script = `import socket;s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW);s.bind(("tap-b",0))
for kind in b"\\xb6", b"\\xb7": s.send(b"\\xff" * 6 + b"\\x02" * 6 + b"\\x88" + kind + b"\\0" * 46)`
    const sent = await runOnSite(site, { namespace: 'lab', program: 'python3', args: ['-c', script] })
    expect(sent.stderr).toBe('')
    const { late } = await play()
    const there = late
      .filter(({ port }) => port === 'lab:tap-b')
      .flatMap(({ frames }) => messages.decodeFrames(frames))
    expect(there.map(({ octets }) => octets[13])).toEqual([0xb6])
  })

  test('a port that is down, and one that is gone, are told', async () => {
    await sh('ip -n lab link set tap-b down')
    const down = await play({ kind: 'send', guest: 'a', frames: [frame(number())] })
    expect(down.ports.find((port) => port.port === 'lab:tap-b')?.state).toMatchObject({
      exists: true,
      up: false,
    })
    await sh('ip -n lab link set tap-b up; ip -n lab link add gone type veth peer name gone-too')
    await capture('lab:gone', 'gone')
    await sh('ip -n lab link del gone')
    const gone = await play()
    expect(gone.ports.find((port) => port.port === 'lab:gone')?.state).toMatchObject({ exists: false })
    await site.ask(messages.closeCaptures, ['lab:gone'])
    await site.ask(messages.awaitRunning, 2000)
  })

  test('100 captures opened and closed leave no descriptor', async () => {
    const descriptors = async () =>
      (await sh('for fd in /proc/$PPID/fd/*; do echo "$fd"; done')).stdout.split('\n').length
    const before = await descriptors()
    for (let round = 0; round < 100; round += 1) {
      await capture('again', 'tap-a')
      await site.ask(messages.closeCaptures, ['again'])
    }
    // The pipes of a program that has just ended may still count: what matters is that the number comes back down.
    await expect.poll(descriptors, { timeout: 5000 }).toBeLessThanOrEqual(before)
  })

  test('a message of 256 KiB goes through, each way', async () => {
    const input = 'frameproof '.repeat(24_000)
    const { stdout } = await runOnSite(site, { program: 'cat', input })
    expect(stdout).toBe(input)
  }, 30_000)

  test('a program that hangs is ended with its children; a daemon may stay', async () => {
    const hung = await runOnSite(site, { program: 'sh', args: ['-c', 'sleep 61 & sleep 62'], timeoutMs: 200 })
    expect(hung).toMatchObject({ timedOut: true, signal: 'SIGKILL' })
    expect((await sh('ps ax | grep "[s]leep 6[12]" || :')).stdout).toBe('')
    const daemon = await sh('sleep 63 & echo started')
    expect(daemon).toMatchObject({ status: 0, stdout: 'started\n' })
    expect((await sh('kill $(ps ax | sed -n "s/^ *\\([0-9]*\\) .*[s]leep 63.*/\\1/p")')).status).toBe(0)
    expect(await runOnSite(site, { program: '/no/such/program' })).toMatchObject({
      notStarted: 'ENOENT',
      status: null,
    })
  })
})
