/** Valid octets of each kind, golden ones and random ones, for spoiling. The same seed gives the same. */
import fc from 'fast-check'
import { encodeArp } from '../arp.ts'
import { encodeDhcp } from '../dhcp.ts'
import { encodeDhcpPieces } from '../dhcp-options.ts'
import { encodeEthernet } from '../ethernet.ts'
import { encodeIcmp, ICMP_TYPE } from '../icmp.ts'
import { encodeIcmpError } from '../icmp-error.ts'
import { encodeIcmpv6, ICMPV6_TYPE } from '../icmpv6.ts'
import { encodeIcmpv6Error } from '../icmpv6-error.ts'
import { decodeIpv4, encodeIpv4 } from '../ipv4.ts'
import { encodeIpv4Options } from '../ipv4-options.ts'
import { decodeIpv6, encodeIpv6 } from '../ipv6.ts'
import { encodeIpv6Extensions } from '../ipv6-extensions.ts'
import { encodeLlc } from '../llc.ts'
import { encodeLldp } from '../lldp.ts'
import { encodeNeighbourMessage } from '../neighbour-discovery.ts'
import { encodeSignature } from '../signature.ts'
import { encodeStp } from '../stp.ts'
import { encodeTcp } from '../tcp.ts'
import { encodeTcpOptions } from '../tcp-options.ts'
import { encodeUdp } from '../udp.ts'
import * as arbitrary from './arbitraries.ts'
import * as control from './control-arbitraries.ts'
import * as golden from './control-frames.ts'
import { sample } from './control-samples.ts'
import * as dhcp from './dhcp-arbitraries.ts'
import { DHCP_ACK, DHCP_DISCOVER } from './dhcp-frames.ts'
import * as frames from './frames.ts'
import { oracleFrame } from './oracle-frames.ts'
import { SEED } from './properties.ts'

export const BETWEEN = { src: '2001:db8::b', dst: '2001:db8:0:1::d' }

const RANDOM = 200
const ETHERNET_SIZE = 14

const echo = arbitrary.controlMessage([ICMP_TYPE.echoRequest, ICMP_TYPE.echoReply])
const echoV6 = arbitrary.controlMessage([ICMPV6_TYPE.echoRequest, ICMPV6_TYPE.echoReply])
const extensions = control.ipv6Content.map(encodeIpv6Extensions)
const signature = fc.record({ run: arbitrary.u32, caseNumber: arbitrary.u16, number: arbitrary.u32 })

const ipv4Packets = [
  ...[frames.UDP_WITH_OPTIONS, frames.TCP_SYN, frames.ICMP_UNREACHABLE].map(withoutEthernet),
  ...[golden.IPV4_RECORD_ROUTE, golden.IPV4_TIMESTAMP, golden.IPV4_SOURCE_ROUTE].map(withoutEthernet),
  withoutEthernet(frames.FRAGMENT),
  golden.UNFRAGMENTED_PACKET,
  ...golden.FRAGMENT_PACKETS,
]
const ipv6Packets = [
  ...[frames.UDP_OVER_IPV6, frames.TCP_OVER_IPV6, frames.ICMPV6_ECHO].map(withoutEthernet),
  ...[golden.IPV6_EXTENSIONS, golden.IPV6_FRAGMENT, golden.ND_REDIRECT].map(withoutEthernet),
]

/** Whole frames of all protocols. */
export const wholeFrames: readonly Uint8Array[] = [
  ...Object.values(frames.GOLDEN_FRAMES),
  ...random(oracleFrame, (octets) => octets),
  ...random(sample, ({ frame }) => frame),
  ...[DHCP_DISCOVER, DHCP_ACK],
  ...random(dhcp.sample, ({ frame }) => frame),
]

export const originals = {
  ethernet: [...wholeFrames, ...random(arbitrary.ethernetFrame, encodeEthernet)],
  arp: [frames.ARP_TAGGED.subarray(18), ...random(arbitrary.arpPacket, encodeArp)],
  ipv4: [...ipv4Packets, ...random(arbitrary.ipv4Packet, encodeIpv4)],
  ipv6: [...ipv6Packets, ...random(arbitrary.ipv6Packet, encodeIpv6)],
  udp: random(arbitrary.udpDatagram, (datagram) => encodeUdp(datagram, BETWEEN)),
  tcp: [
    ...[golden.TCP_SYN_OPTIONS, golden.TCP_SACK].map(ipv4PayloadOf),
    ...random(arbitrary.tcpSegment, (segment) => encodeTcp(segment, BETWEEN)),
  ],
  tcpOptions: random(control.tcpOptions, encodeTcpOptions),
  ipv4Options: random(control.ipv4Options, encodeIpv4Options),
  ipv6Extensions: [
    decodeIpv6(withoutEthernet(golden.IPV6_EXTENSIONS)).payload,
    ...random(extensions, ({ payload }) => payload),
  ],
  icmp: [ipv4PayloadOf(frames.ICMP_ECHO), ...random(echo, encodeIcmp)],
  icmpv6: [
    decodeIpv6(withoutEthernet(frames.ICMPV6_ECHO)).payload,
    ...random(echoV6, (message) => encodeIcmpv6(message, BETWEEN)),
  ],
  icmpError: [
    ...[golden.ICMP_FRAGMENTATION_NEEDED, golden.ICMP_PARAMETER_PROBLEM, golden.ICMP_REDIRECT].map(
      ipv4PayloadOf,
    ),
    ...random(control.icmpError, encodeIcmpError),
  ],
  icmpv6Error: random(control.icmpv6Error, (error) => encodeIcmpv6Error(error, BETWEEN)),
  neighbour: [
    decodeIpv6(withoutEthernet(golden.ND_REDIRECT)).payload,
    ...random(control.neighbourMessage, (message) => encodeNeighbourMessage(message, BETWEEN)),
  ],
  dhcp: [...[DHCP_DISCOVER, DHCP_ACK].map(dhcp.messageOf), ...random(dhcp.message, encodeDhcp)],
  dhcpOptions: random(dhcp.pieces, encodeDhcpPieces),
  llc: random(control.llcPdu, (pdu) => {
    const { etherType, payload } = encodeLlc(pdu)
    return new Uint8Array([etherType >>> 8, etherType & 0xff, ...payload])
  }),
  stp: random(control.bpdu, encodeStp),
  lldp: [withoutEthernet(golden.LLDP), ...random(control.lldpUnit, encodeLldp)],
  signature: random(fc.tuple(arbitrary.raw(40), signature, arbitrary.raw(40)), ([before, own, after]) => {
    return new Uint8Array([...before, ...encodeSignature(own), ...after])
  }),
} satisfies Readonly<Record<string, readonly Uint8Array[]>>

function random<T>(meanings: fc.Arbitrary<T>, encode: (meaning: T) => Uint8Array): Uint8Array[] {
  return fc.sample(meanings, { seed: SEED, numRuns: RANDOM }).map(encode)
}

function withoutEthernet(frame: Uint8Array): Uint8Array {
  return frame.subarray(ETHERNET_SIZE)
}

function ipv4PayloadOf(frame: Uint8Array): Uint8Array {
  return decodeIpv4(withoutEthernet(frame)).payload
}
