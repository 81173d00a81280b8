/**
 * LLDP data units as lists of TLVs. Source: IEEE 802.1AB-2016 8 (formats); 9.2.8 says what a receiver has to refuse,
 * of which only what cannot be read is an error here: the order and number of TLVs is data.
 * Integers big-endian; lengths in octets, of values.
 */
import type { MacAddress } from './address.ts'
import { NO_OCTETS, OctetReader, OctetWriter } from './octets.ts'

/** The nearest bridge's group address. IEEE 802.1AB 7.1. */
export const LLDP_MAC: MacAddress = '01:80:c2:00:00:0e'
/** The types that the harness names; there are more. */
export const LLDP_TLV = { end: 0, chassisId: 1, portId: 2, timeToLive: 3, systemName: 5 } as const
/** IEEE 802.1AB 8.5.2.2 and 8.5.3.2. */
export const LLDP_CHASSIS_ID = { mac: 4, interfaceName: 6, local: 7 } as const
export const LLDP_PORT_ID = { mac: 3, interfaceName: 5, local: 7 } as const

const PROTOCOL = 'lldp'
const HEAD_SIZE = 2
const SUBTYPE_SIZE = 1
const TIME_TO_LIVE_SIZE = 2

export type LldpTlv =
  | { kind: 'chassis id' | 'port id'; subtype: number; id: Uint8Array }
  | { kind: 'time to live'; seconds: number } // 0: forget what was told
  | { kind: 'end' }
  /** Of any type. An absent length is computed on encoding. */
  | { kind: 'other'; type: number; length?: number; value: Uint8Array }

export interface LldpUnit {
  tlvs: readonly LldpTlv[] // the end included, if there is one
  trailer?: Uint8Array // after the end: Ethernet padding; absent on encoding: nothing
}

/** Ends with the end TLV or the octets. @throws {WireError} if octets are missing or a length is not the TLV's */
export function decodeLldp(octets: Uint8Array): Required<LldpUnit> {
  const reader = new OctetReader(PROTOCOL, octets)
  const tlvs: LldpTlv[] = []
  while (reader.left > 0 && tlvs.at(-1)?.kind !== 'end') tlvs.push(readTlv(reader))
  return { tlvs, trailer: reader.rest() }
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeLldp(unit: LldpUnit): Uint8Array {
  const trailer = unit.trailer ?? NO_OCTETS
  const size = unit.tlvs.reduce((sum, tlv) => sum + HEAD_SIZE + sizeOf(tlv), trailer.length)
  const writer = new OctetWriter(PROTOCOL, size)
  for (const tlv of unit.tlvs) writeTlv(writer, tlv)
  writer.copy(trailer)
  return writer.finish()
}

function readTlv(reader: OctetReader): LldpTlv {
  const typeAndLength = reader.u16('type')
  const type = typeAndLength >>> 9
  const value = reader.within('value', typeAndLength & 0x1ff)
  if (type === LLDP_TLV.chassisId || type === LLDP_TLV.portId) {
    const kind = type === LLDP_TLV.chassisId ? 'chassis id' : 'port id'
    return { kind, subtype: value.u8('subtype'), id: value.rest() }
  }
  if (type === LLDP_TLV.timeToLive) {
    expectSize(value, TIME_TO_LIVE_SIZE)
    return { kind: 'time to live', seconds: value.u16('seconds') }
  }
  if (type !== LLDP_TLV.end) return { kind: 'other', type, value: value.rest() }
  expectSize(value, 0)
  return { kind: 'end' }
}

function expectSize(value: OctetReader, size: number): void {
  if (value.left !== size) throw value.fault('length', value.offset - 1, String(size), value.left)
}

function sizeOf(tlv: LldpTlv): number {
  if (tlv.kind === 'end') return 0
  if (tlv.kind === 'time to live') return TIME_TO_LIVE_SIZE
  return tlv.kind === 'other' ? tlv.value.length : SUBTYPE_SIZE + tlv.id.length
}

function typeOf(tlv: LldpTlv): number {
  if (tlv.kind === 'other') return tlv.type
  if (tlv.kind === 'end') return LLDP_TLV.end
  if (tlv.kind === 'time to live') return LLDP_TLV.timeToLive
  return tlv.kind === 'chassis id' ? LLDP_TLV.chassisId : LLDP_TLV.portId
}

function writeTlv(writer: OctetWriter, tlv: LldpTlv): void {
  const type = writer.fitting('type', typeOf(tlv), 7)
  const length = (tlv.kind === 'other' ? tlv.length : undefined) ?? sizeOf(tlv)
  writer.u16('type', (type << 9) | writer.fitting('length', length, 9))
  if (tlv.kind === 'other') {
    writer.copy(tlv.value)
    return
  }
  if (tlv.kind === 'time to live') {
    writer.u16('seconds', tlv.seconds)
    return
  }
  if (tlv.kind === 'end') return
  writer.u8('subtype', tlv.subtype)
  writer.copy(tlv.id)
}
