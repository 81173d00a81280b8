/** Windows, talks, streams and transfers over two sites, on a real kernel. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as messages from '../../agent/messages/index.ts'
import { encodeSignature, findSignature } from '../../wire/signature.ts'
import { type LabStep, type LabWindow, WindowPlayer } from '../player.ts'
import { controllerNs } from './clock.ts'
import { type TwoSites, twoSites } from './testing/two-sites.ts'

const RUN = 9

/** A broadcast with a signature behind the EtherType. */
function frame(number: number): Uint8Array {
  const octets = new Uint8Array(60)
  octets.fill(0xff, 0, 6)
  octets.set([2, 0, 0, 0, 0, 1, 0x88, 0xb5], 6)
  octets.set(encodeSignature({ run: RUN, caseNumber: 1, number }), 14)
  return octets
}

function framesAt({ ports }: LabWindow, port: string, direction: messages.Direction) {
  return ports
    .filter((one) => one.port === port)
    .flatMap((one) => messages.decodeFrames(one.frames))
    .filter((one) => one.direction === direction)
    .flatMap((one) => {
      const number = findSignature(one.octets)?.number
      return number === undefined ? [] : [{ number, timestampNs: one.timestampNs }]
    })
}

const numbersAt = (window: LabWindow, port: string, direction: messages.Direction) =>
  framesAt(window, port, direction).map(({ number }) => number)
const counting = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at)
const send = (guest: string, ...numbers: number[]): LabStep => ({
  kind: 'send',
  guest,
  frames: numbers.map(frame),
})
const put = (port: string, number: number): LabStep => ({ kind: 'put', port, frames: [frame(number)] })
const at = (port: string, number: number): messages.Arrival => ({ port, number, direction: null })
const awaits = (arrivals: readonly messages.Arrival[], deadlineMs = 2000): LabStep => ({
  kind: 'await',
  arrivals,
  deadlineMs,
})
const stream = (firstNumber: number, count: number, to = 'b'): LabStep => {
  const series = { template: frame(firstNumber), firstNumber, count }
  return { kind: 'stream', guest: 'a', series, to, kept: null, outstanding: 500, deadlineMs: 300 }
}
const talk = (firstNumber: number): messages.TalkRequest => ({
  ...{ run: RUN, steps: [], a: 'a', b: 'b', paceMs: 1, lostAfterMs: 100 },
  fromA: { template: frame(firstNumber), firstNumber, count: 10_000 },
  fromB: { template: frame(firstNumber + 10_000), firstNumber: firstNumber + 10_000, count: 10_000 },
})

describe('over two sites', () => {
  let sites: TwoSites
  let player: WindowPlayer

  beforeAll(async () => {
    sites = await twoSites()
    player = sites.player()
  }, 60_000)
  afterAll(() => sites.end())

  test('a frame that is sent at one is awaited at the other, and seen on its way', async () => {
    const beganNs = controllerNs()
    const window = await player.play(RUN, [
      put('hv1:tap-a', 1),
      put('hv2:tap-b', 2),
      awaits([at('a', 1), at('b', 2)]),
      send('a', 3),
      awaits([at('b', 3), at('hv1:eth0', 3), at('hv2:eth0', 3)]),
      send('b', 4),
      awaits([at('a', 4)]),
    ])
    const endedNs = controllerNs()
    const came = { kind: 'awaited', missing: [] }
    const went = { kind: 'sent', error: null, framesSent: 1 }
    expect(window.steps).toMatchObject([went, went, came, went, came, went, came])
    const ports = ['a', 'b', 'c', 'hv1:eth0', 'hv1:tap-a', 'hv2:eth0', 'hv2:tap-b']
    expect(window.ports.map(({ port }) => port).sort()).toEqual(ports)
    expect(numbersAt(window, 'hv1:eth0', 'out')).toEqual([3])
    expect(numbersAt(window, 'hv2:eth0', 'in')).toEqual([3])
    expect(numbersAt(window, 'c', 'in')).toEqual([3, 4])
    const slackNs = 50_000_000n // this process's clock and the kernel's are not set by each other
    for (const { timestampNs } of ports.flatMap((port) => framesAt(window, port, 'in'))) {
      expect(timestampNs).toBeGreaterThan(beganNs - slackNs)
      expect(timestampNs).toBeLessThan(endedNs + slackNs)
    }
  })

  test('each site’s clock is known, and both are the same kernel’s', async () => {
    const { clocks } = await player.play(RUN, [])
    expect(clocks.map(({ site, steppedNs }) => [site, steppedNs])).toEqual([
      ['hv1', null],
      ['hv2', null],
    ])
    const [first, second] = clocks
    if (first === undefined || second === undefined) throw new Error('two clocks')
    const apart = Number(first.offsetNs - second.offsetNs)
    expect(Math.abs(apart)).toBeLessThanOrEqual(Number(first.uncertaintyNs + second.uncertaintyNs))
  })

  test('what does not come is missing, in the order asked, and is waited for once', async () => {
    const missing = [at('b', 99), at('a', 98), at('b', 97)]
    const arrivals = [...missing.slice(0, 1), at('b', 11), ...missing.slice(1)]
    const { steps } = await player.play(RUN, [send('a', 11), awaits(arrivals, 500)])
    expect(steps[1]).toMatchObject({ kind: 'awaited', missing })
    const waited = steps[1]?.kind === 'awaited' ? steps[1].waitedMs : 0
    expect(waited).toBeGreaterThanOrEqual(500)
    expect(waited).toBeLessThan(3 * 500) // one after the other they would take that
  })

  test('what one site could not send, the other does not wait for', async () => {
    await sites.sh('ip -n hv1 link set tap-a down')
    const begin = performance.now()
    const { steps } = await player.play(RUN, [send('a', 21), awaits([at('b', 21)], 10_000)])
    expect(performance.now() - begin).toBeLessThan(5000)
    expect(steps[0]).toMatchObject({ error: expect.stringContaining('EIO'), framesSent: 0 })
    expect(steps[1]).toMatchObject({ missing: [at('b', 21)] })
    await sites.sh('ip -n hv1 link set tap-a up')
    await sites.hv1.ask(messages.awaitRunning, 2000)
  })

  test('a settling window hears what comes without being awaited', async () => {
    const window = await player.play(RUN, [send('a', 31), { kind: 'settle', ms: 20 }])
    expect(window.steps[1]).toEqual({ kind: 'settled' })
    expect(numbersAt(window, 'b', 'in')).toEqual([31])
  })

  test('a stream arrives in order, each number once', async () => {
    const window = await player.play(RUN, [stream(1001, 3000)])
    expect(window.steps[0]).toMatchObject({ kind: 'sent', framesSent: 3000, error: null })
    expect(numbersAt(window, 'b', 'in')).toEqual(counting(1001, 3000))
  })

  test('a stream that does not arrive breaks off, and says how much was sent', async () => {
    await sites.sh('ip -n hv2 link set tap-b nomaster')
    const window = await player.play(RUN, [stream(5001, 3000)])
    expect(window.steps[0]).toMatchObject({ kind: 'sent', framesSent: 500, error: null })
    await sites.sh('ip -n hv2 link set tap-b master br0')
    await sites.hv2.ask(messages.awaitRunning, 2000)
  })

  test('two talk while a third one’s device comes and goes', async () => {
    const steps = [put('hv1:tap-a', 51), put('hv2:tap-b', 52), awaits([at('a', 51), at('b', 52)])]
    const request = { ...talk(20_001), steps: steps as readonly messages.Step[] }
    const { talk: said, window } = await player.talk(request, async () => {
      await sites.hv1.ask(messages.closeTaps, ['c'])
      await sites.hv1.ask(messages.openTaps, [{ guest: 'c', namespace: 'hv1', name: 'tap-c' }])
      await sites.sh('ip -n hv1 link set tap-c addrgenmode none; ip -n hv1 link set tap-c master br0 up')
      await sites.sh('sleep 0.1')
    })
    expect(said.sentByA).toBeGreaterThan(3)
    expect(Math.abs(said.sentByA - said.sentByB)).toBeLessThanOrEqual(1)
    expect(window.steps.map(({ kind }) => kind)).toEqual(['sent', 'sent', 'awaited'])
    expect(numbersAt(window, 'b', 'in')).toEqual([52, ...counting(20_001, said.sentByA)])
    expect(numbersAt(window, 'a', 'in')).toEqual([51, ...counting(30_001, said.sentByB)])
    expect(window.ports.filter(({ port }) => port === 'c')).toHaveLength(1)
  })

  test('a frame of a talk that is lost is missed, and the talk goes on', async () => {
    const { talk: said, window } = await player.talk(talk(40_001), async () => {
      await sites.sh('sleep 0.1; ip -n hv2 link set tap-b nomaster; sleep 0.3')
      await sites.sh('ip -n hv2 link set tap-b master br0')
      await sites.hv2.ask(messages.awaitRunning, 2000)
      await sites.sh('sleep 0.3')
    })
    const heard = numbersAt(window, 'b', 'in')
    expect(heard.length).toBeLessThan(said.sentByA)
    expect(heard.at(-1)).toBe(40_001 + said.sentByA - 1)
    expect(numbersAt(window, 'a', 'in').at(-1)).toBe(50_001 + said.sentByB - 1)
  })

  test('two call a third, which need not hear them; others may send meanwhile, and they go on when it is over', async () => {
    const says = (firstNumber: number) => ({ template: frame(firstNumber), firstNumber, count: 10_000 })
    const callers = [
      { guest: 'a', says: says(70_001) },
      { guest: 'b', says: says(80_001) },
    ]
    const request = { run: RUN, steps: [put('hv1:tap-a', 43)], callers, to: 'c', paceMs: 1, afterwards: 20 }
    const { said, window } = await player.call(request, async (play) => {
      await sites.sh('ip -n hv1 link set tap-c nomaster; sleep 0.2; ip -n hv1 link set tap-c master br0')
      await sites.hv1.ask(messages.awaitRunning, 2000)
      const results = await play([send('c', 44), awaits([at('a', 44), at('b', 44)])])
      expect(results[1]).toMatchObject({ kind: 'awaited', missing: [] })
    })
    expect(window.steps.map(({ kind }) => kind)).toEqual(['sent', 'sent', 'awaited'])
    for (const [index, { firstNumber }] of callers.map(({ says: series }) => series).entries()) {
      const sent = said[index] ?? 0
      const heard = numbersAt(window, 'c', 'in').filter((n) => n >= firstNumber && n < firstNumber + 10_000)
      expect(heard.length).toBeLessThan(sent)
      expect(heard.slice(-20)).toEqual(counting(firstNumber + sent - 20, 20))
    }
  })

  test('a talk whose meanwhile fails is over, and the next window works', async () => {
    const failing = player.talk(talk(60_001), async () => {
      await expect(player.play(RUN, [])).rejects.toThrow('a window is open')
      throw new Error('the case broke off')
    })
    await expect(failing).rejects.toThrow('the case broke off')
    const { steps } = await player.play(RUN, [send('a', 41), awaits([at('b', 41)])])
    expect(steps[1]).toMatchObject({ missing: [] })
  })

  test('a window that nobody ended is thrown away by the next one’s beginning', async () => {
    await sites.hv2.ask(messages.beginWindow, { run: RUN })
    await expect(sites.hv2.ask(messages.window, { run: RUN, steps: [] })).rejects.toThrow(
      'a window is open: end it first',
    )
    const { steps } = await player.play(RUN, [send('a', 42), awaits([at('b', 42)])])
    expect(steps[1]).toMatchObject({ missing: [] })
  })

  describe('with network stacks', () => {
    const end = (guest: 'a' | 'b', address: string) => ({
      place: { site: sites.siteOf(guest), namespace: `stack-${guest}` },
      address,
    })
    const transfer = (sizeOctets: number, deadlineMs: number, server = '192.0.2.2'): LabStep => {
      const ends = { client: end('a', '192.0.2.1'), server: end('b', server) }
      return { kind: 'transfer', ...ends, sizeOctets, deadlineMs }
    }

    beforeAll(async () => {
      for (const [guest, address] of [
        ['a', '192.0.2.1/24'],
        ['b', '192.0.2.2/24'],
      ] as const) {
        const namespace = `stack-${guest}`
        await sites.sh(`ip netns add ${namespace}`)
        await sites.siteOf(guest).ask(messages.openStack, { guest, namespace, name: 'eth0' })
        await sites.sh(`ip -n ${namespace} link set eth0 addrgenmode none
          ip -n ${namespace} address add ${address} dev eth0; ip -n ${namespace} link set eth0 up`)
      }
    })
    afterAll(async () => {
      for (const guest of ['a', 'b']) await sites.siteOf(guest).ask(messages.closeStack, guest)
    })

    test('a TCP transfer arrives whole', async () => {
      const { steps } = await player.play(RUN, [transfer(200_000, 5000)])
      const whole = { kind: 'transferred', received: 200_000, intact: true, ended: true, error: null }
      expect(steps).toEqual([whole])
    })

    test('over a cut cable it does not arrive, and says how far it came', async () => {
      await sites.sh('ip -n hv2 link set tap-b nomaster')
      const { steps } = await player.play(RUN, [transfer(200_000, 300)])
      expect(steps[0]).toMatchObject({ received: 0, intact: true, ended: false })
      await sites.sh('ip -n hv2 link set tap-b master br0')
      await sites.hv2.ask(messages.awaitRunning, 2000)
    })

    test('where the client cannot connect, the server does not wait in vain', async () => {
      const begin = performance.now()
      await sites.sh('ip -n stack-a address del 192.0.2.1/24 dev eth0')
      const { steps } = await player.play(RUN, [transfer(200_000, 10_000)])
      expect(steps[0]).toMatchObject({ ended: false, error: expect.stringMatching(/^bind: EADDRNOTAVAIL/) })
      await sites.sh('ip -n stack-a address add 192.0.2.1/24 dev eth0')
      expect(performance.now() - begin).toBeLessThan(5000)
    })

    test('where the server cannot listen, the harness is to blame', async () => {
      const { steps } = await player.play(RUN, [transfer(200_000, 5000, '192.0.2.77')])
      expect(steps[0]).toMatchObject({ ended: false, error: expect.stringMatching(/^bind: EADDRNOTAVAIL/) })
    })
  })
})

const GONE = /hv2 is gone: its line was cut|Connection is closed/

test('a site that is killed in mid-window fails it; the other one’s is closed, and works on', async () => {
  const sites = await twoSites()
  try {
    const player = sites.player()
    const asked = vi.spyOn(sites.hv2, 'ask')
    const playing = player.play(RUN, [send('a', 1), awaits([at('b', 2)], 10_000), send('a', 3)])
    const failed = expect(playing).rejects.toThrow(GONE)
    const isWaiting = () => expect(asked.mock.calls.map(([type]) => type.method)).toContain('playSteps')
    await vi.waitFor(isWaiting)
    await sites.killSecond()
    await failed
    await expect(player.play(RUN, [])).rejects.toThrow(GONE)
    const alone = new WindowPlayer([sites.hv1], () => sites.hv1)
    const { steps } = await alone.play(RUN, [send('a', 5), awaits([at('c', 5)])])
    expect(steps[1]).toMatchObject({ missing: [] })
  } finally {
    await sites.end()
  }
}, 60_000)

test('a slow line makes a clock less sure, not wrong', async () => {
  const answersTakeMs = 60
  const sites = await twoSites({ answersTakeMs })
  try {
    const { clocks, steps } = await sites.player().play(RUN, [send('a', 1), awaits([at('b', 1)])])
    expect(steps[1]).toMatchObject({ missing: [] })
    const [near, far] = clocks
    if (near === undefined || far === undefined) throw new Error('two clocks')
    expect(Number(far.uncertaintyNs)).toBeGreaterThanOrEqual((answersTakeMs / 2) * 1e6)
    const apart = Number(near.offsetNs - far.offsetNs)
    expect(apart).toBeGreaterThan((answersTakeMs / 4) * 1e6) // the middle is wrong where only one way is slow
    expect(apart).toBeLessThanOrEqual(Number(near.uncertaintyNs + far.uncertaintyNs))
    expect(far.steppedNs).toBeNull()
  } finally {
    await sites.end()
  }
}, 60_000)

test('where there is one site, a window is one message', async () => {
  const sites = await twoSites()
  try {
    const asked = vi.spyOn(sites.hv1, 'ask')
    const player = new WindowPlayer([sites.hv1], () => sites.hv1)
    const steps = [put('hv1:tap-a', 1), awaits([at('a', 1)]), send('a', 2), awaits([at('c', 2)])]
    const window = await player.play(RUN, steps)
    expect(window.clocks).toEqual([])
    expect(asked.mock.calls.map(([type]) => type.method)).toEqual(['window'])
  } finally {
    await sites.end()
  }
}, 60_000)
