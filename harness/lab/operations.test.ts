/** What cases do to a lab, on real kernels: done, undone, and seen where it was not undone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSite } from './choose-site.ts'
import { EmbeddedGround } from './grounds/embedded.ts'
import { loadImplementation } from './implementation.ts'
import { Lab } from './lab.ts'
import type { FdbEntry } from './operations.ts'
import { connectSite } from './site.ts'
import type { SiteProcess } from './sites/process-site.ts'
import { scaledTopology } from './topology.ts'

describe.each(['host', 'uml'] as const)('on a %s site', (kind) => {
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
})
