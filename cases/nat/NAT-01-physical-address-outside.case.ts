/**
 *   [ red1  ]--( hv1: 192.0.2.11 )==( sw1 )==( 192.0.2.12: hv2 )--[ red3  ]
 *   [ red2  ]--(                 )     |     (                 )--[ blue2 ]
 *   [ blue1 ]--(                 )  outside
 *
 * What every VM sends to hosts beyond the physical network leaves its hypervisor once, with the hypervisor's address as
 * its source and otherwise as it was sent: TCP, UDP, an ICMP echo, and protocols that have no ports (each VM sends
 * those to a host of its own: nothing else tells two of them apart). An address of the range that is leased is a VM's
 * like any other, and so are the first and the last of the network. In no header on the physical network is a VM's address.
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

/** Of the VMs' network: an address of the range that is leased, and the ends of what is not the gateway's. */
const [LOWEST, LEASED, HIGHEST] = [2, 150, 254]
/** Protocols: ESP, AH, and the two for experiments. */
const WITHOUT_PORTS = [50, 51, 253, 254]

requirement('NAT-01', 'what VMs send leaves with the physical address', async ({ lab, window }) => {
  const via = await lab.routes(lab.everyGuest)
  const sent = lab.everyGuest.map((guest, index) => {
    const others = [LOWEST, LEASED + index, HIGHEST].map((host) => `203.0.113.${host}`)
    const to = via(guest, farAddress(1 + index))
    return {
      guest,
      frames: [
        udp({ from: guest, to }),
        ...others.map((address) => udp({ from: { ...guest, address }, to })),
        tcp({ from: guest, to, srcPort: 41000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
        icmpEcho({ from: guest, to, identifier: 7 + index }),
        ...WITHOUT_PORTS.map((protocol) => ipv4Packet({ from: guest, to, protocol })),
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
