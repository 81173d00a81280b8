/**
 * The largest burst over all windows: the bucket that one would need to explain the capture at a rate.
 *
 *   needed = max over i ≤ j of octets(i..j) - rate × (time of j - time of i)
 *
 * In one pass: the best window that ends at j either begins there or prolongs the best that ended at j - 1.
 */
import { octetsPerNs } from './limit.ts'
import { largestFrame, type Traffic } from './traffic.ts'

export interface Burst {
  /** Octets of the bucket that is needed; 0 of no frame. */
  neededOctets: number
  /** The window that needs it: indices of its first and last frame. */
  first: number
  last: number
  /** How long that window is. */
  durationNs: number
}

export function largestBurst({ timeNs, octets }: Traffic, rateBitsPerSecond: number): Burst {
  const rate = octetsPerNs(rateBitsPerSecond)
  let ending = 0
  let beginning = 0
  let best: Burst = { neededOctets: 0, first: 0, last: 0, durationNs: 0 }
  for (let at = 0; at < timeNs.length; at += 1) {
    const own = octets[at] ?? 0
    const left = at === 0 ? 0 : ending - rate * ((timeNs[at] ?? 0) - (timeNs[at - 1] ?? 0))
    if (left <= 0) beginning = at
    ending = Math.max(0, left) + own
    if (ending > best.neededOctets) {
      const durationNs = (timeNs[at] ?? 0) - (timeNs[beginning] ?? 0)
      best = { neededOctets: ending, first: beginning, last: at, durationNs }
    }
  }
  return best
}

/** What the rule allows: the bucket, and one frame. */
export function allowedBurst(traffic: Traffic, burstOctets: number): number {
  return burstOctets + largestFrame(traffic)
}

/** A window may be longer by this than its stamps say: either of its ends is stamped some microseconds early or late. */
const STAMPS_NS = 20_000

/** So many octets of a burst are as uncertain as the time in which it left. */
export function uncertainOctets(rateBitsPerSecond: number): number {
  return octetsPerNs(rateBitsPerSecond) * STAMPS_NS
}
