/** Files that were valid, and then flipped, overwritten, cut, stretched, shrunk, or given extreme lengths. */
import fc from 'fast-check'

type Mutation = (octets: Uint8Array) => Uint8Array

const EXTREMES = [
  0, 1, 4, 12, 15, 16, 0x7f, 0xff, 0xffff, 262_144, 262_145, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000,
  0xfffffff0, 0xfffffffc, 0xffffffff,
]

const place = fc.nat() // modulo the file's length
const octet = fc.nat({ max: 0xff })

const bitFlipped = fc.record({ place, bit: fc.nat({ max: 7 }) }).map(
  ({ place, bit }): Mutation =>
    (octets) =>
      changed(octets, place, (at, copy) => {
        copy[at] = (copy[at] ?? 0) ^ (1 << bit)
      }),
)

const overwritten = fc.record({ place, octet }).map(
  ({ place, octet }): Mutation =>
    (octets) =>
      changed(octets, place, (at, copy) => {
        copy[at] = octet
      }),
)

const cutOff = place.map(
  (place): Mutation =>
    (octets) =>
      octets.slice(0, place % (octets.length + 1)),
)

const stretched = fc.record({ place, more: fc.uint8Array({ minLength: 1, maxLength: 20 }) }).map(
  ({ place, more }): Mutation =>
    (octets) => {
      const at = place % (octets.length + 1)
      return joined(octets.subarray(0, at), more, octets.subarray(at))
    },
)

const shrunk = fc.record({ place, count: fc.integer({ min: 1, max: 20 }) }).map(
  ({ place, count }): Mutation =>
    (octets) => {
      const at = place % (octets.length + 1)
      return joined(octets.subarray(0, at), octets.subarray(at + count))
    },
)

/** At multiples of 4, where most lengths are, and anywhere. */
const extremeLength = fc
  .record({
    place,
    value: fc.constantFrom(...EXTREMES),
    isAligned: fc.boolean(),
    littleEndian: fc.boolean(),
  })
  .map(
    ({ place, value, isAligned, littleEndian }): Mutation =>
      (octets) =>
        changed(octets, place, (anywhere, copy) => {
          const at = isAligned ? anywhere - (anywhere % 4) : anywhere
          if (at + 4 <= copy.length) new DataView(copy.buffer).setUint32(at, value, littleEndian)
        }),
  )

const mutation = fc.oneof(bitFlipped, overwritten, cutOff, stretched, shrunk, extremeLength)

/** Each in memory of its own. */
export function mutationsOf(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      file: fc.constantFrom(...files),
      mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }),
    })
    .map(({ file, mutations }) =>
      mutations.reduce<Uint8Array>((octets, mutate) => mutate(octets), file.slice()),
    )
}

function changed(
  octets: Uint8Array,
  place: number,
  change: (at: number, copy: Uint8Array) => void,
): Uint8Array {
  const copy = octets.slice()
  if (copy.length > 0) change(place % copy.length, copy)
  return copy
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}
