/**
 * Tokens that ran over. A limiter that is offered frames in gusts, with pauses that its bucket does not last, passes less
 * than its rate, and rightly so. How much it may have lost that way is bounded from above: the configured bucket is
 * filled at the configured rate, emptied by what left, and known to be empty where
 * - a frame was lost: a policer had not its octets, a shaper had frames waiting for theirs;
 * - a frame that had waited left later behind the one before it than half its time at the rate: it waited for tokens.
 * What the bucket cannot hold, runs over.
 */
import { cameAtNs, type Joined } from './joined.ts'
import { type BucketLimit, octetsPerNs } from './limit.ts'

const WAITED = 0.5

/** Octets that ran over from one time to another. */
export function ranOver(joined: Joined, limit: BucketLimit, fromNs: number, toNs: number): number {
  const { left, offered, leftAt } = joined
  const rate = octetsPerNs(limit.rateBitsPerSecond)
  let level = 0
  let filledNs = fromNs
  let over = 0
  let lost = 0
  const fill = (now: number): void => {
    const full = level + rate * Math.max(0, now - filledNs)
    over += Math.max(0, full - limit.burstOctets)
    level = Math.min(limit.burstOctets, full)
    filledNs = Math.max(filledNs, now)
  }
  for (let at = 0; at < left.timeNs.length; at += 1) {
    const now = left.timeNs[at] ?? 0
    if (now < fromNs) continue
    if (now > toNs) break
    for (; lost < leftAt.length && (offered.timeNs[lost] ?? 0) <= now; lost += 1) {
      if (leftAt[lost] !== -1 || (offered.timeNs[lost] ?? 0) < fromNs) continue
      fill(offered.timeNs[lost] ?? 0)
      level = Math.min(level, offered.octets[lost] ?? 0)
    }
    fill(now)
    const size = left.octets[at] ?? 0
    const beforeNs = left.timeNs[at - 1] ?? Number.NEGATIVE_INFINITY
    const isPaced = cameAtNs(joined, at) < beforeNs && now - beforeNs >= (WAITED * size) / rate
    level = isPaced ? 0 : Math.max(0, level - size)
  }
  return over
}
