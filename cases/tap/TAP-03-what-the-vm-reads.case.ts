/**
 *   [ red2 ]--( hv1 )==its own frames, and red2's==> tap-red1 ==read==> [ red1 ]
 *             ( hv2 )==its own frames, and red2's==> tap-red3 ==read==> [ red3 ]
 *
 * A frame that the hypervisor sends to the TAP port is what the VM reads, octet by octet: every documented size, any
 * EtherType, any payload. The hypervisor sends frames of its own, and those that its bridge hands on from another VM, of
 * the same hypervisor or from afar. It is compared at the VM's own side of the TAP.
 *
 * Source: the article, 1.2; the kernel's Documentation/networking/tuntap.rst.
 */
import { expect, experimental, filled, requirement, stranger } from '../../harness/index.ts'

const SIZES_OCTETS = [60, 61, 64, 128, 512, 1513, 1514]
/** IPv4, ARP, IPv6, PPPoE, MPLS, PTP, the two for local experiments, the highest; no tag protocols. */
const ETHER_TYPES = [0x0800, 0x0806, 0x86dd, 0x8864, 0x8847, 0x88f7, 0x88b5, 0x88b6, 0xffff]
const PAYLOADS = ['zeros', 'ones', 'counting', 'random'] as const

requirement('TAP-03', 'what is sent to the TAP port is what the VM reads', async ({ lab, window }) => {
  const { red1, red2, red3 } = lab.guests
  const hypervisor = stranger(3)
  for (const vm of [red1, red3]) {
    for (const sizeOctets of SIZES_OCTETS) {
      const every = (from: { mac: string }) =>
        ETHER_TYPES.flatMap((etherType) =>
          PAYLOADS.map((payload) => filled({ from, to: vm, etherType, sizeOctets, payload })),
        )
      const own = every(hypervisor)
      const bridged = every(red2)

      const seen = await window({ at: [vm.port, vm.nic] }, async (w) => {
        await w.put(vm.port, ...own)
        await w.proveDelivery({ of: own, at: [vm.nic], marker: experimental({ from: hypervisor, to: vm }) })
        await w.inject(red2, ...bridged)
        await w.proveDelivery({ of: bridged, at: [vm.nic] })
      })

      for (const frame of [...own, ...bridged])
        expect(seen.at(vm.nic)).toCarry(frame, { times: 1, tag: 'untagged' })
    }
  }
})
