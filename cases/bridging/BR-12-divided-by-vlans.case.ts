/**
 *   [ red1  ]--( hv1 )==VID 10==( sw1 )==VID 10==( hv2 )--[ red3  ]
 *   [ blue1 ]--(     )==VID 20==(     )==VID 20==(     )--[ blue2 ]
 *   [   …   ]--(     )==   …  ==(     )==   …  ==(     )--[   …   ]
 *
 * VLANs divide a broadcast domain. Of 16 VMs in k of them, evenly, a broadcast reaches the 16/k - 1 others of its own,
 * once each, and nobody else; on the cable of each hypervisor it is one copy, with the VLAN's VID.
 *
 * Source: the article, 1.3.2.1 and 1.3.3; IEEE 802.1Q, 8.6; RFC 2889, 5.10 (broadcast forwarding).
 */
import { type CaseContext, expect, gratuitousArp, requirement } from '../../harness/index.ts'

const inTwo = { scenario: 'vlan', guests: 16, tenants: 2 } as const
const inFour = { scenario: 'vlan', guests: 16, tenants: 4 } as const

requirement('BR-12', 'two VLANs make two broadcast domains', inTwo, isDivided)
requirement('BR-12', 'four VLANs make four broadcast domains', inFour, isDivided)

async function isDivided({ lab, window, measure }: CaseContext): Promise<void> {
  const all = lab.everyGuest
  const cables = ['hv1', 'hv2'].flatMap((name) => lab.cable(name))
  const broadcasts = all.map((from) => ({ from, question: gratuitousArp({ from }) }))
  const questions = broadcasts.map(({ question }) => question)

  const seen = await window({ at: cables }, async (w) => {
    for (const { from, question } of broadcasts) await w.inject(from, question)
    await w.proveAbsence({ of: questions, at: all.map(({ port }) => port) }) // where it is not its VLAN's, each
  })

  for (const { from, question } of broadcasts) {
    for (const guest of all) {
      const isReached = guest.vid === from.vid && guest !== from
      if (isReached) expect(seen.at(guest.port)).toCarry(question, { times: 1, tag: 'untagged' })
      else expect(seen.at(guest.port)).not.toCarry(question)
    }
    for (const cable of cables) expect(seen.at(cable)).toCarry(question, { times: 1, vid: from.vid })
  }
  const copies = questions.flatMap((question) => all.flatMap(({ port }) => seen.at(port).carried(question)))
  measure(`copies of a broadcast at the ports of ${all.length} VMs`, { value: copies.length / all.length })
}
