/** Traffic that no lab made: senders and limiters with known answers, as ns and octets. */
import { octetsPerNs } from '../limit.ts'
import { emptyTraffic, part, type Traffic } from '../traffic.ts'

export interface SentFrame {
  atNs: number
  octets: number
  flow?: number
}

export interface Sending {
  rateBitsPerSecond: number
  frameOctets: number
  durationNs: number
  startNs?: number
  flow?: number
}

/** One frame at a time, in even steps. */
export function paced({
  rateBitsPerSecond,
  frameOctets,
  durationNs,
  startNs = 0,
  flow = 0,
}: Sending): SentFrame[] {
  const stepNs = frameOctets / octetsPerNs(rateBitsPerSecond)
  const count = Math.floor(durationNs / stepNs)
  return Array.from({ length: count }, (_, at) => ({
    atNs: startNs + at * stepNs,
    octets: frameOctets,
    flow,
  }))
}

/** As a capture shows it, numbered from 1. */
export function trafficFrom(frames: readonly SentFrame[], name = 'hv1:tap-red1, sent'): Traffic {
  const traffic = emptyTraffic(name, 0n, frames.length)
  frames.forEach(({ atNs, octets, flow = 0 }, at) => {
    traffic.timeNs[at] = Math.round(atNs)
    traffic.octets[at] = octets
    traffic.number[at] = at + 1
    traffic.flow[at] = flow
    traffic.frame[at] = at + 1
  })
  return traffic
}

export interface Shaper {
  rateBitsPerSecond: number
  burstOctets: number
  /** What may wait; what does not fit is dropped. */
  queueOctets?: number
  /** It stands still in these stretches, and goes on as if it had not: what the bucket holds, leaves at once. */
  stalls?: readonly { fromNs: number; toNs: number }[]
}

const LINE_NS_AN_OCTET = 0.001

/** sch_tbf as its documentation has it: a bucket, full at first, and a queue in front of it that drops at its tail. */
export function shape(
  offered: Traffic,
  { rateBitsPerSecond, burstOctets, queueOctets = Number.POSITIVE_INFINITY, stalls = [] }: Shaper,
): Traffic {
  const rate = octetsPerNs(rateBitsPerSecond)
  const left = emptyTraffic('hv1:eth0, delivered', offered.originNs, offered.timeNs.length)
  let level = burstOctets
  let filledNs = offered.timeNs[0] ?? 0
  let lastNs = 0
  let count = 0
  let waiting = 0 // octets that have come and not left at the time at hand
  let head = 0 // of the frames in `left`, the first that has not left by then
  for (let at = 0; at < offered.timeNs.length; at += 1) {
    const cameNs = offered.timeNs[at] ?? 0
    const size = offered.octets[at] ?? 0
    while (head < count && (left.timeNs[head] ?? 0) <= cameNs) {
      waiting -= left.octets[head] ?? 0
      head += 1
    }
    if (waiting + size > queueOctets) continue
    waiting += size
    const readyNs = Math.max(cameNs, lastNs + size * LINE_NS_AN_OCTET)
    const levelThen = Math.min(burstOctets, level + rate * (readyNs - filledNs))
    const dueNs = levelThen >= size ? readyNs : readyNs + (size - levelThen) / rate
    const leavesNs = Math.ceil(released(dueNs, stalls))
    level = Math.min(burstOctets, level + rate * (leavesNs - filledNs)) - size
    filledNs = leavesNs
    lastNs = leavesNs
    copy(offered, at, left, count, leavesNs)
    count += 1
  }
  return part(left, 0, count)
}

function released(dueNs: number, stalls: readonly { fromNs: number; toNs: number }[]): number {
  return stalls.find(({ fromNs, toNs }) => dueNs >= fromNs && dueNs < toNs)?.toNs ?? dueNs
}

export interface Policer {
  rateBitsPerSecond: number
  burstOctets: number
  delayNs?: number
}

/** act_police: what the bucket cannot pass at once is dropped. */
export function police(
  offered: Traffic,
  { rateBitsPerSecond, burstOctets, delayNs = 20_000 }: Policer,
): Traffic {
  const rate = octetsPerNs(rateBitsPerSecond)
  const left = emptyTraffic('hv1:eth0, delivered', offered.originNs, offered.timeNs.length)
  let level = burstOctets
  let filledNs = offered.timeNs[0] ?? 0
  let count = 0
  for (let at = 0; at < offered.timeNs.length; at += 1) {
    const cameNs = offered.timeNs[at] ?? 0
    const size = offered.octets[at] ?? 0
    level = Math.min(burstOctets, level + rate * (cameNs - filledNs))
    filledNs = cameNs
    if (level < size) continue
    level -= size
    copy(offered, at, left, count, cameNs + delayNs)
    count += 1
  }
  return part(left, 0, count)
}

function copy(from: Traffic, at: number, to: Traffic, count: number, timeNs: number): void {
  to.timeNs[count] = timeNs
  to.octets[count] = from.octets[at] ?? 0
  to.number[count] = from.number[at] ?? 0
  to.flow[count] = from.flow[at] ?? 0
  to.frame[count] = 1_000_000 + count
}
