/**
 * What a frame with an 802.3 length has in place of an EtherType's payload: the LLC header, and data of that length.
 * Sources: IEEE 802.3 3.2.6 (length); IEEE 802.2 3.2 and 5.2 (LLC PDU, control field). Lengths in octets.
 */
import type { EthernetFrame } from './ethernet.ts'
import { NO_OCTETS, OctetReader, OctetWriter } from './octets.ts'

/** What is larger and below 0x0600 is neither length nor EtherType. IEEE 802.3 3.2.6. */
export const LARGEST_LENGTH = 1500
/** Addresses of those that LLC serves. */
export const LLC_SAP = { stp: 0x42, snap: 0xaa } as const
/** IEEE 802.2 5.4.1: unnumbered information, as all that uses LLC for datagrams has it. */
export const LLC_UI = 0x03

const PROTOCOL = 'llc'
const ADDRESSES_SIZE = 2
const UNNUMBERED = 3 // in the two lowest bits of the control field

export interface LlcPdu {
  length?: number // the frame's, of LLC header and payload; absent on encoding: computed
  dsap: number
  ssap: number
  control: number // its first octet
  secondControl?: number // its second octet, which unnumbered PDUs have not
  payload: Uint8Array // a SNAP header included
  trailer?: Uint8Array // after the length: Ethernet padding; absent on encoding: nothing
}

export type DecodedLlcPdu = LlcPdu & { length: number; trailer: Uint8Array }

/** The payload is bounded by the length. @throws {WireError} if there is none, or octets are missing */
export function decodeLlc(frame: Pick<EthernetFrame, 'etherType' | 'payload'>): DecodedLlcPdu {
  const whole = new OctetReader(PROTOCOL, frame.payload)
  const length = frame.etherType
  if (length > LARGEST_LENGTH) throw whole.fault('length', 0, `a length up to ${LARGEST_LENGTH}`, length)
  const reader = whole.within('length', length)
  const dsap = reader.u8('dsap')
  const ssap = reader.u8('ssap')
  const control = reader.u8('control')
  const second = (control & UNNUMBERED) === UNNUMBERED ? {} : { secondControl: reader.u8('secondControl') }
  return { length, dsap, ssap, control, ...second, payload: reader.rest(), trailer: whole.rest() }
}

/** Never pads or repairs. @returns what to put into a frame @throws {WireError} if a value exceeds its width */
export function encodeLlc(pdu: LlcPdu): Pick<EthernetFrame, 'etherType' | 'payload'> {
  const controlSize = pdu.secondControl === undefined ? 1 : 2
  const size = ADDRESSES_SIZE + controlSize + pdu.payload.length
  const trailer = pdu.trailer ?? NO_OCTETS
  const writer = new OctetWriter(PROTOCOL, size + trailer.length)
  writer.u8('dsap', pdu.dsap)
  writer.u8('ssap', pdu.ssap)
  writer.u8('control', pdu.control)
  if (pdu.secondControl !== undefined) writer.u8('secondControl', pdu.secondControl)
  writer.copy(pdu.payload)
  writer.copy(trailer)
  return { etherType: lengthOf(writer, pdu.length, size), payload: writer.finish() }
}

function lengthOf(writer: OctetWriter, given: number | undefined, size: number): number {
  if (given !== undefined) return writer.fitting('length', given, 16)
  if (size <= LARGEST_LENGTH) return size
  throw writer.fault('length', `a length up to ${LARGEST_LENGTH}`, size)
}
