/**
 * sch_tbf and act_police as Linux 6.1 does them, event by event in integer ns: net/sched/sch_tbf.c (tbf_enqueue,
 * tbf_dequeue, the watchdog) and act_police.c. Written from the kernel's way of counting (tokens are ns, a frame costs
 * len × 8e9 / rate of them, rounded down), and apart from limiters.ts, which is written from the documentation.
 */
import { emptyTraffic, part, type Traffic } from '../traffic.ts'
import type { Random } from './random.ts'

export interface KernelTbf {
  rateBitsPerSecond: number
  burstOctets: number
  limitOctets: number
  /** How late the watchdog's timer fires, ns. */
  timerLateNs?: () => number
  /** Whether the machine stands still then, and until when: nothing is dequeued. */
  stillUntil?: (nowNs: number) => number | null
}

export function kernelTbf(offered: Traffic, tbf: KernelTbf): Traffic {
  const cost = (octets: number): number => Math.floor((octets * 8e9) / tbf.rateBitsPerSecond)
  const buffer = cost(tbf.burstOctets)
  const left = emptyTraffic('hv1:eth0, delivered', offered.originNs, offered.timeNs.length)
  const queue: number[] = []
  let [head, backlog, count] = [0, 0, 0]
  let tokens = buffer
  let checkpointNs = offered.timeNs[0] ?? 0
  let watchdogNs = Number.POSITIVE_INFINITY
  const dequeueAll = (now: number): void => {
    watchdogNs = Number.POSITIVE_INFINITY
    while (head < queue.length) {
      const at = queue[head] ?? 0
      const size = offered.octets[at] ?? 0
      const have = Math.min(now - checkpointNs, buffer) + tokens
      const after = Math.min(have, buffer) - cost(size)
      if (after < 0) {
        watchdogNs = now - after + Math.round(tbf.timerLateNs?.() ?? 0)
        const stillUntil = tbf.stillUntil?.(watchdogNs) ?? null
        if (stillUntil !== null) watchdogNs = stillUntil
        return
      }
      checkpointNs = now
      tokens = after
      head += 1
      backlog -= size
      left.timeNs[count] = now
      left.octets[count] = size
      left.number[count] = offered.number[at] ?? 0
      left.flow[count] = offered.flow[at] ?? 0
      left.frame[count] = 2_000_000 + count
      count += 1
    }
  }
  for (let at = 0; at < offered.timeNs.length; at += 1) {
    const now = offered.timeNs[at] ?? 0
    while (watchdogNs <= now) dequeueAll(watchdogNs)
    if (backlog + (offered.octets[at] ?? 0) > tbf.limitOctets) continue
    queue.push(at)
    backlog += offered.octets[at] ?? 0
    if (head === queue.length - 1) dequeueAll(now)
  }
  while (watchdogNs < Number.POSITIVE_INFINITY) dequeueAll(watchdogNs)
  return part(left, 0, count)
}

export interface KernelPolice {
  rateBitsPerSecond: number
  burstOctets: number
}

export function kernelPolice(
  offered: Traffic,
  { rateBitsPerSecond, burstOctets }: KernelPolice,
  forwardingNs = 20_000,
): Traffic {
  const cost = (octets: number): number => Math.floor((octets * 8e9) / rateBitsPerSecond)
  const burst = cost(burstOctets)
  const left = emptyTraffic('hv2:tap-red3, delivered', offered.originNs, offered.timeNs.length)
  let [tokens, checkpointNs, count] = [burst, offered.timeNs[0] ?? 0, 0]
  for (let at = 0; at < offered.timeNs.length; at += 1) {
    const now = offered.timeNs[at] ?? 0
    const have = Math.min(now - checkpointNs, burst) + tokens
    const after = Math.min(have, burst) - cost(offered.octets[at] ?? 0)
    if (after < 0) continue
    checkpointNs = now
    tokens = after
    left.timeNs[count] = now + forwardingNs
    left.octets[count] = offered.octets[at] ?? 0
    left.number[count] = offered.number[at] ?? 0
    left.flow[count] = offered.flow[at] ?? 0
    left.frame[count] = 2_000_000 + count
    count += 1
  }
  return part(left, 0, count)
}

export interface Stall {
  fromNs: number
  toNs: number
}

/** So many, anywhere, of 5 to 20 ms. */
export function stalls(random: Random, durationNs: number, count: number): readonly Stall[] {
  return Array.from({ length: count }, () => {
    const fromNs = random.next() * durationNs
    return { fromNs, toNs: fromNs + 5e6 + random.next() * 15e6 }
  }).sort((a, b) => a.fromNs - b.fromNs)
}

/** What comes in while the machine stands still, comes in when it goes on. */
export function heldUp(frames: Traffic, still: readonly Stall[]): Traffic {
  let from = 0
  const timeNs = frames.timeNs.map((one) => {
    while (from < still.length && (still[from]?.toNs ?? 0) <= one) from += 1
    const stall = still[from]
    return stall !== undefined && one >= stall.fromNs ? Math.round(stall.toNs) : one
  })
  return { ...frames, timeNs: timeNs.sort() }
}
