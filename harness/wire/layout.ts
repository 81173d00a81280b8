/** What the tables behind fieldsOf are made of: a field's place in its header, and how people read it. */
import { hexOf, u8At, u16At, u32At, viewOf } from './octets.ts'

/** The most octets of a raw field that are shown. */
export const LARGEST_SHOWN = 32

export type Show = (octets: Uint8Array, at: number) => string

/** A field's place in its header. */
export interface Part {
  name: string // from a full stop on, behind the name that its header gets when it is read
  at: number // from the header's start
  size: number
  show: Show
}

export function part(name: string, at: number, size: number, show: Show): Part {
  return { name, at, size, show }
}

export function hex(octets: Uint8Array, at: number): string {
  return `0x${u16At(octets, at).toString(16).padStart(4, '0')}`
}

export function hexOctet(octets: Uint8Array, at: number): string {
  return `0x${u8At(octets, at).toString(16).padStart(2, '0')}`
}

export function decimal(size: number): Show {
  return (octets, at) => String(integerAt(octets, at, size))
}

/** Of an integer of so many octets: the width lowest bits after a shift to the right. */
export function bits(size: number, shift: number, width: number): Show {
  return (octets, at) => String((integerAt(octets, at, size) >>> shift) & (2 ** width - 1))
}

/** The names of the bits that are set, or 'none'. */
export function flagNames(flags: Readonly<Record<string, number>>, octet: number): string {
  const set = Object.entries(flags).filter(([, bit]) => (octet & bit) !== 0)
  return set.map(([name]) => name).join(',') || 'none'
}

/** All octets in hexadecimal, or the first of them and how many there are. */
export function shownOctets(octets: Uint8Array): string {
  if (octets.length <= LARGEST_SHOWN) return hexOf(octets)
  return `${hexOf(viewOf(octets, 0, LARGEST_SHOWN))}… (${octets.length} octets)`
}

function integerAt(octets: Uint8Array, at: number, size: number): number {
  if (size === 1) return u8At(octets, at)
  if (size === 2) return u16At(octets, at)
  if (size === 3) return u16At(octets, at) * 0x100 + u8At(octets, at + 2)
  return u32At(octets, at)
}
