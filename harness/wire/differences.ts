/** Where two frames differ, field by field, for the messages of failed assertions. Offsets in octets. */
import { type Field, fieldsOf } from './fields.ts'
import { sameOctets, u8At, viewOf } from './octets.ts'

export interface FieldDifference {
  name: string
  offset: number // in the frame seen, or in the expected one if only that has the field; for raw octets of the first that differs
  expected: string | undefined // undefined: the frame has no such field
  seen: string | undefined
}

/** What is compared octet by octet, by the last part of its name. */
const RAW_FIELDS = new Set(['payload', 'trailer', 'options', 'data', 'value', 'id', 'text', 'sname', 'file'])
const RAW_OPTION = /\.option\.type\d+(\[\d+\])?$/

/** @returns nothing if the frames are the same, octet for octet. Never throws. */
export function differences(expected: Uint8Array, seen: Uint8Array): readonly FieldDifference[] {
  const seenFields = new Map(fieldsOf(seen).map((field) => [field.name, field]))
  const found: FieldDifference[] = []
  for (const field of fieldsOf(expected)) {
    const counterpart = seenFields.get(field.name)
    seenFields.delete(field.name)
    const difference = counterpart ? compared(expected, field, seen, counterpart) : missing(field)
    if (difference !== undefined) found.push(difference)
  }
  return consequencesLast([...found, ...[...seenFields.values()].map(unexpected)])
}

/** A checksum differs where anything that it covers does. */
function consequencesLast(found: readonly FieldDifference[]): readonly FieldDifference[] {
  const isChecksum = ({ name }: FieldDifference): boolean => name.endsWith('.checksum')
  return [...found.filter((one) => !isChecksum(one)), ...found.filter(isChecksum)]
}

function missing({ name, offset, value }: Field): FieldDifference {
  return { name, offset, expected: value, seen: undefined }
}

function unexpected({ name, offset, value }: Field): FieldDifference {
  return { name, offset, expected: undefined, seen: value }
}

function compared(
  expected: Uint8Array,
  wanted: Field,
  seen: Uint8Array,
  got: Field,
): FieldDifference | undefined {
  if (isRaw(wanted.name)) {
    return comparedOctets(wanted.name, octetsOf(expected, wanted), octetsOf(seen, got), got.offset)
  }
  if (wanted.value === got.value) return undefined
  return { name: wanted.name, offset: got.offset, expected: wanted.value, seen: got.value }
}

function comparedOctets(
  name: string,
  expected: Uint8Array,
  seen: Uint8Array,
  offset: number,
): FieldDifference | undefined {
  if (sameOctets(expected, seen)) return undefined
  const shorter = Math.min(expected.length, seen.length)
  let at = 0
  while (at < shorter && u8At(expected, at) === u8At(seen, at)) at += 1
  return { name, offset: offset + at, expected: octetAt(expected, at), seen: octetAt(seen, at) }
}

function isRaw(name: string): boolean {
  return RAW_FIELDS.has(name.slice(name.lastIndexOf('.') + 1)) || RAW_OPTION.test(name)
}

/** For example '0x46 at octet 12 of 64', or 'nothing at octet 12 of 12' where the field has ended. */
function octetAt(octets: Uint8Array, at: number): string {
  const octet = at < octets.length ? `0x${u8At(octets, at).toString(16).padStart(2, '0')}` : 'nothing'
  return `${octet} at octet ${at} of ${octets.length}`
}

function octetsOf(frame: Uint8Array, { offset, sizeOctets }: Field): Uint8Array {
  return viewOf(frame, offset, offset + sizeOctets)
}
