/**
 * Where each field lies in ICMP's and ICMPv6's messages and in the options of neighbour discovery, and how people read
 * it. Written apart from the codecs, as all of layouts.ts. Offsets and sizes in octets.
 */
import { formatIpv4, formatIpv6, formatMac } from './address.ts'
import { ICMP_TYPE } from './icmp.ts'
import { ICMPV6_TYPE } from './icmpv6.ts'
import { bits, decimal, hex, type Part, part } from './layout.ts'
import { u8At } from './octets.ts'

export const ICMP_PARTS = messageParts('icmp')
export const ICMPV6_PARTS = messageParts('icmp6')
export const NEIGHBOUR_OPTION_PARTS: readonly Part[] = [
  part('.type', 0, 1, decimal(1)),
  part('.length', 1, 1, (octets, at) => String(8 * u8At(octets, at))),
]

type PartsByType = Readonly<Record<number, readonly Part[]>>

/** By type, what follows the checksum; none of types that are not read further. */
export const ICMP_BODY_PARTS: PartsByType = {
  [ICMP_TYPE.echoRequest]: echoParts('icmp'),
  [ICMP_TYPE.echoReply]: echoParts('icmp'),
  [ICMP_TYPE.destinationUnreachable]: [
    part('icmp.unused', 0, 2, decimal(2)),
    part('icmp.nextHopMtu', 2, 2, decimal(2)),
  ],
  [ICMP_TYPE.timeExceeded]: [part('icmp.unused', 0, 4, decimal(4))],
  [ICMP_TYPE.parameterProblem]: [
    part('icmp.pointer', 0, 1, decimal(1)),
    part('icmp.unused', 1, 3, decimal(3)),
  ],
  [ICMP_TYPE.redirect]: [part('icmp.gateway', 0, 4, formatIpv4)],
}

const RESERVED = part('icmp6.reserved', 0, 4, decimal(4))
const TARGET = part('icmp6.target', 4, 16, formatIpv6)

export const ICMPV6_BODY_PARTS: PartsByType = {
  [ICMPV6_TYPE.echoRequest]: echoParts('icmp6'),
  [ICMPV6_TYPE.echoReply]: echoParts('icmp6'),
  [ICMPV6_TYPE.destinationUnreachable]: [part('icmp6.unused', 0, 4, decimal(4))],
  [ICMPV6_TYPE.packetTooBig]: [part('icmp6.mtu', 0, 4, decimal(4))],
  [ICMPV6_TYPE.timeExceeded]: [part('icmp6.unused', 0, 4, decimal(4))],
  [ICMPV6_TYPE.parameterProblem]: [part('icmp6.pointer', 0, 4, decimal(4))],
  [ICMPV6_TYPE.routerSolicitation]: [RESERVED],
  [ICMPV6_TYPE.routerAdvertisement]: [
    part('icmp6.hopLimit', 0, 1, decimal(1)),
    part('icmp6.managed', 1, 1, bits(1, 7, 1)),
    part('icmp6.otherConfiguration', 1, 1, bits(1, 6, 1)),
    part('icmp6.reservedFlags', 1, 1, bits(1, 0, 6)),
    part('icmp6.routerLifetimeSeconds', 2, 2, decimal(2)),
    part('icmp6.reachableTimeMs', 4, 4, decimal(4)),
    part('icmp6.retransmitTimerMs', 8, 4, decimal(4)),
  ],
  [ICMPV6_TYPE.neighbourSolicitation]: [RESERVED, TARGET],
  [ICMPV6_TYPE.neighbourAdvertisement]: [
    part('icmp6.router', 0, 1, bits(1, 7, 1)),
    part('icmp6.solicited', 0, 1, bits(1, 6, 1)),
    part('icmp6.override', 0, 1, bits(1, 5, 1)),
    part('icmp6.reserved', 0, 4, bits(4, 0, 29)),
    TARGET,
  ],
  [ICMPV6_TYPE.redirect]: [RESERVED, TARGET, part('icmp6.destination', 20, 16, formatIpv6)],
}

/** By type, what follows type and length; none of types that are not read further. */
export const NEIGHBOUR_OPTION_BODY_PARTS: PartsByType = {
  1: [part('.address', 0, 6, formatMac)],
  2: [part('.address', 0, 6, formatMac)],
  3: [
    part('.prefixLength', 0, 1, decimal(1)),
    part('.onLink', 1, 1, bits(1, 7, 1)),
    part('.autonomous', 1, 1, bits(1, 6, 1)),
    part('.reservedFlags', 1, 1, bits(1, 0, 6)),
    part('.validLifetimeSeconds', 2, 4, decimal(4)),
    part('.preferredLifetimeSeconds', 6, 4, decimal(4)),
    part('.reserved', 10, 4, decimal(4)),
    part('.prefix', 14, 16, formatIpv6),
  ],
  5: [part('.reserved', 0, 2, decimal(2)), part('.mtu', 2, 4, decimal(4))],
}

function messageParts(protocol: string): readonly Part[] {
  return [
    part(`${protocol}.type`, 0, 1, decimal(1)),
    part(`${protocol}.code`, 1, 1, decimal(1)),
    part(`${protocol}.checksum`, 2, 2, hex),
  ]
}

function echoParts(protocol: string): readonly Part[] {
  return [part(`${protocol}.identifier`, 0, 2, decimal(2)), part(`${protocol}.sequence`, 2, 2, decimal(2))]
}
