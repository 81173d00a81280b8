/** What every codec's test asks of its codec. */
import { expect } from 'vitest'
import { hexOf, WireError } from '../octets.ts'

/** Spaces are for people. */
export function octetsOf(hex: string): Uint8Array {
  const digits = hex.replace(/\s/g, '')
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`not hexadecimal: ${hex}`)
  return new Uint8Array(Buffer.from(digits, 'hex'))
}

/** Octets inside a larger buffer full of junk, so that reading outside them shows. */
export function amidJunk(octets: Uint8Array): Uint8Array {
  const memory = new Uint8Array(octets.length + 64).fill(0xa5)
  memory.set(octets, 32)
  return memory.subarray(32, 32 + octets.length)
}

/** For encoders and decoders alike. @returns the WireError that was thrown; any other error passes through */
export function wireErrorOf(call: () => unknown): WireError | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (error instanceof WireError) return error
    throw error
  }
}

/** The codec's golden test: the same octets and the same meaning, from either side. */
export function expectGolden<T>(golden: {
  octets: Uint8Array
  meaning: T
  decode: (octets: Uint8Array) => T
  encode: (meaning: T) => Uint8Array
}): void {
  expect(golden.decode(amidJunk(golden.octets))).toEqual(golden.meaning)
  expect(hexOf(golden.encode(golden.meaning))).toBe(hexOf(golden.octets))
}

/** @param sizes at each of which, from 0, the octets are cut off: all of them by default */
export function expectTruncationsRefused(
  octets: Uint8Array,
  protocol: string,
  decode: (octets: Uint8Array) => unknown,
  sizes = octets.length,
): void {
  expectRefusedFrom(0, octets.subarray(0, sizes), protocol, decode)
}

/** The same for a list of one, which is empty and valid when nothing is left of it. */
export function expectCutsRefused(
  octets: Uint8Array,
  protocol: string,
  decode: (octets: Uint8Array) => unknown,
): void {
  expectRefusedFrom(1, octets, protocol, decode)
}

function expectRefusedFrom(
  start: number,
  octets: Uint8Array,
  protocol: string,
  decode: (octets: Uint8Array) => unknown,
): void {
  for (let size = start; size < octets.length; size += 1) {
    const error = wireErrorOf(() => decode(amidJunk(octets.subarray(0, size))))
    expect(error, `cut off after ${size} octets`).toBeDefined()
    expect(error?.protocol, `cut off after ${size} octets`).toBe(protocol)
    expect(error?.offset, `cut off after ${size} octets`).toBeLessThanOrEqual(size)
  }
}
