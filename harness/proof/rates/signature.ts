/**
 * Shaping and policing told apart by what they do to frames. A shaper lets them wait, and loses one only when its queue
 * is full; a policer loses what exceeds, at once, and delays nothing. Looked at is the time under load behind the
 * emptying of the bucket: how many of the frames that left had waited, how many were lost, and how full the queue was
 * when they were.
 */
import { backlogOf } from './backlog.ts'
import { quantile } from './interval.ts'
import { delaysNs } from './joined.ts'
import { octetsPerNs } from './limit.ts'
import { isMeasured, type Measurement } from './measurement.ts'
import { firstFrom } from './pauses.ts'
import { largestFrame } from './traffic.ts'

export type SignatureKind = 'shaped' | 'policed' | 'neither' | 'both' | 'cannot tell'

export interface LimiterSignature {
  kind: SignatureKind
  /** Why nothing can be told; null where something can. */
  reason: string | null
  /** Of the frames that left, the share that waited: longer than the quickest by two frames at the rate, or by 1 ms. */
  waited: number
  /** Of the frames offered, the share that was lost. */
  lost: number
  /** Of the lost, the share that found the queue full, and that was lost before it first was; 0 where none was lost. */
  lostAtLimit: number
  lostBefore: number
  /** Of those that left, over the delay of the quickest. */
  medianDelayNs: number
  longestDelayNs: number
}

const WAIT_FRAMES = 2
const LEAST_WAIT_NS = 1e6
const MOST = 0.8
const FEW = 0.2
const HARDLY_LOST = 0.01
/** At 1.5 times the rate a policer loses a third. */
const SURELY_LOST = 0.05
const TAIL_DROP = 0.9
const FEWEST_FRAMES = 32

export function signatureOf(measurement: Measurement): LimiterSignature {
  const { joined, limit, unfit, tooLittle, steady, offered, left } = measurement
  const nothing = { waited: 0, lost: 0, lostAtLimit: 0, lostBefore: 0, medianDelayNs: 0, longestDelayNs: 0 }
  if (unfit !== null) return { kind: 'cannot tell', reason: unfit, ...nothing }
  const fromNs = isMeasured(steady) ? steady.beginNs : (offered.timeNs[0] ?? 0)
  const untilNs = offered.timeNs.at(-1) ?? 0
  const all = delaysNs(joined)
  const quickest = all.reduce((least, one) => (one < least ? one : least), Number.POSITIVE_INFINITY)
  const isUnderLoad = (_: number, at: number): boolean =>
    (left.timeNs[at] ?? 0) >= fromNs && (left.timeNs[at] ?? 0) <= untilNs && !Number.isNaN(all[at])
  const delays = all.filter(isUnderLoad).map((one) => one - quickest)
  const frameNs = largestFrame(offered) / octetsPerNs(limit.rateBitsPerSecond)
  const leastWait = Math.max(LEAST_WAIT_NS, WAIT_FRAMES * frameNs)
  const backlog = backlogOf(joined)
  const since = firstFrom(offered.timeNs, fromNs)
  const lostSince = joined.leftAt.subarray(since).filter((one) => one === -1).length
  const figures = {
    waited: share(delays.filter((one) => one > leastWait).length, delays.length),
    lost: share(lostSince, joined.leftAt.length - since),
    lostAtLimit: share(backlog.lostAtLimit, backlog.lost),
    lostBefore: share(backlog.lostBefore, backlog.lost),
    medianDelayNs: delays.length === 0 ? 0 : quantile(delays, 0.5),
    longestDelayNs: delays.at(-1) ?? 0, // sorted by now
  }
  const few = delays.length < FEWEST_FRAMES ? `too few frames under load: ${delays.length}` : null
  const reason = tooLittle ?? few
  if (reason !== null) return { kind: 'cannot tell', reason, ...figures }
  const kind = kindOf(figures)
  return { kind, reason: kind === 'cannot tell' ? 'neither delay nor loss is plain' : null, ...figures }
}

function kindOf({
  waited,
  lost,
  lostAtLimit,
  lostBefore,
}: Pick<LimiterSignature, 'waited' | 'lost' | 'lostAtLimit' | 'lostBefore'>): SignatureKind {
  const isTailDrop = lost < HARDLY_LOST || (lostAtLimit >= TAIL_DROP && lostBefore < HARDLY_LOST)
  if (waited >= MOST) return isTailDrop ? 'shaped' : 'both'
  if (waited > FEW) return isTailDrop ? 'cannot tell' : 'both'
  if (lost >= SURELY_LOST) return 'policed'
  return lost < HARDLY_LOST ? 'neither' : 'cannot tell'
}

/** For people: what the verdict rests on. */
export function signatureText({ kind, reason, ...figures }: LimiterSignature): string {
  const { waited, lost, lostAtLimit, medianDelayNs, longestDelayNs } = figures
  const why = reason === null ? '' : ` (${reason})`
  const limit = lost === 0 ? '' : `, ${percent(lostAtLimit)} of these with a full queue`
  return `${kind}${why}: ${percent(waited)} of what left had waited, ${percent(lost)} was lost${limit}; delay ${(medianDelayNs / 1e6).toFixed(2)} ms in the middle, ${(longestDelayNs / 1e6).toFixed(2)} ms at most`
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)}%`
}

function share(some: number, all: number): number {
  return all === 0 ? 0 : some / all
}
