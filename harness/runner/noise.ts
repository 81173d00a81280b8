/** What the ports of a run's labs carried of background noise, over all cases and labs. */
import type { NoiseAtPort } from '../agent/messages/index.ts'
import type { Scenario } from '../lab/scenario.ts'
import type { NoiseAtPortResult, NoiseResult } from '../report/results.ts'

/** There the rates themselves are judged: noise would take its share of them. */
export const QUIET_SCENARIOS: readonly Scenario[] = ['shaped']
/** A port that was up for less says nothing of a rate. */
const SHORTEST_MS = 500

export class NoiseHeard {
  readonly #ports = new Map<string, NoiseAtPort & { scenario: string }>()

  add(scenario: string, noise: readonly NoiseAtPort[]): void {
    for (const { port, carried, sent, upMs } of noise) {
      const key = `${scenario} ${port}`
      const known = this.#ports.get(key) ?? { scenario, port, carried: 0, sent: 0, upMs: 0 }
      const sums = { carried: known.carried + carried, sent: known.sent + sent, upMs: known.upMs + upMs }
      this.#ports.set(key, { ...known, ...sums })
    }
  }

  result(askedFramesPerSecond: number): NoiseResult {
    const ports = [...this.#ports.values()].filter(({ upMs }) => upMs >= SHORTEST_MS).map(ratesAt)
    const rates = ports.map(({ framesPerSecond }) => framesPerSecond).sort((a, b) => a - b)
    return {
      askedFramesPerSecond,
      reached: rates[0] !== undefined && rates[0] >= askedFramesPerSecond,
      framesPerSecond:
        rates.length === 0
          ? null
          : { min: rates[0] ?? 0, median: rates[rates.length >> 1] ?? 0, max: rates.at(-1) ?? 0 },
      ports,
    }
  }
}

function ratesAt({
  scenario,
  port,
  carried,
  sent,
  upMs,
}: NoiseAtPort & { scenario: string }): NoiseAtPortResult {
  return {
    ...{ scenario, port, upMs: Math.round(upMs), frames: carried, ownFrames: sent },
    framesPerSecond: Math.round((carried / upMs) * 1000),
  }
}
