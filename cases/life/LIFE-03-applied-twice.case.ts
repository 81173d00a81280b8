/**
 *   [ red1 ]--( hv1 )======( sw1 )======( hv2 )--[ red4 ]    talk without a pause
 *   [ red2 ]--(     )                   (     )--[ red3 ]    silent, but known
 *
 * `configure up` once more, with the same plan, on both hypervisors, while VMs of each talk: the talks lose nothing.
 * NICs, addresses, routes, rules, qdiscs, sysctls, processes and files are the same before and after; and where a VM
 * is has not been forgotten: what is for a silent one comes to it alone.
 *
 * Source: the article, 1.3.1 (flexibility).
 */
import {
  type CaseContext,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  requirement,
} from '../../harness/index.ts'

const HYPERVISORS = ['hv1', 'hv2'] as const
/** On each hypervisor two that talk and one that listens, of a tenant. */
const ENOUGH = { guests: 12, tenants: 2 } as const

requirement('LIFE-03', 'the same plan a second time', ENOUGH, async (context) => {
  const { lab, talk, measureOutage, window } = context
  const families = HYPERVISORS.map((hypervisor) => familyOn(hypervisor, context))
  const all = families.flatMap(({ talkers, silent }) => [...talkers, silent])
  const words = all.map((from) => ({ from, word: experimental({ from, to: EVERYBODY }) }))
  await window({}, async (w) => {
    for (const { from, word } of words) {
      const own = all.filter((other) => other !== from && other.hypervisor === from.hypervisor)
      await w.inject(from, word)
      await w.proveDelivery({ of: word, at: own.map(({ port }) => port) })
    }
  })

  const changes = await lab.changes(HYPERVISORS, async () => {
    for (const { a, b, hypervisors } of conversations(context, families)) {
      const { seen, there, back } = await talk(a, b, () => lab.up(hypervisors, { owed: true }))
      expect(seen.at(b.nic)).toCarryInOrder(there)
      expect(seen.at(a.nic)).toCarryInOrder(back)
      measureOutage(seen.at(b.nic), there)
      measureOutage(seen.at(a.nic), back)
    }
  })
  for (const hypervisor of HYPERVISORS)
    expect(changes[hypervisor], `what a second configure up changed on ${hypervisor}`).toEqual([])

  for (const { talkers, silent } of families) {
    const [from] = talkers
    const others = all.filter((other) => other !== from && other !== silent).map(({ port }) => port)
    const letter = experimental({ from, to: silent })
    const seen = await window({}, async (w) => {
      await w.inject(from, letter)
      await w.proveDelivery({ of: letter, at: [silent.port] })
      await w.proveAbsence({ of: letter, at: others })
    })
    expect(seen.at(silent.port)).toCarry(letter, { times: 1, tag: 'untagged' })
    for (const port of others) expect(seen.at(port)).not.toCarry(letter)
  }
})

interface Conversation {
  a: Guest
  b: Guest
  /** Those between the two. */
  hypervisors: readonly string[]
}

interface Family {
  talkers: readonly [Guest, Guest]
  silent: Guest
}

/** Three VMs of the first tenant. */
function familyOn(hypervisor: string, { lab }: CaseContext): Family {
  const [a, b, silent] = lab.everyGuest.filter(
    (guest) => guest.hypervisor === hypervisor && guest.tenant === lab.guests.red1.tenant,
  )
  if (a === undefined || b === undefined || silent === undefined)
    throw new Error(`there are no three VMs of ${lab.guests.red1.tenant} on ${hypervisor}`)
  return { talkers: [a, b], silent }
}

/** Where VMs of two hypervisors reach each other, one between them shows both; else one on each shows its own. */
function conversations({ lab }: CaseContext, families: readonly Family[]): readonly Conversation[] {
  const [here, there] = families
  const isShared = ['bridged', 'vlan', 'shaped'].includes(lab.scenario)
  if (isShared && here !== undefined && there !== undefined)
    return [{ a: here.talkers[0], b: there.talkers[0], hypervisors: HYPERVISORS }]
  return families.map(({ talkers: [a, b] }) => ({ a, b, hypervisors: [a.hypervisor] }))
}
