import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeLldp,
  encodeLldp,
  LLDP_CHASSIS_ID,
  LLDP_PORT_ID,
  LLDP_TLV,
  type LldpTlv,
  type LldpUnit,
} from './lldp.ts'
import { hexOf } from './octets.ts'
import { lldpUnit } from './testing/control-arbitraries.ts'
import { LLDP } from './testing/control-frames.ts'
import { amidJunk, expectGolden, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// From testing/control-frames.ts, with its provenance.
const OCTETS = LLDP.subarray(14)
const UNIT: Required<LldpUnit> = {
  tlvs: [
    { kind: 'chassis id', subtype: LLDP_CHASSIS_ID.mac, id: octetsOf('020000000b01') },
    { kind: 'port id', subtype: LLDP_PORT_ID.interfaceName, id: octetsOf('65746830') },
    { kind: 'time to live', seconds: 120 },
    { kind: 'other', type: LLDP_TLV.systemName, value: octetsOf('687631') },
    { kind: 'other', type: 127, value: octetsOf('02000001000a') },
    { kind: 'end' },
  ],
  trailer: new Uint8Array(12),
}
/** At which the TLVs before are whole. */
const WHOLE_SIZES = [0, 9, 16, 20, 25, 33]
const SIZE = 35

test('golden octets', () => {
  expectGolden<LldpUnit>({
    octets: OCTETS.subarray(0, SIZE + 12),
    meaning: { ...UNIT, trailer: OCTETS.slice(SIZE, SIZE + 12) },
    decode: decodeLldp,
    encode: encodeLldp,
  })
})

test('cut off anywhere but between TLVs', () => {
  for (let size = 0; size < SIZE; size += 1) {
    const tlvs: LldpTlv[] = []
    const error = wireErrorOf(() => tlvs.push(...decodeLldp(amidJunk(OCTETS.subarray(0, size))).tlvs))
    const isWhole = WHOLE_SIZES.includes(size)
    expect(error?.protocol, `cut off after ${size} octets`).toBe(isWhole ? undefined : 'lldp')
    expect(tlvs).toEqual(isWhole ? UNIT.tlvs.slice(0, WHOLE_SIZES.indexOf(size)) : [])
  }
})

test.each([
  ['a chassis id without a subtype', '0200', 'subtype', 2, '1 octets', '0'],
  ['a time to live of three octets', '0603 000078', 'length', 1, '2', '3'],
  ['an end of one octet', '0001 00', 'length', 1, '0', '1'],
  ['a TLV beyond the unit', '0a04 687631', 'value', 2, '4 octets', '3'],
])('%s is refused', (_, hex, field, offset, wanted, got) => {
  const error = wireErrorOf(() => decodeLldp(octetsOf(hex)))
  expect(error).toMatchObject({ protocol: 'lldp', field, offset, wanted, got })
})

test.each<[string, LldpTlv, string]>([
  ['subtype', { kind: 'port id', subtype: 256, id: octetsOf('') }, '256'],
  ['length', { kind: 'chassis id', subtype: 7, id: new Uint8Array(511) }, '512'],
  ['seconds', { kind: 'time to live', seconds: 65536 }, '65536'],
  ['type', { kind: 'other', type: 128, value: octetsOf('') }, '128'],
])('%s has no place in the TLV', (field, tlv, got) => {
  const error = wireErrorOf(() => encodeLldp({ tlvs: [tlv] }))
  expect(error).toMatchObject({ protocol: 'lldp', field, got })
})

test('a malformed TLV can be made', () => {
  const tlv: LldpTlv = { kind: 'other', type: LLDP_TLV.timeToLive, length: 511, value: octetsOf('00') }
  expect(hexOf(encodeLldp({ tlvs: [tlv] }))).toBe('07ff00')
})

test('round trip of any unit', () => {
  const property = fc.property(lldpUnit, (unit) => {
    expect(decodeLldp(encodeLldp(unit))).toEqual(unit)
  })
  holds(property)
})
