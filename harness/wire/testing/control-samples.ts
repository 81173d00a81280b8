/**
 * Frames with options, extension headers, errors, neighbour discovery and bridges, each with the meaning that was
 * encoded, for comparing with an independent dissector. What is 'other' is of a type that nobody has given a meaning,
 * and what is quoted or carried has none, so that the dissector guesses at nothing.
 */
import fc from 'fast-check'
import { ETHER_TYPE, encodeEthernet } from '../ethernet.ts'
import { encodeIcmpError, ICMP_UNREACHABLE_CODE, type IcmpError } from '../icmp-error.ts'
import { encodeIcmpv6Error, type Icmpv6Error } from '../icmpv6-error.ts'
import { encodeIpv4, IP_PROTOCOL } from '../ipv4.ts'
import { encodeIpv4Options, type Ipv4Option } from '../ipv4-options.ts'
import { encodeIpv6 } from '../ipv6.ts'
import { encodeIpv6Extensions, type Ipv6ExtensionHeader } from '../ipv6-extensions.ts'
import { encodeLlc, LLC_SAP, LLC_UI } from '../llc.ts'
import { encodeLldp, LLDP_MAC, type LldpTlv } from '../lldp.ts'
import { encodeNeighbourMessage, type NeighbourMessage } from '../neighbour-discovery.ts'
import { NO_OCTETS } from '../octets.ts'
import { type Bpdu, encodeStp, STP_MAC } from '../stp.ts'
import { encodeTcp } from '../tcp.ts'
import { encodeTcpOptions, type TcpOption } from '../tcp-options.ts'
import * as control from './control-arbitraries.ts'

export type Meaning =
  | { of: 'tcp options'; options: readonly TcpOption[] }
  | { of: 'ipv4 options'; options: readonly Ipv4Option[] }
  | { of: 'ipv6 extensions'; headers: readonly Ipv6ExtensionHeader[] }
  | { of: 'icmp error'; error: IcmpError }
  | { of: 'icmpv6 error'; error: Icmpv6Error }
  | { of: 'neighbour'; message: NeighbourMessage }
  | { of: 'bpdu'; bpdu: Bpdu }
  | { of: 'lldp'; tlvs: readonly LldpTlv[] }

export interface Sample {
  frame: Uint8Array
  meaning: Meaning
}

const MACS = { dst: '02:00:00:00:0a:02', src: '02:00:00:00:0a:01', tags: [] }
const BETWEEN = { src: '198.51.100.11', dst: '198.51.100.13' }
const BETWEEN_V6 = { src: '2001:db8::b', dst: '2001:db8:0:1::d' }
const LARGEST_OPTIONS = 40
const NO_NEXT_HEADER = 59
const EXPERIMENTAL = 253 // RFC 3692, as a protocol and as a type of many kinds
const EXPERIMENTAL_IPV6_OPTION = 0x1e // RFC 4727
const LOCAL = 7 // as a subtype of LLDP's ids
const LARGEST_TSHARK_SHIFT = 14

const tcpOptions = control.tcpOptions.filter(fits<TcpOption>(encodeTcpOptions)).map((given) => {
  const options = given
    .filter(hasBlocks)
    .map(
      (option): TcpOption =>
        option.kind === 'window scale'
          ? { ...option, shift: Math.min(option.shift, LARGEST_TSHARK_SHIFT) }
          : known(option),
    )
  const ports = { srcPort: 49152, dstPort: 49153, sequence: 1, acknowledgement: 2, flags: 0x12, window: 3 }
  const segment = {
    ...ports,
    urgentPointer: 0,
    options: padded(encodeTcpOptions(options)),
    payload: NO_OCTETS,
  }
  return {
    frame: ipv4(IP_PROTOCOL.tcp, encodeTcp(segment, BETWEEN)),
    meaning: { of: 'tcp options' as const, options },
  }
})

const ipv4Options = control.ipv4Options.filter(fits<Ipv4Option>(encodeIpv4Options)).map((given) => {
  const options = given.map(known)
  const frame = ipv4(EXPERIMENTAL, NO_OCTETS, padded(encodeIpv4Options(options)))
  return { frame, meaning: { of: 'ipv4 options' as const, options } }
})

const ipv6Extensions = control.ipv6Content.map(({ headers: given }) => {
  const headers = given.map(knownHeader)
  const content = { headers, upperProtocol: NO_NEXT_HEADER, payload: new Uint8Array(8) } // tshark looks beyond Pad1
  const { nextHeader, payload } = encodeIpv6Extensions(content)
  return { frame: ipv6(nextHeader, payload), meaning: { of: 'ipv6 extensions' as const, headers } }
})

const icmpErrors = control.icmpError.map((given) => {
  const code = given.code % 2 === 0 ? given.code : ICMP_UNREACHABLE_CODE.fragmentationNeeded
  const error = { ...given, code, quote: QUOTE }
  return {
    frame: ipv4(IP_PROTOCOL.icmp, encodeIcmpError(error)),
    meaning: { of: 'icmp error' as const, error },
  }
})

const icmpv6Errors = control.icmpv6Error.map((given) => {
  const error = { ...given, quote: QUOTE_V6 }
  const frame = ipv6(IP_PROTOCOL.icmpv6, encodeIcmpv6Error(error, BETWEEN_V6))
  return { frame, meaning: { of: 'icmpv6 error' as const, error } }
})

const neighbours = control.neighbourMessage.map((given) => {
  const options = given.options.map((option) =>
    option.kind === 'redirected header' ? { ...option, quote: QUOTE_V6 } : known(option),
  )
  const message = { ...given, options }
  const frame = ipv6(IP_PROTOCOL.icmpv6, encodeNeighbourMessage(message, BETWEEN_V6))
  return { frame, meaning: { of: 'neighbour' as const, message } }
})

const bpdus = control.bpdu.map((given) => {
  const bpdu = { ...given, version: given.kind === 'rapid' ? 2 : 0, trailer: NO_OCTETS }
  const sap = { dsap: LLC_SAP.stp, ssap: LLC_SAP.stp, control: LLC_UI }
  const content = encodeLlc({ ...sap, payload: encodeStp(bpdu), trailer: new Uint8Array(8) })
  return {
    frame: encodeEthernet({ ...MACS, dst: STP_MAC, ...content }),
    meaning: { of: 'bpdu' as const, bpdu },
  }
})

const letters = fc.array(fc.nat({ max: 25 }), { minLength: 1, maxLength: 30 })
const lldpUnits = fc
  .record({ name: letters, seconds: fc.nat({ max: 0xffff }), own: fc.uint8Array({ maxLength: 20 }) })
  .map(({ name, seconds, own }) => {
    const tlvs: LldpTlv[] = [
      { kind: 'chassis id', subtype: LOCAL, id: Uint8Array.from(name, (letter) => 0x41 + letter) },
      { kind: 'port id', subtype: LOCAL, id: Uint8Array.from(name, (letter) => 0x61 + letter) },
      { kind: 'time to live', seconds },
      { kind: 'other', type: 127, value: new Uint8Array([2, 0, 0, 1, ...own]) },
      { kind: 'end' },
    ]
    const frame = { ...MACS, dst: LLDP_MAC, etherType: ETHER_TYPE.lldp, payload: encodeLldp({ tlvs }) }
    return { frame: encodeEthernet(frame), meaning: { of: 'lldp' as const, tlvs } }
  })

export const sample: fc.Arbitrary<Sample> = fc.oneof<fc.Arbitrary<Sample>[]>(
  tcpOptions,
  ipv4Options,
  ipv6Extensions,
  icmpErrors,
  icmpv6Errors,
  neighbours,
  bpdus,
  lldpUnits,
)

const QUOTE = encodeIpv4(ipv4Packet(EXPERIMENTAL, new Uint8Array(8), NO_OCTETS))
const QUOTE_V6 = encodeIpv6(ipv6Packet(NO_NEXT_HEADER, new Uint8Array(0)))

function fits<T>(encode: (options: readonly T[]) => Uint8Array): (options: readonly T[]) => boolean {
  return (options) => encode(options).length <= LARGEST_OPTIONS
}

/** tshark reads no further behind a SACK option without a block. */
function hasBlocks(option: TcpOption): boolean {
  return option.kind !== 'sack' || option.blocks.length > 0
}

function known<T extends { kind: string }>(option: T): T {
  return option.kind === 'other' ? { ...option, type: EXPERIMENTAL } : option
}

function knownHeader(header: Ipv6ExtensionHeader): Ipv6ExtensionHeader {
  if (header.kind === 'routing') return { ...header, routingType: EXPERIMENTAL }
  if (header.kind === 'fragment') return { ...header, moreFragments: false }
  const options = header.options.map((option) =>
    option.kind === 'other' ? { ...option, type: EXPERIMENTAL_IPV6_OPTION } : option,
  )
  return { ...header, options }
}

/** With the end of options. */
function padded(octets: Uint8Array): Uint8Array {
  const all = new Uint8Array(Math.ceil(octets.length / 4) * 4)
  all.set(octets)
  return all
}

function ipv4Packet(protocol: number, payload: Uint8Array, options: Uint8Array) {
  const flags = { dontFragment: true, moreFragments: false, fragmentOffsetOctets: 0 }
  return { ...BETWEEN, ...flags, dscp: 0, ecn: 0, identification: 1, ttl: 64, protocol, options, payload }
}

function ipv6Packet(nextHeader: number, payload: Uint8Array) {
  return { ...BETWEEN_V6, dscp: 0, ecn: 0, flowLabel: 0, nextHeader, hopLimit: 255, payload }
}

function ipv4(protocol: number, payload: Uint8Array, options: Uint8Array = NO_OCTETS): Uint8Array {
  const packet = encodeIpv4(ipv4Packet(protocol, payload, options))
  return encodeEthernet({ ...MACS, etherType: ETHER_TYPE.ipv4, payload: packet })
}

function ipv6(nextHeader: number, payload: Uint8Array): Uint8Array {
  const packet = encodeIpv6(ipv6Packet(nextHeader, payload))
  return encodeEthernet({ ...MACS, etherType: ETHER_TYPE.ipv6, payload: packet })
}
