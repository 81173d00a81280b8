/**
 *   [ red1  ]--( hv1 )==VID 1   ==( sw1 )==VID 1   ==( hv2 )--[ red3  ]
 *   [ blue1 ]--(     )==VID 2   ==(     )==VID 2   ==(     )--[ blue2 ]
 *   [   …   ]--(     )==  …     ==(     )==  …     ==(     )--[   …   ]
 *   [   …   ]--(     )==VID 4094==(     )==VID 4094==(     )--[   …   ]
 *
 * Six tenants have the VIDs at the ends and in the middle of what 12 bits can say. A broadcast of each VM, and a datagram
 * to another of its tenant on the other hypervisor, crosses with this VID on the cables, comes to its own, once and
 * untagged, and to no VM of the others.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 9.6, table 9-2 (reserved VIDs).
 */
import { EVERYBODY, expect, experimental, type Guest, requirement, udp } from '../../harness/index.ts'

const VIDS = [1, 2, 2047, 2048, 4093, 4094]
const TITLE = 'VIDs 1, 2, 2047, 2048, 4093 and 4094 are tenants like any other'
/** The first has three VMs in any lab. */
const SIX_TENANTS = { guests: 2 * VIDS.length + 1, tenants: VIDS.length, vids: VIDS } as const

requirement('VLAN-09', TITLE, SIX_TENANTS, async ({ lab, window }) => {
  const all = lab.everyGuest
  const cables = ['hv1', 'hv2'].flatMap((name) => lab.cable(name))
  const said = all.flatMap((from) => {
    const own = all.filter((guest) => guest.vid === from.vid && guest !== from)
    const far = own.filter(({ hypervisor }) => hypervisor !== from.hypervisor)
    return [
      { from, to: own, frame: experimental({ from, to: EVERYBODY }) },
      ...far.map((to) => ({ from, to: [to], frame: udp({ from, to }) })),
    ]
  })
  const portsOfOthers = ({ vid }: Guest) => all.filter((guest) => guest.vid !== vid).map(({ port }) => port)

  const seen = await window({}, async (w) => {
    for (const { from, to, frame } of said) {
      await w.inject(from, frame)
      await w.proveDelivery({ of: frame, at: [...cables, ...to.map(({ port }) => port)] })
    }
    for (const vid of VIDS) {
      const own = said.filter(({ from }) => from.vid === vid)
      const [first] = own
      if (first === undefined) continue
      await w.proveAbsence({ of: own.map(({ frame }) => frame), at: portsOfOthers(first.from) })
    }
  })

  for (const { from, to, frame } of said) {
    for (const cable of cables)
      expect(seen.at(cable)).toCarry(frame, { times: 1, vid: from.vid, pcp: 0, dei: false })
    for (const { port } of to) expect(seen.at(port)).toCarry(frame, { times: 1, tag: 'untagged' })
    for (const port of portsOfOthers(from)) expect(seen.at(port)).not.toCarry(frame)
  }
})
