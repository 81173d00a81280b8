/**
 *   [ red1  ]--+
 *   [ red2  ]--( hv1 )==( sw1 )==( hv2 )--+--[ red3  ]
 *   [ blue1 ]--+           |              +--[ blue2 ]
 *                       outside ... hosts beyond
 *
 * Every VM has sent to one port of one host, from UDP, from TCP and with an ICMP echo. Frames from outside that are no
 * answer to that reach no VM: to its mapped ports from another host, or from another port of the same; to a port that
 * is nobody's, such as those of common services, or to none, by protocols that have no ports; to the VM's own address,
 * from the host that it asked, even with the ports that it uses itself. What it asked for, sent behind them, comes.
 *
 * Source: the article, 1.3.2.2; RFC 4787, 5 (filtering); RFC 5382, 4.3; RFC 5508, 4 (errors of no session).
 */
import {
  type End,
  type Ends,
  endsOf,
  expect,
  farAddress,
  type Guest,
  icmpEcho,
  icmpError,
  ipv4Packet,
  replyTo,
  requirement,
  type Station,
  type Stimulus,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

const OWN_PORT = 5100
const UNMAPPED_PORT = 61_111
/** From SSH to SIP and RDP: what listens at home. */
const SERVICES = [
  ...[
    20, 21, 22, 23, 25, 53, 67, 68, 69, 80, 110, 111, 123, 135, 137, 138, 139, 143, 161, 162, 179, 389, 443,
    445,
  ],
  ...[
    465, 500, 514, 554, 587, 636, 873, 993, 995, 1080, 1194, 1433, 1521, 1701, 1723, 1812, 1883, 1900, 2049,
    2375,
  ],
  ...[
    3000, 3128, 3306, 3389, 3478, 4500, 4789, 5000, 5060, 5061, 5353, 5432, 5672, 5900, 5985, 6379, 6443,
    6881,
  ],
  ...[
    8000, 8080, 8443, 8888, 9000, 9090, 9100, 9200, 11211, 16509, 27015, 27017, 32400, 49152, 51413, 51820,
    65535,
  ],
]
/** Protocols: IP in IP, IPv6 in IP, GRE, ESP, AH, OSPF, SCTP, and those for experiments. */
const WITHOUT_PORTS = [4, 41, 47, 50, 51, 89, 132, 253, 254]

requirement('NAT-06', 'what nobody asked for reaches no VM', async ({ lab, window }) => {
  const via = await lab.routes(lab.everyGuest)
  const asked = lab.everyGuest.map((guest, index) => {
    const outward = { from: guest, to: via(guest, farAddress(60 + index)) }
    const ports = { srcPort: OWN_PORT, dstPort: 53 }
    return {
      guest,
      datagram: udp({ ...outward, ...ports }),
      others: [
        tcp({ ...outward, ...ports, sequence: 1, flags: TCP_FLAG.syn }),
        icmpEcho({ ...outward, identifier: OWN_PORT }),
      ],
    }
  })
  const outward = await window({}, async (w) => {
    for (const { guest, datagram, others } of asked) {
      await w.inject(guest, datagram, ...others)
      await w.proveDelivery({ of: [datagram, ...others], at: [lab.outside] })
    }
  })
  const outside = outward.at(lab.outside)
  const mapped = asked.flatMap(({ guest, datagram }) => {
    const rewritten = { sourceAddress: lab.machine(guest.hypervisor).address }
    expect(outside).toCarry(datagram, { times: 1, rewritten })
    const ends = endsOf(outside, datagram)
    const answer = replyTo(outside, datagram)
    return ends === undefined || answer === undefined ? [] : [{ guest, ends, answer }]
  })
  const machines = new Map(mapped.map(({ guest, ends }) => [guest.hypervisor, ends])).values()
  const unasked = [
    ...mapped.flatMap(({ guest, ends }) => [...toMapped(ends), ...toOwnAddress(guest, ends)]),
    ...[...machines].flatMap(toServices),
  ]
  if (unasked.length === 0) return

  const inward = await window({}, async (w) => {
    await w.put(lab.outside, ...unasked, ...mapped.map(({ answer }) => answer))
    for (const { guest, answer } of mapped)
      await w.proveAbsence({ of: unasked, at: [guest.port], behind: answer })
  })

  for (const { guest, answer } of mapped) {
    for (const frame of unasked) expect(inward.at(guest.port)).not.toCarry(frame)
    const rewritten = { destinationAddress: guest.address, destinationPort: OWN_PORT, to: guest }
    expect(inward.at(guest.port)).toCarry(answer, { times: 1, rewritten })
  }
})

/** To the physical address: a mapped port, from where the VM has not sent to, and one that is nobody's. */
function toMapped({ from: mapped, to: host }: Ends): readonly Stimulus[] {
  const stranger: End = { ...host, address: farAddress(99) }
  const { syn, ack } = TCP_FLAG
  const back = { srcPort: host.port, dstPort: mapped.port }
  const ofStranger = { from: stranger, to: mapped }
  const ofHost = { from: host, to: mapped }
  const neverSent = udp({ from: mapped, to: stranger, srcPort: mapped.port, dstPort: 9 })
  return [
    udp({ ...ofStranger, ...back }),
    udp({ ...ofHost, ...back, srcPort: host.port + 1 }),
    udp({ ...ofHost, ...back, dstPort: UNMAPPED_PORT }),
    tcp({ ...ofStranger, ...back, sequence: 1, flags: syn }),
    tcp({ ...ofStranger, ...back, sequence: 1, acknowledgement: 2, flags: syn | ack }),
    tcp({ ...ofHost, ...back, srcPort: host.port + 1, sequence: 1, acknowledgement: 2, flags: syn | ack }),
    tcp({ ...ofHost, ...back, dstPort: UNMAPPED_PORT, sequence: 1, flags: syn }),
    icmpEcho({ ...ofStranger, kind: 'echo reply', identifier: mapped.port }),
    icmpEcho({ ...ofHost, kind: 'echo reply', identifier: UNMAPPED_PORT }),
    icmpError({ ...ofStranger, error: 'port unreachable', about: neverSent }),
  ]
}

/** What people forward to a VM: a service's port, or all of a protocol that has none. */
function toServices({ from: machine, to: host }: Ends): readonly Stimulus[] {
  const ends = { from: { ...host, address: farAddress(98) }, to: machine }
  return [
    ...SERVICES.map((dstPort) => tcp({ ...ends, srcPort: 40000, dstPort, sequence: 1, flags: TCP_FLAG.syn })),
    ...SERVICES.map((dstPort) => udp({ ...ends, dstPort })),
    ...WITHOUT_PORTS.map((protocol) => ipv4Packet({ ...ends, protocol })),
  ]
}

/** To the VM's own address, which the physical network has no business to know. */
function toOwnAddress(guest: Guest, { from: mapped, to: host }: Ends): readonly Stimulus[] {
  const own: Station = { ...guest, mac: mapped.mac }
  const ends = { from: host, to: own }
  const ports = { srcPort: host.port, dstPort: OWN_PORT }
  const { syn, ack } = TCP_FLAG
  return [
    udp({ ...ends, ...ports }),
    udp({ ...ends, ...ports, dstPort: 68 }),
    tcp({ ...ends, ...ports, dstPort: 22, sequence: 1, flags: syn }),
    tcp({ ...ends, ...ports, sequence: 1, acknowledgement: 2, flags: syn | ack }),
    icmpEcho(ends),
    icmpEcho({ ...ends, kind: 'echo reply', identifier: OWN_PORT }),
  ]
}
