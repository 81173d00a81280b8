/**
 *   [ red1 ]--( hv1 )==trunk 10,20==( sw1 )==trunk 10,20==( hv2 )--[ red3 ]
 *   [ blue1 ]-(     )                                     (     )--[ blue2 ]
 *
 * Guests of one tenant on two hypervisors talk as if they shared a cable: each frame of an ARP exchange, an ICMP echo
 * (IPv4 and IPv6), a UDP exchange and a TCP connection (from SYN to the last ACK) comes to the other once, as it was
 * sent, untagged.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 8.6; RFC 826, 792, 768, 9293 for what they say to each other.
 */
import {
  arpReply,
  arpRequest,
  expect,
  type Guest,
  icmpEcho,
  icmpv6Echo,
  requirement,
  type Stimulus,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

/** Who sends it, and what. */
type Line = readonly [from: Guest, frame: Stimulus]

requirement('VLAN-05', 'guests of one VID on two hypervisors reach each other', async ({ lab, window }) => {
  const { red1, red3, blue1, blue2 } = lab.guests
  for (const [a, b] of [
    [red1, red3],
    [blue1, blue2],
  ] as const) {
    for (const exchange of [
      addressResolution(a, b),
      echo(a, b),
      echo6(a, b),
      datagrams(a, b),
      connection(a, b),
    ]) {
      const seen = await window({ at: [lab.trunk('hv1'), lab.trunk('hv2')] }, async (w) => {
        for (const [from, frame] of exchange) {
          await w.inject(from, frame)
          await w.proveDelivery({ of: frame, at: [peerOf(from, a, b).port] })
        }
      })
      for (const [from, frame] of exchange) {
        expect(seen.at(peerOf(from, a, b).port)).toCarry(frame, { times: 1, tag: 'untagged' })
      }
    }
  }
})

function addressResolution(a: Guest, b: Guest): readonly Line[] {
  return [
    [a, arpRequest({ from: a, forAddress: b.address })],
    [b, arpReply({ from: b, to: a })],
  ]
}

function echo(a: Guest, b: Guest): readonly Line[] {
  return [
    [a, icmpEcho({ from: a, to: b })],
    [b, icmpEcho({ from: b, to: a, kind: 'echo reply' })],
  ]
}

function echo6(a: Guest, b: Guest): readonly Line[] {
  return [
    [a, icmpv6Echo({ from: a, to: b })],
    [b, icmpv6Echo({ from: b, to: a, kind: 'echo reply' })],
  ]
}

function datagrams(a: Guest, b: Guest): readonly Line[] {
  return [
    [a, udp({ from: a, to: b, srcPort: 40000, dstPort: 40001 })],
    [b, udp({ from: b, to: a, srcPort: 40001, dstPort: 40000, sizeOctets: 1400 })],
  ]
}

/** Every segment carries its signature as 16 octets of data, so sequence numbers advance by that. */
function connection(a: Guest, b: Guest): readonly Line[] {
  const { syn, ack, psh, fin } = TCP_FLAG
  const there = { from: a, to: b, srcPort: 40000, dstPort: 80 }
  const back = { from: b, to: a, srcPort: 80, dstPort: 40000 }
  return [
    [a, tcp({ ...there, sequence: 1000, flags: syn })],
    [b, tcp({ ...back, sequence: 9000, acknowledgement: 1017, flags: syn | ack })],
    [a, tcp({ ...there, sequence: 1017, acknowledgement: 9017, flags: ack | psh })],
    [b, tcp({ ...back, sequence: 9017, acknowledgement: 1033, flags: ack | psh })],
    [a, tcp({ ...there, sequence: 1033, acknowledgement: 9033, flags: ack | fin })],
    [b, tcp({ ...back, sequence: 9033, acknowledgement: 1050, flags: ack | fin })],
    [a, tcp({ ...there, sequence: 1050, acknowledgement: 9050, flags: ack })],
  ]
}

function peerOf(from: Guest, a: Guest, b: Guest): Guest {
  return from === a ? b : a
}
