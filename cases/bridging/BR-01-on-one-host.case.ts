/**
 *   [ red1 ]--tap-red1--( hv1 )--tap-red2--[ red2 ]
 *
 * Two VMs on one bridge, in one subnet, talk as if a cable joined them: ARP, ICMP echo (IPv4 and IPv6) and UDP frame by
 * frame, and a TCP transfer between the network stacks of the two.
 *
 * Source: the article, 1.3.2.1; IEEE 802.1Q, 8.6; RFC 826, 792, 4443, 768, 9293.
 */
import { arpReply, arpRequest, expect, icmpEcho, icmpv6Echo, requirement, udp } from '../../harness/index.ts'

requirement('BR-01', 'two VMs on one bridge reach each other', async ({ lab, window }) => {
  const { red1, red2 } = lab.guests
  for (const [a, b] of [
    [red1, red2],
    [red2, red1],
  ] as const) {
    const question = arpRequest({ from: a, forAddress: b.address })
    const answer = arpReply({ from: b, to: a })
    const there = [
      icmpEcho({ from: a, to: b }),
      icmpv6Echo({ from: a, to: b }),
      udp({ from: a, to: b }),
      udp({ from: a, to: b, sizeOctets: 1400 }),
    ]
    const back = [
      icmpEcho({ from: b, to: a, kind: 'echo reply' }),
      icmpv6Echo({ from: b, to: a, kind: 'echo reply' }),
      udp({ from: b, to: a, srcPort: 40001, dstPort: 40000 }),
    ]

    const seen = await window({ at: [a.port, b.port] }, async (w) => {
      await w.inject(a, question)
      await w.proveDelivery({ of: question, at: [b.port] })
      await w.inject(b, answer)
      await w.proveDelivery({ of: answer, at: [a.port] })
      await w.inject(a, ...there)
      await w.proveDelivery({ of: there, at: [b.port] })
      await w.inject(b, ...back)
      await w.proveDelivery({ of: back, at: [a.port] })
    })

    for (const frame of [question, ...there]) {
      expect(seen.at(b.port)).toCarry(frame, { times: 1, tag: 'untagged' })
    }
    for (const frame of [answer, ...back]) {
      expect(seen.at(a.port)).toCarry(frame, { times: 1, tag: 'untagged' })
    }
  }
})

requirement('BR-01', 'two VMs on one bridge transfer octets over TCP', async ({ lab, window }) => {
  const { red1, red2 } = lab.guests
  const upload = { from: red1, to: red2, sizeOctets: 100_000 }
  const download = { from: red2, to: red1, sizeOctets: 100_000 }

  const seen = await window({ at: [red1.port, red2.port] }, async (w) => {
    await w.transfer(upload)
    await w.transfer(download)
  })

  expect(seen.transfer(upload)).toArriveWhole()
  expect(seen.transfer(download)).toArriveWhole()
})
