/**
 *   [ red1  ]--( hv1 )==eth0==( sw1 )==eth0==( hv2 )--[ red3  ]
 *   [ red2  ]--(     )                       (     )--[ blue2 ]
 *   [ blue1 ]--(     )
 *
 * What a VM sends to everybody or to a group comes to every other VM, on both hypervisors, once; it crosses the wire
 * between them once; and it never comes back to the port that it came from. Every VM sends: ARP, and frames of IPv4,
 * IPv6 and neither, to groups that hosts know and to groups that nobody has joined.
 *
 * Source: the article, 1.3.2.1; IEEE 802.1Q, 8.6.1 and 8.8; RFC 1112, 6.4 and RFC 2464, 7 (groups as MAC addresses).
 */
import {
  ALL_NODES,
  arpRequest,
  EVERYBODY,
  expect,
  experimental,
  icmpv6Echo,
  ipv4Group,
  requirement,
  solicitedNode,
  udp,
} from '../../harness/index.ts'

const NAME_SERVICE = ipv4Group('224.0.0.251')
const JOINED_BY_NOBODY = ipv4Group('233.252.0.1')
const LOCAL_GROUP = { mac: '03:00:5e:00:53:01' }
const NOBODYS_ADDRESS = '192.0.2.199'

requirement('BR-04', 'broadcast and multicast reach every other port', async ({ lab, window }) => {
  const trunks = [lab.trunk('hv1'), lab.trunk('hv2')]
  for (const from of lab.everyGuest) {
    const others = lab.everyGuest.filter((guest) => guest !== from)
    const ports = others.map(({ port }) => port)
    const frames = [
      arpRequest({ from, forAddress: NOBODYS_ADDRESS }),
      udp({ from, to: EVERYBODY }),
      udp({ from, to: EVERYBODY, sizeOctets: 1472, ip: { dscp: 46 } }),
      experimental({ from, to: EVERYBODY }),
      udp({ from, to: NAME_SERVICE }),
      udp({ from, to: JOINED_BY_NOBODY, sizeOctets: 1472 }),
      icmpv6Echo({ from, to: ALL_NODES }),
      ...others.map((to) => icmpv6Echo({ from, to: solicitedNode(to.address6) })),
      experimental({ from, to: LOCAL_GROUP }),
    ]

    const seen = await window({ at: trunks }, async (w) => {
      await w.inject(from, ...frames)
      await w.proveDelivery({ of: frames, at: [...ports, ...trunks] })
      await w.proveAbsence({ of: frames, at: [from.port] })
    })

    for (const frame of frames) {
      for (const port of [...ports, ...trunks]) {
        expect(seen.at(port)).toCarry(frame, { times: 1, tag: 'untagged' })
      }
      expect(seen.at(from.port)).not.toCarry(frame)
    }
  }
})
