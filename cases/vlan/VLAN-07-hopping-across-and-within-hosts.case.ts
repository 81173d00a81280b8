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
import {
  ALL_NODES,
  arpRequest,
  ETHER_TYPE,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  icmpv6Echo,
  requirement,
  type Stimulus,
  tagged,
  udp,
  type VlanTag,
} from '../../harness/index.ts'

const PRIORITY = 0
const RESERVED = 4095

requirement(
  'VLAN-07',
  'no tag brings a frame to another tenant, on either hypervisor',
  { scenario: 'vlan' },
  async ({ lab, window }) => {
    for (const from of lab.everyGuest) {
      const others = lab.everyGuest.filter((guest) => guest.tenant !== from.tenant)
      const ports = others.map(({ port }) => port)
      const hops = hopsOf(from, others)

      const seen = await window({}, async (w) => {
        await w.inject(from, ...hops)
        await w.proveAbsence({ of: hops, at: ports, marker: experimental({ from, to: EVERYBODY }) })
      })

      for (const hop of hops) for (const port of ports) expect(seen.at(port)).not.toCarry(hop)
    }
  },
)

function hopsOf(from: Guest, others: readonly Guest[]): readonly Stimulus[] {
  return others.flatMap((to) => {
    const frames = [
      experimental({ from, to }),
      udp({ from, to }),
      arpRequest({ from, forAddress: to.address }),
      icmpv6Echo({ from, to: ALL_NODES }),
    ]
    return frames.flatMap((frame) => tagsToHopBy(from.vid, to.vid).map((tags) => tagged(frame, ...tags)))
  })
}

/** Every way of 802.1Q and 802.1ad, the outermost tag first. */
function tagsToHopBy(own: number, other: number): readonly (readonly VlanTag[])[] {
  const tpids = [ETHER_TYPE.dot1q, ETHER_TYPE.dot1ad]
  const tag = (tpid: number, vid: number): VlanTag => ({ tpid, vid, pcp: 0, dei: false })
  const single = [other, PRIORITY, RESERVED].flatMap((vid) => tpids.map((tpid) => [tag(tpid, vid)]))
  const double = [own, PRIORITY, RESERVED].flatMap((vid) =>
    tpids.flatMap((outer) => tpids.map((inner) => [tag(outer, vid), tag(inner, other)])),
  )
  return [...single, ...double]
}
