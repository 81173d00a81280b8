import fc from 'fast-check'
import { expect, test } from 'vitest'
import { untagged } from './ethernet.ts'
import { summarise } from './summary.ts'
import * as frames from './testing/frames.ts'
import { hostileOctets } from './testing/hostile.ts'
import { octetsOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

const TAGS = '802.1ad vlan 100, p 3, vlan 10, p 5, DEI'
const HOSTS = '198.51.100.11 > 198.51.100.13'
const HOSTS6 = '2001:db8::b > 2001:db8:0:1::d'

// In the notation of tcpdump 4.99 -e without its addresses and EtherTypes; what is in the frames: testing/frames.ts.
test.each([
  [frames.ARP_TAGGED, 'vlan 10, p 5, DEI, ARP, Request who-has 198.51.100.13 tell 198.51.100.11, length 46'],
  [frames.UDP_DOUBLE_TAGGED, `${TAGS}, IPv4 198.51.100.11.1000 > 198.51.100.13.2000: UDP, length 5`],
  [frames.UDP_WITH_OPTIONS, 'IPv4 198.51.100.11.1000 > 198.51.100.13.2000: UDP, length 5'],
  [
    frames.TCP_SYN,
    'IPv4 198.51.100.11.49152 > 198.51.100.13.80: Flags [SEW], seq 16909060, win 64240, length 0',
  ],
  [frames.ICMP_ECHO, `IPv4 ${HOSTS}: ICMP echo request, id 4660, seq 7, length 13`],
  [frames.ICMP_UNREACHABLE, `IPv4 ${HOSTS}: ICMP 198.51.100.13 udp port 2000 unreachable, length 36`],
  [frames.FRAGMENT, `IPv4 ${HOSTS}: length 8 (frag 1480+)`],
  [frames.ICMPV6_ECHO, `IPv6 ${HOSTS6}: ICMP6, echo reply, id 4660, seq 7, length 12`],
  [
    frames.ICMPV6_SOLICITATION,
    `IPv6 ${HOSTS6}: ICMP6, neighbor solicitation, who has 2001:db8:0:1::d, length 32`,
  ],
  [frames.UDP_OVER_IPV6, 'IPv6 2001:db8::b.1000 > 2001:db8:0:1::d.2000: UDP, length 5'],
  [frames.LENGTH_FRAME, 'STP 802.1d, Config, Flags [none], bridge-id 0000.00:00:00:00:00:00.0000, length 35'],
])('golden frame %#', (frame, line) => {
  expect(summarise(frame)).toBe(line)
})

test.each([
  [
    'an ARP reply',
    untagged(frames.ARP_TAGGED),
    21,
    2,
    'ARP, Reply 198.51.100.11 is-at 02:00:00:00:0a:01, length 46',
  ],
  ['another ARP operation', untagged(frames.ARP_TAGGED), 21, 9, 'ARP, operation 9, length 46'],
  [
    'another EtherType',
    untagged(frames.ARP_TAGGED),
    13,
    7,
    '02:00:00:00:0a:01 > ff:ff:ff:ff:ff:ff, ethertype 0x0807, length 46',
  ],
  ['another IP protocol', frames.ICMP_ECHO, 23, 89, `IPv4 ${HOSTS}: ip-proto-89, length 13`],
  ['another ICMP type', frames.ICMP_ECHO, 34, 42, `IPv4 ${HOSTS}: ICMP type 42, code 0, length 13`],
  [
    'no TCP flags',
    frames.TCP_SYN,
    47,
    0,
    'IPv4 198.51.100.11.49152 > 198.51.100.13.80: Flags [none], seq 16909060, win 64240, length 0',
  ],
  [
    'a first fragment',
    frames.ICMP_ECHO,
    20,
    0x20,
    `IPv4 ${HOSTS}: ICMP echo request, id 4660, seq 7, length 13 (frag 0+)`,
  ],
])('%s', (_, frame, at, octet, line) => {
  const octets = frame.slice()
  octets[at] = octet
  expect(summarise(octets)).toBe(line)
})

test('an IPv4 packet without a payload', () => {
  const octets = octetsOf(`020000000a02 020000000a01 0800 4500 0014 0000 4000 40 fd 0000 c633640b c633640d`)
  expect(summarise(octets)).toBe(`IPv4 ${HOSTS}: ip-proto-253, length 0`)
})

test('a TCP segment with data and ACK', () => {
  const octets = octetsOf(`020000000a02 020000000a01 0800 4500 0035 0000 4000 40 06 0000 c633640b c633640d
    c000 0050 fffffffb 0000000a 5018 0100 0000 0000 00000000000000000000000000`)
  const line = 'Flags [P.], seq 4294967291:8, ack 10, win 256, length 13'
  expect(summarise(octets)).toBe(`IPv4 198.51.100.11.49152 > 198.51.100.13.80: ${line}`)
})

test.each([
  [frames.ARP_TAGGED, 40, 'vlan 10, p 5, DEI, ARP, [|arp], length 22'],
  [frames.UDP_DOUBLE_TAGGED, 49, `${TAGS}, IPv4 ${HOSTS}: [|udp]`],
  [frames.UDP_DOUBLE_TAGGED, 50, `${TAGS}, IPv4 198.51.100.11.1000 > 198.51.100.13.2000: UDP, length 5`],
  [frames.UDP_DOUBLE_TAGGED, 41, `${TAGS}, IPv4 [|ip]`],
  [frames.UDP_DOUBLE_TAGGED, 17, '802.1ad vlan 100, p 3, [|ether], length 17'],
  [frames.TCP_SYN, 53, `IPv4 ${HOSTS}: [|tcp]`],
  [frames.ICMP_ECHO, 37, `IPv4 ${HOSTS}: ICMP [|icmp], length 13`],
  [frames.ICMPV6_ECHO, 57, `IPv6 ${HOSTS6}: ICMP6, [|icmp6], length 12`],
  [frames.ICMPV6_ECHO, 53, 'IPv6 [|ip6]'],
  [frames.ICMPV6_ECHO, 0, '[|ether], length 0'],
])('golden frame %# cut off after %i octets', (frame, size, line) => {
  expect(summarise(frame.subarray(0, size))).toBe(line)
})

test.each([
  ['an IPv4 header too short', frames.UDP_WITH_OPTIONS, 14, 0x44, 'IPv4 [|ip]'],
  ['a total length below the header', frames.UDP_WITH_OPTIONS, 17, 23, 'IPv4 [|ip]'],
  ['a UDP length below the header', frames.UDP_WITH_OPTIONS, 43, 7, `IPv4 ${HOSTS}: [|udp]`],
  ['a TCP header too short', frames.TCP_SYN, 46, 0x40, `IPv4 ${HOSTS}: [|tcp]`],
  ['a TCP header beyond the packet', frames.TCP_SYN, 46, 0x80, `IPv4 ${HOSTS}: [|tcp]`],
])('%s', (_, frame, at, octet, line) => {
  const octets = frame.slice()
  octets[at] = octet
  expect(summarise(octets)).toBe(line)
})

test('any octets have one line', () => {
  const property = fc.property(hostileOctets, (octets) => {
    expect(summarise(octets)).toMatch(/^(.*LLDP, .*|[^\n?]+)$/) // LLDP may tell a name with anything in it
    expect(summarise(octets)).not.toMatch(/undefined|NaN|length -/)
  })
  holds(property, 2_000)
})
