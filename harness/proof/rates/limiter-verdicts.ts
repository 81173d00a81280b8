/** What a measurement proves of a limiter's queue: delay, loss, order, and which kind of limiter it is. */
import type { Assertion } from '../judgement.ts'
import { ms } from './clock.ts'
import { delaysNs } from './joined.ts'
import { octetsPerNs } from './limit.ts'
import { megabits } from './load.ts'
import type { Measurement } from './measurement.ts'
import { orderOf } from './order.ts'
import { pauses } from './pauses.ts'
import { ALLOWANCE, type Allowance, predictDelays } from './prediction.ts'
import { type SignatureKind, signatureOf, signatureText } from './signature.ts'
import { roughRate } from './steady.ts'
import { largestFrame } from './traffic.ts'
import { told, unproved } from './verdicts.ts'

/** Shaped, or policed: QOS-04, -05. */
export function showsSignature(measurement: Measurement, wanted: SignatureKind): Assertion {
  const expected = `what ${measurement.left.name} carries was ${wanted}`
  const signature = signatureOf(measurement)
  const text = signatureText(signature)
  if (signature.kind === 'cannot tell') return unproved(expected, signature.reason ?? text)
  if (signature.kind === wanted) return { verdict: 'conforms', expected, found: null, frames: [] }
  return { verdict: 'deviates', expected, found: told(expected, text), frames: [] }
}

/** Of the frames, so many must be delayed as predicted: a hiccup of the machine is no deviation. */
const LEAST_WITHIN = 0.95
/** A queue that grew by less than so many times what is allowed shows nothing. */
const LEAST_GROWTH = 2

/**
 * Nothing is lost, order is kept, each frame is delayed as the queue predicts: QOS-03. The case stays below the limit.
 * @param stoodStillMs for so long the site may have stood still: what that may explain is no deviation
 */
export function delaysAsQueued(
  measurement: Measurement,
  allowance: Allowance = ALLOWANCE,
  stoodStillMs = 0,
): Assertion {
  const assertion = delayedAsQueued(measurement, allowance)
  if (assertion.verdict !== 'deviates' || stoodStillMs === 0) return assertion
  const lateNs = allowance.lateNs + stoodStillMs * 1e6
  if (delayedAsQueued(measurement, { ...allowance, lateNs }).verdict === 'deviates') return assertion
  return unproved(assertion.expected, `the site stood still for ${ms(stoodStillMs * 1e6)} ms meanwhile`)
}

function delayedAsQueued(measurement: Measurement, allowance: Allowance): Assertion {
  const { joined, limit, left, unfit } = measurement
  const { rateBitsPerSecond, burstOctets } = limit
  const expected = `${left.name} carries all in order, each delayed as a queue behind ${megabits(rateBitsPerSecond)} and ${burstOctets} octets predicts, ± ${ms(allowance.lateNs)} ms, one frame and ${100 * allowance.rateTolerance}% of the time`
  if (unfit !== null) return unproved(expected, unfit)
  const fault = lossOrDisorder(measurement)
  if (fault !== null)
    return { verdict: 'deviates', expected, found: told(expected, fault.text), frames: fault.frames }
  const delays = predictDelays(joined, limit, allowance)
  const growthNs = LEAST_GROWTH * (allowance.lateNs + largestFrame(left) / octetsPerNs(rateBitsPerSecond))
  if (delays.longestPredictedNs < growthNs)
    return unproved(
      expected,
      `too little load: the queue was to grow to ${ms(delays.longestPredictedNs)} ms only, at least ${ms(growthNs)} ms are needed`,
    )
  if (delays.within >= LEAST_WITHIN) return { verdict: 'conforms', expected, found: null, frames: [] }
  const stood = pauses(joined, roughRate(left)).find(({ queued }) => queued)
  if (stood !== undefined) return unproved(expected, `the lab stood still for ${ms(stood.lengthNs)} ms`)
  const { offNs, within, longestMeasuredNs, longestPredictedNs } = delays
  const seen = `${(100 * within).toFixed(1)}% of the frames delayed so; the longest delay ${ms(longestMeasuredNs)} ms, predicted ${ms(longestPredictedNs)} ms; off by ${ms(offNs.low)} to ${ms(offNs.high)} ms (5% to 95%)`
  return { verdict: 'deviates', expected, found: told(expected, seen), frames: [] }
}

/** Everything that came in leaves, once, in the order of its flow: QOS-10. */
export function losesNothing(measurement: Measurement): Assertion {
  const { left, offered, unfit } = measurement
  const expected = `${left.name} carries all of ${offered.timeNs.length} frames once, in the order of their flows`
  if (unfit !== null) return unproved(expected, unfit)
  if (offered.timeNs.length === 0) return unproved(expected, 'nothing was offered')
  const fault = lossOrDisorder(measurement)
  if (fault === null) return { verdict: 'conforms', expected, found: null, frames: [] }
  return { verdict: 'deviates', expected, found: told(expected, fault.text), frames: fault.frames }
}

/**
 * No frame waits longer than this, over the quickest of all: QOS-04 (what passes is not delayed), QOS-07.
 * @param stoodStillMs for so long the site may have stood still: nobody can tell who made a frame wait that much longer
 */
export function delaysAtMost(measurement: Measurement, boundMs: number, stoodStillMs = 0): Assertion {
  const { joined, left, unfit } = measurement
  const expected = `no frame of ${left.name} was delayed by more than ${boundMs} ms`
  if (unfit !== null) return unproved(expected, unfit)
  const delays = delaysNs(joined)
  const known = delays.filter((one) => !Number.isNaN(one))
  if (known.length === 0) return unproved(expected, `nothing that was offered left ${left.name}`)
  const late = known.filter((one) => one > boundMs * 1e6).length
  if (late === 0) return { verdict: 'conforms', expected, found: null, frames: [] }
  const worst = delays.reduce(
    (most, one, at) => (one > (delays[most] ?? 0) || Number.isNaN(delays[most]) ? at : most),
    0,
  )
  const longestMs = ms(delays[worst] ?? 0)
  if (longestMs <= boundMs + stoodStillMs)
    return unproved(
      expected,
      `one was by ${longestMs} ms, and the site stood still for ${ms(stoodStillMs * 1e6)} ms meanwhile`,
    )
  const seen = `${late} of ${known.length} frames delayed by more, up to ${longestMs} ms: frame ${left.frame[worst]}`
  return { verdict: 'deviates', expected, found: told(expected, seen), frames: [left.frame[worst] ?? 0] }
}

interface Fault {
  text: string
  frames: readonly number[]
}

function lossOrDisorder(measurement: Measurement): Fault | null {
  const { joined, offered } = measurement
  const firstLost = joined.leftAt.indexOf(-1)
  if (joined.lost > 0)
    return {
      text: `${joined.lost} of ${offered.timeNs.length} frames lost, the first of them the ${firstLost + 1}th that came in`,
      frames: [offered.frame[firstLost] ?? 0],
    }
  return disorder(measurement)
}

function disorder({ joined, left }: Measurement): Fault | null {
  const order = orderOf(joined)
  if (order.first !== null)
    return {
      text: `${order.withinFlow} frames left behind one of their flow that came in later, the first of them frame ${left.frame[order.first]}`,
      frames: [left.frame[order.first] ?? 0],
    }
  if (joined.duplicates > 0) return { text: `${joined.duplicates} frames left twice`, frames: [] }
  return null
}
