/**
 * Whether the captures' clock can be trusted. Where it was set while frames were captured no rate is right. Set back, it
 * shows by itself: times, or the numbers of a flow, run backwards, or a frame leaves before it came in. Set forward, it
 * looks like a pause: see pauses.ts.
 */
import type { Joined } from './joined.ts'
import type { Traffic } from './traffic.ts'

/** Stamps of neighbouring frames on two CPUs may be swapped by less. */
const JITTER_NS = 1e6

/** One line that says what is wrong with the clock, or null. */
export function clockTrouble(joined: Joined): string | null {
  return backwards(joined.offered) ?? backwards(joined.left) ?? unordered(joined.offered) ?? tooEarly(joined)
}

function backwards({ name, timeNs, frame }: Traffic): string | null {
  let latest = Number.NEGATIVE_INFINITY
  for (let at = 0; at < timeNs.length; at += 1) {
    const time = timeNs[at] ?? 0
    if (latest - time > JITTER_NS)
      return `the clock was set back by ${ms(latest - time)} ms at ${name}, before frame ${frame[at]}`
    if (time > latest) latest = time
  }
  return null
}

/** A sender numbers its frames in the order in which it sends them. Where captures are sorted by time, this shows it. */
function unordered(traffic: Traffic): string | null {
  const { name, number, flow, frame, timeNs } = traffic
  if (isAscending(traffic)) return null
  const byNumber = Array.from(number, (_, at) => at).sort((a, b) => (number[a] ?? 0) - (number[b] ?? 0))
  const latest = new Map<number, number>() // ns, by flow
  for (const at of byNumber) {
    const time = timeNs[at] ?? 0
    const before = latest.get(flow[at] ?? 0) ?? Number.NEGATIVE_INFINITY
    if (before - time > JITTER_NS)
      return `what was sent in order came ${ms(before - time)} ms out of order at ${name}, at frame ${frame[at]}: the clock was set back`
    latest.set(flow[at] ?? 0, Math.max(before, time))
  }
  return null
}

function isAscending({ number, flow }: Traffic): boolean {
  const highest = new Map<number, number>()
  for (let at = 0; at < number.length; at += 1) {
    const own = flow[at] ?? 0
    if ((number[at] ?? 0) < (highest.get(own) ?? Number.NEGATIVE_INFINITY)) return false
    highest.set(own, number[at] ?? 0)
  }
  return true
}

function tooEarly({ offered, left, offeredAt }: Joined): string | null {
  for (let at = 0; at < offeredAt.length; at += 1) {
    const origin = offeredAt[at] ?? -1
    if (origin === -1) continue
    const early = (offered.timeNs[origin] ?? 0) - (left.timeNs[at] ?? 0)
    if (early > JITTER_NS)
      return `frame ${left.frame[at]} left ${left.name} ${ms(early)} ms before it came in: the clocks of the two captures disagree`
  }
  return null
}

export function ms(ns: number): number {
  return Number((ns / 1e6).toPrecision(4))
}
