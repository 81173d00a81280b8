/** A capture that lost frames proves nothing: on a real lab, with a ring too small for what passes. */
import { expect, test } from 'vitest'
import { openCaptures } from '../agent/messages/index.ts'
import { startSite } from '../lab/choose-site.ts'
import { EmbeddedGround } from '../lab/grounds/embedded.ts'
import { loadImplementation } from '../lab/implementation.ts'
import { Lab } from '../lab/lab.ts'
import { connectSite } from '../lab/site.ts'
import { loadTopology } from '../lab/topology.ts'
import { carries, experimental, udp } from '../proof/index.ts'
import { CaseRun } from './case-run.ts'
import { LiveSource } from './live-source.ts'
import { TOPOLOGY } from './project.ts'
import { worldOf } from './world.ts'

const FRAMES = 60

test.each(['host', 'uml'] as const)('on a %s site', { timeout: 60_000 }, async (kind) => {
  const started = await startSite(kind, 0)
  try {
    const site = await connectSite(started)
    const topology = loadTopology(TOPOLOGY)
    const implementation = loadImplementation('linux-bridge')
    const lab = await Lab.build(new EmbeddedGround(site, topology), {
      topology,
      scenario: 'bridged',
      implementation,
      fault: null,
    })
    let number = 0
    const run = new CaseRun({
      source: new LiveSource(lab, 1),
      world: worldOf(topology, 'bridged', lab),
      numbering: { run: 1, caseNumber: 1, next: () => ++number },
      settleMs: 0,
      onLate: () => undefined,
    })
    const [red1, red2] = ['red1', 'red2'].map((name) => run.world.guests.find((guest) => guest.name === name))
    if (red1 === undefined || red2 === undefined) throw new Error('the topology has no red1 or red2')
    const play = async () => {
      const frames = Array.from({ length: FRAMES }, () => udp({ from: red1, to: red2, sizeOctets: 1400 }))
      const last = experimental({ from: red1, to: red2 })
      const seen = await run.window({ at: [red2.port] }, async (w) => {
        await w.inject(red1, ...frames, last)
        await w.proveDelivery({ of: last, at: [red2.port] })
      })
      return { verdict: carries(seen.at(red2.port), last, { times: 1 }).verdict, seen }
    }
    expect((await play()).verdict).toBe('conforms')

    const ring = { blockSizeOctets: 4096, blockCount: 2 }
    await site.ask(openCaptures, [{ port: red2.port.id, namespace: 'hv1', interface: 'tap-red2', ring }])
    const { verdict, seen } = await play()
    expect(seen.record.ports.find(({ port }) => port === red2.port.id)?.drops).toBeGreaterThan(0)
    expect(verdict).toBe('could not run')
  } finally {
    await started.kill()
  }
})
