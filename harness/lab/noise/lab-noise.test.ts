/**
 * Noise in a lab, on real kernels: every cable carries it, in windows as between them, everybody who should makes some,
 * and it is over with the lab. How much there is in what time a busy machine decides: that the sources give what is
 * asked is checked with a clock of the test's own, in agent/noise.test.ts.
 */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeFrames, type NoiseAtPort, takeNoise } from '../../agent/messages/index.ts'
import { startSite } from '../choose-site.ts'
import { EmbeddedGround } from '../grounds/embedded.ts'
import { loadImplementation } from '../implementation.ts'
import { Lab } from '../lab.ts'
import { runOnSite } from '../run-on-site.ts'
import type { Scenario } from '../scenario.ts'
import { connectSite, type Site } from '../site.ts'
import type { SiteProcess } from '../sites/process-site.ts'
import { loadTopology } from '../topology.ts'
import { NOISE_MAC } from './frames.ts'
import { atCables } from './lab-noise.ts'

const TOPOLOGY = new URL('../../../fixtures/topologies/two-hypervisors.yaml', import.meta.url).pathname
const FRAMES_PER_SECOND = 50
/** What every cable is waited for to carry. */
const MANY = 50
const DEADLINE_MS = 25_000
const RUN = 3
const CABLES = [
  ...['hv1:tap-red1', 'hv1:tap-red2', 'hv1:tap-blue1', 'hv2:tap-red3', 'hv2:tap-blue2'],
  ...['hv1:eth0', 'hv2:eth0', 'sw1:hv1', 'sw1:hv2', 'sw1:outside', 'outside:eth0'],
]
const noiseIn = (frames: Uint8Array): number =>
  decodeFrames(frames).filter(({ octets }) => NOISE_MAC.every((octet, at) => octets[6 + at] === octet)).length
/** Of what is outside a hypervisor and has nobody of its own. */
const isUplink = (port: string): boolean => /^hv\d:eth0$/.test(port)

type Counts = ReadonlyMap<string, number>

/** Adds up what is told, again and again, until there are so many at each port. @throws {Error} naming what lacks */
async function untilEach(
  ports: readonly string[],
  count: number,
  tell: () => Promise<Counts>,
): Promise<void> {
  const sums = new Map(ports.map((port) => [port, 0]))
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    for (const [port, more] of await tell()) sums.set(port, (sums.get(port) ?? 0) + more)
    const lacking = ports.filter((port) => (sums.get(port) ?? 0) < count)
    if (lacking.length === 0) return
    if (performance.now() > deadline)
      throw new Error(
        `not ${count} in ${DEADLINE_MS} ms: ${lacking.map((port) => `${port} ${sums.get(port)}`).join(', ')}`,
      )
    await setTimeout(20)
  }
}

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

  test('every cable carries it within windows', async () => {
    await untilEach(CABLES, MANY, async () => {
      const { ports } = await settle(200)
      return new Map(ports.map(({ port, frames }) => [port, noiseIn(frames)]))
    })
  })

  test('every cable carries it between windows, and no other is told of', async () => {
    await lab.takeNoise()
    await untilEach(CABLES, MANY, async () => {
      const noise = (await lab.takeNoise()) ?? []
      expect(CABLES).toEqual(expect.arrayContaining(noise.map(({ port }) => port)))
      return new Map(noise.map(({ port, carried }) => [port, carried]))
    })
  })

  test('every guest, `outside` and the switch send some; nobody knows them by the lab’s addresses', async () => {
    const senders = CABLES.filter((port) => !isUplink(port))
    await untilEach(senders, 1, async () => {
      const noise = (await lab.takeNoise()) ?? []
      expect(noise.filter(({ port, sent }) => isUplink(port) && sent > 0)).toEqual([])
      return new Map(noise.map(({ port, sent }) => [port, sent]))
    })
  })

  test('a guest that is away is silent, and its cable owes nothing for that time', async () => {
    await lab.operations.perform({ do: 'detach', guests: ['red2'] })
    await lab.takeNoise()
    await settle(300)
    expect((await lab.takeNoise())?.find(({ port }) => port === 'hv1:tap-red2')).toBeUndefined()
    await lab.operations.perform({ do: 'attach', guests: ['red2'] })
    await untilEach(['hv1:tap-red2'], 1, async () => {
      const noise = (await lab.takeNoise()) ?? []
      return new Map(noise.map(({ port, carried }) => [port, carried]))
    })
  })

  test.runIf(kind === 'uml')('the one processor is the agent’s before it is a program’s', async () => {
    const nicenessOfBoth = 'cut -d " " -f 19 /proc/$PPID/stat /proc/$$/stat'
    const { stdout } = await runOnSite(site, { program: 'sh', args: ['-c', nicenessOfBoth] })
    expect(stdout).toBe('-5\n0\n')
  })

  test('it ends with the lab', async () => {
    await lab.remove()
    expect(await site.ask(takeNoise, undefined)).toEqual([])
    lab = await Lab.build(new EmbeddedGround(site, topology), specification)
    const { ports } = await settle(200)
    expect(ports.filter(({ frames }) => noiseIn(frames) > 0)).toEqual([])
    expect(await lab.takeNoise()).toBeNull()
  })
})

test('what a guest sent is told of at its TAP, where that is captured', () => {
  const at = (port: string, sent: number): NoiseAtPort => ({
    ...{ port, sent, carried: 100, upMs: 10, inWindows: { carried: 50, upMs: 5 } },
  })
  const told = [at('red1', 5), at('hv1:tap-red1', 0), at('vm1', 7), at('sw1:hv1', 2)]
  const taps = new Map([
    ['red1', 'hv1:tap-red1'],
    ['red2', 'hv1:tap-red2'],
  ])
  expect(atCables(told, taps)).toEqual([at('hv1:tap-red1', 5), at('vm1', 7), at('sw1:hv1', 2)])
})
