/** A window that is open at every site of a lab, and what its clocks say of it. */
import {
  beginWindow,
  type ClockTime,
  endWindow,
  type PartResult,
  type PartStep,
  type PortId,
  playSteps,
  readClock,
  retimed,
  type StepResult,
  type WindowResult,
} from '../../agent/messages/index.ts'
import type { Site } from '../site.ts'
import { streamAcross, transferAcross } from './across.ts'
import {
  controllerNs,
  OffsetEstimate,
  type Reading,
  type SiteClock,
  type Span,
  toController,
} from './clock.ts'
import { type LabStep, type LabWindow, waitsOf } from './steps.ts'
import { mergedResult, type Turn, turnsOf } from './turns.ts'

/** The quickest of so many tells a site's clock best. */
const FIRST_READINGS = 8

/** What is known of each site's clock, from one window to the next. */
export class SiteClocks {
  readonly #estimates = new Map<Site, OffsetEstimate>()

  /** Sites that no window has asked yet are asked for nothing but their clocks, a few times. */
  async meet(sites: readonly Site[]): Promise<void> {
    await everywhere(sites, async (site) => {
      if (this.#estimates.has(site)) return
      const estimate = new OffsetEstimate()
      for (let count = 0; count < FIRST_READINGS; count += 1) {
        const askedNs = controllerNs()
        const clock = await site.ask(readClock, undefined)
        estimate.add({ askedNs, readNs: nsOf(clock), answeredNs: controllerNs() })
      }
      this.#estimates.set(site, estimate)
    })
  }

  of(site: Site): OffsetEstimate {
    const known = this.#estimates.get(site)
    if (known !== undefined) return known
    const estimate = new OffsetEstimate()
    this.#estimates.set(site, estimate)
    return estimate
  }
}

export class OpenWindow {
  readonly #sites: readonly Site[]
  readonly #siteOf: (port: PortId) => Site
  readonly #clocks: SiteClocks
  readonly #beginNs = controllerNs()
  /** What could not be sent, anywhere. */
  readonly #unsent = new Set<number>()
  /** Who failed is not asked again. */
  readonly #failed = new Set<Site>()

  private constructor(sites: readonly Site[], siteOf: (port: PortId) => Site, clocks: SiteClocks) {
    this.#sites = sites
    this.#siteOf = siteOf
    this.#clocks = clocks
  }

  /** @throws {LabError} if a site cannot; none is left open then */
  static async begin(
    run: number,
    sites: readonly Site[],
    siteOf: (port: PortId) => Site,
    clocks: SiteClocks,
  ): Promise<OpenWindow> {
    const window = new OpenWindow(sites, siteOf, clocks)
    return window.orAbandon(async () => {
      await window.#everywhere(sites, async (site) => {
        const askedNs = controllerNs()
        const clock = await site.ask(beginWindow, { run })
        clocks.of(site).add({ askedNs, readNs: nsOf(clock), answeredNs: controllerNs() })
      })
      return window
    })
  }

  /** What is done within it; if that fails, it is closed at every site that still answers. */
  async orAbandon<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const left = this.#sites.filter((site) => !this.#failed.has(site))
      await Promise.allSettled(left.map((site) => site.ask(endWindow, undefined)))
      throw error
    }
  }

  async play(steps: readonly LabStep[]): Promise<readonly StepResult[]> {
    const results = steps.map((): StepResult[] => [])
    for (const turn of turnsOf(steps, this.#sites, this.#siteOf)) {
      for (const { index, result } of await this.#playTurn(turn)) results[index]?.push(result)
    }
    return steps.map((step, index) => mergedResult(step, results[index] ?? []))
  }

  async end(steps: readonly StepResult[]): Promise<LabWindow> {
    const span: Span = { beginNs: this.#beginNs, endNs: 0n }
    const parts = await this.#everywhere(this.#sites, async (site) => {
      const before = this.#clocks.of(site).at(controllerNs())
      const askedNs = controllerNs()
      const { window, clock } = await site.ask(endWindow, undefined)
      const reading = { askedNs, readNs: nsOf(clock), answeredNs: controllerNs() }
      return { window, clock: this.#siteClock(site, before, reading) }
    })
    span.endNs = controllerNs()
    const isOneClock = parts.length === 1
    const onOneClock = parts.map(({ window, clock }) =>
      isOneClock ? window : withTimes(window, toController(clock, span)),
    )
    return {
      steps,
      ports: onOneClock.flatMap(({ ports }) => ports),
      late: onOneClock.flatMap(({ late }) => late),
      lostBetween: onOneClock.reduce((sum, { lostBetween }) => sum + lostBetween, 0),
      durationMs: Math.max(...onOneClock.map(({ durationMs }) => durationMs)),
      clocks: isOneClock ? [] : parts.map(({ clock }) => clock),
    }
  }

  async #playTurn(turn: Turn): Promise<readonly { index: number; result: StepResult }[]> {
    switch (turn.kind) {
      case 'stream':
        return [{ index: turn.index, result: await streamAcross(this.#playAt, turn.step, turn) }]
      case 'transfer':
        return [{ index: turn.index, result: await transferAcross(this.#playAt, turn.step) }]
      case 'shares': {
        const shares = await this.#everywhere([...turn.of.keys()], async (site) => {
          const own = turn.of.get(site) ?? []
          const results = await this.#ask(
            site,
            own.map(({ step }) => step),
          )
          return own.map(({ index }, at) => ({ index, result: results[at] as StepResult }))
        })
        return shares.flat()
      }
    }
  }

  /** A site that fails while another still plays: both are waited for, so that nobody plays on behind the end. */
  #everywhere<R>(sites: readonly Site[], ask: (site: Site) => Promise<R>): Promise<readonly R[]> {
    return everywhere(sites, (site) => this.heeding(site, () => ask(site)))
  }

  readonly #playAt = (site: Site, step: PartStep): Promise<PartResult> =>
    this.heeding(site, async () => {
      const [result] = await this.#ask(site, [step])
      if (result === undefined) throw new Error(`${site.name} did not answer a step: ${step.kind}`)
      return result
    })

  async #ask(site: Site, steps: readonly PartStep[]): Promise<readonly PartResult[]> {
    const request = { steps, unsent: [...this.#unsent] }
    const { steps: results, unsent } = await site.ask(playSteps, request, waitsOf(steps))
    for (const number of unsent) this.#unsent.add(number)
    return results
  }

  /** Who fails in it is not asked again. */
  async heeding<R>(site: Site, ask: () => Promise<R>): Promise<R> {
    try {
      return await ask()
    } catch (error) {
      this.#failed.add(site)
      throw error
    }
  }

  #siteClock(site: Site, before: ReturnType<OffsetEstimate['at']>, reading: Reading): SiteClock {
    const estimate = this.#clocks.of(site)
    const steppedNs = estimate.add(reading)
    const after = estimate.at(reading.answeredNs)
    const known = steppedNs === null ? after : before
    if (known === null) throw new Error(`no reading of the clock of ${site.name}`)
    const { offsetNs, uncertaintyNs } = known
    return { site: site.name, offsetNs, uncertaintyNs, steppedNs }
  }
}

/** All of them, whatever becomes of one; then its failure is told. */
async function everywhere<R>(sites: readonly Site[], ask: (site: Site) => Promise<R>): Promise<readonly R[]> {
  const outcomes = await Promise.allSettled(sites.map(ask))
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

function withTimes(window: WindowResult, timeOf: (timestampNs: bigint) => bigint): WindowResult {
  const onOneClock = <T extends { frames: Uint8Array }>(port: T): T => ({
    ...port,
    frames: retimed(port.frames, timeOf),
  })
  return { ...window, ports: window.ports.map(onOneClock), late: window.late.map(onOneClock) }
}

function nsOf({ seconds, nanoseconds }: ClockTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)
}
