/**
 *   [ red1  ]--( hv1 )==VID 1, then 90, … ==( sw1 )==VID 1, then 90, … ==( hv2 )--[ red3  ]
 *   [ blue1 ]--(     )==VID 2, then 91, … ==(     )==VID 2, then 91, … ==(     )--[ blue2 ]
 *   [   …   ]--(     )==  …               ==(     )==  …               ==(     )--[   …   ]
 *
 * All 4,094 VIDs are tenants like any other, 89 at a time: the plans of both hypervisors give the tenants the next 89 VIDs,
 * while their VMs stay plugged in. With each, a broadcast of a VM crosses to its own on the other hypervisor, and an
 * answer back, with this VID on the cables, once and untagged at the VM; and the broadcast comes to no VM of the others.
 * Judged with `--scale` only.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 9.6, table 9-2 (reserved VIDs).
 */
import {
  type CaseContext,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  requirement,
} from '../../harness/index.ts'

const LAST_VID = 4094
const AT_ONCE = 89 // 46 times 89 is 4,094
const HYPERVISORS = ['hv1', 'hv2'] as const
/** The first has three VMs in any lab. */
const ALL = {
  ...{ guests: 2 * AT_ONCE + 1, tenants: AT_ONCE, vids: vidsFrom(1) },
  ...{ everyVid: true, scale: true },
} as const

requirement('VLAN-09', 'all 4,094 VIDs are tenants like any other', ALL, async (context) => {
  const { lab, measure } = context
  const tenants = [...new Set(lab.everyGuest.map(({ tenant }) => tenant))]
  let judged = 0
  for (let first = 1; first <= LAST_VID; first += AT_ONCE) {
    const vids = vidsFrom(first)
    const owners = tenants.map((name, at) => ({ name, vid: vids[at] ?? 0 }))
    if (first > 1)
      for (const hypervisor of HYPERVISORS)
        await lab.changePlan(hypervisor, { tenants: owners }, { owed: true })
    await areApart(context, new Map(owners.map(({ name, vid }) => [name, vid])))
    judged += owners.length
  }
  measure('VIDs judged', { value: judged })
})

async function areApart({ lab, window }: CaseContext, vidOf: ReadonlyMap<string, number>): Promise<void> {
  const cables = HYPERVISORS.flatMap((name) => lab.cable(name))
  const pairs = [...vidOf].map(([tenant, vid]) => {
    const [from, to] = HYPERVISORS.map((name) => anyOf(lab.everyGuest, tenant, name))
    if (from === undefined || to === undefined) throw new Error(`${tenant} has no VM on each hypervisor`)
    const others = lab.everyGuest.filter((guest) => guest.tenant !== tenant).map(({ port }) => port)
    const question = experimental({ from, to: EVERYBODY })
    return { vid, from, to, others, question, answer: experimental({ from: to, to: from }) }
  })

  const seen = await window({}, async (w) => {
    for (const { from, question } of pairs) await w.inject(from, question)
    for (const { to, question } of pairs) await w.proveDelivery({ of: question, at: [...cables, to.port] })
    for (const { to, answer } of pairs) await w.inject(to, answer)
    for (const { from, answer } of pairs) await w.proveDelivery({ of: answer, at: [...cables, from.port] })
    const questions = pairs.map(({ question }) => question)
    await w.proveAbsence({ of: questions, at: lab.everyGuest.map(({ port }) => port) }) // at others' ports, each
  })

  for (const { vid, from, to, others, question, answer } of pairs) {
    for (const cable of cables) {
      expect(seen.at(cable)).toCarry(question, { times: 1, vid, pcp: 0, dei: false })
      expect(seen.at(cable)).toCarry(answer, { times: 1, vid, pcp: 0, dei: false })
    }
    expect(seen.at(to.port)).toCarry(question, { times: 1, tag: 'untagged' })
    expect(seen.at(from.port)).toCarry(answer, { times: 1, tag: 'untagged' })
    for (const port of others) expect(seen.at(port)).not.toCarry(question)
  }
}

function anyOf(guests: readonly Guest[], tenant: string, hypervisor: string): Guest | undefined {
  return guests.find((guest) => guest.tenant === tenant && guest.hypervisor === hypervisor)
}

function vidsFrom(first: number): readonly number[] {
  return Array.from({ length: AT_ONCE }, (_, at) => first + at)
}
