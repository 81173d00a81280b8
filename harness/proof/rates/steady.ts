/**
 * The part of a measurement in which the limiter alone set the pace: from when its bucket is empty to the last frame
 * that waited under load.
 *
 * When the bucket is empty is told twice, and the later counts: derived, by putting what was offered into a bucket of
 * the configured rate and depth; and seen in the capture alone, where what left has come up to the line that it keeps
 * to in its second half. So a bucket that is larger than configured does not spoil the rate.
 */
import { median, quantile, rateInterval } from './interval.ts'
import { cameAtNs, type Joined } from './joined.ts'
import { type BucketLimit, octetsPerNs } from './limit.ts'
import { firstFrom, type Pause } from './pauses.ts'
import { cumulativeOctets, largestFrame, part, type Traffic } from './traffic.ts'

export interface SteadyPart {
  /** Indices in what left: its first frame, and behind its last. */
  from: number
  to: number
  beginNs: number
  endNs: number
  /** When the bucket was empty by the configuration, and in the capture. */
  derivedNs: number
  seenNs: number
  /** The stretch of sending to which it belongs: its first frame, and when that came in. */
  stretchFrom: number
  stretchNs: number
}

export interface Stretch {
  /** Indices in what left, `to` left out. */
  from: number
  to: number
  /** When its sending began, as far as it is looked at: behind a pause, when frames came in again. */
  beganNs: number
}

/**
 * The longest stretch without a pause that the bucket did not make good, cut to where it waited or more came in.
 * Nothing is told across such a pause, whether the lab stood still or its clock was set forward; on either side the
 * clock runs as it should, and what is measured there holds.
 */
export function longestStretch(joined: Joined, pauses: readonly Pause[]): Stretch {
  const { left } = joined
  const first = left.timeNs[0] ?? 0
  const cameNs = cameAtNs(joined, 0)
  const begins = [
    { from: 0, beganNs: Number.isNaN(cameNs) ? first : Math.min(first, cameNs) },
    ...pauses.map(({ next, fromNs, lengthNs }) => ({ from: next, beganNs: fromNs + lengthNs })),
  ]
  let best: Stretch = { from: 0, to: 0, beganNs: first }
  for (const [at, { from, beganNs }] of begins.entries()) {
    const stretch = { from, to: begins[at + 1]?.from ?? left.timeNs.length, beganNs }
    if (lengthNs(left, stretch) > lengthNs(left, best)) best = stretch
  }
  return { ...best, to: loadedUntil(joined, best) }
}

/** What has not come to its line by then is no bucket that empties: it is part of what is measured. */
const LATEST_SHARE = 0.25

export function steadyPart(joined: Joined, limit: BucketLimit, stretch: Stretch): SteadyPart {
  const { left, offered } = joined
  const { from, to, beganNs } = stretch
  const derivedNs = derivedEmpty(offered, limit, beganNs)
  const latestNs = (left.timeNs[from] ?? 0) + LATEST_SHARE * lengthNs(left, stretch)
  const seen = Math.min(from + seenEmpty(part(left, from, to)), firstFrom(left.timeNs, latestNs))
  const seenNs = left.timeNs[seen] ?? 0
  let begin = seen
  while (begin < to && (left.timeNs[begin] ?? 0) < derivedNs) begin += 1
  const beginNs = left.timeNs[begin] ?? seenNs
  const endNs = left.timeNs[to - 1] ?? 0
  return { from: begin, to, beginNs, endNs, derivedNs, seenNs, stretchFrom: from, stretchNs: beganNs }
}

/** Octets a ns over the blocks of what left, the middle one: bursts and pauses do not move it. */
export function roughRate({ timeNs, octets }: Pick<Traffic, 'timeNs' | 'octets'>): number {
  const count = timeNs.length
  const blocks = Math.min(21, Math.floor(count / 4))
  if (blocks < 1) return 0
  const sums = cumulativeOctets(octets)
  const rates = Float64Array.from({ length: blocks }, (_, block) => {
    const from = Math.floor((block * (count - 1)) / blocks)
    const to = Math.floor(((block + 1) * (count - 1)) / blocks)
    const spanNs = (timeNs[to] ?? 0) - (timeNs[from] ?? 0)
    return spanNs > 0 ? ((sums[to] ?? 0) - (sums[from] ?? 0)) / spanNs : Number.POSITIVE_INFINITY
  })
  return median(rates)
}

/** When the configured bucket, full at the beginning, cannot pass the next frame at once. */
function derivedEmpty({ timeNs, octets }: Traffic, limit: BucketLimit, fromNs: number): number {
  const rate = octetsPerNs(limit.rateBitsPerSecond)
  let level = limit.burstOctets
  let lastNs = fromNs
  for (let at = 0; at < timeNs.length; at += 1) {
    const time = timeNs[at] ?? 0
    if (time < fromNs) continue
    level = Math.min(limit.burstOctets, level + rate * (time - lastNs)) - (octets[at] ?? 0)
    lastNs = time
    if (level < 0) return time
  }
  return timeNs.at(-1) ?? fromNs
}

const SLACK_FRAMES = 2
const SLACK_NS = 1e6

/**
 * Index of the first frame on the line of the second half, or behind the last in the first half that is off it: ahead,
 * or late by a hiccup that was made good, for then the bucket was full once more.
 */
function seenEmpty(stretch: Traffic): number {
  const { timeNs, octets } = stretch
  const count = timeNs.length
  const half = firstFrom(timeNs, ((timeNs[0] ?? 0) + (timeNs.at(-1) ?? 0)) / 2)
  const line = rateInterval(part(stretch, half, count))
  if (line === null) return half
  const rate = octetsPerNs(line.value)
  const sums = cumulativeOctets(octets)
  const ahead = (at: number): number => (sums[at] ?? 0) - rate * ((timeNs[at] ?? 0) - (timeNs[half] ?? 0))
  const behindHalf = Float64Array.from({ length: count - half }, (_, at) => ahead(half + at))
  const level = quantile(behindHalf, 0.5)
  const spread = quantile(behindHalf, 0.9) - quantile(behindHalf, 0.1)
  const slack = Math.max(SLACK_FRAMES * largestFrame(stretch), SLACK_NS * rate, spread)
  let at = 0
  while (at < half && ahead(at) < level - slack) at += 1
  for (let later = half - 1; later > at; later -= 1)
    if (Math.abs(ahead(later) - level) > slack) return later + 1
  return at
}

/** Behind the last frame that waited for the one before it, or left while more came in. */
function loadedUntil(joined: Joined, { from, to }: Pick<Stretch, 'from' | 'to'>): number {
  const { left, offered } = joined
  const lastOfferedNs = offered.timeNs.at(-1) ?? 0
  let end = to
  while (end > from + 1) {
    const isLoaded = (left.timeNs[end - 1] ?? 0) <= lastOfferedNs
    if (isLoaded || cameAtNs(joined, end - 1) < (left.timeNs[end - 2] ?? 0)) return end
    end -= 1
  }
  return end
}

function lengthNs({ timeNs }: Traffic, { from, to }: Pick<Stretch, 'from' | 'to'>): number {
  return to > from ? (timeNs[to - 1] ?? 0) - (timeNs[from] ?? 0) : 0
}
