/**
 *   [ red1 ]--( hv1 )======( sw1 )======( hv2 )--[ red3 ]    they talk without a pause
 *   [  …   ]--(     )                   (     )--[  …   ]    all the others come and go
 *
 * VMs come and go, a hundred times and more, while two others talk across the hypervisors: the talk loses nothing, and
 * nothing of a VM that has gone stays on its hypervisor: no NIC, no bridge port, no entry in the forwarding database.
 *
 * Source: the article, 1.3.1 (flexibility); IEEE 802.1Q, 8.8 (the filtering database).
 */
import { expect, experimental, requirement } from '../../harness/index.ts'

const CYCLES = 100
const TITLE = 'VMs come and go while others talk'

requirement('TAP-06', TITLE, { guests: 32 }, async ({ lab, window, talk, measureOutage }) => {
  const { red1, red3 } = lab.guests
  const visitors = lab.everyGuest.filter((guest) => guest !== red1 && guest !== red3)

  const { seen, there, back } = await talk(red1, red3, async () => {
    for (let cycles = 0; cycles < CYCLES; cycles += visitors.length) {
      await lab.detach(visitors, { owed: true })
      await lab.attach(visitors, { owed: true })
    }
  })
  expect(seen.at(red3.nic)).toCarryInOrder(there)
  expect(seen.at(red1.nic)).toCarryInOrder(back)
  measureOutage(seen.at(red3.nic), there)
  measureOutage(seen.at(red1.nic), back)

  // Each is heard, so that its hypervisor has learned it; then it goes for good.
  const greetings = visitors.map((from) => ({ from, frame: experimental({ from, to: red1 }) }))
  const heard = await window({ at: [red1.port] }, async (w) => {
    for (const { from, frame } of greetings) {
      await w.inject(from, frame)
      await w.proveDelivery({ of: frame, at: [red1.port] })
    }
  })
  for (const { frame } of greetings) expect(heard.at(red1.port)).toCarry(frame, { times: 1 })
  await lab.detach(visitors, { owed: true })

  for (const hypervisor of ['hv1', 'hv2']) {
    const gone = visitors.filter((visitor) => visitor.hypervisor === hypervisor)
    const [nics, macs] = [gone.map(({ port }) => port.interface), gone.map(({ mac }) => mac)]
    const uplink = lab.trunk(hypervisor).interface

    const links = await lab.links(hypervisor)
    const entries = await lab.fdb(hypervisor)
    const kept = entries.filter(
      ({ mac, port }) => nics.includes(port) || (macs.includes(mac) && port !== uplink),
    )

    expect(
      links.filter(({ name }) => nics.includes(name)),
      `NICs on ${hypervisor} of VMs that have gone`,
    ).toEqual([])
    expect(kept, `FDB entries and bridge ports on ${hypervisor} of VMs that have gone`).toEqual([])
  }
  await lab.attach(visitors)
})
