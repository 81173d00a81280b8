import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Field, fieldsOf } from './fields.ts'
import * as frames from './testing/frames.ts'
import { hostileOctets } from './testing/hostile.ts'
import { octetsOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

/** One line for each field: name, value, offset and size. */
function linesOf(octets: Uint8Array): string[] {
  return fieldsOf(octets).map(
    ({ name, value, offset, sizeOctets }) => `${name} ${value} @${offset}+${sizeOctets}`,
  )
}

function textOf(lines: string): string[] {
  return lines.trim().split(/\n\s*/)
}

const QUOTED_UDP = textOf(`
  quoted.ip.version 4 @42+1
  quoted.ip.headerLength 20 @42+1
  quoted.ip.dscp 46 @43+1
  quoted.ip.ecn 1 @43+1
  quoted.ip.totalLength 33 @44+2
  quoted.ip.identification 7238 @46+2
  quoted.ip.reservedFlag 0 @48+1
  quoted.ip.dontFragment 1 @48+1
  quoted.ip.moreFragments 0 @48+1
  quoted.ip.fragmentOffsetOctets 0 @48+2
  quoted.ip.ttl 63 @50+1
  quoted.ip.protocol 17 @51+1
  quoted.ip.checksum 0xca4d @52+2
  quoted.ip.src 198.51.100.11 @54+4
  quoted.ip.dst 198.51.100.13 @58+4
  quoted.udp.srcPort 1000 @62+2
  quoted.udp.dstPort 2000 @64+2
  quoted.udp.length 13 @66+2
  quoted.udp.checksum 0x5bca @68+2`)
const MACS = 'eth.dst 02:00:00:00:0a:02 @0+6\neth.src 02:00:00:00:0a:01 @6+6'

// What each golden frame has in it is written beside it in testing/frames.ts.
test('ARP with a tag and padding', () => {
  expect(linesOf(frames.ARP_TAGGED)).toEqual(
    textOf(`
      eth.dst ff:ff:ff:ff:ff:ff @0+6
      eth.src 02:00:00:00:0a:01 @6+6
      vlan.tpid 0x8100 @12+2
      vlan.pcp 5 @14+1
      vlan.dei 1 @14+1
      vlan.vid 10 @14+2
      eth.type 0x0806 @16+2
      arp.htype 1 @18+2
      arp.ptype 0x0800 @20+2
      arp.hlen 6 @22+1
      arp.plen 4 @23+1
      arp.op 1 @24+2
      arp.sha 02:00:00:00:0a:01 @26+6
      arp.spa 198.51.100.11 @32+4
      arp.tha 00:00:00:00:00:00 @36+6
      arp.tpa 198.51.100.13 @42+4
      trailer 000000000000000000000000000000000000 @46+18`),
  )
})

test('UDP with two tags', () => {
  expect(linesOf(frames.UDP_DOUBLE_TAGGED)).toEqual(
    textOf(`
      ${MACS}
      vlan.tpid 0x88a8 @12+2
      vlan.pcp 3 @14+1
      vlan.dei 0 @14+1
      vlan.vid 100 @14+2
      vlan[1].tpid 0x8100 @16+2
      vlan[1].pcp 5 @18+1
      vlan[1].dei 1 @18+1
      vlan[1].vid 10 @18+2
      eth.type 0x0800 @20+2
      ip.version 4 @22+1
      ip.headerLength 20 @22+1
      ip.dscp 46 @23+1
      ip.ecn 1 @23+1
      ip.totalLength 33 @24+2
      ip.identification 7238 @26+2
      ip.reservedFlag 0 @28+1
      ip.dontFragment 1 @28+1
      ip.moreFragments 0 @28+1
      ip.fragmentOffsetOctets 0 @28+2
      ip.ttl 63 @30+1
      ip.protocol 17 @31+1
      ip.checksum 0xca4d @32+2
      ip.src 198.51.100.11 @34+4
      ip.dst 198.51.100.13 @38+4
      udp.srcPort 1000 @42+2
      udp.dstPort 2000 @44+2
      udp.length 13 @46+2
      udp.checksum 0x5bca @48+2
      payload 68656c6c6f @50+5`),
  )
})

test('IP options and what follows the packet', () => {
  const lines = linesOf(frames.UDP_WITH_OPTIONS)
  expect(lines).toContain('ip.headerLength 24 @14+1')
  expect(lines).toContain('ip.options 94040000 @34+4')
  expect(lines.slice(-3)).toEqual([
    'udp.checksum 0x5bca @44+2',
    'payload 68656c6c6f @46+5',
    'trailer a1a2a3a4a5 @51+5',
  ])
})

test('TCP', () => {
  expect(linesOf(frames.TCP_SYN).slice(18)).toEqual(
    textOf(`
      tcp.srcPort 49152 @34+2
      tcp.dstPort 80 @36+2
      tcp.sequence 16909060 @38+4
      tcp.acknowledgement 2695938256 @42+4
      tcp.headerLength 28 @46+1
      tcp.reserved 0 @46+1
      tcp.flags syn,ece,cwr @47+1
      tcp.window 64240 @48+2
      tcp.checksum 0x0e0b @50+2
      tcp.urgentPointer 5 @52+2
      tcp.options 020405b401030307 @54+8
      tcp.option.mss 1460 @54+4
      tcp.option.windowScale 7 @59+3`),
  )
})

test('ICMP', () => {
  expect(linesOf(frames.ICMP_ECHO).slice(18)).toEqual(
    textOf(`
      icmp.type 8 @34+1
      icmp.code 0 @35+1
      icmp.checksum 0xe5f3 @36+2
      icmp.identifier 4660 @38+2
      icmp.sequence 7 @40+2
      payload 70696e6721 @42+5`),
  )
  expect(linesOf(frames.ICMP_UNREACHABLE).slice(18)).toEqual([
    'icmp.type 3 @34+1',
    'icmp.code 3 @35+1',
    'icmp.checksum 0x956d @36+2',
    'icmp.unused 0 @38+2',
    'icmp.nextHopMtu 0 @40+2',
    ...QUOTED_UDP,
  ])
})

test('a later fragment has no upper header', () => {
  const lines = linesOf(frames.FRAGMENT)
  expect(lines).toContain('ip.moreFragments 1 @20+1')
  expect(lines).toContain('ip.fragmentOffsetOctets 1480 @20+2')
  expect(lines.slice(17)).toEqual(['ip.dst 198.51.100.13 @30+4', 'payload 6162636465666768 @34+8'])
})

test('IPv6 and ICMPv6', () => {
  expect(linesOf(frames.ICMPV6_ECHO).slice(3)).toEqual(
    textOf(`
      ip6.version 6 @14+1
      ip6.dscp 46 @14+2
      ip6.ecn 1 @15+1
      ip6.flowLabel 74565 @15+3
      ip6.payloadLength 12 @18+2
      ip6.nextHeader 58 @20+1
      ip6.hopLimit 63 @21+1
      ip6.src 2001:db8::b @22+16
      ip6.dst 2001:db8:0:1::d @38+16
      icmp6.type 129 @54+1
      icmp6.code 0 @55+1
      icmp6.checksum 0x321c @56+2
      icmp6.identifier 4660 @58+2
      icmp6.sequence 7 @60+2
      payload 706f6e67 @62+4`),
  )
})

test('an 802.3 length, and a payload too long to show', () => {
  const octets = frames.LENGTH_FRAME.slice()
  octets[14] = 0xaa
  expect(linesOf(octets).slice(2)).toEqual([
    'eth.type 0x0026 @12+2',
    'llc.dsap 0xaa @14+1',
    'llc.ssap 0x42 @15+1',
    'llc.control 0x03 @16+1',
    `payload ${'00'.repeat(32)}… (35 octets) @17+35`,
  ])
})

test('octets between the UDP datagram and the end of the IP packet have a name of their own', () => {
  const octets = frames.UDP_DOUBLE_TAGGED.slice()
  octets[47] = 10
  expect(linesOf(octets).slice(-2)).toEqual(['payload 6865 @50+2', 'udp.trailer 6c6c6f @52+3'])
})

describe('what cannot be read is payload', () => {
  test.each([
    ['nothing', '', []],
    ['less than an address', '0200', ['payload 0200 @0+2']],
    [
      'a tag without its end',
      '020000000a02 020000000a01 8100 b0',
      [...textOf(MACS), 'eth.type 0x8100 @12+2', 'payload b0 @14+1'],
    ],
    [
      'nothing, after a tag',
      '020000000a02 020000000a01 8100 b00a',
      [
        ...textOf(MACS),
        'vlan.tpid 0x8100 @12+2',
        'vlan.pcp 5 @14+1',
        'vlan.dei 1 @14+1',
        'vlan.vid 10 @14+2',
      ],
    ],
    ['half an EtherType', '020000000a02 020000000a01 08', [...textOf(MACS), 'payload 08 @12+1']],
  ])('%s', (_, hex, lines) => {
    expect(linesOf(octetsOf(hex))).toEqual(lines)
  })

  test.each([
    ['IPv4 of another version', frames.UDP_WITH_OPTIONS, 14, 0x66, 'eth.type'],
    ['IPv4 with too short a header', frames.UDP_WITH_OPTIONS, 14, 0x44, 'ip.dst'],
    ['IPv4 shorter than its header', frames.UDP_WITH_OPTIONS, 17, 0x17, 'ip.dst'],
    ['IPv6 of another version', frames.ICMPV6_ECHO, 14, 0x4b, 'eth.type'],
    ['ARP for longer addresses', frames.ARP_TAGGED, 22, 8, 'arp.op'],
    ['UDP shorter than its header', frames.UDP_DOUBLE_TAGGED, 47, 7, 'udp.checksum'],
  ])('%s', (_, frame, at, octet, last) => {
    const octets = frame.slice()
    octets[at] = octet
    expect(fieldsOf(octets).at(-2)?.name).toBe(last)
    expect(fieldsOf(octets).at(-1)?.name).toBe('payload')
  })
})

test('an octet that a field cut off shares with a whole one is payload too', () => {
  expect(linesOf(frames.ICMPV6_ECHO.subarray(0, 16)).slice(-2)).toEqual([
    'ip6.ecn 1 @15+1',
    'payload 91 @15+1',
  ])
})

test('every octet of any frame is in a field, in order, and no two fields have one name', () => {
  const property = fc.property(hostileOctets, (octets) => {
    const fields = fieldsOf(octets)
    expect(uncovered(fields, octets.length)).toEqual([])
    expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length)
  })
  holds(property, 2_000)
})

function uncovered(fields: readonly Field[], length: number): number[] {
  const counts = new Array<number>(length).fill(0)
  for (const { offset, sizeOctets } of fields) {
    expect(offset + sizeOctets).toBeLessThanOrEqual(length)
    for (let at = offset; at < offset + sizeOctets; at += 1) counts[at] = (counts[at] ?? 0) + 1
  }
  return counts.flatMap((count, at) => (count === 0 ? [at] : []))
}
