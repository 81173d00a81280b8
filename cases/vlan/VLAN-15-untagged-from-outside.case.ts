/**
 *   [ red1, red2 ]--( hv1 )==eth0==( sw1 )     from there: frames without a tag, or with a priority tag (VID 0)
 *   [ blue1      ]--(     )
 *
 * What comes to a hypervisor from the physical network untagged, or with one tag that has a priority and no VID, is no
 * tenant's and reaches no VM, whether it is for everybody, for a group or for that VM itself. A priority tag in front of a
 * tenant's tag counts as that tenant's: it may come to its VMs (the report says whether it does), and to no others.
 * Behind them come broadcasts with the VID of each tenant, which reach its VMs: so much is known to have been handled.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 6.9 and 9.6, table 9-2 (priority tags).
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
  stranger,
  tagged,
  udp,
  type VlanTag,
} from '../../harness/index.ts'

const HIGHEST_PRIORITY = 7

requirement(
  'VLAN-15',
  'an untagged or priority-tagged frame from outside reaches no VM',
  async ({ lab, window, measure }) => {
    const tenants = [...new Set(lab.everyGuest.map(({ vid }) => vid))]
    const from = stranger(615)
    const hello = () => experimental({ from, to: EVERYBODY })
    for (const hypervisor of ['hv1', 'hv2']) {
      const guests = lab.everyGuest.filter((guest) => guest.hypervisor === hypervisor)
      const toGuests = guests.flatMap((to) => [
        arpRequest({ from, forAddress: to.address }),
        udp({ from, to }),
      ])
      const frames = [hello(), icmpv6Echo({ from, to: ALL_NODES }), ...toGuests]
      const strays = [
        ...frames,
        ...frames.map((frame) => tagged(frame, tag(0))),
        ...frames.map((frame) => tagged(frame, { ...tag(0), pcp: HIGHEST_PRIORITY, dei: true })),
        ...frames.map((frame) => tagged(frame, { ...tag(0), tpid: ETHER_TYPE.dot1ad })),
      ]
      const owned = tenants.map((vid) => ({
        vid,
        own: guests.filter((guest) => guest.vid === vid),
        prioritised: tagged(hello(), tag(0), tag(vid)),
        behind: tagged(hello(), tag(vid)),
      }))

      const seen = await window({}, async (w) => {
        await w.put(lab.switchPort(hypervisor), ...strays, ...owned.map(({ prioritised }) => prioritised))
        await w.put(lab.switchPort(hypervisor), ...owned.map(({ behind }) => behind))
        for (const { vid, own, behind } of owned) {
          const ofOthers = owned.filter((other) => other.vid !== vid).map(({ prioritised }) => prioritised)
          const at = own.map(({ port }) => port)
          await w.proveAbsence({ of: [...strays, ...ofOthers], at, behind })
        }
      })

      for (const { port } of guests) for (const stray of strays) expect(seen.at(port)).not.toCarry(stray)
      for (const { vid, own, prioritised } of owned) {
        for (const { port } of guests.filter((guest) => guest.vid !== vid))
          expect(seen.at(port)).not.toCarry(prioritised)
        const hearing = own.filter(({ port }) => seen.at(port).carried(prioritised).length > 0)
        const told = `VMs on ${hypervisor}, of ${own.length} with VID ${vid}, that got VID 0 in front of it`
        measure(told, { value: hearing.length })
      }
    }
  },
)

function tag(vid: number): VlanTag {
  return { tpid: ETHER_TYPE.dot1q, vid, pcp: 0, dei: false }
}
