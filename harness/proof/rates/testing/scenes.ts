/** Whole measurements that no lab made: a sender, a machine that stands still now and then, a limiter, stamps. */
import { type BucketLimit, octetsPerNs } from '../limit.ts'
import { type Measurement, measureLimiter } from '../measurement.ts'
import type { Traffic } from '../traffic.ts'
import { heldUp, kernelPolice, kernelTbf, stalls } from './kernel.ts'
import { type SentFrame, trafficFrom } from './limiters.ts'
import type { Random } from './random.ts'

export interface Scene {
  limiter: 'tbf' | 'police'
  configured: BucketLimit
  /** What it really does; else what is configured. */
  actual?: BucketLimit
  sizes: readonly number[]
  arrivals: 'paced' | 'poisson' | 'gusts'
  factor?: number
  durationNs?: number
  /** How often the machine stands still, for 5 to 20 ms. */
  stalls?: number
  /** The time for which the queue lasts; 50 ms. */
  latencyNs?: number
}

/** A bucket of 26 ms, or of 5,000 octets. */
export function limitOf(rateBitsPerSecond: number): BucketLimit {
  return { rateBitsPerSecond, burstOctets: Math.max(5000, (rateBitsPerSecond / 8) * 0.026) }
}

export function captured(random: Random, scene: Scene): { offered: Traffic; left: Traffic } {
  const { configured, actual = configured, durationNs = 2e9, factor = 1.7, latencyNs = 50e6 } = scene
  const still = stalls(random, durationNs, scene.stalls ?? 0)
  const rate = factor * configured.rateBitsPerSecond
  const offered = heldUp(trafficFrom(arrivals(random, rate, scene, durationNs)), still)
  const limitOctets = configured.burstOctets + octetsPerNs(configured.rateBitsPerSecond) * latencyNs
  const stillUntil = (now: number): number | null =>
    still.find(({ fromNs, toNs }) => now >= fromNs && now < toNs)?.toNs ?? null
  const timerLateNs = (): number => -Math.log(1 - random.next()) * 50e3
  const left =
    scene.limiter === 'tbf'
      ? kernelTbf(offered, { ...actual, limitOctets, timerLateNs, stillUntil })
      : kernelPolice(offered, actual)
  return { offered: stamped(random, offered, 3e3), left: stamped(random, left, 10e3) }
}

export function measuredScene(random: Random, scene: Scene): Measurement {
  return measureLimiter({ ...captured(random, scene), limit: scene.configured })
}

function arrivals(
  random: Random,
  rate: number,
  { sizes, arrivals: kind }: Scene,
  durationNs: number,
): SentFrame[] {
  const sent: SentFrame[] = []
  let atNs = 0
  while (atNs < durationNs) {
    const octets = sizes[Math.floor(random.next() * sizes.length)] ?? 0
    const stepNs = octets / octetsPerNs(rate)
    sent.push({ atNs, octets })
    if (kind === 'paced') atNs += stepNs
    else if (kind === 'poisson') atNs -= Math.log(1 - random.next()) * stepNs
    else if (sent.length % GUST === 0) atNs += GUST * stepNs * (0.5 + random.next())
  }
  return sent
}

const GUST = 16

/** Stamps are late, never early; the capture's order is kept. */
export function stamped(random: Random, traffic: Traffic, deviationNs: number): Traffic {
  let latest = 0
  const timeNs = traffic.timeNs.map((one) => {
    latest = Math.max(latest, Math.round(one + Math.abs(deviationNs * random.normal())))
    return latest
  })
  return { ...traffic, timeNs }
}
