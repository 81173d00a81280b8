/**
 *   [ red1 ]--( hv1 )==( sw1 )==( hv2 )--[ red3 ]
 *                         |
 *                      outside
 *
 * What connection tracking cannot place it does not translate either, so it must not leave at all: a wrong checksum of
 * UDP, TCP or ICMP; a TCP segment with SYN and FIN, with SYN and RST, with FIN, PSH and URG but no ACK, or without
 * flags; a reset, and a SYN-ACK, of no connection; an echo reply that nobody asked for; an ICMP error about a packet
 * that nobody sent. A datagram of the same VM, sent behind them, leaves.
 *
 * Source: RFC 3022, 4.1; iptables-extensions(8), conntrack (INVALID); RFC 9293, 3.1 (flags); RFC 5508, 4.
 */
import {
  expect,
  farAddress,
  type Guest,
  icmpEcho,
  icmpError,
  requirement,
  type Station,
  type Stimulus,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

requirement('NAT-01', 'what connection tracking calls invalid does not leave', async ({ lab, window }) => {
  const guests = [lab.guests.red1, lab.guests.red3]
  const via = await lab.routes(guests)
  const sent = guests.map((guest) => {
    const to = via(guest, farAddress(20))
    return { guest, invalid: invalidOf(guest, to), valid: udp({ from: guest, to, dstPort: 9 }) }
  })

  const seen = await window({}, async (w) => {
    for (const { guest, invalid, valid } of sent) {
      await w.inject(guest, ...invalid, valid)
      await w.proveAbsence({ of: invalid, at: [lab.trunk(guest.hypervisor), lab.outside], behind: valid })
    }
  })

  for (const { guest, invalid, valid } of sent) {
    const trunk = seen.at(lab.trunk(guest.hypervisor))
    for (const frame of invalid) {
      expect(trunk).not.toCarry(frame)
      expect(seen.at(lab.outside)).not.toCarry(frame)
    }
    const rewritten = { sourceAddress: lab.machine(guest.hypervisor).address }
    expect(trunk).toCarry(valid, { times: 1, rewritten })
    expect(trunk).toHideAddressesOf(lab.everyGuest)
  }
})

function invalidOf(from: Guest, to: Station): readonly Stimulus[] {
  const ends = { from, to }
  const segment = { ...ends, dstPort: 80, sequence: 1 }
  const { syn, fin, ack, rst, psh, urg } = TCP_FLAG
  const neverSent = udp({ from: to, to: from, srcPort: 7, dstPort: 7 })
  return [
    udp({ ...ends, srcPort: 42001, checksum: 'wrong' }),
    tcp({ ...segment, srcPort: 42002, flags: syn, checksum: 'wrong' }),
    icmpEcho({ ...ends, identifier: 42003, checksum: 'wrong' }),
    tcp({ ...segment, srcPort: 42004, flags: syn | fin }),
    tcp({ ...segment, srcPort: 42005, flags: 0 }),
    tcp({ ...segment, srcPort: 42009, flags: syn | rst }),
    tcp({ ...segment, srcPort: 42010, flags: fin | psh | urg }),
    tcp({ ...segment, srcPort: 42006, flags: rst }),
    tcp({ ...segment, srcPort: 42007, flags: syn | ack }),
    icmpEcho({ ...ends, kind: 'echo reply', identifier: 42008 }),
    icmpError({ ...ends, error: 'port unreachable', about: neverSent }),
  ]
}
