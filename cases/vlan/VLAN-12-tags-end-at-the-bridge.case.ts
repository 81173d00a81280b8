/**
 *   [ red1  ]--VID 10--( hv1 )--untagged--( sw1 )--untagged--( hv2 )--VID 10--[ red3  ]   gets what is red's, and blue's
 *   [ blue1 ]--VID 20--(     )                               (     )--VID 20--[ blue2 ]   gets nothing
 *
 * The tag of a bridge port is the bridge's own. Where the uplink is an untagged member of every tenant's VLAN and its PVID
 * is the first tenant's, every VM's broadcast leaves without a tag, and comes to the first tenant's VMs on the other
 * hypervisor, whoever sent it: the documented reason for VLAN NICs. An implementation is better where no VM of another
 * tenant gets it there.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 6.9 (PVID) and 8.8.2 (untagged set).
 */
import { EVERYBODY, expect, experimental, gratuitousArp, requirement, udp } from '../../harness/index.ts'

/** The lab of VLAN-01. */
const TWO_OF_EACH_TENANT_ON_A_BRIDGE = { guests: 8 } as const

requirement(
  'VLAN-12',
  'the tag of a bridge port means nothing outside the bridge',
  TWO_OF_EACH_TENANT_ON_A_BRIDGE,
  async ({ lab, window, notSupported }) => {
    const first = lab.everyGuest[0]?.tenant
    for (const from of lab.everyGuest) {
      const trunk = lab.trunk(from.hypervisor)
      const far = lab.everyGuest.filter((guest) => guest.hypervisor !== from.hypervisor)
      const [reached, spared] = [
        far.filter(({ tenant }) => tenant === first).map(({ port }) => port),
        far.filter(({ tenant }) => tenant !== first).map(({ port }) => port),
      ]
      const broadcasts = [
        gratuitousArp({ from }),
        udp({ from, to: EVERYBODY }),
        experimental({ from, to: EVERYBODY }),
      ]

      const seen = await window({}, async (w) => {
        await w.inject(from, ...broadcasts)
        await w.proveDelivery({ of: broadcasts, at: [trunk, ...reached] })
        await w.proveAbsence({ of: broadcasts, at: spared })
      })

      const strangers = far.filter(({ tenant }) => tenant !== from.tenant)
      const isHeardByStrangers = strangers.some(({ port }) =>
        broadcasts.some((frame) => seen.at(port).carried(frame).length > 0),
      )
      if (from.tenant !== first && !isHeardByStrangers) {
        notSupported(
          `it is better than the documented weakness: what ${from.name} sends comes to no other tenant`,
        )
        continue
      }
      for (const frame of broadcasts) {
        expect(seen.at(trunk)).toCarry(frame, { times: 1, tag: 'untagged' })
        for (const port of reached) expect(seen.at(port)).toCarry(frame, { times: 1, tag: 'untagged' })
        for (const port of spared) expect(seen.at(port)).not.toCarry(frame)
      }
    }
  },
)
