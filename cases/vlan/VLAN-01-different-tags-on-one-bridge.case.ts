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
import { everyKind, expect, requirement } from '../../harness/index.ts'

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
      const frames = everyKind(from, others)

      const seen = await window({}, async (w) => {
        await w.inject(from, ...frames)
        await w.proveAbsence({ of: frames, at: ports })
      })

      for (const frame of frames) for (const port of ports) expect(seen.at(port)).not.toCarry(frame)
    }
  },
)
