/**
 *   ( hv1 )==eth0: VID 30 ==( sw1 )                 == ( hv2 )
 *   (     )==eth0: VID 10 ==(     )==trunk: VID 10 === (     )
 *
 * The trunks of the physical switch carry the tenants' VIDs. What a hypervisor sends to it with another VID, or with none,
 * does not come out at the other hypervisor's port, whomever it is for: with the VIDs around the tenants' own, those that
 * differ from one in a single bit, and the first and last of all. Behind them a frame with a tenant's VID crosses: so that
 * much is known to have been handled.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 8.6.2 (ingress) and 8.6.4 (egress).
 */
import {
  ETHER_TYPE,
  EVERYBODY,
  expect,
  experimental,
  requirement,
  type Stimulus,
  stranger,
  tagged,
  udp,
} from '../../harness/index.ts'

requirement('VLAN-10', 'a VID that no trunk carries does not cross the switch', async ({ lab, window }) => {
  const tenants = [...new Set(lab.everyGuest.map(({ vid }) => vid))]
  const from = stranger(610)
  for (const [here, there] of [
    ['hv1', 'hv2'],
    ['hv2', 'hv1'],
  ] as const) {
    const guests = lab.everyGuest.filter(({ hypervisor }) => hypervisor === there)
    const frames = [experimental({ from, to: EVERYBODY }), ...guests.map((to) => udp({ from, to }))]
    const strays = [
      experimental({ from, to: EVERYBODY }),
      ...vidsBut(tenants).flatMap((vid) => frames.map((frame) => withVid(frame, vid))),
    ]
    const behind = withVid(experimental({ from, to: EVERYBODY }), tenants[0] ?? 0)
    const farEnds = lab.cable(there)

    const seen = await window({}, async (w) => {
      await w.put(lab.trunk(here), ...strays, behind)
      await w.proveAbsence({ of: strays, at: farEnds, behind })
    })

    for (const stray of strays) for (const end of farEnds) expect(seen.at(end)).not.toCarry(stray)
  }
})

function withVid(frame: Stimulus, vid: number): Stimulus {
  return tagged(frame, { tpid: ETHER_TYPE.dot1q, vid, pcp: 0, dei: false })
}

/** Neighbours of these, what differs from one in a bit, and the first and last of all. */
function vidsBut(carried: readonly number[]): readonly number[] {
  const near = carried.flatMap((vid) => [
    vid - 1,
    vid + 1,
    ...Array.from({ length: 12 }, (_, bit) => vid ^ (1 << bit)),
  ])
  const all = new Set([1, 2, ...near, 4093, 4094])
  return [...all].filter((vid) => vid >= 1 && vid <= 4094 && !carried.includes(vid))
}
