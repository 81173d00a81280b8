/**
 *   [ red1, red2, ... ]--( hv1 )==trunk==( sw1 )==trunk==( hv2 )--[ red3, ...  ]
 *   [ blue1, ...      ]--(     )         (     )         (     )--[ blue2, ... ]
 *   [ two tenants more ]-(     )         (     )         (     )--[ of them, too ]
 *
 * What a VM sends comes to no VM of another tenant, on neither hypervisor: not what is addressed to that VM itself, not a
 * broadcast, not a multicast, not what is for an address that nobody has; ARP, IPv4, IPv6 and EtherType 0x88B5. First
 * every VM says a word, so that all bridges know where it is. Then every VM of four tenants sends, and each frame is
 * looked for at the ports of all VMs of the others at once: all twelve ordered pairs of tenants.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 8.6 (the forwarding process).
 */
import { EVERYBODY, everyKind, expect, experimental, requirement } from '../../harness/index.ts'

const FOUR_TENANTS = { guests: 10, tenants: 4 } as const

requirement(
  'VLAN-06',
  'no frame of a VM comes to a VM of another VID',
  FOUR_TENANTS,
  async ({ lab, window }) => {
    const words = lab.everyGuest.map((from) => ({ from, word: experimental({ from, to: EVERYBODY }) }))
    await window({}, async (w) => {
      for (const { from, word } of words) {
        const own = lab.everyGuest.filter((guest) => guest.vid === from.vid && guest !== from)
        await w.inject(from, word)
        await w.proveDelivery({ of: word, at: own.map(({ port }) => port) })
      }
    })

    for (const from of lab.everyGuest) {
      const others = lab.everyGuest.filter((guest) => guest.vid !== from.vid)
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
