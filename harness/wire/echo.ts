/**
 * What ICMP and ICMPv6 have in common: the same four octets at the head, and echo messages of the same form under
 * other type numbers. Sources: RFC 792 (echo); RFC 4443 2.1, 4.1 and 4.2.
 * Integers big-endian; lengths in octets.
 */
import { internetChecksum } from './checksum.ts'
import { OctetReader, OctetWriter } from './octets.ts'

export const MESSAGE_HEADER_SIZE = 4

const CHECKSUM_OFFSET = 2
const ECHO_FIELDS_SIZE = 4

export interface EchoTypes {
  request: number
  reply: number
}

/** An absent checksum is computed on encoding; one that is present is written as given. */
export interface EchoMessage {
  kind: 'echo request' | 'echo reply'
  code: number // 0 unless made wrong on purpose
  checksum?: number
  identifier: number
  sequence: number
  payload: Uint8Array
}

/** Of any type, echo included: so that malformed echo messages can be made. */
export interface OtherMessage {
  kind: 'other'
  type: number
  code: number
  checksum?: number
  rest: Uint8Array // all that follows the checksum
}

export type ControlMessage = EchoMessage | OtherMessage
export type DecodedControlMessage = Required<EchoMessage> | Required<OtherMessage>

/** @throws {WireError} if octets are missing */
export function decodeMessage(protocol: string, types: EchoTypes, octets: Uint8Array): DecodedControlMessage {
  const reader = new OctetReader(protocol, octets)
  const type = reader.u8('type')
  const code = reader.u8('code')
  const checksum = reader.u16('checksum')
  if (type !== types.request && type !== types.reply) {
    return { kind: 'other', type, code, checksum, rest: reader.rest() }
  }
  const kind = type === types.request ? 'echo request' : 'echo reply'
  const identifier = reader.u16('identifier')
  const sequence = reader.u16('sequence')
  return { kind, code, checksum, identifier, sequence, payload: reader.rest() }
}

/**
 * @param pseudoSum of the pseudo header for so many octets
 * @throws {WireError} if a value exceeds its width
 */
export function encodeMessage(
  protocol: string,
  types: EchoTypes,
  message: ControlMessage,
  pseudoSum: (lengthOctets: number) => number,
): Uint8Array {
  const body = message.kind === 'other' ? message.rest : message.payload
  const size = MESSAGE_HEADER_SIZE + (message.kind === 'other' ? 0 : ECHO_FIELDS_SIZE) + body.length
  const writer = new OctetWriter(protocol, size)
  writer.u8('type', typeOf(types, message))
  writer.u8('code', message.code)
  writer.u16('checksum', message.checksum ?? 0)
  if (message.kind !== 'other') {
    writer.u16('identifier', message.identifier)
    writer.u16('sequence', message.sequence)
  }
  writer.copy(body)
  if (message.checksum === undefined) {
    writer.setU16('checksum', CHECKSUM_OFFSET, internetChecksum(writer.octets, pseudoSum(size)))
  }
  return writer.finish()
}

function typeOf(types: EchoTypes, message: ControlMessage): number {
  if (message.kind === 'other') return message.type
  return message.kind === 'echo request' ? types.request : types.reply
}
