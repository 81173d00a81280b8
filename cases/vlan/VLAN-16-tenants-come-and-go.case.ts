/**
 *   [ red1  ]--( hv1 )==trunk 10,20,30==( sw1 )==trunk 10,20,30==( hv2 )--[ red3  ]    they talk without a pause,
 *   [ blue1 ]--(     )                                           (     )--[ blue2 ]    then these
 *   [ …     ]--(     )                                           (     )--[ …     ]    the third tenant goes, and comes
 *
 * Two VMs of a tenant talk across the hypervisors while another tenant is removed from the plan of both, and added again:
 * the talk loses nothing. Once it is back its VMs, plugged in anew, reach each other across: it was really added; and the
 * VMs of the others do, too.
 *
 * Source: the article, 1.3.1 (flexibility) and 1.3.3.
 */
import { type CaseContext, expect, experimental, type Guest, requirement } from '../../harness/index.ts'

const HYPERVISORS = ['hv1', 'hv2'] as const
const THREE_TENANTS = { guests: 8, tenants: 3 } as const

requirement('VLAN-16', 'tenants come and go while another tenant talks', THREE_TENANTS, async (context) => {
  const { lab, talk, measureOutage } = context
  const { red1, red3, blue1, blue2 } = lab.guests
  const stay = lab.everyGuest.filter(({ tenant }) => [red1.tenant, blue1.tenant].includes(tenant))
  const leave = lab.everyGuest.filter((guest) => !stay.includes(guest))
  const without = { tenants: tenantsOf(stay), guests: stay.map(planned) }

  await lab.detach(leave, { owed: true })
  for (const [a, b] of [
    [red1, red3],
    [blue1, blue2],
  ] as const) {
    const { seen, there, back } = await talk(a, b, async () => {
      for (const hypervisor of HYPERVISORS)
        await lab.withPlan(hypervisor, without, async () => undefined, { owed: true })
    })
    expect(seen.at(b.nic)).toCarryInOrder(there)
    expect(seen.at(a.nic)).toCarryInOrder(back)
    measureOutage(seen.at(b.nic), there)
    measureOutage(seen.at(a.nic), back)
  }
  await lab.attach(leave, { owed: true })
  await reachEachOther(context)
})

/** Each VM those of its tenant. */
async function reachEachOther({ lab, window }: CaseContext): Promise<void> {
  const letters = lab.everyGuest.flatMap((from) =>
    lab.everyGuest
      .filter((to) => to !== from && to.tenant === from.tenant)
      .map((to) => ({ from, to, letter: experimental({ from, to }) })),
  )
  const seen = await window({}, async (w) => {
    for (const { from, to, letter } of letters) {
      await w.inject(from, letter)
      await w.proveDelivery({ of: letter, at: [to.port] })
    }
  })
  for (const { to, letter } of letters)
    expect(seen.at(to.port)).toCarry(letter, { times: 1, tag: 'untagged' })
}

function tenantsOf(guests: readonly Guest[]): { name: string; vid: number }[] {
  return [...new Map(guests.map(({ tenant, vid }) => [tenant, { name: tenant, vid }])).values()]
}

function planned({ name, port, mac, tenant }: Guest): {
  name: string
  tap: string
  mac: string
  tenant: string
} {
  return { name, tap: port.interface, mac, tenant }
}
