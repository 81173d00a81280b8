import { describe, expect, it } from 'vitest'
import { numbering } from '../proof/testing/window.ts'
import { red1, red2, red3, world } from '../proof/testing/world.ts'
import { CaseRun } from './case-run.ts'

function caseRun(): CaseRun {
  const none = () => Promise.reject(new Error('no lab here'))
  const source = { play: none, talk: none, call: none, perform: () => Promise.resolve(null) }
  return new CaseRun({ source, world, numbering: numbering(), settleMs: 0, onLate: () => undefined })
}

it.each([
  ['detach', 'attach'],
  ['power off', 'power on'],
] as const)('after %s a guest is nobody’s peer, until %s', async (away, back) => {
  const run = caseRun()
  expect(run.world.peersOf(red1)).toEqual([red2, red3])
  await run.perform({ do: away, guests: [red2.name] })
  expect(run.world.peersOf(red1)).toEqual([red3])
  await run.perform({ do: back, guests: [red2.name] })
  expect(run.world.peersOf(red1)).toEqual([red2, red3])
})

describe('a guest that has moved', () => {
  const moved = async () => {
    const run = caseRun()
    await run.perform({ do: 'move', guest: red2.name, hypervisor: 'hv2' })
    const guest = run.world.guests.find(({ name }) => name === red2.name)
    if (guest === undefined) throw new Error('it is gone')
    return { run, guest }
  }

  it('has a port of the same name where it is, and everything else as before', async () => {
    const { guest } = await moved()
    expect(guest).toMatchObject({
      ...red2,
      hypervisor: 'hv2',
      port: { id: 'hv2:tap-red2' },
      nic: { id: 'red2' },
    })
    expect(guest.nic.wiredTo).toBe(guest.port.id)
    expect(guest.port).toMatchObject({ kind: 'tap', node: 'hv2', wiredTo: 'red2' })
  })

  it('is its peers’ peer there', async () => {
    const { run, guest } = await moved()
    expect(run.world.peersOf(red1)).toEqual([guest, red3])
    expect(run.world.peersOf(guest)).toEqual([red1, red3])
  })

  it('leaves its old port in the evidence, in which its first place is kept', async () => {
    const { run, guest } = await moved()
    const ids = run.world.everyPort.map(({ id }) => id)
    expect(ids).toEqual([...world.ports.map(({ id }) => id), guest.port.id])
    expect(run.world.everyPort).toContain(red2.nic)
    expect(run.world.firstGuests).toEqual(world.guests)
  })

  it('comes back to the ports that it had', async () => {
    const { run } = await moved()
    await run.perform({ do: 'move', guest: red2.name, hypervisor: 'hv1' })
    expect(run.world.guests.map(({ port }) => port.id)).toEqual(world.guests.map(({ port }) => port.id))
    expect(run.world.everyPort.filter(({ id }) => id === 'hv2:tap-red2')).toHaveLength(1)
  })

  it('is elsewhere in a window that was over before', async () => {
    const run = caseRun()
    const before = run.world.snapshot()
    await run.perform({ do: 'move', guest: red2.name, hypervisor: 'hv2' })
    expect(before.guests).toEqual(world.guests)
    expect(before.peersOf(red1)).toEqual([red2, red3])
  })
})

describe('a case that deviates', () => {
  const noted = () => {
    const told: string[] = []
    const perform = async ({ do: what }: { do: string }) => {
      told.push(what)
      return null
    }
    const none = () => Promise.reject(new Error('no lab here'))
    const source = { play: none, talk: none, call: none, perform }
    const onDeviation = async () => void told.push('noted')
    const setup = { source, world, numbering: numbering(), settleMs: 0, onLate: () => undefined }
    return { told, run: new CaseRun({ ...setup, onDeviation }) }
  }
  const assertion = { expected: 'all well', found: 'not so', frames: [] }

  it('has its hypervisors noted once, before the lab is changed', async () => {
    const { told, run } = noted()
    await run.perform({ do: 'detach', guests: [red2.name] })
    run.judgement.add({ ...assertion, verdict: 'deviates' })
    await run.perform({ do: 'attach', guests: [red2.name] })
    await run.perform({ do: 'detach', guests: [red2.name] })
    await run.noteDeviation()
    expect(told).toEqual(['detach', 'noted', 'attach', 'detach'])
  })

  it('is the only one that has', async () => {
    const { told, run } = noted()
    for (const verdict of ['conforms', 'could not run', 'not supported'] as const)
      run.judgement.add({ ...assertion, verdict })
    await run.perform({ do: 'detach', guests: [red2.name] })
    expect(told).toEqual(['detach'])
  })
})
