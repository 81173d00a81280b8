/**
 *   before:  ( hv1 )==eth0, down      then:  [ red1 ]--( hv1 )==eth0, up      then:  ( hv1 )==eth0, down
 *
 * What hypervisors hold is read before the implementation is first called, and again when all VMs were unplugged and it
 * was taken down: NICs, addresses, routes, rules, qdiscs, sysctls, processes and files are as they were. While it is up
 * they are not: what is looked at shows what it does. Set up once more, it works: VMs reach each other.
 *
 * Source: the article, 1.3.1 (flexibility).
 */
import { expect, experimental, requirement } from '../../harness/index.ts'

const HYPERVISORS = ['hv1', 'hv2'] as const
const NOTES_BARE = { notesBare: true } as const

requirement('LIFE-04', 'nothing is left when it was taken down', NOTES_BARE, async ({ lab, window }) => {
  const { red1, red2 } = lab.guests
  const whileUp = await lab.leftovers(HYPERVISORS)
  await lab.detach(lab.everyGuest, { owed: true })
  await lab.down(HYPERVISORS, { owed: true })
  const left = await lab.leftovers(HYPERVISORS)
  for (const hypervisor of HYPERVISORS) {
    expect(whileUp[hypervisor], `what is other on ${hypervisor} while it is up`).not.toEqual([])
    expect(left[hypervisor], `what is left on ${hypervisor} when it was taken down`).toEqual([])
  }

  await lab.up(HYPERVISORS, { owed: true })
  await lab.attach(lab.everyGuest, { owed: true })
  const [there, back] = [experimental({ from: red1, to: red2 }), experimental({ from: red2, to: red1 })]
  const seen = await window({}, async (w) => {
    await w.inject(red1, there)
    await w.proveDelivery({ of: there, at: [red2.port] })
    await w.inject(red2, back)
    await w.proveDelivery({ of: back, at: [red1.port] })
  })
  expect(seen.at(red2.port)).toCarry(there, { times: 1, tag: 'untagged' })
  expect(seen.at(red1.port)).toCarry(back, { times: 1, tag: 'untagged' })
})
