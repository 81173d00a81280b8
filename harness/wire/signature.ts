/**
 * The signature by which the harness knows its own frames again, wherever in a frame it lies:
 *
 *   magic 'FPf1' (4) | run (4) | case (2) | number (4) | check (2)
 *
 * 16 octets, integers big-endian. The check is CRC-16/CCITT (ITU-T V.41's polynomial 0x1021, preset to ones, not
 * inverted) over the 14 octets before it, so that a payload which holds the magic by chance is not taken for ours.
 */
import type { MacAddress } from './address.ts'
import { OctetWriter, u8At, u16At, u32At, viewOf } from './octets.ts'

export const SIGNATURE_SIZE = 16
/** To whom the harness's control frames go: the nearest bridge, and no further. IEEE 802.1Q, table 8-1. */
export const CONTROL_GROUP: MacAddress = '01:80:c2:00:00:03'

const PROTOCOL = 'signature'
const MAGIC = Buffer.from('FPf1', 'latin1')
const CHECKED_SIZE = 14
const CRC_POLYNOMIAL = 0x1021
const CRC_PRESET = 0xffff
const CRC_TABLE: readonly number[] = Array.from({ length: 256 }, (_, octet) => shiftedOut(octet))

export interface Signature {
  run: number // 32 bits
  caseNumber: number // 16 bits
  number: number // 32 bits
}

export interface FoundSignature extends Signature {
  offset: number // octets
}

/** The first valid signature at or after an offset. A magic with a wrong check is passed over. */
export function findSignature(octets: Uint8Array, from = 0): FoundSignature | undefined {
  let at = indexOfMagic(octets, from)
  while (at !== -1 && at + SIGNATURE_SIZE <= octets.length) {
    if (crc16(viewOf(octets, at, at + CHECKED_SIZE)) === u16At(octets, at + CHECKED_SIZE)) {
      return {
        run: u32At(octets, at + 4),
        caseNumber: u16At(octets, at + 8),
        number: u32At(octets, at + 10),
        offset: at,
      }
    }
    at = indexOfMagic(octets, at + 1)
  }
  return undefined
}

/** @throws {WireError} if a value exceeds its width */
export function encodeSignature(signature: Signature): Uint8Array {
  const writer = new OctetWriter(PROTOCOL, SIGNATURE_SIZE)
  writer.copy(MAGIC)
  writer.u32('run', signature.run)
  writer.u16('caseNumber', signature.caseNumber)
  writer.u32('number', signature.number)
  writer.u16('check', crc16(viewOf(writer.octets, 0, CHECKED_SIZE)))
  return writer.finish()
}

/** The same for the same signature, wherever it was found. */
export function signatureKey(signature: Signature): string {
  return `${signature.run}/${signature.caseNumber}/${signature.number}`
}

/** Buffer's search, on any Uint8Array, without making a Buffer of it: this is done for every frame captured. */
function indexOfMagic(octets: Uint8Array, from: number): number {
  return Buffer.prototype.indexOf.call(octets, MAGIC, from)
}

function crc16(octets: Uint8Array): number {
  let crc = CRC_PRESET
  for (let at = 0; at < octets.length; at += 1) {
    crc = ((crc << 8) & 0xffff) ^ (CRC_TABLE[(crc >>> 8) ^ u8At(octets, at)] as number)
  }
  return crc
}

function shiftedOut(octet: number): number {
  let crc = octet << 8
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ CRC_POLYNOMIAL : crc << 1
  return crc & 0xffff
}
