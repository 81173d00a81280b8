/**
 *   [ red1 ]--( hv1 )--eth0 == sw1 == eth0--( hv2 )--[ red3  ]
 *   [ red2 ]--(     )                       (     )--[ blue2 ]
 *   [  …   ]--(     )                       (     )--[   …   ]
 *
 * The size of a broadcast domain is what a broadcast costs. With N VMs over two hypervisors it makes N-1 copies at VM
 * ports, one for each VM but its sender, and one on the cable of each hypervisor. So it is with N = 16, 8, 4 and 2 VMs,
 * half of them on each hypervisor, whichever of them sends.
 *
 * Source: the article, 1.3.2.1; IEEE 802.1Q, 8.6; RFC 2889, 5.10 (broadcast forwarding).
 */
import { expect, gratuitousArp, requirement } from '../../harness/index.ts'

const TITLE = 'a broadcast makes one copy at each VM port and on each link'

requirement('BR-12', TITLE, { guests: 16 }, async ({ lab, window, measure }) => {
  const cables = ['hv1', 'hv2'].flatMap((name) => lab.cable(name))
  const halves = ['hv1', 'hv2'].map((name) => lab.everyGuest.filter(({ hypervisor }) => hypervisor === name))
  let here = lab.everyGuest
  for (const size of [16, 8, 4, 2]) {
    const staying = halves.flatMap((half) => half.slice(0, size / 2))
    await lab.detach(here.filter((guest) => !staying.includes(guest)))
    here = staying
    const broadcasts = here.map((from) => ({ from, question: gratuitousArp({ from }) }))
    const questions = broadcasts.map(({ question }) => question)

    const seen = await window({ at: cables }, async (w) => {
      for (const { from, question } of broadcasts) await w.inject(from, question)
      await w.proveAbsence({ of: questions, at: here.map(({ port }) => port) }) // at its own sender's, each
    })

    for (const { from, question } of broadcasts) {
      const others = here.filter((guest) => guest !== from)
      for (const { port } of others) expect(seen.at(port)).toCarry(question, { times: 1 })
      for (const cable of cables) expect(seen.at(cable)).toCarry(question, { times: 1 })
      expect(seen.at(from.port)).not.toCarry(question)
    }
    const copies = questions.flatMap((question) =>
      here.flatMap(({ port }) => seen.at(port).carried(question)),
    )
    measure(`copies of a broadcast at the ports of ${size} VMs`, { value: copies.length / size })
  }
  await lab.attach(lab.everyGuest.filter((guest) => !here.includes(guest)))
})
