/**
 * ICMPv6: echo messages in full, others with their rest raw: icmpv6-error.ts and neighbour-discovery.ts have more of
 * them. Source: RFC 4443; RFC 4861 4 for the types of ND.
 * Integers big-endian; lengths in octets.
 */
import { type IpAddresses, internetChecksumIsRight, pseudoHeaderSum } from './checksum.ts'
import {
  type ControlMessage,
  type DecodedControlMessage,
  decodeMessage,
  encodeMessage,
  MESSAGE_HEADER_SIZE,
} from './echo.ts'
import { IP_PROTOCOL } from './ipv4.ts'
import { OctetReader } from './octets.ts'

/** The types that the harness names; there are more. */
export const ICMPV6_TYPE = {
  destinationUnreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
  redirect: 137,
} as const

const PROTOCOL = 'icmpv6'
const ECHO_TYPES = { request: ICMPV6_TYPE.echoRequest, reply: ICMPV6_TYPE.echoReply }

/** @throws {WireError} if octets are missing */
export function decodeIcmpv6(octets: Uint8Array): DecodedControlMessage {
  return decodeMessage(PROTOCOL, ECHO_TYPES, octets)
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeIcmpv6(message: ControlMessage, addresses: IpAddresses): Uint8Array {
  return encodeMessage(PROTOCOL, ECHO_TYPES, message, (length) => pseudoSum(addresses, length))
}

/** @throws {WireError} if there is no whole header */
export function icmpv6ChecksumIsRight(octets: Uint8Array, addresses: IpAddresses): boolean {
  new OctetReader(PROTOCOL, octets).take('header', MESSAGE_HEADER_SIZE)
  return internetChecksumIsRight(octets, pseudoSum(addresses, octets.length))
}

function pseudoSum(addresses: IpAddresses, lengthOctets: number): number {
  return pseudoHeaderSum(addresses, IP_PROTOCOL.icmpv6, lengthOctets)
}
