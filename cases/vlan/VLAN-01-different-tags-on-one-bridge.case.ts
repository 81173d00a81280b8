/**
 *   [ red1 ]--(      )--[ blue1 ]
 *   [ red2 ]--( hv1  )--[ blue4 ]     one bridge, and on it the TAP ports of two tenants
 *
 * What a VM sends comes to no VM of the other tenant on its bridge: not what is addressed to that VM itself, not a
 * broadcast, not a multicast, not what is for an address that nobody has; ARP, IPv4, IPv6 and EtherType 0x88B5. Every
 * VM sends, on both hypervisors, and each frame is looked for at all ports at once.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 8.6 (the forwarding process).
 */
import {
  ALL_NODES,
  arpReply,
  arpRequest,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  icmpEcho,
  icmpv6Echo,
  ipv4Group,
  requirement,
  type Stimulus,
  stranger,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

/** So every VM has another of its own tenant beside it, by whom what it sends is known to have been handled. */
const TWO_OF_EACH_TENANT_ON_A_BRIDGE = { guests: 8 } as const

requirement(
  'VLAN-01',
  'VMs with different tags on one bridge do not reach each other',
  TWO_OF_EACH_TENANT_ON_A_BRIDGE,
  async ({ lab, window }) => {
    for (const from of lab.everyGuest) {
      const beside = lab.everyGuest.filter((guest) => guest.hypervisor === from.hypervisor)
      const others = beside.filter((guest) => guest.tenant !== from.tenant)
      const ports = others.map(({ port }) => port)
      const frames = [...others.flatMap((to) => toOne(from, to)), ...toMany(from), ...toNobody(from)]

      const seen = await window({}, async (w) => {
        await w.inject(from, ...frames)
        await w.proveAbsence({ of: frames, at: ports })
      })

      for (const frame of frames) for (const port of ports) expect(seen.at(port)).not.toCarry(frame)
    }
  },
)

function toOne(from: Guest, to: Guest): readonly Stimulus[] {
  return [
    arpRequest({ from, forAddress: to.address }),
    arpReply({ from, to }),
    icmpEcho({ from, to }),
    icmpv6Echo({ from, to }),
    udp({ from, to }),
    tcp({ from, to, srcPort: 40000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
    experimental({ from, to }),
  ]
}

function toMany(from: Guest): readonly Stimulus[] {
  const group = ipv4Group('233.252.0.1')
  return [
    udp({ from, to: EVERYBODY }),
    experimental({ from, to: EVERYBODY }),
    udp({ from, to: group }),
    icmpv6Echo({ from, to: ALL_NODES }),
    experimental({ from, to: group }),
  ]
}

/** Nobody speaks with its address in any case. */
function toNobody(from: Guest): readonly Stimulus[] {
  const to = stranger(601)
  return [
    arpReply({ from, to }),
    icmpEcho({ from, to }),
    icmpv6Echo({ from, to }),
    udp({ from, to }),
    experimental({ from, to }),
  ]
}
