/** Guests that look for their gateway in a network that no lab played. */
import { expect, it } from 'vitest'
import { arpReply, CaseError, type Guest, udp, type WindowRecord } from '../proof/index.ts'
import { numbering, type Passing, play } from '../proof/testing/window.ts'
import { outside, red1, red2, red3, uplink1, world } from '../proof/testing/world.ts'
import { CaseRun } from './case-run.ts'
import { findRoutes } from './routes.ts'

const gateway = { name: 'gateway', address: '203.0.113.1' }
const router = { mac: '02:00:00:ff:00:01', address: gateway.address, address6: '::' }

function runWith({ answered = [], more = [] }: { answered?: readonly Guest[]; more?: readonly Passing[] }) {
  const windows: WindowRecord[] = []
  const noise = answered.map(({ port, ...guest }): Passing => {
    const octets = arpReply({ from: router, to: { ...guest } }).build(new Uint8Array(16))
    return { port: port.id, direction: 'out', octets }
  })
  const run = new CaseRun({
    source: {
      async play(script) {
        windows.push(play(script, world, { noise: [...noise, ...more] }))
        return { record: windows.at(-1) as WindowRecord, late: [], lostBetween: 0 }
      },
      talk: () => Promise.reject(new Error('no talk here')),
      call: () => Promise.reject(new Error('no call here')),
      perform: () => Promise.resolve(null),
    },
    ...{ world, numbering: numbering(), settleMs: 0, onLate: () => undefined },
  })
  return { run, windows }
}

it('a guest learns by ARP who its gateway is, and reaches any address by it', async () => {
  const { run } = runWith({ answered: [red1] })
  const via = await findRoutes(run, gateway, [red1])
  expect(via(red1, '198.51.100.7')).toEqual({ mac: router.mac, address: '198.51.100.7', address6: '::' })
  expect(run.judgement.assertions.map(({ verdict }) => verdict)).toEqual(['conforms'])
  expect(() => via(red2, '198.51.100.7')).toThrow(CaseError)
})

it('a gateway that answers nobody deviates, and nothing is sent to somebody else', async () => {
  const { run } = runWith({})
  const via = await findRoutes(run, gateway, [red1])
  expect(run.judgement.reason()).toBe("nobody told red1 who has the gateway's address, 203.0.113.1")
  expect(world.guests.map(({ mac }) => mac)).not.toContain(via(red1, '198.51.100.7').mac)
})

it('the guest asks again in every window, and its markers to the gateway are awaited where the case says', async () => {
  const { run, windows } = runWith({ answered: [red1] })
  const via = await findRoutes(run, gateway, [red1])
  const datagram = udp({ from: red1, to: via(red1, '198.51.100.7') })
  await run.window({}, async (w) => {
    await w.inject(red1, datagram)
    await w.proveDelivery({ of: datagram, at: [outside] })
  })
  const stimuli = windows[1]?.sent.filter(({ role }) => role === 'stimulus').map(({ summary }) => summary)
  expect(stimuli).toEqual([
    `ARP, Request who-has 203.0.113.1 tell ${red1.address}, length 46`,
    `ARP, Reply ${red1.address} is-at ${red1.mac}, length 46`,
    datagram.summary,
  ])
  const marker = windows[1]?.sent.find(({ role, from }) => role === 'marker' && from === 'red1')
  const awaited = windows[1]?.story.flatMap((step) => (step.kind === 'awaited' ? step.arrivals : []))
  expect(awaited?.filter(({ number }) => number === marker?.number)).toEqual([
    { port: outside.id, number: marker?.number, direction: null },
  ])
})

it('a guest that is away asks nothing, and one that has moved asks on', async () => {
  const { run, windows } = runWith({ answered: [red1, red2] })
  await findRoutes(run, gateway, [red1, red2])
  await run.perform({ do: 'power off', guests: ['red1'] })
  await run.perform({ do: 'move', guest: 'red2', hypervisor: 'hv2' })
  await run.window({}, async (w) => {
    await w.inject(red3, udp({ from: red3, to: router }))
  })
  const stimuli = windows[1]?.sent.filter(({ role }) => role === 'stimulus')
  expect(stimuli?.map(({ from }) => from)).toEqual(['red2', 'red2', 'red3'])
})

it('a window in which the guest does nothing but ask again shows nothing', async () => {
  const { run } = runWith({ answered: [red1] })
  await findRoutes(run, gateway, [red1])
  await expect(run.window({ at: [red1.port] }, () => undefined)).rejects.toThrow(CaseError)
})

it('where guests are hidden, an address of theirs at an uplink deviates in any window', async () => {
  const leak = udp({ from: red1, to: router }).build(new Uint8Array(16))
  const more: readonly Passing[] = [{ port: uplink1.id, direction: 'out', octets: leak }]
  for (const [hidesGuests, verdict] of [
    [true, 'deviates'],
    [false, 'conforms'],
  ] as const) {
    const { run } = runWith({ answered: [red1], more })
    Object.assign(run.world, { hidesGuests })
    await findRoutes(run, gateway, [red1])
    expect(run.judgement.verdict()).toBe(verdict)
  }
})
