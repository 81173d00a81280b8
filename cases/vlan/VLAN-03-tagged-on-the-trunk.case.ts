/**
 *   [ red1 ]--untagged--( hv1 )==VID 10==( sw1 )
 *
 * What a guest sends untagged carries its tenant's VID on the physical port: one tag, TPID 0x8100, PCP 0, DEI 0,
 * whatever is in the frame; at the TAP ports, on either side, it is untagged.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 9.6 (tag format), 6.9.
 */
import {
  arpRequest,
  expect,
  experimental,
  icmpEcho,
  icmpv6Echo,
  requirement,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

/** Whose class, were it the priority, would set each bit of it: AF21, AF41, EF, and the highest. RFC 2474, 4; RFC 4594. */
const DSCPS = [18, 34, 46, 63]

requirement(
  'VLAN-03',
  'what leaves through the VLAN NIC carries one tag, its own',
  async ({ lab, window }) => {
    const { red1, red3, blue1, blue2 } = lab.guests
    for (const [from, to] of [
      [red1, red3],
      [red3, red1],
      [blue1, blue2],
      [blue2, blue1],
    ] as const) {
      const frames = [
        arpRequest({ from, forAddress: to.address }),
        icmpEcho({ from, to }),
        icmpv6Echo({ from, to }),
        udp({ from, to, sizeOctets: 512 }),
        ...DSCPS.map((dscp) => udp({ from, to, ip: { dscp } })),
        tcp({ from, to, srcPort: 40000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
        experimental({ from, to }),
      ]
      const trunk = lab.trunk(from.hypervisor)

      const seen = await window({ at: [from.port, trunk] }, async (w) => {
        await w.inject(from, ...frames)
        await w.proveDelivery({ of: frames, at: [trunk, to.port] })
      })

      for (const frame of frames) {
        expect(seen.at(trunk)).toCarry(frame, { times: 1, vid: from.vid, pcp: 0, dei: false, tpid: 0x8100 })
        expect(seen.at(to.port)).toCarry(frame, { times: 1, tag: 'untagged' })
      }
    }
  },
)
