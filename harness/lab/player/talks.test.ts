/** Talks and calls over two sites, on a real kernel. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as messages from '../../agent/messages/index.ts'
import type { WindowPlayer } from '../player.ts'
import { at, awaits, counting, frame, numbersAt, put, RUN, send, talk } from './testing/steps.ts'
import { type TwoSites, twoSites } from './testing/two-sites.ts'

describe('over two sites', () => {
  let sites: TwoSites
  let player: WindowPlayer

  beforeAll(async () => {
    sites = await twoSites()
    player = sites.player()
  }, 60_000)
  afterAll(() => sites.end())

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
})
