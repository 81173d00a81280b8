import { expect, test } from 'vitest'
import { fieldsOf } from './fields.ts'
import { NO_OCTETS } from './octets.ts'
import { CONTROL_FRAMES } from './testing/control-frames.ts'

/** One line for each field that begins within the range: name, value, offset and size. */
function linesOf(octets: Uint8Array, first = 0, last = octets.length): string[] {
  return fieldsOf(octets)
    .filter(({ offset }) => offset >= first && offset <= last)
    .map(({ name, value, offset, sizeOctets }) => `${name} ${value} @${offset}+${sizeOctets}`)
}

// What each frame has in it is written beside it in testing/control-frames.ts.
test.each<[keyof typeof CONTROL_FRAMES, number, number, string]>([
  [
    'TCP_SYN_OPTIONS',
    54,
    99,
    `
      tcp.options 020405b40402080a112233445566778801030307 @54+20
      tcp.option.mss 1460 @54+4
      tcp.option.sackPermitted 1 @58+2
      tcp.option.timestamps 287454020,1432778632 @60+10
      tcp.option.windowScale 7 @71+3`,
  ],
  [
    'TCP_SACK',
    54,
    99,
    `
      tcp.options 0101050a0102040001020500fd04abcd01010100 @54+20
      tcp.option.sack 16909312:16909568 @56+10
      tcp.option.type253 abcd @66+4`,
  ],
  [
    'IPV4_RECORD_ROUTE',
    34,
    53,
    `
      ip.options 01070b08c0000201000000009404000000000000 @34+20
      ip.option.recordRoute 192.0.2.1,0.0.0.0 pointer 8 @35+11
      ip.option.routerAlert 0 @46+4`,
  ],
  [
    'IPV4_TIMESTAMP',
    34,
    53,
    `
      ip.options 44140d21c000020100bc614ec000020200000000 @34+20
      ip.option.timestamp 0d21c000020100bc614ec000020200000000 @34+20`,
  ],
  [
    'IPV4_SOURCE_ROUTE',
    34,
    53,
    `
      ip.options 830b0cc0000201c000020201890708c000020300 @34+20
      ip.option.looseSourceRoute 192.0.2.1,192.0.2.2 pointer 12 @34+11
      ip.option.strictSourceRoute 192.0.2.3 pointer 8 @46+7`,
  ],
  [
    'IPV6_EXTENSIONS',
    54,
    999,
    `
      ip6.hopByHop.nextHeader 43 @54+1
      ip6.hopByHop.length 8 @55+1
      ip6.hopByHop.options 050200000100 @56+6
      ip6.routing.nextHeader 44 @62+1
      ip6.routing.length 24 @63+1
      ip6.routing.type 253 @64+1
      ip6.routing.segmentsLeft 0 @65+1
      ip6.routing.data 0000000020010db8000000020000000000000001 @66+20
      ip6.fragment.nextHeader 60 @86+1
      ip6.fragment.reserved 0 @87+1
      ip6.fragment.offsetOctets 0 @88+2
      ip6.fragment.reservedBits 0 @89+1
      ip6.fragment.moreFragments 0 @89+1
      ip6.fragment.identification 168496141 @90+4
      ip6.destinationOptions.nextHeader 17 @94+1
      ip6.destinationOptions.length 8 @95+1
      ip6.destinationOptions.options 1e02abcd0000 @96+6
      udp.srcPort 1000 @102+2
      udp.dstPort 2000 @104+2
      udp.length 13 @106+2
      udp.checksum 0x54bf @108+2
      payload 68656c6c6f @110+5`,
  ],
  [
    'IPV6_FRAGMENT',
    54,
    99,
    `
      ip6.fragment.nextHeader 17 @54+1
      ip6.fragment.reserved 0 @55+1
      ip6.fragment.offsetOctets 1480 @56+2
      ip6.fragment.reservedBits 0 @57+1
      ip6.fragment.moreFragments 1 @57+1
      ip6.fragment.identification 168496141 @58+4
      payload 6162636465666768 @62+8`,
  ],
  [
    'ICMP_FRAGMENTATION_NEEDED',
    34,
    41,
    `
      icmp.type 3 @34+1
      icmp.code 4 @35+1
      icmp.checksum 0x8ff4 @36+2
      icmp.unused 0 @38+2
      icmp.nextHopMtu 1400 @40+2`,
  ],
  [
    'ICMP_TIME_EXCEEDED',
    34,
    41,
    `
      icmp.type 11 @34+1
      icmp.code 0 @35+1
      icmp.checksum 0x30a9 @36+2
      icmp.unused 0 @38+4`,
  ],
  [
    'ICMP_TIME_EXCEEDED',
    62,
    99,
    `
      quoted.tcp.srcPort 49152 @62+2
      quoted.tcp.dstPort 80 @64+2
      quoted.tcp.sequence 16909060 @66+4`,
  ],
  [
    'ICMP_PARAMETER_PROBLEM',
    34,
    41,
    `
      icmp.type 12 @34+1
      icmp.code 0 @35+1
      icmp.checksum 0x7870 @36+2
      icmp.pointer 20 @38+1
      icmp.unused 0 @39+3`,
  ],
  [
    'ICMP_PARAMETER_PROBLEM',
    62,
    99,
    `
      quoted.ip.options 830b0cc0000201c000020201890708c000020300 @62+20
      quoted.ip.option.looseSourceRoute 192.0.2.1,192.0.2.2 pointer 12 @62+11
      quoted.ip.option.strictSourceRoute 192.0.2.3 pointer 8 @74+7
      quoted.udp.srcPort 1000 @82+2
      quoted.udp.dstPort 2000 @84+2
      quoted.udp.length 13 @86+2
      quoted.udp.checksum 0x5bca @88+2`,
  ],
  [
    'ICMP_REDIRECT',
    34,
    41,
    `
      icmp.type 5 @34+1
      icmp.code 1 @35+1
      icmp.checksum 0x693a @36+2
      icmp.gateway 198.51.100.1 @38+4`,
  ],
  [
    'ICMPV6_UNREACHABLE',
    54,
    61,
    `
      icmp6.type 1 @54+1
      icmp6.code 4 @55+1
      icmp6.checksum 0x02f5 @56+2
      icmp6.unused 0 @58+4`,
  ],
  [
    'ICMPV6_TOO_BIG',
    54,
    999,
    `
      icmp6.type 2 @54+1
      icmp6.code 0 @55+1
      icmp6.checksum 0xfcf8 @56+2
      icmp6.mtu 1280 @58+4
      quoted.ip6.version 6 @62+1
      quoted.ip6.dscp 46 @62+2
      quoted.ip6.ecn 1 @63+1
      quoted.ip6.flowLabel 74565 @63+3
      quoted.ip6.payloadLength 13 @66+2
      quoted.ip6.nextHeader 17 @68+1
      quoted.ip6.hopLimit 63 @69+1
      quoted.ip6.src 2001:db8::b @70+16
      quoted.ip6.dst 2001:db8:0:1::d @86+16
      quoted.udp.srcPort 1000 @102+2
      quoted.udp.dstPort 2000 @104+2
      quoted.udp.length 13 @106+2
      quoted.udp.checksum 0x54bf @108+2
      quoted.payload 68656c6c6f @110+5`,
  ],
  [
    'ICMPV6_TIME_EXCEEDED',
    54,
    61,
    `
      icmp6.type 3 @54+1
      icmp6.code 0 @55+1
      icmp6.checksum 0x00f9 @56+2
      icmp6.unused 0 @58+4`,
  ],
  [
    'ICMPV6_PARAMETER_PROBLEM',
    54,
    61,
    `
      icmp6.type 4 @54+1
      icmp6.code 1 @55+1
      icmp6.checksum 0xfff1 @56+2
      icmp6.pointer 6 @58+4`,
  ],
  [
    'ND_ROUTER_SOLICITATION',
    58,
    99,
    `
      icmp6.reserved 0 @58+4
      icmp6.option.type 1 @62+1
      icmp6.option.length 8 @63+1
      icmp6.option.address 02:00:00:00:0a:01 @64+6`,
  ],
  [
    'ND_ROUTER_ADVERTISEMENT',
    58,
    999,
    `
      icmp6.hopLimit 64 @58+1
      icmp6.managed 1 @59+1
      icmp6.otherConfiguration 0 @59+1
      icmp6.reservedFlags 0 @59+1
      icmp6.routerLifetimeSeconds 1800 @60+2
      icmp6.reachableTimeMs 30000 @62+4
      icmp6.retransmitTimerMs 1000 @66+4
      icmp6.option.type 1 @70+1
      icmp6.option.length 8 @71+1
      icmp6.option.address 02:00:00:00:0a:01 @72+6
      icmp6.option[1].type 5 @78+1
      icmp6.option[1].length 8 @79+1
      icmp6.option[1].reserved 0 @80+2
      icmp6.option[1].mtu 1500 @82+4
      icmp6.option[2].type 3 @86+1
      icmp6.option[2].length 32 @87+1
      icmp6.option[2].prefixLength 64 @88+1
      icmp6.option[2].onLink 1 @89+1
      icmp6.option[2].autonomous 1 @89+1
      icmp6.option[2].reservedFlags 0 @89+1
      icmp6.option[2].validLifetimeSeconds 2592000 @90+4
      icmp6.option[2].preferredLifetimeSeconds 604800 @94+4
      icmp6.option[2].reserved 0 @98+4
      icmp6.option[2].prefix 2001:db8:0:1:: @102+16
      icmp6.option[3].type 253 @118+1
      icmp6.option[3].length 8 @119+1
      icmp6.option[3].data 010203040506 @120+6`,
  ],
  [
    'ND_NEIGHBOUR_ADVERTISEMENT',
    58,
    99,
    `
      icmp6.router 0 @58+1
      icmp6.solicited 1 @58+1
      icmp6.override 1 @58+1
      icmp6.reserved 0 @58+4
      icmp6.target 2001:db8:0:1::d @62+16
      icmp6.option.type 2 @78+1
      icmp6.option.length 8 @79+1
      icmp6.option.address 02:00:00:00:0a:02 @80+6`,
  ],
  [
    'ND_REDIRECT',
    58,
    110,
    `
      icmp6.reserved 0 @58+4
      icmp6.target 2001:db8::1 @62+16
      icmp6.destination 2001:db8:0:1::d @78+16
      icmp6.option.type 2 @94+1
      icmp6.option.length 8 @95+1
      icmp6.option.address 02:00:00:00:0a:02 @96+6
      icmp6.option[1].type 4 @102+1
      icmp6.option[1].length 64 @103+1
      icmp6.option[1].reserved 000000000000 @104+6
      quoted.ip6.version 6 @110+1
      quoted.ip6.dscp 46 @110+2`,
  ],
])('%s from octet %i to %i', (name, first, last, lines) => {
  expect(linesOf(CONTROL_FRAMES[name] ?? NO_OCTETS, first, last)).toEqual(lines.trim().split(/\n\s*/))
})
