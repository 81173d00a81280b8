/** Whole frames of every protocol, some with wrong checksums, for comparing with an independent dissector. */
import fc from 'fast-check'
import { ARP_OPERATION, encodeArp } from '../arp.ts'
import type { IpAddresses } from '../checksum.ts'
import { ETHER_TYPE, encodeEthernet } from '../ethernet.ts'
import { encodeIcmp, ICMP_TYPE } from '../icmp.ts'
import { encodeIcmpv6, ICMPV6_TYPE } from '../icmpv6.ts'
import { encodeIpv4, IP_PROTOCOL } from '../ipv4.ts'
import { encodeIpv6 } from '../ipv6.ts'
import { encodeTcp } from '../tcp.ts'
import { encodeUdp } from '../udp.ts'
import * as arbitrary from './arbitraries.ts'

const LLC_SIZE = 4 // IEEE 802.2: what a length counts at least, of a numbered PDU
const EXPERIMENTAL_PROTOCOL = 253 // RFC 3692
const SMALLEST_REST = 4 // every message of RFC 792 and RFC 4443 has eight octets at least
const NO_OPERATION = 1 // as an option, of IPv4 and of TCP

interface Content {
  etherType: number
  payload: Uint8Array
}

interface Upper {
  protocol: number
  payload: Uint8Array
}

/** To be spread over a packet: nothing, so that it is computed, or one that is most likely wrong. */
const checksum: fc.Arbitrary<{ checksum?: number }> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ checksum: fc.oneof(fc.constant(0), arbitrary.u16) }) },
)
const noOperations = fc.nat({ max: 10 }).map((words) => new Uint8Array(4 * words).fill(NO_OPERATION))

const arp: fc.Arbitrary<Content> = fc
  .record({
    packet: arbitrary.arpPacket,
    operation: fc.constantFrom(ARP_OPERATION.request, ARP_OPERATION.reply),
  })
  .map(({ packet, operation }) => ({
    etherType: ETHER_TYPE.arp,
    payload: encodeArp({ ...packet, hardwareType: 1, protocolType: ETHER_TYPE.ipv4, operation }),
  }))
const experimental: fc.Arbitrary<Content> = arbitrary.raw(60).map((payload) => ({
  etherType: ETHER_TYPE.localExperimental,
  payload,
}))
const length: fc.Arbitrary<Content> = fc
  .record({ data: fc.uint8Array({ minLength: LLC_SIZE, maxLength: 60 }), padding: arbitrary.raw(20) })
  .map(({ data, padding }) => ({ etherType: data.length, payload: new Uint8Array([...data, ...padding]) }))

const icmp: fc.Arbitrary<Upper> = fc
  .record({
    message: arbitrary.controlMessage([ICMP_TYPE.echoRequest, ICMP_TYPE.echoReply], SMALLEST_REST),
    wrong: checksum,
  })
  .map(({ message, wrong }) => ({
    protocol: IP_PROTOCOL.icmp,
    payload: encodeIcmp({ ...message, ...wrong }),
  }))

/** An upper protocol's header may not begin in a later fragment, so only opaque payloads are fragmented. */
const ipv4: fc.Arbitrary<Content> = arbitrary.ipv4Addresses.chain((addresses) =>
  fc
    .record({
      packet: arbitrary.ipv4Packet,
      upper: upperOver(addresses, icmp),
      options: noOperations,
      wrong: checksum,
    })
    .map(({ packet, upper, options, wrong }) => ({
      etherType: ETHER_TYPE.ipv4,
      payload: encodeIpv4({
        ...packet,
        ...addresses,
        ...upper,
        ...(upper.protocol === EXPERIMENTAL_PROTOCOL
          ? {}
          : { moreFragments: false, fragmentOffsetOctets: 0 }),
        ...wrong,
        options,
      }),
    })),
)
const ipv6: fc.Arbitrary<Content> = arbitrary.ipv6Addresses.chain((addresses) =>
  fc
    .record({ packet: arbitrary.ipv6Packet, upper: upperOver(addresses, icmpv6Over(addresses)) })
    .map(({ packet, upper: { protocol, payload } }) => ({
      etherType: ETHER_TYPE.ipv6,
      payload: encodeIpv6({ ...packet, ...addresses, nextHeader: protocol, payload }),
    })),
)

/** Tagged up to four times. */
export const oracleFrame: fc.Arbitrary<Uint8Array> = fc
  .record({
    frame: arbitrary.ethernetFrame,
    content: fc.oneof(
      { weight: 2, arbitrary: arp },
      { weight: 1, arbitrary: experimental },
      { weight: 1, arbitrary: length },
      { weight: 6, arbitrary: ipv4 },
      { weight: 5, arbitrary: ipv6 },
    ),
  })
  .map(({ frame, content }) => encodeEthernet({ ...frame, ...content }))

function upperOver(addresses: IpAddresses, controlMessages: fc.Arbitrary<Upper>): fc.Arbitrary<Upper> {
  const udp = fc.record({ datagram: arbitrary.udpDatagram, wrong: checksum }).map(({ datagram, wrong }) => ({
    protocol: IP_PROTOCOL.udp,
    payload: encodeUdp({ ...datagram, ...wrong, trailer: new Uint8Array(0) }, addresses),
  }))
  const tcp = fc
    .record({ segment: arbitrary.tcpSegment, options: noOperations, wrong: checksum })
    .map(({ segment, options, wrong }) => ({
      protocol: IP_PROTOCOL.tcp,
      payload: encodeTcp({ ...segment, ...wrong, options }, addresses),
    }))
  const opaque = arbitrary.raw(60).map((payload) => ({ protocol: EXPERIMENTAL_PROTOCOL, payload }))
  return fc.oneof<fc.Arbitrary<Upper>[]>(udp, tcp, controlMessages, opaque)
}

function icmpv6Over(addresses: IpAddresses): fc.Arbitrary<Upper> {
  const message = arbitrary.controlMessage([ICMPV6_TYPE.echoRequest, ICMPV6_TYPE.echoReply], SMALLEST_REST)
  return fc.record({ message, wrong: checksum }).map(({ message, wrong }) => ({
    protocol: IP_PROTOCOL.icmpv6,
    payload: encodeIcmpv6({ ...message, ...wrong }, addresses),
  }))
}
