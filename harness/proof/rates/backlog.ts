/** What waited in the limiter: of each frame that came in, the octets and frames that had come before it and left later. */
import type { Joined } from './joined.ts'

export interface Backlog {
  /** The most that ever waited, the frame that joined it included. */
  mostOctets: number
  mostFrames: number
  lost: number
  /** Of the lost, those that found the queue (nearly) as full as it ever was. */
  lostAtLimit: number
  /** Of the lost, those that were lost before the queue was so full for the first time. */
  lostBefore: number
}

/** Of the most, by octets or frames. A machine that stood still takes in and lets out much at once: by then some has left. */
const FULL = 0.75

export function backlogOf(joined: Joined): Backlog {
  const { offered, left, leftAt, offeredAt } = joined
  const octetsAt = new Float64Array(offered.timeNs.length)
  const framesAt = new Float64Array(offered.timeNs.length)
  let [octets, frames, mostOctets, mostFrames, head] = [0, 0, 0, 0, 0]
  for (let at = 0; at < octetsAt.length; at += 1) {
    const now = offered.timeNs[at] ?? 0
    for (; head < left.timeNs.length && (left.timeNs[head] ?? 0) < now; head += 1) {
      if (offeredAt[head] === -1) continue
      octets -= left.octets[head] ?? 0
      frames -= 1
    }
    if (leftAt[at] !== -1) {
      octets += offered.octets[at] ?? 0
      frames += 1
    }
    octetsAt[at] = octets
    framesAt[at] = frames
    mostOctets = Math.max(mostOctets, octets)
    mostFrames = Math.max(mostFrames, frames)
  }
  let [lost, lostAtLimit, lostBefore, wasFull] = [0, 0, 0, false]
  for (let at = 0; at < octetsAt.length; at += 1) {
    const isFull = (octetsAt[at] ?? 0) >= FULL * mostOctets || (framesAt[at] ?? 0) >= FULL * mostFrames
    wasFull ||= isFull
    if (leftAt[at] !== -1) continue
    lost += 1
    if (isFull) lostAtLimit += 1
    if (!wasFull) lostBefore += 1
  }
  return { mostOctets, mostFrames, lost, lostAtLimit, lostBefore }
}
