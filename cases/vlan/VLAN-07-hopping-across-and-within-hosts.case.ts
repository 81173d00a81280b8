/**
 *   [ red1  ]--( hv1 )==trunk 10,20==( sw1 )==trunk 10,20==( hv2 )--[ red3  ]
 *   [ blue1 ]--(     )                                     (     )--[ blue2 ]
 *
 * A VM may send frames with tags of its own. With the VID of another tenant, behind its own VID, behind VID 0 (a priority
 * tag) or VID 4095 (reserved), with a priority tag alone, in tags of 802.1Q and of 802.1ad: whatever it says, addressed to
 * a VM of another tenant, to everybody or to a group, such a VM does not hear it, on neither hypervisor. Every VM tries.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 6.9 (VID of a received frame) and 9.6, table 9-2 (reserved VIDs).
 */
import { EVERYBODY, expect, experimental, hopsTo, requirement } from '../../harness/index.ts'

requirement(
  'VLAN-07',
  'no tag brings a frame to another tenant, on either hypervisor',
  { scenario: 'vlan' },
  async ({ lab, window }) => {
    for (const from of lab.everyGuest) {
      const others = lab.everyGuest.filter((guest) => guest.tenant !== from.tenant)
      const ports = others.map(({ port }) => port)
      const hops = hopsTo(from, others)

      const seen = await window({}, async (w) => {
        await w.inject(from, ...hops)
        await w.proveAbsence({ of: hops, at: ports, marker: experimental({ from, to: EVERYBODY }) })
      })

      for (const hop of hops) for (const port of ports) expect(seen.at(port)).not.toCarry(hop)
    }
  },
)
