/**
 * ICMP for IPv4: echo messages in full, others with their rest raw: icmp-error.ts has more of them. Source: RFC 792.
 * Integers big-endian; lengths in octets.
 */
import { internetChecksumIsRight } from './checksum.ts'
import {
  type ControlMessage,
  type DecodedControlMessage,
  decodeMessage,
  encodeMessage,
  MESSAGE_HEADER_SIZE,
} from './echo.ts'
import { OctetReader } from './octets.ts'

/** The types that the harness names; there are more. */
export const ICMP_TYPE = {
  echoReply: 0,
  destinationUnreachable: 3,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const

const PROTOCOL = 'icmp'
const ECHO_TYPES = { request: ICMP_TYPE.echoRequest, reply: ICMP_TYPE.echoReply }

/** @throws {WireError} if octets are missing */
export function decodeIcmp(octets: Uint8Array): DecodedControlMessage {
  return decodeMessage(PROTOCOL, ECHO_TYPES, octets)
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeIcmp(message: ControlMessage): Uint8Array {
  return encodeMessage(PROTOCOL, ECHO_TYPES, message, () => 0) // ICMP for IPv4 has no pseudo header
}

/** @throws {WireError} if there is no whole header */
export function icmpChecksumIsRight(octets: Uint8Array): boolean {
  new OctetReader(PROTOCOL, octets).take('header', MESSAGE_HEADER_SIZE)
  return internetChecksumIsRight(octets)
}
