/**
 *   [ red1 ]==write==> tap-red1 --( hv1 )-- tap-red2 ==> [ red2 ]
 *
 * What the VM writes into the device leaves the TAP port into the hypervisor octet by octet: every documented size,
 * any EtherType, any payload. It is compared where it leaves the TAP (tap-red1, inward) and, so that nothing later
 * can hide a change, where the bridge hands it to the peer.
 *
 * Source: the article, 1.2; the kernel's Documentation/networking/tuntap.rst.
 */
import { expect, filled, requirement } from '../../harness/index.ts'

const SIZES_OCTETS = [60, 61, 64, 128, 512, 1513, 1514]
/** IPv4, ARP, IPv6, PPPoE, MPLS, PTP, the two for local experiments, the highest; no tag protocols. */
const ETHER_TYPES = [0x0800, 0x0806, 0x86dd, 0x8864, 0x8847, 0x88f7, 0x88b5, 0x88b6, 0xffff]
const PAYLOADS = ['zeros', 'ones', 'counting', 'random'] as const

requirement('TAP-02', 'what the VM writes leaves its TAP port octet by octet', async ({ lab, window }) => {
  const { red1, red2 } = lab.guests
  for (const sizeOctets of SIZES_OCTETS) {
    const frames = ETHER_TYPES.flatMap((etherType) =>
      PAYLOADS.map((payload) => filled({ from: red1, to: red2, etherType, sizeOctets, payload })),
    )

    const seen = await window({ at: [red1.port, red2.port] }, async (w) => {
      await w.inject(red1, ...frames)
      await w.proveDelivery({ of: frames, at: [red1.port, red2.port] })
    })

    for (const frame of frames) {
      expect(seen.from(red1.port)).toCarry(frame, { times: 1, tag: 'untagged' })
      expect(seen.at(red2.port)).toCarry(frame, { times: 1, tag: 'untagged' })
    }
  }
})
