/** What cases do to a lab, on real kernels: done, undone, and seen where it was not undone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeFrames, type Link } from '../agent/messages/index.ts'
import { startSite } from './choose-site.ts'
import { EmbeddedGround } from './grounds/embedded.ts'
import { loadImplementation } from './implementation.ts'
import { Lab } from './lab.ts'
import type { StateChanges } from './noted-states.ts'
import type { FdbEntry } from './operation.ts'
import { runOnSite } from './run-on-site.ts'
import { connectSite } from './site.ts'
import type { SiteProcess } from './sites/process-site.ts'
import { scaledTopology } from './topology.ts'

/** From a station that nobody knows. */
const BROADCAST = new Uint8Array(60).fill(0xff, 0, 6)
BROADCAST.set([2, 0, 0, 0, 0xee, 1, 0x88, 0xb5], 6)

describe.each(['host', 'uml'] as const)('on a %s site', { timeout: 60_000 }, (kind) => {
  let process: SiteProcess
  let lab: Lab

  beforeAll(async () => {
    process = await startSite(kind, 0)
    const site = await connectSite(process)
    const topology = scaledTopology({ guests: 4, tenants: 1 })
    const implementation = loadImplementation('linux-bridge')
    lab = await Lab.build(new EmbeddedGround(site, topology), {
      topology,
      scenario: 'bridged',
      implementation,
      fault: null,
      notesBare: true,
    })
  }, 60_000)
  afterAll(() => process.kill())

  const tapOf = async () => {
    const links = (await lab.operations.perform({ do: 'links', node: 'hv1' })) as readonly { name: string }[]
    return links.find(({ name }) => name === 'tap-ta1')
  }
  const guests = ['ta1']

  test('what is undone leaves the lab as it was built; what is not is noticed', async () => {
    expect(await lab.isAsBuilt()).toBe(true)
    expect(await lab.operations.perform({ do: 'detach', guests })).toBeNull()
    expect(await tapOf()).toBeUndefined()
    expect(await lab.isAsBuilt()).toBe(false)
    expect(await lab.operations.perform({ do: 'attach', guests })).toBeNull()
    expect(await tapOf()).toEqual({ name: 'tap-ta1', up: true, carrier: true })
    expect(await lab.isAsBuilt()).toBe(true)
  })

  test('a changed plan is applied, and is noticed until the first one is back', async () => {
    const operation = { do: 'reconfigure', hypervisor: 'hv1' } as const
    expect(await lab.operations.perform({ ...operation, change: { ageingSeconds: 7 } })).toBeNull()
    expect(lab.plans.get('hv1')?.ageingSeconds).toBe(7)
    expect(await lab.isAsBuilt()).toBe(false)
    expect(await lab.operations.perform({ ...operation, change: {} })).toBeNull()
    expect(await lab.isAsBuilt()).toBe(true)
  })

  test('a plan that the implementation refuses is answered with its reason', async () => {
    const tenants = [{ name: 'ta', vid: 4095 }]
    const change = { tenants }
    const answer = await lab.operations.perform({ do: 'reconfigure', hypervisor: 'hv1', change })
    expect(answer).toMatch(/refused the plan: .*VID 4095/)
    expect(await lab.operations.perform({ do: 'reconfigure', hypervisor: 'hv1', change: {} })).toBeNull()
  })

  test('a proposed plan that is refused is forgotten; one that is done holds', async () => {
    const propose = (vid: number) =>
      lab.operations.perform({ do: 'propose', hypervisor: 'hv1', change: { tenants: [{ name: 'ta', vid }] } })
    expect(await propose(4095)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/VID 4095/),
    })
    expect(await lab.isAsBuilt()).toBe(true)
    expect(await propose(4094)).toEqual({ outcome: 'done', reason: null })
    expect(lab.plans.get('hv1')?.tenants).toEqual([{ name: 'ta', vid: 4094 }])
    expect(await lab.operations.perform({ do: 'reconfigure', hypervisor: 'hv1', change: {} })).toBeNull()
    expect(await lab.isAsBuilt()).toBe(true)
  })

  test('the forwarding database is shown', async () => {
    const entries = (await lab.operations.perform({ do: 'fdb', node: 'hv1' })) as readonly FdbEntry[]
    expect(entries.map(({ port }) => port)).toContain('tap-ta1')
  })

  test('a program runs on a guest’s own stack, whose namespace goes with it', async () => {
    const command = ['ip', '-brief', '-4', 'address', 'show', 'dev', 'eth0']
    const answer = await lab.operations.perform({ do: 'run', guest: 'ta1', command })
    expect(answer).toMatchObject({ status: 0, stdout: expect.stringMatching(/eth0 .* 192\.0\.2\.101\/24/) })
    expect(await lab.isAsBuilt()).toBe(true)
  })

  const nicsOf = async (node: string) =>
    ((await lab.operations.perform({ do: 'links', node })) as readonly Link[]).map(({ name }) => name)

  test('a guest is moved, with its device, and back', async () => {
    expect(await lab.operations.perform({ do: 'move', guest: 'ta1', hypervisor: 'hv2' })).toBeNull()
    expect(await nicsOf('hv1')).not.toContain('tap-ta1')
    expect(await nicsOf('hv2')).toContain('tap-ta1')
    const frames = [BROADCAST]
    const { ports } = await lab.play(1, [{ kind: 'send', guest: 'ta1', frames }])
    const sent = ports.find(({ port }) => port === 'hv2:tap-ta1')
    expect(decodeFrames(sent?.frames ?? new Uint8Array()).length).toBeGreaterThan(0)
    expect(await lab.isAsBuilt()).toBe(false)
    expect(await lab.operations.perform({ do: 'move', guest: 'ta1', hypervisor: 'hv1' })).toBeNull()
    expect(await lab.isAsBuilt()).toBe(true)
  })

  const HYPERVISORS = ['hv1', 'hv2']

  test('what has changed since the state was noted is told, by hypervisor', async () => {
    await lab.operations.perform({ do: 'note state', hypervisors: HYPERVISORS })
    const compare = () =>
      lab.operations.perform({ do: 'compare state', since: 'now', hypervisors: HYPERVISORS })
    expect(await lab.operations.perform({ do: 'up', hypervisors: HYPERVISORS })).toBeNull()
    expect(await compare()).toEqual({ hv1: [], hv2: [] })
    const { site, namespace } = lab.placeOf('hv2')
    const change = (value: number) =>
      runOnSite(site, {
        namespace,
        program: 'sh',
        args: ['-c', `echo ${value} >/proc/sys/net/ipv4/conf/eth0/proxy_arp`],
      })
    await change(1)
    expect(await compare()).toEqual({ hv1: [], hv2: ['sysctl net.ipv4.conf.eth0.proxy_arp was 0, is 1'] })
    await change(0)
  })

  test('a process that is ending is not told of, one that stays is', async () => {
    await lab.operations.perform({ do: 'note state', hypervisors: ['hv1'] })
    const compare = async () => {
      const since = { do: 'compare state', since: 'now', hypervisors: ['hv1'] } as const
      return ((await lab.operations.perform(since)) as StateChanges).hv1
    }
    const { site, namespace } = lab.placeOf('hv1')
    const leave = (seconds: number) =>
      runOnSite(site, { namespace, program: 'sh', args: ['-c', `setsid sleep ${seconds} >/dev/null 2>&1 &`] })
    await leave(0.5)
    expect(await compare()).toEqual([])
    await leave(1000)
    expect(await compare()).toEqual([expect.stringMatching(/^process sleep 1000 .*is new$/)])
    await runOnSite(site, { namespace, program: 'pkill', args: ['-fx', 'sleep 1000'] })
  })

  test('taken down it is bare, and set up again it is seen into as before', async () => {
    const leftovers = () =>
      lab.operations.perform({ do: 'compare state', since: 'bare', hypervisors: HYPERVISORS })
    const every = ['ta1', 'ta2', 'ta3', 'ta4']
    expect(await leftovers()).toMatchObject({ hv1: expect.arrayContaining(['NIC br0 is new']) })
    expect(await lab.operations.perform({ do: 'detach', guests: every })).toBeNull()
    expect(await lab.operations.perform({ do: 'down', hypervisors: HYPERVISORS })).toBeNull()
    expect(await leftovers()).toEqual({ hv1: [], hv2: [] })
    expect(await lab.operations.perform({ do: 'up', hypervisors: HYPERVISORS })).toBeNull()
    expect(await lab.operations.perform({ do: 'attach', guests: every })).toBeNull()
    expect(await lab.isAsBuilt()).toBe(true)
    const frames = [BROADCAST]
    const { ports } = await lab.play(1, [{ kind: 'send', guest: 'ta1', frames }])
    const inside = ports.find(({ port }) => port === 'hv1:br0') // another NIC of the same name
    expect(decodeFrames(inside?.frames ?? new Uint8Array()).length).toBeGreaterThan(0)
  })

  test('a lab that is removed while a guest is elsewhere leaves no capture behind: the next one is whole', async () => {
    expect(await lab.operations.perform({ do: 'move', guest: 'ta1', hypervisor: 'hv2' })).toBeNull()
    await lab.remove()
    const { topology } = lab.specification
    const { site } = lab.placeOf('hv1')
    lab = await Lab.build(new EmbeddedGround(site, topology), lab.specification)
    const { ports } = await lab.play(1, [{ kind: 'send', guest: 'ta1', frames: [BROADCAST] }])
    expect(ports.filter(({ state }) => !state.exists)).toEqual([])
    expect(ports.map(({ port }) => port)).not.toContain('hv2:tap-ta1')
  })
})
