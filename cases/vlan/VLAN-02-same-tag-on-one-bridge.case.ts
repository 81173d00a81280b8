/**
 *   [ red1 ]--(      )--[ blue1 ]
 *   [ red2 ]--( hv1  )--[ blue4 ]     one bridge, and on it the TAP ports of two tenants
 *
 * Two VMs of one tenant on one bridge talk as if a cable joined them: ARP, ICMP echo (IPv4 and IPv6) and UDP frame by
 * frame, both ways, and a TCP transfer between their network stacks. What comes is what was sent, untagged.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 8.6; RFC 826, 792, 4443, 768, 9293.
 */
import { arpReply, arpRequest, expect, icmpEcho, icmpv6Echo, requirement, udp } from '../../harness/index.ts'

/** The lab of VLAN-01. */
const TWO_OF_EACH_TENANT_ON_A_BRIDGE = { guests: 8 } as const

requirement(
  'VLAN-02',
  'VMs with the same tag on one bridge reach each other',
  TWO_OF_EACH_TENANT_ON_A_BRIDGE,
  async ({ lab, window }) => {
    for (const a of lab.everyGuest) {
      const peers = lab.everyGuest.filter(
        (guest) => guest !== a && guest.tenant === a.tenant && guest.hypervisor === a.hypervisor,
      )
      for (const b of peers) {
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

        const seen = await window({}, async (w) => {
          await w.inject(a, question)
          await w.proveDelivery({ of: question, at: [b.port] })
          await w.inject(b, answer)
          await w.proveDelivery({ of: answer, at: [a.port] })
          await w.inject(a, ...there)
          await w.proveDelivery({ of: there, at: [b.port] })
          await w.inject(b, ...back)
          await w.proveDelivery({ of: back, at: [a.port] })
        })

        for (const frame of [question, ...there])
          expect(seen.at(b.port)).toCarry(frame, { times: 1, tag: 'untagged' })
        for (const frame of [answer, ...back])
          expect(seen.at(a.port)).toCarry(frame, { times: 1, tag: 'untagged' })
      }
    }
  },
)

requirement(
  'VLAN-02',
  'VMs with the same tag on one bridge transfer octets over TCP',
  TWO_OF_EACH_TENANT_ON_A_BRIDGE,
  async ({ lab, window }) => {
    const { red1, red2 } = lab.guests
    const upload = { from: red1, to: red2, sizeOctets: 100_000 }
    const download = { from: red2, to: red1, sizeOctets: 100_000 }

    const seen = await window({}, async (w) => {
      await w.transfer(upload)
      await w.transfer(download)
    })

    expect(seen.transfer(upload)).toArriveWhole()
    expect(seen.transfer(download)).toArriveWhole()
  },
)
