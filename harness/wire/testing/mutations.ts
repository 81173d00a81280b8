/**
 * Octets that were valid, spoilt: bits flipped, cut off, octets put in or taken out, integers at their extremes, the
 * head of one with the tail of another. The same seed and name give the same octets, on any machine.
 */
import { amidJunk } from './octets.ts'
import { SEED } from './properties.ts'

const DEFAULT_MUTATIONS = 5_000
const LARGEST_CHANGES = 3
const LARGEST_INSERTION = 16
const EXTREMES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff]

/** FRAMEPROOF_MUTATIONS, or what a test run has time for. */
export const MUTATIONS = mutationsFrom(process.env.FRAMEPROOF_MUTATIONS)

type Change = (octets: Uint8Array) => Uint8Array

export class Mutator {
  private state: number
  private readonly originals: readonly Uint8Array[]
  private readonly changes: readonly Change[] = [
    (octets) => this.flipped(octets),
    (octets) => this.cutOff(octets),
    (octets) => this.inserted(octets),
    (octets) => this.removed(octets),
    (octets) => this.withExtreme(octets, 1),
    (octets) => this.withExtreme(octets, 2),
    (octets) => this.withExtreme(octets, 4),
    (octets) => this.spliced(octets),
  ]

  /** @param name so that each test has octets of its own */
  constructor(name: string, originals: readonly Uint8Array[]) {
    this.state = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), SEED)
    this.originals = originals
  }

  /** One in a hundred is valid still. */
  next(): Uint8Array {
    let octets: Uint8Array = this.original().slice()
    if (this.below(100) === 0) return amidJunk(octets)
    const changes = 1 + this.below(LARGEST_CHANGES)
    for (let count = 0; count < changes; count += 1) octets = this.pick(this.changes)(octets)
    return amidJunk(octets)
  }

  original(): Uint8Array {
    return this.pick(this.originals)
  }

  /** @returns a whole number from 0, by mulberry32 */
  below(end: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end)
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  private flipped(octets: Uint8Array): Uint8Array {
    if (octets.length === 0) return octets
    for (let count = this.below(4); count >= 0; count -= 1) {
      const at = this.below(octets.length)
      octets[at] = (octets[at] ?? 0) ^ (1 << this.below(8))
    }
    return octets
  }

  private cutOff(octets: Uint8Array): Uint8Array {
    return octets.slice(0, this.below(octets.length + 1))
  }

  private inserted(octets: Uint8Array): Uint8Array {
    const at = this.below(octets.length + 1)
    const more = Uint8Array.from({ length: 1 + this.below(LARGEST_INSERTION) }, () => this.below(256))
    return joined(octets.subarray(0, at), more, octets.subarray(at))
  }

  private removed(octets: Uint8Array): Uint8Array {
    const at = this.below(octets.length + 1)
    return joined(octets.subarray(0, at), octets.subarray(at + 1 + this.below(LARGEST_INSERTION)))
  }

  /** Where an integer may be that is a length, a count or an offset. */
  private withExtreme(octets: Uint8Array, size: number): Uint8Array {
    if (octets.length < size) return octets
    const at = this.below(octets.length - size + 1)
    return octets.fill(this.pick(EXTREMES), at, at + size)
  }

  private spliced(octets: Uint8Array): Uint8Array {
    const other = this.original()
    return joined(
      octets.subarray(0, this.below(octets.length + 1)),
      other.subarray(this.below(other.length + 1)),
    )
  }
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces))
}

function mutationsFrom(given: string | undefined): number {
  const mutations = Number(given ?? DEFAULT_MUTATIONS)
  if (Number.isInteger(mutations) && mutations > 0) return mutations
  throw new Error(`FRAMEPROOF_MUTATIONS: wanted a positive integer, got ${given}`)
}
