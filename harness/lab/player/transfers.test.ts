/** TCP transfers by network stacks over two sites, on a real kernel. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as messages from '../../agent/messages/index.ts'
import type { LabStep, WindowPlayer } from '../player.ts'
import { RUN } from './testing/steps.ts'
import { type TwoSites, twoSites } from './testing/two-sites.ts'

describe('with network stacks over two sites', () => {
  let sites: TwoSites
  let player: WindowPlayer

  const end = (guest: 'a' | 'b', address: string) => ({
    place: { site: sites.siteOf(guest), namespace: `stack-${guest}` },
    address,
  })
  const transfer = (sizeOctets: number, deadlineMs: number, server = '192.0.2.2'): LabStep => {
    const ends = { client: end('a', '192.0.2.1'), server: end('b', server) }
    return { kind: 'transfer', ...ends, sizeOctets, deadlineMs }
  }

  beforeAll(async () => {
    sites = await twoSites()
    player = sites.player()
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
    await sites.end()
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
