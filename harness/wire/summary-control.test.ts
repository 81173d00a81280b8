import { describe, expect, test } from 'vitest'
import { summarise } from './summary.ts'
import * as control from './testing/control-frames.ts'
import { ICMP_UNREACHABLE, ICMPV6_SOLICITATION, LENGTH_FRAME } from './testing/frames.ts'
import { octetsOf } from './testing/octets.ts'

const HOSTS = 'IPv4 198.51.100.11 > 198.51.100.13'
const HOSTS6 = 'IPv6 2001:db8::b > 2001:db8:0:1::d'

function changed(frame: Uint8Array, ...octets: [at: number, octet: number][]): Uint8Array {
  const copy = frame.slice()
  for (const [at, octet] of octets) copy[at] = octet
  return copy
}

// What tcpdump 4.99.3 -n prints of each, behind the address family; LLDP is our own.
test.each([
  [
    control.ICMP_FRAGMENTATION_NEEDED,
    `${HOSTS}: ICMP 198.51.100.13 unreachable - need to frag (mtu 1400), length 36`,
  ],
  [control.ICMP_TIME_EXCEEDED, `${HOSTS}: ICMP time exceeded in-transit, length 36`],
  [control.ICMP_PARAMETER_PROBLEM, `${HOSTS}: ICMP parameter problem - octet 20, length 56`],
  [control.ICMP_REDIRECT, `${HOSTS}: ICMP redirect 198.51.100.13 to host 198.51.100.1, length 36`],
  [
    control.ICMPV6_UNREACHABLE,
    `${HOSTS6}: ICMP6, destination unreachable, unreachable port, 2001:db8:0:1::d udp port 2000, length 61`,
  ],
  [control.ICMPV6_TOO_BIG, `${HOSTS6}: ICMP6, packet too big, mtu 1280, length 61`],
  [control.ICMPV6_TIME_EXCEEDED, `${HOSTS6}: ICMP6, time exceeded in-transit for 2001:db8:0:1::d, length 61`],
  [control.ICMPV6_PARAMETER_PROBLEM, `${HOSTS6}: ICMP6, parameter problem, next header - octet 6, length 61`],
  [control.ND_ROUTER_SOLICITATION, `${HOSTS6}: ICMP6, router solicitation, length 16`],
  [control.ND_ROUTER_ADVERTISEMENT, `${HOSTS6}: ICMP6, router advertisement, length 72`],
  [
    control.ND_NEIGHBOUR_ADVERTISEMENT,
    `${HOSTS6}: ICMP6, neighbor advertisement, tgt is 2001:db8:0:1::d, length 32`,
  ],
  [control.ND_REDIRECT, `${HOSTS6}: ICMP6, redirect, 2001:db8:0:1::d to 2001:db8::1, length 112`],
  [
    control.STP_CONFIGURATION,
    'STP 802.1d, Config, Flags [Topology change, Topology change ACK], bridge-id 9001.02:00:00:00:0b:02.8003, length 35',
  ],
  [control.STP_TOPOLOGY_CHANGE, 'STP 802.1d, Topology Change'],
  [
    control.STP_RAPID,
    'STP 802.1w, Rapid STP, Flags [Proposal, Learn, Forward], bridge-id 9001.02:00:00:00:0b:02.8003, length 36',
  ],
  [control.LLDP, 'LLDP, chassis 02:00:00:00:0b:01, port eth0, ttl 120, length 46: hv1'],
])('golden frame %#', (frame, line) => {
  expect(summarise(frame)).toBe(line)
})

test('behind extension headers', () => {
  const ports = '2001:db8::b.1000 > 2001:db8:0:1::d.2000'
  expect(summarise(control.IPV6_EXTENSIONS)).toBe(`IPv6 ${ports}: UDP, length 5`)
  expect(summarise(control.IPV6_FRAGMENT)).toBe(`${HOSTS6}: length 8 (frag 1480+)`)
  expect(summarise(changed(control.IPV6_EXTENSIONS, [89, 1]))).toBe(`IPv6 ${ports}: UDP, length 5 (frag 0+)`)
  expect(summarise(control.IPV6_EXTENSIONS.subarray(0, 70))).toBe(`${HOSTS6}: [|ip6]`)
  expect(summarise(changed(control.IPV6_EXTENSIONS, [55, 200]))).toBe(`${HOSTS6}: [|ip6]`)
})

describe('other codes', () => {
  test.each([
    [0, 'net 198.51.100.13 unreachable'],
    [1, 'host 198.51.100.13 unreachable'],
    [2, '198.51.100.13 protocol 17 unreachable'],
    [5, '198.51.100.13 unreachable - source route failed'],
    [6, 'net 198.51.100.13 unreachable - unknown'],
    [7, 'host 198.51.100.13 unreachable - unknown'],
    [9, 'net 198.51.100.13 unreachable - admin prohibited'],
    [10, 'host 198.51.100.13 unreachable - admin prohibited'],
    [13, 'host 198.51.100.13 unreachable - admin prohibited filter'],
    [99, '198.51.100.13 unreachable - #99'],
  ])('destination unreachable %i', (code, text) => {
    expect(summarise(changed(ICMP_UNREACHABLE, [35, code]))).toBe(`${HOSTS}: ICMP ${text}, length 36`)
  })

  test.each([
    [control.ICMP_TIME_EXCEEDED, 1, 'ip reassembly time exceeded, length 36'],
    [control.ICMP_TIME_EXCEEDED, 2, 'time exceeded-#2, length 36'],
    [control.ICMP_PARAMETER_PROBLEM, 1, 'parameter problem - code 1, length 56'],
    [control.ICMP_REDIRECT, 0, 'redirect 198.51.100.13 to net 198.51.100.1, length 36'],
    [control.ICMP_REDIRECT, 3, 'redirect-tos 198.51.100.13 to host 198.51.100.1, length 36'],
    [control.ICMP_REDIRECT, 4, 'redirect, code 4, length 36'],
  ])('ICMP %#', (frame, code, text) => {
    expect(summarise(changed(frame, [35, code]))).toBe(`${HOSTS}: ICMP ${text}`)
  })

  test.each([
    [control.ICMPV6_UNREACHABLE, 0, 'destination unreachable, unreachable route 2001:db8:0:1::d'],
    [control.ICMPV6_UNREACHABLE, 1, 'destination unreachable, unreachable prohibited 2001:db8:0:1::d'],
    [
      control.ICMPV6_UNREACHABLE,
      2,
      'destination unreachable, beyond scope 2001:db8:0:1::d, source address 2001:db8::b',
    ],
    [control.ICMPV6_UNREACHABLE, 3, 'destination unreachable, unreachable address 2001:db8:0:1::d'],
    [control.ICMPV6_UNREACHABLE, 9, 'destination unreachable, code 9'],
    [control.ICMPV6_TIME_EXCEEDED, 1, 'time exceeded (reassembly)'],
    [control.ICMPV6_PARAMETER_PROBLEM, 0, 'parameter problem, erroneous - octet 6'],
    [control.ICMPV6_PARAMETER_PROBLEM, 9, 'parameter problem, code 9'],
  ])('ICMPv6 %#', (frame, code, text) => {
    expect(summarise(changed(frame, [55, code]))).toBe(`${HOSTS6}: ICMP6, ${text}, length 61`)
  })

  test.each([
    [control.ICMP_TIME_EXCEEDED, 3, `${HOSTS}: ICMP 198.51.100.13 tcp port 80 unreachable, length 36`],
  ])('a TCP port', (frame, type, line) => {
    expect(summarise(changed(frame, [34, type], [35, 3]))).toBe(line)
  })

  test('a port that is cut off, or of a protocol without', () => {
    const cut = ICMP_UNREACHABLE.subarray(0, 62)
    expect(summarise(cut)).toBe(`${HOSTS}: ICMP 198.51.100.13 udp port unreachable, length 36`)
    const other = changed(ICMP_UNREACHABLE, [51, 89])
    expect(summarise(other)).toBe(`${HOSTS}: ICMP 198.51.100.13 protocol 89 port unreachable, length 36`)
  })
})

test.each([
  [ICMP_UNREACHABLE.subarray(0, 60), `${HOSTS}: ICMP destination unreachable, code 3, length 36`],
  [control.ICMP_PARAMETER_PROBLEM.subarray(0, 38), `${HOSTS}: ICMP parameter problem, code 0, length 56`],
  [control.ICMPV6_TOO_BIG.subarray(0, 60), `${HOSTS6}: ICMP6, packet too big, code 0, length 61`],
  [ICMPV6_SOLICITATION.subarray(0, 70), `${HOSTS6}: ICMP6, neighbour solicitation, code 0, length 32`],
  [control.ND_REDIRECT.subarray(0, 90), `${HOSTS6}: ICMP6, redirect, code 0, length 112`],
  [control.STP_RAPID.subarray(0, 18), 'STP [|stp]'],
  [control.STP_RAPID.subarray(0, 40), 'STP 802.1w, Rapid STP, [|stp]'],
  [LENGTH_FRAME.subarray(0, 16), '02:00:00:00:0a:01 > 02:00:00:00:0a:02, 802.3, length 2'],
  [control.LLDP.subarray(0, 30), 'LLDP, [|lldp], length 16'],
])('cut off: %#', (frame, line) => {
  expect(summarise(frame)).toBe(line)
})

test.each([
  [changed(control.STP_CONFIGURATION, [20, 5]), 'STP 802.1d, type 5'],
  [changed(control.STP_TOPOLOGY_CHANGE, [19, 3]), 'STP 802.1s, Topology Change'],
  [changed(control.STP_TOPOLOGY_CHANGE, [19, 9]), 'STP version 9, Topology Change'],
  [changed(control.STP_CONFIGURATION, [14, 0xaa]), '02:00:00:00:0a:01 > 01:80:c2:00:00:00, 802.3, length 46'],
  [octetsOf('0180c200000e 020000000a01 88cc 0000'), 'LLDP, [|lldp], length 2'],
])('changed: %#', (frame, line) => {
  expect(summarise(frame)).toBe(line)
})
