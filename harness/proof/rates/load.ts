/** How much was offered: the real rate of a sender, as captured where its frames come in; never what it was asked for. */
import { bitsPerSecond } from './limit.ts'
import type { Traffic } from './traffic.ts'

/** Below this multiple of the configured rate nothing is judged: the limiter may not have been at work. */
export const LEAST_FACTOR = 1.5

export interface OfferedLoad {
  frames: number
  octets: number
  /** From the first frame to the last. */
  durationNs: number
  /** Over that time: the octets behind the first frame by the time they took. 0 of fewer than two frames. */
  rateBitsPerSecond: number
  /** The longest time between two frames. */
  longestGapNs: number
}

export function offeredLoad({ timeNs, octets }: Traffic): OfferedLoad {
  let sum = 0
  let longestGapNs = 0
  for (let at = 0; at < timeNs.length; at += 1) {
    sum += octets[at] ?? 0
    if (at > 0) longestGapNs = Math.max(longestGapNs, (timeNs[at] ?? 0) - (timeNs[at - 1] ?? 0))
  }
  const durationNs = (timeNs.at(-1) ?? 0) - (timeNs[0] ?? 0)
  const rate = durationNs > 0 ? (sum - (octets[0] ?? 0)) / durationNs : 0
  return {
    frames: timeNs.length,
    octets: sum,
    durationNs,
    rateBitsPerSecond: bitsPerSecond(rate),
    longestGapNs,
  }
}

/** Offered by configured. */
export function loadFactor(load: OfferedLoad, rateBitsPerSecond: number): number {
  return load.rateBitsPerSecond / rateBitsPerSecond
}

/** One line that says why nothing can be judged, or null where enough was offered. */
export function tooLittleLoad(load: OfferedLoad, rateBitsPerSecond: number): string | null {
  const factor = loadFactor(load, rateBitsPerSecond)
  if (factor >= LEAST_FACTOR) return null
  return `too little load: ${megabits(load.rateBitsPerSecond)} offered, ${factor.toFixed(2)} times the configured ${megabits(rateBitsPerSecond)}; at least ${LEAST_FACTOR} times are needed`
}

export function megabits(rateBitsPerSecond: number): string {
  return `${Number((rateBitsPerSecond / 1e6).toPrecision(5))} Mbit/s`
}
