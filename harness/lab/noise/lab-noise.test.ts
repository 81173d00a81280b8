/** Noise in a lab, on real kernels: at every port, as much as was asked, in windows too, and over with the lab. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeFrames, type NoiseAtPort, takeNoise } from '../../agent/messages/index.ts'
import { startSite } from '../choose-site.ts'
import { EmbeddedGround } from '../grounds/embedded.ts'
import { loadImplementation } from '../implementation.ts'
import { Lab } from '../lab.ts'
import type { Scenario } from '../scenario.ts'
import { connectSite, type Site } from '../site.ts'
import type { SiteProcess } from '../sites/process-site.ts'
import { loadTopology } from '../topology.ts'
import { atCables } from './lab-noise.ts'

const TOPOLOGY = new URL('../../../fixtures/topologies/two-hypervisors.yaml', import.meta.url).pathname
/** Little, so that busy machines reach it. */
const FRAMES_PER_SECOND = 50
const RUN = 3
const CABLES = [
  ...['hv1:tap-red1', 'hv1:tap-red2', 'hv1:tap-blue1', 'hv2:tap-red3', 'hv2:tap-blue2'],
  ...['hv1:eth0', 'hv2:eth0', 'sw1:hv1', 'sw1:hv2', 'sw1:outside', 'outside:eth0'],
]

describe.each([
  ['host', 'bridged'],
  ['uml', 'vlan'],
] as const)('on a %s site, %s', { timeout: 60_000 }, (kind, scenario: Scenario) => {
  let process: SiteProcess
  let site: Site
  let lab: Lab
  const topology = loadTopology(TOPOLOGY)
  const implementation = loadImplementation('linux-bridge')
  const specification = { topology, scenario, implementation, fault: null }
  const settle = (ms: number) => lab.play(RUN, [{ kind: 'settle', ms }])

  beforeAll(async () => {
    process = await startSite(kind, 0)
    site = await connectSite(process)
    const noiseFramesPerSecond = FRAMES_PER_SECOND
    lab = await Lab.build(new EmbeddedGround(site, topology), { ...specification, noiseFramesPerSecond })
  }, 60_000)
  afterAll(() => process.kill())

  test('every cable carries it, within a window as between windows', async () => {
    for (const ms of [0, 1500]) {
      await settle(ms)
      const noise = (await lab.takeNoise()) ?? []
      expect(noise.map(({ port }) => port).sort()).toEqual([...CABLES].sort())
    }
    await settle(1000)
    for (const { port, carried } of (await lab.takeNoise()) ?? [])
      expect.soft(carried, port).toBeGreaterThan(FRAMES_PER_SECOND / 10) // how fast, a busy machine decides
  })

  test('every guest, `outside` and the switch have sent some; nobody knows them by the lab’s addresses', async () => {
    await settle(500)
    const noise = (await lab.takeNoise()) ?? []
    const senders = noise.filter(({ sent }) => sent > 0).map(({ port }) => port)
    expect(senders.sort()).toEqual(CABLES.filter((port) => !/^hv\d:eth0$/.test(port)).sort())
  })

  test('a guest that is away is silent, and its cable owes nothing for that time', async () => {
    await lab.operations.perform({ do: 'detach', guests: ['red2'] })
    await lab.takeNoise()
    await settle(300)
    expect((await lab.takeNoise())?.find(({ port }) => port === 'hv1:tap-red2')).toBeUndefined()
    await lab.operations.perform({ do: 'attach', guests: ['red2'] })
    await settle(300)
    expect((await lab.takeNoise())?.find(({ port }) => port === 'hv1:tap-red2')?.carried).toBeGreaterThan(0)
  })

  test('it ends with the lab', async () => {
    await lab.remove()
    expect(await site.ask(takeNoise, undefined)).toEqual([])
    lab = await Lab.build(new EmbeddedGround(site, topology), specification)
    const { ports } = await settle(200)
    const marked = ports
      .flatMap(({ frames }) => decodeFrames(frames))
      .filter(({ octets }) => octets[7] === 0x6e)
    expect(marked).toEqual([])
    expect(await lab.takeNoise()).toBeNull()
  })
})

test('what a guest sent is told of at its TAP, where that is captured', () => {
  const at = (port: string, sent: number): NoiseAtPort => ({ port, sent, carried: 100, upMs: 10 })
  const told = [at('red1', 5), at('hv1:tap-red1', 0), at('vm1', 7), at('sw1:hv1', 2)]
  const taps = new Map([
    ['red1', 'hv1:tap-red1'],
    ['red2', 'hv1:tap-red2'],
  ])
  expect(atCables(told, taps)).toEqual([at('hv1:tap-red1', 5), at('vm1', 7), at('sw1:hv1', 2)])
})
