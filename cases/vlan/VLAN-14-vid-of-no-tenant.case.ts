/**
 *   [ red1, red2 ]--( hv1 )==eth0==( sw1 )     from there: frames with a VID that no tenant has
 *   [ blue1      ]--(     )
 *
 * What comes to a hypervisor from the physical network with the VID of nobody reaches no VM, whether it is for everybody,
 * for a group or for that VM itself: with the VIDs around the tenants' own, those that differ from one in a single bit,
 * and the first and last of all. Behind them come broadcasts with the VID of each tenant, which reach its VMs: so much is
 * known to have been handled.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 8.6.2 (ingress).
 */
import {
  ALL_NODES,
  arpRequest,
  ETHER_TYPE,
  EVERYBODY,
  expect,
  experimental,
  icmpv6Echo,
  requirement,
  type Stimulus,
  stranger,
  tagged,
  udp,
} from '../../harness/index.ts'

requirement('VLAN-14', 'a frame with the VID of no tenant reaches no VM', async ({ lab, window }) => {
  const tenants = [...new Set(lab.everyGuest.map(({ vid }) => vid))]
  const from = stranger(614)
  for (const hypervisor of ['hv1', 'hv2']) {
    const guests = lab.everyGuest.filter((guest) => guest.hypervisor === hypervisor)
    const frames = [
      experimental({ from, to: EVERYBODY }),
      icmpv6Echo({ from, to: ALL_NODES }),
      ...guests.flatMap((to) => [arpRequest({ from, forAddress: to.address }), udp({ from, to })]),
    ]
    const strays = vidsBut(tenants).flatMap((vid) => frames.map((frame) => withVid(frame, vid)))
    const owned = tenants.map((vid) => ({
      ports: guests.filter((guest) => guest.vid === vid).map(({ port }) => port),
      behind: withVid(experimental({ from, to: EVERYBODY }), vid),
    }))

    const seen = await window({}, async (w) => {
      await w.put(lab.switchPort(hypervisor), ...strays, ...owned.map(({ behind }) => behind))
      for (const { ports, behind } of owned) await w.proveAbsence({ of: strays, at: ports, behind })
    })

    for (const stray of strays) for (const { port } of guests) expect(seen.at(port)).not.toCarry(stray)
  }
})

function withVid(frame: Stimulus, vid: number): Stimulus {
  return tagged(frame, { tpid: ETHER_TYPE.dot1q, vid, pcp: 0, dei: false })
}

/** Neighbours of these, what differs from one in a bit, and the first and last of all. */
function vidsBut(owned: readonly number[]): readonly number[] {
  const near = owned.flatMap((vid) => [
    vid - 1,
    vid + 1,
    ...Array.from({ length: 12 }, (_, bit) => vid ^ (1 << bit)),
  ])
  const all = new Set([1, 2, ...near, 4093, 4094])
  return [...all].filter((vid) => vid >= 1 && vid <= 4094 && !owned.includes(vid))
}
