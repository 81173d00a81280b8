import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hexOf } from './octets.ts'
import { encodeSignature, findSignature, type Signature, signatureKey } from './signature.ts'
import { raw, u16, u32 } from './testing/arbitraries.ts'
import { amidJunk, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

// The check computed by Python's binascii.crc_hqx(octets, 0xffff), the same CRC by other hands.
const OCTETS = octetsOf('46506631 deadbeef 1234 01020304 895e')
const SIGNATURE: Signature = { run: 0xdeadbeef, caseNumber: 0x1234, number: 0x01020304 }

const anySignature = fc.record({ run: u32, caseNumber: u16, number: u32 })

test('golden octets', () => {
  expect(hexOf(encodeSignature(SIGNATURE))).toBe(hexOf(OCTETS))
  expect(findSignature(amidJunk(OCTETS))).toEqual({ ...SIGNATURE, offset: 0 })
  expect(hexOf(encodeSignature({ run: 0, caseNumber: 0, number: 0 }))).toBe(
    '46506631000000000000000000005a06',
  )
})

test('a signature is found wherever it lies, from a given octet on', () => {
  const frame = new Uint8Array([1, 2, 3, ...OCTETS, 4, ...OCTETS])
  expect(findSignature(frame)?.offset).toBe(3)
  expect(findSignature(frame, 3)?.offset).toBe(3)
  expect(findSignature(frame, 4)?.offset).toBe(20)
  expect(findSignature(frame, 21)).toBeUndefined()
})

test('a signature cut off is none, whether its octets follow in memory or the memory ends', () => {
  for (let size = 0; size < OCTETS.length; size += 1) {
    expect(findSignature(OCTETS.subarray(0, size))).toBeUndefined()
    expect(findSignature(OCTETS.slice(0, size))).toBeUndefined()
  }
})

test('any changed bit makes it none', () => {
  for (let bit = 0; bit < OCTETS.length * 8; bit += 1) {
    const changed = OCTETS.slice()
    changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
    expect(findSignature(changed), `bit ${bit}`).toBeUndefined()
  }
})

test('the search goes on after a magic that is not ours, even one that begins inside it', () => {
  const falseHits = octetsOf('46506631 46506631 464650')
  const frame = new Uint8Array([...falseHits, ...OCTETS])
  expect(findSignature(frame)).toEqual({ ...SIGNATURE, offset: falseHits.length })
})

test('the key tells signatures apart', () => {
  const keys = [
    { run: 1, caseNumber: 2, number: 3 },
    { run: 12, caseNumber: 3, number: 3 },
    { run: 1, caseNumber: 23, number: 3 },
    { run: 3, caseNumber: 2, number: 1 },
  ].map(signatureKey)
  expect(new Set(keys).size).toBe(keys.length)
  expect(signatureKey({ ...SIGNATURE })).toBe(signatureKey(SIGNATURE))
})

test.each<[keyof Signature, number]>([
  ['run', 0x100000000],
  ['caseNumber', 0x10000],
  ['number', 0x100000000],
  ['number', -1],
])('%s %i has no place in the signature', (field, value) => {
  const error = wireErrorOf(() => encodeSignature({ ...SIGNATURE, [field]: value }))
  expect(error).toMatchObject({ protocol: 'signature', field, got: String(value) })
})

test('any signature is found in any surroundings', () => {
  const property = fc.property(anySignature, raw(60), raw(60), (signature, before, after) => {
    const frame = new Uint8Array([...before, ...encodeSignature(signature), ...after])
    expect(findSignature(frame)).toEqual({ ...signature, offset: before.length })
  })
  holds(property)
})
