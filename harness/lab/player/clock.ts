/**
 * What a site's clock is ahead of the controller's, and how surely. A reading lies somewhere between its question and
 * its answer: that bounds the offset, whatever the line; between readings clocks drift apart. Order across sites is
 * never judged by it.
 */

export interface Reading {
  /** On the controller's clock. */
  askedNs: bigint
  /** What the site's clock said. */
  readNs: bigint
  /** On the controller's clock. */
  answeredNs: bigint
}

/** The site's clock is the controller's plus `offsetNs`, give or take `uncertaintyNs`, at `atNs` of the controller's. */
export interface Offset {
  offsetNs: bigint
  uncertaintyNs: bigint
  atNs: bigint
}

/** How fast two clocks may come apart: quartz keeps 50 ppm, and time daemons slew. */
export const DRIFT_PPM = 100n

const ORIGIN_NS = BigInt(Math.round(performance.timeOrigin * 1e3)) * 1000n

/** The controller's clock: near CLOCK_REALTIME, and never stepped. */
export function controllerNs(): bigint {
  return ORIGIN_NS + BigInt(Math.round(performance.now() * 1e6))
}

export function offsetOf({ askedNs, readNs, answeredNs }: Reading): Offset {
  const atNs = (askedNs + answeredNs) / 2n
  return { offsetNs: readNs - atNs, uncertaintyNs: (answeredNs - askedNs + 1n) / 2n, atNs }
}

/** What is known of it at another time. */
export function driftedTo(offset: Offset, atNs: bigint): Offset {
  const age = atNs > offset.atNs ? atNs - offset.atNs : offset.atNs - atNs
  return { ...offset, uncertaintyNs: offset.uncertaintyNs + (age * DRIFT_PPM) / 1_000_000n, atNs }
}

/** How far the clock was stepped between the two; null where both can be true of one clock that was not. */
export function stepBetween(before: Offset, after: Offset): bigint | null {
  const by = after.offsetNs - before.offsetNs
  const size = by < 0n ? -by : by
  return size > driftedTo(before, after.atNs).uncertaintyNs + after.uncertaintyNs ? by : null
}

/** Every reading of one site's clock, in the order of time: the surest that still holds is kept. */
export class OffsetEstimate {
  #best: Offset | null = null

  /** Null before the first reading. */
  at(atNs: bigint): Offset | null {
    return this.#best === null ? null : driftedTo(this.#best, atNs)
  }

  /** How far the clock was stepped since the readings before, else null. */
  add(reading: Reading): bigint | null {
    const fresh = offsetOf(reading)
    const known = this.at(fresh.atNs)
    const stepped = known === null ? null : stepBetween(known, fresh)
    if (known === null || stepped !== null || fresh.uncertaintyNs <= known.uncertaintyNs) this.#best = fresh
    return stepped
  }
}

/** How a site's clock fared in a window. */
export interface SiteClock {
  site: string
  /** What it was ahead of the controller's. */
  offsetNs: bigint
  uncertaintyNs: bigint
  /** It was stepped in mid-window, by so much; frames' times are less sure by that then. */
  steppedNs: bigint | null
}

/** A window on the controller's clock: its first question, its last answer. */
export interface Span {
  beginNs: bigint
  endNs: bigint
}

/**
 * Brings a frame's time to the controller's clock. Of a clock that was stepped nobody knows when: the offset is taken
 * with which the frame lies in the window, that of before where both do.
 */
export function toController({ offsetNs, uncertaintyNs, steppedNs }: SiteClock, { beginNs, endNs }: Span) {
  return (timeNs: bigint): bigint => {
    const before = timeNs - offsetNs
    if (steppedNs === null) return before
    const after = before - steppedNs
    const isInWindow = (ns: bigint): boolean => ns >= beginNs - uncertaintyNs && ns <= endNs + uncertaintyNs
    return !isInWindow(before) && isInWindow(after) ? after : before
  }
}
