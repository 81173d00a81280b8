/**
 *   [ red1  ]--( hv1: 192.0.2.11 )==( sw1 )==( 192.0.2.12: hv2 )--[ red3  ]
 *   [ red2  ]--(                 )     |     (                 )--[ blue2 ]
 *   [ blue1 ]--(                 )  outside
 *
 * What every VM sends to hosts beyond the physical network leaves its hypervisor once, with the hypervisor's address as
 * its source and otherwise as it was sent: TCP, UDP, an ICMP echo, and protocol 253, which has no ports (each VM sends
 * that to a host of its own: nothing else tells two of them apart). An address of the range that is leased is a VM's like
 * any other. In no header on the physical network is a VM's address.
 *
 * Source: the article, 1.3.2.2; RFC 3022, 2.2 and 4.1; RFC 3692, 2.1 (protocol 253).
 */
import {
  expect,
  farAddress,
  icmpEcho,
  ipv4Packet,
  requirement,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

requirement('NAT-01', 'what VMs send leaves with the physical address', async ({ lab, window }) => {
  const via = await lab.routes(lab.everyGuest)
  const sent = lab.everyGuest.map((guest, index) => {
    const leased = { ...guest, address: `203.0.113.${150 + index}` }
    const to = via(guest, farAddress(1 + index))
    return {
      guest,
      frames: [
        udp({ from: guest, to }),
        udp({ from: leased, to }),
        tcp({ from: guest, to, srcPort: 41000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
        icmpEcho({ from: guest, to, identifier: 7 + index }),
        ipv4Packet({ from: guest, to, protocol: 253 }),
      ],
    }
  })

  const seen = await window({ at: [lab.outside] }, async (w) => {
    for (const { guest, frames } of sent) await w.inject(guest, ...frames)
    for (const { guest, frames } of sent)
      await w.proveDelivery({ of: frames, at: [lab.trunk(guest.hypervisor), lab.outside] })
  })

  for (const { guest, frames } of sent) {
    const rewritten = { sourceAddress: lab.machine(guest.hypervisor).address }
    for (const frame of frames) {
      expect(seen.at(lab.trunk(guest.hypervisor))).toCarry(frame, { times: 1, rewritten })
      expect(seen.at(lab.outside)).toCarry(frame, { times: 1, rewritten })
    }
  }
  for (const hypervisor of ['hv1', 'hv2'])
    expect(seen.at(lab.trunk(hypervisor))).toHideAddressesOf(lab.everyGuest)
})
