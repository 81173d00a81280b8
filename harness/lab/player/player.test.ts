/** Windows and streams over two sites, on a real kernel. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as messages from '../../agent/messages/index.ts'
import { WindowPlayer } from '../player.ts'
import { controllerNs } from './clock.ts'
import { at, awaits, counting, framesAt, numbersAt, put, RUN, send, stream } from './testing/steps.ts'
import { type TwoSites, twoSites } from './testing/two-sites.ts'

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

  test('a window that nobody ended is thrown away by the next one’s beginning', async () => {
    await sites.hv2.ask(messages.beginWindow, { run: RUN })
    await expect(sites.hv2.ask(messages.window, { run: RUN, steps: [] })).rejects.toThrow(
      'a window is open: end it first',
    )
    const { steps } = await player.play(RUN, [send('a', 42), awaits([at('b', 42)])])
    expect(steps[1]).toMatchObject({ missing: [] })
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
