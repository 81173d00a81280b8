/**
 *   [ red1 ]--tap-red1--( hv1 )--eth0 == sw1 == eth0--( hv2 )--tap-red3--[ red3 ]
 *   [ blue1 ]-tap-blue1-(     )                       (     )--tap-blue2-[ blue2 ]
 *
 * Each hop shows what a VM sends as it was sent, every octet of it and no more: its own TAP port, both ends of each
 * hypervisor's cable, the receiver's TAP port; between two VMs of one hypervisor the TAP ports. What it is does not
 * matter: the usual protocols to one, to many and to all; the fields of an IPv4 header and TCP's options, which are not a
 * bridge's to read; tags, which mean nothing to a bridge without VLANs; EtherTypes known and unknown; every size, with
 * payloads of zeros, of ones and of noise.
 *
 * Source: the article, 1.3.2.1; IEEE 802.1Q, 6.5 (quality of service of the relay).
 */
import {
  ALL_NODES,
  arpRequest,
  ETHER_TYPE,
  EVERYBODY,
  encodeEthernet,
  exactly,
  expect,
  experimental,
  type Guest,
  type IpFields,
  icmpEcho,
  icmpv6Echo,
  ipv4Group,
  requirement,
  type Stimulus,
  TCP_FLAG,
  tagged,
  tcp,
  udp,
} from '../../harness/index.ts'

const SIZES_OCTETS = [60, 61, 64, 128, 512, 1513, 1514]
/** IPv4, ARP, IPv6, PPPoE, MPLS, PTP, the two for local experiments, the highest. */
const ETHER_TYPES = [0x0800, 0x0806, 0x86dd, 0x8864, 0x8847, 0x88f7, 0x88b5, 0x88b6, 0xffff]
const NO_OPERATIONS = Uint8Array.of(1, 1, 1, 0)
/** MSS, SACK permitted, timestamps, no operation, window scale. RFC 9293, 3.2; RFC 2018; RFC 7323. */
const TCP_OPTIONS = Uint8Array.of(2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7)
const PAYLOADS: readonly ((index: number) => number)[] = [
  () => 0,
  () => 0xff,
  (index) => (Math.imul(index + 1, 0x9e3779b1) >>> 24) & 0xff, // looks random, and is the same in every run
]

requirement('BR-10', 'frames are not altered on any hop', async ({ lab, window }) => {
  const { red1, red2, red3, blue1, blue2 } = lab.guests
  for (const [from, to] of [
    [red1, red3],
    [red3, red1],
    [red2, blue2],
    [blue2, blue1],
    [blue1, red2],
    [red3, blue2],
  ] as const) {
    const frames = [
      ...protocols(from, to),
      ...withIpFields(from, to),
      ...withTags(from, to),
      ...shapes(from, to),
    ]
    const cables = [from, to].flatMap(({ hypervisor }) => lab.cable(hypervisor))
    const way = from.hypervisor === to.hypervisor ? [to.port] : [...cables, to.port]

    const seen = await window({}, async (w) => {
      await w.inject(from, ...frames)
      await w.proveDelivery({ of: frames, at: [from.port, ...way] })
    })

    for (const frame of frames) {
      expect(seen.from(from.port)).toCarry(frame, { times: 1 })
      for (const hop of way) expect(seen.at(hop)).toCarry(frame, { times: 1 })
    }
  }
})

function protocols(from: Guest, to: Guest): readonly Stimulus[] {
  return [
    arpRequest({ from, forAddress: to.address }),
    icmpEcho({ from, to }),
    icmpv6Echo({ from, to: ALL_NODES }),
    tcp({ from, to, srcPort: 40000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
    udp({ from, to, sizeOctets: 1000 }),
    udp({ from, to: EVERYBODY }),
    udp({ from, to: ipv4Group('233.252.0.1') }), // for documentation: RFC 6676
  ]
}

/** What a router, a firewall or a marker would change in IPv4, TCP and UDP, and a bridge may not. */
function withIpFields(from: Guest, to: Guest): readonly Stimulus[] {
  const headers: readonly IpFields[] = [
    { dscp: 46, ecn: 1, ttl: 1, identification: 0, dontFragment: true },
    { dscp: 63, ecn: 3, ttl: 255, identification: 0xffff, dontFragment: false },
    { dscp: 10, ecn: 2, identification: 1, dontFragment: false, options: NO_OPERATIONS },
  ]
  const segment = { from, to, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn, options: TCP_OPTIONS }
  return headers.flatMap((ip, index) => [
    udp({ from, to, ip }),
    udp({ from, to, ip, checksum: 'none' }),
    tcp({ ...segment, ip, srcPort: 40100 + index }),
    icmpEcho({ from, to, ip }),
  ])
}

/** The own VID, every bit set that may be, a priority alone, and a service tag before another. */
function withTags(from: Guest, to: Guest): readonly Stimulus[] {
  const frame = experimental({ from, to, sizeOctets: 200 })
  const own = { tpid: ETHER_TYPE.dot1q, vid: from.vid, pcp: 0, dei: false }
  const full = { ...own, vid: 4094, pcp: 7, dei: true }
  const tags = [[own], [full], [{ ...own, vid: 0, pcp: 5 }], [{ ...full, tpid: ETHER_TYPE.dot1ad }, own]]
  return tags.map((stack) => tagged(frame, ...stack))
}

/** Each size with each payload, the EtherTypes in turn. */
function shapes(from: Guest, to: Guest): readonly Stimulus[] {
  const shape = (sizeOctets: number, octetAt: (index: number) => number) => ({ sizeOctets, octetAt })
  const all = SIZES_OCTETS.flatMap((size) => PAYLOADS.map((octetAt) => shape(size, octetAt)))
  return all.map(({ sizeOctets, octetAt }, turn) => {
    const etherType = ETHER_TYPES[turn % ETHER_TYPES.length] ?? 0
    const payload = Uint8Array.from({ length: sizeOctets - 14 }, (_, index) => octetAt(index))
    return exactly(encodeEthernet({ dst: to.mac, src: from.mac, tags: [], etherType, payload }))
  })
}
