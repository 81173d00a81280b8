/** Frames that came to a port after the window that had proved their absence there. */
import { type Assertion, type Claim, isOf, type Port, tagsOf, transactionOf } from '../proof/index.ts'
import type { LateFrame } from '../report/evidence.ts'
import { summarise } from '../wire/index.ts'
import type { LateArrival } from './case-source.ts'

/** Of what came late at once. */
const MOST_TOLD = 3

/** Those that break one of these claims, numbered on from `lastFrame`. */
export function claimBreakers(
  arrivals: readonly LateArrival[],
  claims: readonly Claim[],
  ports: readonly Port[],
  lastFrame: number,
): readonly LateFrame[] {
  const breakers = arrivals.flatMap((arrival) => {
    const claim = claims.find((candidate) => breaks(arrival, candidate, ports))
    return claim === undefined ? [] : [{ arrival, claim }]
  })
  return breakers.map(({ arrival, claim }, index) => {
    const { number, ...frame } = arrival
    const what = `${summarise(arrival.octets)} (${tagsOf(arrival.octets)})`
    return {
      frame: { ...frame, frame: lastFrame + index + 1, signature: number },
      comment: `BROKEN: ${claim.port} never carries ${claim.summary}, but after the window came ${what}`,
    }
  })
}

export function assertionOf({ frame, comment }: LateFrame): Assertion {
  const found = `frame ${frame.frame}: ${comment}`
  return { verdict: 'deviates', expected: comment, found, frames: [frame.frame] }
}

/** The first few of them say it. */
export function inWords(late: readonly LateFrame[]): readonly string[] {
  const told = late.slice(0, MOST_TOLD).map(({ frame, comment }) => `frame ${frame.frame}: ${comment}`)
  const more = late.length - told.length
  return more > 0 ? [...told, `and ${more} more: observations.json has them all`] : told
}

function breaks(arrival: LateArrival, claim: Claim, ports: readonly Port[]): boolean {
  if (arrival.port !== claim.port || !isClaimed(arrival, claim)) return false
  return ports.find((port) => port.id === arrival.port)?.kind !== 'tap' || arrival.direction === 'out'
}

function isClaimed({ number, octets }: LateArrival, claim: Claim): boolean {
  if ('transaction' in claim) return number === null && transactionOf(octets) === claim.transaction
  const { number: first, count = 1, sent } = claim
  const isOfStream = count > 1 && number !== null && number >= first && number < first + count
  return isOfStream || isOf({ octets, signature: number }, sent)
}
