/** The reference implementation, taken down, leaves nothing; set up twice, it changes nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeTaps, openTaps } from '../../agent/messages/index.ts'
import { startSite } from '../choose-site.ts'
import { loadImplementation } from '../implementation.ts'
import { type PlanChange, planFor } from '../plan.ts'
import { runOnSite } from '../run-on-site.ts'
import type { Scenario } from '../scenario.ts'
import { connectSite, type Site } from '../site.ts'
import type { SiteProcess } from '../sites/process-site.ts'
import { scaledTopology } from '../topology.ts'
import { differences, readState } from './index.ts'
import { RUN_DIRECTORY } from './leftovers.ts'

const MACHINE = 'hv1'
const BUILD = `
  ip netns add ${MACHINE}
  ip netns add far
  ip link add eth0 netns ${MACHINE} address 02:00:00:ff:00:01 type veth peer name eth0 netns far
  ip -n far link set eth0 up
  mkdir -p ${RUN_DIRECTORY}`
const { folder } = loadImplementation('linux-bridge')
const topology = scaledTopology({ guests: 4, tenants: 2 })

const CLASSES = {
  shaping: [],
  policing: [],
  classes: topology.tenants.map(({ name }) => ({
    ...{ port: 'eth0', name, delayBoundMs: 50, burstOctets: 50_000 },
    ...{ rateBitsPerSecond: 4_000_000, ceilBitsPerSecond: 10_000_000 },
    guests: topology.guests.filter(({ tenant }) => tenant === name).map((guest) => guest.name),
  })),
}

describe.each([
  ['host', 'bridged'],
  ['uml', 'bridged'],
  ['uml', 'vlan'],
  ['host', 'nat'],
  ['uml', 'nat'],
  ['uml', 'shaped'],
  ['uml', 'shaped', CLASSES],
] as const)('linux-bridge on a %s site in scenario %s', { timeout: 60_000 }, (...given) => {
  const [kind, scenario, change = {}]: readonly ['host' | 'uml', Scenario, PlanChange?] = given
  let process: SiteProcess
  let site: Site

  beforeAll(async () => {
    process = await startSite(kind, 0)
    site = await connectSite(process)
    expect((await runOnSite(site, { program: 'sh', args: ['-euc', BUILD] })).stderr).toBe('')
  }, 60_000)
  afterAll(() => process.kill())

  test('changes nothing the second time, and leaves nothing', async () => {
    const plan = planFor({ topology, scenario, hypervisor: MACHINE, runDirectory: RUN_DIRECTORY, change })
    const guests = topology.guests.filter(({ hypervisor }) => hypervisor === MACHINE)
    const names = guests.map(({ name }) => name)
    const call = async (...args: string[]) => {
      const program = { namespace: MACHINE, program: `${folder}/configure`, args, directory: folder }
      const { status, stderr } = await runOnSite(site, { ...program, input: JSON.stringify(plan) })
      expect({ args, status, stderr: status === 0 ? '' : stderr }).toEqual({ args, status: 0, stderr: '' })
    }
    const read = () =>
      readState({ site, namespace: MACHINE }, { runDirectory: RUN_DIRECTORY, directories: ['/run'] })

    const bare = await read()
    await call('up')
    await site.ask(
      openTaps,
      guests.map(({ name, tap }) => ({ guest: name, namespace: MACHINE, name: tap })),
    )
    await call('attach', ...names)
    const isUp = await read()
    expect(differences(bare, isUp)).toEqual(expect.arrayContaining(['NIC eth0: up was off, is on']))
    await call('up')
    expect(differences(isUp, await read())).toEqual([])
    await call('detach', ...names)
    await site.ask(closeTaps, names)
    await call('down')
    expect(differences(bare, await read())).toEqual([])
  })
})
