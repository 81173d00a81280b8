/** What came in and what left, frame by frame: who was delayed by how much, who was lost, who came twice. */
import type { Traffic } from './traffic.ts'

export interface Joined {
  offered: Traffic
  left: Traffic
  /** By index in `offered`: the index in `left` of its first appearance there; -1: lost. */
  leftAt: Int32Array
  /** By index in `left`: the index in `offered`; -1: never offered, or here a second time. */
  offeredAt: Int32Array
  lost: number
  /** Frames that left again. */
  duplicates: number
  /** Frames that left and were never offered. */
  strangers: number
  /** Frames that were offered under a number that was offered before: the sender's mistake. */
  offeredTwice: number
}

/** In linear time. */
export function joinTraffic(offered: Traffic, left: Traffic): Joined {
  const places = new Places(offered.number)
  const leftAt = new Int32Array(offered.number.length).fill(-1)
  const offeredAt = new Int32Array(left.number.length).fill(-1)
  let duplicates = 0
  let strangers = 0
  for (let at = 0; at < left.number.length; at += 1) {
    const origin = places.of(left.number[at] ?? -1)
    if (origin === -1) strangers += 1
    else if (leftAt[origin] !== -1) duplicates += 1
    else {
      leftAt[origin] = at
      offeredAt[at] = origin
    }
  }
  let lost = 0
  for (let at = 0; at < leftAt.length; at += 1) if (leftAt[at] === -1 && places.isFirst(at)) lost += 1
  return { offered, left, leftAt, offeredAt, lost, duplicates, strangers, offeredTwice: places.repeated }
}

/** By index in `left`, ns from coming in to leaving; NaN of one that was not offered. */
export function delaysNs({ offered, left, offeredAt }: Joined): Float64Array {
  return offeredAt.length === 0
    ? new Float64Array()
    : Float64Array.from(offeredAt, (origin, at) =>
        origin === -1 ? Number.NaN : (left.timeNs[at] ?? 0) - (offered.timeNs[origin] ?? 0),
      )
}

/** When the frame at this index of `left` came in; NaN if it was not offered. */
export function cameAtNs({ offered, offeredAt }: Joined, at: number): number {
  const origin = offeredAt[at] ?? -1
  return origin === -1 ? Number.NaN : (offered.timeNs[origin] ?? Number.NaN)
}

/** Numbers are mostly one range without holes: then a table is enough. */
const SPARSE = 16

class Places {
  readonly #lowest: number
  readonly #table: Int32Array | null
  readonly #map = new Map<number, number>()
  readonly #numbers: Float64Array
  repeated = 0

  constructor(numbers: Float64Array) {
    let lowest = Number.POSITIVE_INFINITY
    let highest = Number.NEGATIVE_INFINITY
    for (const number of numbers) {
      if (number < lowest) lowest = number
      if (number > highest) highest = number
    }
    const range = highest - lowest + 1
    const isDense = numbers.length > 0 && range <= SPARSE * numbers.length
    this.#lowest = lowest
    this.#numbers = numbers
    this.#table = isDense ? new Int32Array(range).fill(-1) : null
    for (let at = 0; at < numbers.length; at += 1) this.#put(numbers[at] ?? 0, at)
  }

  of(number: number): number {
    if (this.#table !== null) return this.#table[number - this.#lowest] ?? -1
    return this.#map.get(number) ?? -1
  }

  isFirst(at: number): boolean {
    return this.of(this.#numbers[at] ?? 0) === at
  }

  #put(number: number, at: number): void {
    if (this.of(number) !== -1) this.repeated += 1
    else if (this.#table !== null) this.#table[number - this.#lowest] = at
    else this.#map.set(number, at)
  }
}
