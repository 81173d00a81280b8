/** What an agent does in windows that last: streams, talks, network stacks, devices that come and go. On real kernels. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSite } from '../lab/choose-site.ts'
import { runOnSite } from '../lab/run-on-site.ts'
import { connectSite, type Site } from '../lab/site.ts'
import type { SiteProcess } from '../lab/sites/process-site.ts'
import { encodeSignature, findSignature } from '../wire/signature.ts'
import * as messages from './messages/index.ts'

const RUN = 8

function template(firstNumber: number): Uint8Array {
  const octets = new Uint8Array(60)
  octets.fill(0xff, 0, 6)
  octets.set([2, 0, 0, 0, 0, 1, 0x88, 0xb5], 6)
  octets.set(encodeSignature({ run: RUN, caseNumber: 1, number: firstNumber }), 14)
  return octets
}

describe.each(['host', 'uml'] as const)('on a %s site', (kind) => {
  let process: SiteProcess
  let site: Site

  const sh = (script: string) => runOnSite(site, { program: 'sh', args: ['-euc', script] })
  const play = (...steps: messages.Step[]) => site.ask(messages.window, { run: RUN, steps })
  const numbersAt = ({ ports }: messages.WindowResult, port: string, direction: messages.Direction) => {
    const frames = ports
      .filter((one) => one.port === port)
      .flatMap((one) => messages.decodeFrames(one.frames))
    return frames
      .filter((frame) => frame.direction === direction)
      .flatMap((frame) => findSignature(frame.octets)?.number ?? [])
  }
  const counting = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at)
  const stream = (firstNumber: number, count: number, to = 'b') => {
    const series = { template: template(firstNumber), firstNumber, count }
    return { kind: 'stream', guest: 'a', series, to, kept: null, outstanding: 500, deadlineMs: 300 } as const
  }
  const talk = (firstNumber: number): messages.TalkRequest => ({
    ...{ run: RUN, steps: [], a: 'a', b: 'b', paceMs: 1, lostAfterMs: 200 },
    fromA: { template: template(firstNumber), firstNumber, count: 10_000 },
    fromB: { template: template(firstNumber + 10_000), firstNumber: firstNumber + 10_000, count: 10_000 },
  })
  const attach = (guest: string) =>
    sh(`ip -n lab link set tap-${guest} addrgenmode none; ip -n lab link set tap-${guest} master br0 up`)

  beforeAll(async () => {
    process = await startSite(kind, 0)
    site = await connectSite(process)
    await sh('ip netns add lab; ip -n lab link add br0 type bridge mcast_snooping 0')
    await sh('ip -n lab link set br0 addrgenmode none; ip -n lab link set br0 up')
    const taps = ['a', 'b', 'c'].map((guest) => ({ guest, namespace: 'lab', name: `tap-${guest}` }))
    await site.ask(messages.openTaps, taps)
    for (const { guest } of taps) await attach(guest)
    const nics = taps.map(({ name }) => ({ port: name, namespace: 'lab', interface: name, ring: null }))
    await site.ask(messages.openCaptures, nics)
    await site.ask(messages.awaitRunning, 2000)
  }, 60_000)
  afterAll(() => process.kill())

  test('a stream arrives in order, each number once', async () => {
    const result = await play(stream(1, 3000))
    expect(result.steps[0]).toMatchObject({ kind: 'sent', framesSent: 3000, error: null })
    expect(numbersAt(result, 'b', 'in')).toEqual(counting(1, 3000))
  })

  test('while a stream lasts only the ports that are asked for are captured, and all again behind it', async () => {
    const kept = ['a', 'b', 'tap-b']
    const behind = { kind: 'send', guest: 'a', frames: [template(5001)] } as const
    const arrivals = [{ port: 'c', number: 5001, direction: 'in' }] as const
    const result = await play({ ...stream(4001, 1000), kept }, behind, {
      ...{ kind: 'await', arrivals, deadlineMs: 2000 },
    })
    expect(result.steps[2]).toMatchObject({ missing: [] })
    for (const [port, way] of [
      ['a', 'out'],
      ['b', 'in'],
      ['tap-b', 'out'],
    ] as const)
      expect(numbersAt(result, port, way)).toEqual(counting(4001, 1000).concat(5001))
    for (const [port, way] of [
      ['c', 'in'],
      ['tap-c', 'out'],
    ] as const) {
      const numbers = numbersAt(result, port, way)
      expect(numbers).toContain(5001)
      expect(numbers.length).toBeLessThan(500) // what was on its way when the stream was over
    }
  })

  test('a stream that does not arrive breaks off, and says how much was sent', async () => {
    const result = await play(stream(10_001, 3000, 'nobody'))
    expect(result.steps[0]).toMatchObject({ kind: 'sent', framesSent: 500 })
  })

  test('two talk while a third one’s device is closed and opened, and its NIC comes and goes', async () => {
    await site.ask(messages.beginTalk, talk(20_001))
    for (let round = 0; round < 3; round += 1) {
      await site.ask(messages.closeCaptures, ['tap-c'])
      await site.ask(messages.closeTaps, ['c'])
      expect((await site.ask(messages.links, 'lab')).map(({ name }) => name)).not.toContain('tap-c')
      await site.ask(messages.openTaps, [{ guest: 'c', namespace: 'lab', name: 'tap-c' }])
      await attach('c')
      await site.ask(messages.openCaptures, [
        { port: 'tap-c', namespace: 'lab', interface: 'tap-c', ring: null },
      ])
    }
    const { talk: said, window } = await site.ask(messages.endTalk, undefined)
    expect(said.sentByA).toBeGreaterThan(3)
    expect(said.sentByA - said.sentByB).toBeLessThanOrEqual(1)
    expect(numbersAt(window, 'b', 'in')).toEqual(counting(20_001, said.sentByA))
    expect(numbersAt(window, 'a', 'in')).toEqual(counting(30_001, said.sentByB))
    expect(window.ports.filter(({ port }) => port === 'tap-c')).toHaveLength(1)
  })

  test('a frame of a talk that is lost is missed, and the talk goes on', async () => {
    await site.ask(messages.beginTalk, talk(40_001))
    await sh('ip -n lab link set tap-b nomaster')
    await sh('sleep 0.3')
    await sh('ip -n lab link set tap-b master br0')
    await site.ask(messages.awaitRunning, 2000)
    await sh('sleep 0.3')
    const { talk: said, window } = await site.ask(messages.endTalk, undefined)
    const heard = numbersAt(window, 'b', 'in')
    expect(heard.length).toBeLessThan(said.sentByA)
    expect(Math.max(...heard)).toBeGreaterThan(40_001 + heard.length - 1)
  })

  test('a VM that is powered off leaves its NIC, without carrier, until it comes back and is closed', async () => {
    const tapOf = async () => (await site.ask(messages.links, 'lab')).find(({ name }) => name === 'tap-c')
    await site.ask(messages.powerOff, ['c'])
    await site.ask(messages.awaitStopped, { ports: ['tap-c'], deadlineMs: 5000 })
    expect(await tapOf()).toEqual({ name: 'tap-c', up: true, carrier: false })
    await site.ask(messages.openTaps, [{ guest: 'c', namespace: 'lab', name: 'tap-c' }])
    await site.ask(messages.awaitRunning, 2000)
    expect(await tapOf()).toEqual({ name: 'tap-c', up: true, carrier: true })
    await site.ask(messages.closeCaptures, ['tap-c'])
    await site.ask(messages.closeTaps, ['c'])
    expect(await tapOf()).toBeUndefined()
  })

  test('a frame is put on a NIC that was made anew under its old name', async () => {
    const put = () => play({ kind: 'put', port: 'lab:anew', frames: [template(45_000)] })
    for (let round = 0; round < 2; round += 1) {
      await sh(
        'ip -n lab link add anew type veth peer name other; ip -n lab link set anew up; ip -n lab link set other up',
      )
      await site.ask(messages.openCaptures, [
        { port: 'lab:anew', namespace: 'lab', interface: 'anew', ring: null },
      ])
      const { steps } = await put()
      expect(steps[0]).toMatchObject({ kind: 'sent', error: null, framesSent: 1 })
      await sh('ip -n lab link del anew')
    }
    expect((await put()).steps[0]).toMatchObject({ kind: 'sent', error: expect.stringContaining('ENODEV') })
    await site.ask(messages.closeCaptures, ['lab:anew'])
  })

  describe('with network stacks', () => {
    const ends = {
      client: { namespace: 'stack-a', address: '192.0.2.1' },
      server: { namespace: 'stack-b', address: '192.0.2.2' },
    }

    beforeAll(async () => {
      for (const [guest, address] of [
        ['a', '192.0.2.1/24'],
        ['b', '192.0.2.2/24'],
      ]) {
        const namespace = `stack-${guest}`
        await sh(`ip netns add ${namespace}`)
        await site.ask(messages.openStack, { guest: guest ?? '', namespace, name: 'eth0' })
        await sh(
          `ip -n ${namespace} link set eth0 addrgenmode none; ip -n ${namespace} address add ${address} dev eth0`,
        )
        await sh(`ip -n ${namespace} link set eth0 up`)
      }
    })

    test('a TCP transfer arrives whole, and every segment is captured', async () => {
      const result = await play({ kind: 'transfer', ...ends, sizeOctets: 200_000, deadlineMs: 5000 })
      expect(result.steps[0]).toEqual({
        kind: 'transferred',
        received: 200_000,
        intact: true,
        ended: true,
        error: null,
      })
      const frames = result.ports
        .filter(({ port }) => port === 'b')
        .flatMap((one) => messages.decodeFrames(one.frames))
      const octets = frames
        .filter(({ direction }) => direction === 'in')
        .reduce((sum, frame) => sum + frame.originalLength, 0)
      expect(octets).toBeGreaterThan(200_000)
    })

    test('a transfer over a cut cable does not arrive, and says how far it came', async () => {
      await sh('ip -n lab link set tap-b nomaster')
      const result = await play({ kind: 'transfer', ...ends, sizeOctets: 200_000, deadlineMs: 300 })
      expect(result.steps[0]).toMatchObject({ kind: 'transferred', received: 0, intact: true, ended: false })
      await sh('ip -n lab link set tap-b master br0')
      await site.ask(messages.awaitRunning, 2000)
    })

    test('a stock program runs on a guest’s stack', async () => {
      const server =
        'import socket;s=socket.create_server(("192.0.2.2",7));c,_=s.accept();c.sendall(c.recv(99));c.close()'
      const client =
        'import socket,time\nfor i in range(500):\n  try: s=socket.create_connection(("192.0.2.2",7),5);break\n  except ConnectionRefusedError: time.sleep(0.01)\ns.sendall(b"hello");print(s.recv(99).decode())'
      const [, said] = await Promise.all([
        runOnSite(site, { namespace: 'stack-b', program: 'python3', args: ['-c', server] }),
        runOnSite(site, { namespace: 'stack-a', program: 'python3', args: ['-c', client] }),
      ])
      expect(said).toMatchObject({ status: 0, stdout: 'hello\n' })
    })

    test('a stack that is closed leaves the guest as it was', async () => {
      for (const guest of ['a', 'b']) await site.ask(messages.closeStack, guest)
      const result = await play(stream(50_001, 10))
      expect(numbersAt(result, 'b', 'in')).toEqual(counting(50_001, 10))
    })
  })
})
