/**
 *   [ ta1 ]--( hv1 )======( sw1 )======( hv2 )--[ ta2 ]     they talk without a pause
 *   [ … ]----(     )                   (     )----[ … ]     14 others come and go
 *
 * VMs come and go, a hundred times and more, while two others talk across the hypervisors: the talk loses nothing, and
 * nothing of a VM that has gone stays on its hypervisor: no NIC, no bridge port, no entry in the forwarding database.
 *
 * Source: the article, 1.3.1 (flexibility); IEEE 802.1Q, 8.8 (the filtering database).
 */
import { expect, experimental, type Guest, requirement } from '../../harness/index.ts'

const GUESTS = 16
const CYCLES = 100

requirement(
  'TAP-06',
  'VMs come and go while others talk',
  { guests: GUESTS },
  async ({ lab, window, talk }) => {
    const [one, other, ...visitors] = talkersFirst(lab.everyGuest)
    const rounds = Math.ceil(CYCLES / visitors.length)

    const { seen, there, back } = await talk(one, other, async () => {
      for (let round = 0; round < rounds; round += 1) {
        await lab.detach(visitors, { owed: true })
        await lab.attach(visitors, { owed: true })
      }
    })
    expect(seen.at(other.nic)).toCarryInOrder(there)
    expect(seen.at(one.nic)).toCarryInOrder(back)

    // Each is heard, so that its hypervisor has learned it; then it goes for good.
    const greetings = visitors.map((from) => experimental({ from, to: one }))
    const heard = await window({ at: [one.port] }, async (w) => {
      for (const [index, greeting] of greetings.entries()) await w.inject(visitors[index] ?? one, greeting)
      await w.proveDelivery({ of: greetings, at: [one.port] })
    })
    for (const greeting of greetings) expect(heard.at(one.port)).toCarry(greeting, { times: 1 })
    await lab.detach(visitors, { owed: true })
    for (const hypervisor of ['hv1', 'hv2']) {
      const own = visitors.filter((visitor) => visitor.hypervisor === hypervisor)
      const nics = (await lab.links(hypervisor)).map(({ name }) => name)
      const learned = await lab.fdb(hypervisor)
      const ports = learned.map(({ port }) => port)
      const local = learned
        .filter(({ port }) => port !== lab.trunk(hypervisor).interface)
        .map(({ mac }) => mac)
      expect(
        nics.filter((nic) => own.some(({ port }) => port.interface === nic)),
        `${hypervisor}: NICs of VMs that have gone`,
      ).toEqual([])
      expect(
        ports.filter((nic) => own.some(({ port }) => port.interface === nic)),
        `${hypervisor}: FDB entries at ports of VMs that have gone`,
      ).toEqual([])
      expect(
        local.filter((mac) => own.some((visitor) => visitor.mac === mac)),
        `${hypervisor}: FDB entries of VMs that have gone`,
      ).toEqual([])
    }
    await lab.attach(visitors)
  },
)

/** One on each hypervisor, so that the talk crosses both. */
function talkersFirst(guests: readonly Guest[]): readonly [Guest, Guest, ...Guest[]] {
  const one = guests.find(({ hypervisor }) => hypervisor === 'hv1')
  const other = guests.find(({ hypervisor }) => hypervisor === 'hv2')
  if (one === undefined || other === undefined) throw new Error('no guest on each hypervisor')
  return [one, other, ...guests.filter((guest) => guest !== one && guest !== other)]
}
