/**
 *   [ red1  ]--( hv1 )==eth0==( sw1 )==eth0==( hv2 )--[ red3  ]
 *   [ red2  ]--(     )                       (     )--[ blue2 ]
 *   [ blue1 ]--(     )
 *
 * What a VM sends to a MAC address that no bridge has ever heard comes to every other VM, on both hypervisors, once; it
 * crosses the wire between them once; and it never comes back to the port that it came from. Every VM sends: an answer
 * to ARP, and frames of IPv4, IPv6 and neither.
 *
 * Source: the article, 1.3.2.1; IEEE 802.1Q, 8.6 and 8.8 (no entry: forward to all).
 */
import {
  arpReply,
  expect,
  experimental,
  icmpEcho,
  icmpv6Echo,
  requirement,
  stranger,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

/** Nobody speaks with its MAC address in any case. */
const UNHEARD_OF = stranger(501)

requirement('BR-05', 'unknown unicast reaches every other port', async ({ lab, window }) => {
  const trunks = [lab.trunk('hv1'), lab.trunk('hv2')]
  for (const from of lab.everyGuest) {
    const others = lab.everyGuest.filter((guest) => guest !== from).map(({ port }) => port)
    const to = UNHEARD_OF
    const frames = [
      arpReply({ from, to }),
      icmpEcho({ from, to }),
      icmpv6Echo({ from, to }),
      udp({ from, to }),
      udp({ from, to, sizeOctets: 1472 }),
      tcp({ from, to, srcPort: 40000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
      experimental({ from, to }),
    ]

    const seen = await window({ at: trunks }, async (w) => {
      await w.inject(from, ...frames)
      await w.proveDelivery({ of: frames, at: [...others, ...trunks] })
      await w.proveAbsence({ of: frames, at: [from.port] })
    })

    for (const frame of frames) {
      for (const port of [...others, ...trunks]) {
        expect(seen.at(port)).toCarry(frame, { times: 1, tag: 'untagged' })
      }
      expect(seen.at(from.port)).not.toCarry(frame)
    }
  }
})
