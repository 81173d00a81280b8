/**
 *   plan: red has VID 0, or 4095      configure up: exit status 3, and says why
 *
 *   [ red1 ]--( hv1 )==( sw1 )==( hv2 )--[ red3 ]     they talk, and lose nothing
 *
 * VID 0 marks a priority tag and is no VLAN; 4095 is reserved. A plan that gives one of them to a tenant it knows, or to a
 * new one, is refused, in words that speak of VIDs or name the tenant, and nothing is changed: two VMs that talk meanwhile
 * lose nothing, each hypervisor has the NICs that it had, and the VLANs are what they were.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 9.6, table 9-2 (reserved VIDs).
 */
import { EVERYBODY, expect, experimental, requirement } from '../../harness/index.ts'

const NO_VLANS = [0, 4095]

requirement('VLAN-09', 'a plan with VID 0 or 4095 is refused', async ({ lab, window, talk }) => {
  const { red1, red3, blue1, blue2 } = lab.guests
  const blue = { name: blue1.tenant, vid: blue1.vid }
  const hypervisors = ['hv1', 'hv2']
  const nics = () => Promise.all(hypervisors.map((name) => lab.links(name)))
  const before = await nics()

  const { seen, there, back } = await talk(red1, red3, async () => {
    for (const [at, hypervisor] of hypervisors.entries()) {
      const [first = 0, second = 0] = at === 0 ? NO_VLANS : [...NO_VLANS].reverse()
      const known = { name: red1.tenant, vid: red1.vid }
      for (const tenants of [
        [{ ...known, vid: first }, blue],
        [known, blue, { name: 'green', vid: second }],
      ]) {
        const bad = tenants.find(({ vid }) => NO_VLANS.includes(vid))
        const what = `a plan that gives VID ${bad?.vid} to ${bad?.name} on ${hypervisor}`
        const speaksOfIt = new RegExp(`\\b(VIDs?|${bad?.vid}|${bad?.name})\\b`, 'i')
        const { outcome, reason } = await lab.propose(hypervisor, { tenants })
        expect(outcome, what).toBe('refused')
        expect(speaksOfIt.test(reason ?? ''), `${what}: "${reason}" says what is wrong`).toBe(true)
      }
    }
  })

  expect(seen.at(red3.nic)).toCarryInOrder(there)
  expect(seen.at(red1.nic)).toCarryInOrder(back)
  expect(await nics(), 'the NICs of hv1 and hv2').toEqual(before)
  for (const [from, to, others] of [
    [red1, red3, [blue1, blue2]],
    [blue2, blue1, [red1, red3]],
  ] as const) {
    const broadcast = experimental({ from, to: EVERYBODY })
    const ports = others.map(({ port }) => port)
    const after = await window({}, async (w) => {
      await w.inject(from, broadcast)
      await w.proveDelivery({ of: broadcast, at: [lab.trunk('hv1'), to.port] })
      await w.proveAbsence({ of: broadcast, at: ports })
    })
    expect(after.at(lab.trunk('hv1'))).toCarry(broadcast, { times: 1, vid: from.vid })
    expect(after.at(to.port)).toCarry(broadcast, { times: 1, tag: 'untagged' })
    for (const port of ports) expect(after.at(port)).not.toCarry(broadcast)
  }
})
