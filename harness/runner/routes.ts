/** How guests find the router of their network: as any VM does, by ARP, which makes them known to it, too. */
import {
  arpReply,
  arpRequest,
  CaseError,
  type Guest,
  hasFields,
  type Machine,
  type Seen,
  type Station,
} from '../proof/index.ts'
import { fieldsOf } from '../wire/index.ts'
import type { CaseRun } from './case-run.ts'

/** An IPv4 address as a guest's frames reach it: by its router. */
export type Via = (guest: Guest, address: string) => Station

/** Where nobody answers: what is sent there goes nowhere, and its delivery is missed. */
const NOBODY = '02:00:00:ff:ff:fd'

/** That each question is answered is an assertion of the case. */
export async function findRoutes(run: CaseRun, gateway: Machine, guests: readonly Guest[]): Promise<Via> {
  const ask = (guest: Guest) => arpRequest({ from: guest, forAddress: gateway.address })
  // A question alone does not assure a router that doubts whether the guest is there still (NUD_DELAY, NUD_PROBE): it
  // asks itself, and where nothing answers it forgets the guest. What answers it is a reply to its own address.
  const tell = (guest: Guest) =>
    arpReply({ from: guest, to: { mac: macs.get(guest) ?? NOBODY, ...gateway, address6: '::' } })
  const questions = guests.map((guest) => ({ guest, request: ask(guest) }))
  const seen = await run.window({ at: guests.map(({ port }) => port) }, async (w) => {
    for (const { guest, request } of questions) await w.inject(guest, request)
    await w.awaitAnswer({ to: questions.map(({ request }) => request) })
  })
  const macs = new Map(guests.map((guest) => [guest, macOf(seen, guest, gateway)]))
  for (const mac of macs.values()) run.world.routers.add(mac)
  for (const guest of guests) run.askers.set(guest, () => [ask(guest), tell(guest)])
  return (guest, address) => {
    const mac = macs.get(guest)
    if (mac === undefined) throw new CaseError(`${guest.name} has not asked for its gateway (lab.routes)`)
    return { mac, address, address6: '::' }
  }
}

function macOf(seen: Seen, guest: Guest, { address }: Machine): string {
  const view = seen.at(guest.port)
  const isAt = view.frames.find((frame) => hasFields(frame, { 'arp.op': 2, 'arp.spa': address }))
  const fields = isAt === undefined ? [] : fieldsOf(isAt.octets)
  const mac = fields.find(({ name }) => name === 'arp.sha')?.value
  seen.judgement.add({
    verdict: mac === undefined ? 'deviates' : 'conforms',
    expected: `${guest.name} learns by ARP who has the gateway's address, ${address}`,
    found: mac === undefined ? `nobody told ${guest.name} who has the gateway's address, ${address}` : null,
    frames: isAt === undefined ? [] : [isAt.frame],
  })
  return mac ?? NOBODY
}
