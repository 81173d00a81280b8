/**
 * What a VM may try to reach others by who are not of its tenant: every kind of frame that the rules of isolation name,
 * and every way in which tags of its own might bring a frame into their VLAN.
 */
import { ETHER_TYPE, TCP_FLAG, type VlanTag } from '../wire/index.ts'
import { arpReply, arpRequest, experimental, icmpEcho, icmpv6Echo, tcp, udp } from './builders.ts'
import { tagged } from './frames.ts'
import { ALL_NODES, EVERYBODY, ipv4Group, stranger } from './groups.ts'
import type { Stimulus } from './stimulus.ts'
import type { Guest } from './world.ts'

const PRIORITY_VID = 0
const RESERVED_VID = 4095
/** A packet of full size, with another class than the rest. RFC 3246. */
const LARGEST = { sizeOctets: 1472, ip: { dscp: 46 } }

/**
 * To each of them, to everybody, to groups, and to an address that nobody speaks with in any case: ARP, ICMP, UDP and TCP
 * over IPv4 and IPv6, and EtherType 0x88B5; small frames, and large ones to one on each hypervisor and to everybody.
 */
export function everyKind(from: Guest, others: readonly Guest[]): readonly Stimulus[] {
  const group = ipv4Group('233.252.0.1')
  const nobody = stranger(606)
  const firstOfEach = others.filter(
    ({ hypervisor }, at) => others.findIndex((other) => other.hypervisor === hypervisor) === at,
  )
  return [
    ...others.flatMap((to) => [
      arpRequest({ from, forAddress: to.address }),
      arpReply({ from, to }),
      icmpEcho({ from, to }),
      icmpv6Echo({ from, to }),
      udp({ from, to }),
      tcp({ from, to, srcPort: 40000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
      experimental({ from, to }),
    ]),
    ...firstOfEach.map((to) => udp({ from, to, ...LARGEST })),
    udp({ from, to: EVERYBODY }),
    udp({ from, to: EVERYBODY, ...LARGEST }),
    experimental({ from, to: EVERYBODY }),
    udp({ from, to: group }),
    icmpv6Echo({ from, to: ALL_NODES }),
    experimental({ from, to: group }),
    arpReply({ from, to: nobody }),
    icmpEcho({ from, to: nobody }),
    icmpv6Echo({ from, to: nobody }),
    udp({ from, to: nobody }),
    experimental({ from, to: nobody }),
  ]
}

/** Frames to each of them, to everybody and to a group, with every tag and pair of tags that might lead into their VLAN. */
export function hopsTo(from: Guest, others: readonly Guest[]): readonly Stimulus[] {
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
  const single = [other, PRIORITY_VID, RESERVED_VID].flatMap((vid) => tpids.map((tpid) => [tag(tpid, vid)]))
  const double = [own, PRIORITY_VID, RESERVED_VID].flatMap((vid) =>
    tpids.flatMap((outer) => tpids.map((inner) => [tag(outer, vid), tag(inner, other)])),
  )
  return [...single, ...double]
}
