/**
 *   [ red1  ]--( hv1 )--eth0 ===== sw1:hv1 ( sw1 ) sw1:hv2 ===== eth0--( hv2 )--[ red3  ]
 *   [ red2  ]--(     )                                                 (     )--[ blue2 ]
 *   [ blue1 ]--(     )
 *
 * VMs on two hypervisors talk through the physical NICs and the physical switch as if a cable joined them: ARP, ICMP
 * echo (IPv4 and IPv6), UDP and TCP, each VM with each of the other hypervisor. The frame at both physical NICs, and at
 * the switch's ports, is the VM's own: every octet as it was sent, its MAC addresses too, and no tag.
 *
 * Source: the article, 1.3.2.1; IEEE 802.1Q, 6.5 and 8.6; RFC 826, 792, 4443, 768, 9293.
 */
import {
  arpReply,
  arpRequest,
  expect,
  type Guest,
  icmpEcho,
  icmpv6Echo,
  requirement,
  udp,
} from '../../harness/index.ts'

/** Of UDP payload: the Ethernet frame has 1514 octets. */
const FULL_SIZE_OCTETS = 1472

requirement('BR-02', 'VMs on two hypervisors reach each other', async ({ lab, window }) => {
  const wire = ['hv1', 'hv2'].flatMap((hypervisor) => lab.cable(hypervisor))
  const conversations = pairsAcross(lab.everyGuest).map(([from, to]) => ({
    from,
    to,
    question: arpRequest({ from, forAddress: to.address }),
    frames: [
      arpReply({ from, to }),
      icmpEcho({ from, to }),
      icmpEcho({ from, to, kind: 'echo reply' }),
      icmpv6Echo({ from, to }),
      icmpv6Echo({ from, to, kind: 'echo reply' }),
      udp({ from, to }),
      udp({ from, to, sizeOctets: FULL_SIZE_OCTETS }),
    ],
  }))

  const seen = await window({ at: wire }, async (w) => {
    for (const { from, to, question } of conversations) {
      await w.inject(from, question)
      await w.proveDelivery({ of: question, at: [to.port, ...wire] })
    }
    for (const { from, to, frames } of conversations) {
      await w.inject(from, ...frames)
      await w.proveDelivery({ of: frames, at: [to.port, ...wire] })
    }
  })

  for (const { to, question, frames } of conversations) {
    for (const port of [to.port, ...wire]) {
      for (const frame of [question, ...frames]) {
        expect(seen.at(port)).toCarry(frame, { times: 1, tag: 'untagged' })
      }
    }
  }
})

requirement('BR-02', 'VMs on two hypervisors transfer octets over TCP', async ({ lab, window }) => {
  const { red1, red3 } = lab.guests
  const wire = ['hv1', 'hv2'].flatMap((hypervisor) => lab.cable(hypervisor))
  const transfers = [
    { from: red1, to: red3, sizeOctets: 50_000 },
    { from: red3, to: red1, sizeOctets: 50_000 },
  ]

  const seen = await window({ at: wire }, async (w) => {
    for (const transfer of transfers) await w.transfer(transfer)
  })

  for (const transfer of transfers) {
    const { from, to } = transfer
    expect(seen.transfer(transfer)).toArriveWhole()
    for (const port of wire) {
      expect(seen.at(port)).toCarryAnswer({ 'eth.src': from.mac, 'eth.dst': to.mac, 'tcp.flags': 'syn' })
      expect(seen.at(port)).toCarryAnswer({ 'eth.src': to.mac, 'eth.dst': from.mac, 'tcp.flags': 'syn,ack' })
    }
  }
})

/** Who sends to whom: each VM to each of the other hypervisor. */
function pairsAcross(guests: readonly Guest[]): readonly (readonly [from: Guest, to: Guest])[] {
  return guests.flatMap((from) =>
    guests.filter((to) => to.hypervisor !== from.hypervisor).map((to) => [from, to] as const),
  )
}
