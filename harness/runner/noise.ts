/** What the ports of a run's labs carried of background noise, over all cases and labs. */
import type { NoiseAtPort } from '../agent/messages/index.ts'
import type { Scenario } from '../lab/scenario.ts'
import type { NoiseAtPortResult, NoiseRates, NoiseResult } from '../report/results.ts'

/** There the rates themselves are judged: noise would take its share of them. */
export const QUIET_SCENARIOS: readonly Scenario[] = ['shaped']
/** A port that was up for less says nothing of a rate. */
const SHORTEST_MS = 500

export class NoiseHeard {
  readonly #ports = new Map<string, NoiseAtPort & { scenario: string }>()

  add(scenario: string, noise: readonly NoiseAtPort[]): void {
    for (const one of noise) {
      const key = `${scenario} ${one.port}`
      const known = this.#ports.get(key)
      this.#ports.set(key, known === undefined ? { scenario, ...one } : { scenario, ...sumOf(known, one) })
    }
  }

  result(askedFramesPerSecond: number): NoiseResult {
    const ports = [...this.#ports.values()].filter(({ upMs }) => upMs >= SHORTEST_MS).map(ratesAt)
    const framesPerSecond = ratesOver(ports.map((port) => port.framesPerSecond))
    const whileOpen = ports.flatMap(({ inWindows }) => inWindows.framesPerSecond ?? [])
    const inWindows = ratesOver(whileOpen)
    return {
      askedFramesPerSecond,
      reached:
        framesPerSecond !== null &&
        framesPerSecond.min >= askedFramesPerSecond &&
        (inWindows === null || inWindows.min >= askedFramesPerSecond),
      framesPerSecond,
      framesPerSecondInWindows: inWindows,
      ports,
    }
  }
}

function sumOf(a: NoiseAtPort, b: NoiseAtPort): NoiseAtPort {
  return {
    port: a.port,
    carried: a.carried + b.carried,
    sent: a.sent + b.sent,
    upMs: a.upMs + b.upMs,
    inWindows: {
      carried: a.inWindows.carried + b.inWindows.carried,
      upMs: a.inWindows.upMs + b.inWindows.upMs,
    },
  }
}

function ratesOver(rates: readonly number[]): NoiseRates | null {
  const [min, ...others] = rates.toSorted((a, b) => a - b)
  if (min === undefined) return null
  const sorted = [min, ...others]
  return { min, median: sorted[sorted.length >> 1] ?? min, max: sorted.at(-1) ?? min }
}

function ratesAt(heard: NoiseAtPort & { scenario: string }): NoiseAtPortResult {
  const { scenario, port, carried, sent, upMs, inWindows } = heard
  return {
    ...{ scenario, port, upMs: Math.round(upMs), frames: carried, ownFrames: sent },
    framesPerSecond: perSecond(carried, upMs),
    inWindows: {
      ...{ upMs: Math.round(inWindows.upMs), frames: inWindows.carried },
      framesPerSecond: inWindows.upMs < SHORTEST_MS ? null : perSecond(inWindows.carried, inWindows.upMs),
    },
  }
}

function perSecond(frames: number, ms: number): number {
  return Math.round((frames / ms) * 1000)
}
