/**
 * A window's steps, cut into turns: what may be asked of all sites at once, and what must have happened before the next.
 * Within a turn each site plays its own steps in order.
 */
import type { Arrival, Pattern, PortId, StepResult } from '../../agent/messages/index.ts'
import type { Site } from '../site.ts'
import { agentStep, type LabStep, type LabStepOf } from './steps.ts'

/** A step, or one site's share of it, and which of the window's it is. */
export interface Share {
  index: number
  step: ReturnType<typeof agentStep>
}

export type Turn =
  | { kind: 'shares'; of: Map<Site, Share[]> }
  /** Two sites play it together, message by message. */
  | { kind: 'stream'; index: number; step: LabStepOf<'stream'>; from: Site; to: Site }
  | { kind: 'transfer'; index: number; step: LabStepOf<'transfer'> }

export function turnsOf(
  steps: readonly LabStep[],
  sites: readonly Site[],
  siteOf: (port: PortId) => Site,
): readonly Turn[] {
  const firstOther = steps.findIndex((step) => step.kind !== 'put')
  const controls = firstOther === -1 ? steps.length : firstOther
  const turns: Turn[] = []
  let last: OpenTurn = { mayTakeIn: () => false, of: new Map() }
  steps.forEach((step, index) => {
    const alone = twoSitesTurn(step, index, siteOf)
    if (alone !== null) {
      turns.push(alone)
      last = { mayTakeIn: () => false, of: new Map() }
      return
    }
    const shares = sharesOf(step, sites, siteOf)
    const [only] = shares.size === 1 ? shares.keys() : []
    if (only === undefined || !last.mayTakeIn(only, index)) {
      last = {
        mayTakeIn: (site, at) => at < controls || (index >= controls && site === only),
        of: new Map(),
      }
      turns.push({ kind: 'shares', of: last.of })
    }
    for (const [site, share] of shares) {
      last.of.set(site, [...(last.of.get(site) ?? []), { index, step: agentStep(share) }])
    }
  })
  return turns
}

/** The turn that was begun last. */
interface OpenTurn {
  /** One site's steps follow each other; the harness's own first frames go out everywhere at once. */
  mayTakeIn(site: Site, index: number): boolean
  of: Map<Site, Share[]>
}

function twoSitesTurn(step: LabStep, index: number, siteOf: (port: PortId) => Site): Turn | null {
  if (step.kind === 'stream') {
    const [from, to] = [siteOf(step.guest), siteOf(step.to)]
    return from === to ? null : { kind: 'stream', index, step, from, to }
  }
  if (step.kind !== 'transfer' || step.client.place.site === step.server.place.site) return null
  return { kind: 'transfer', index, step }
}

/** Which sites play which part of a step. */
function sharesOf(
  step: LabStep,
  sites: readonly Site[],
  siteOf: (port: PortId) => Site,
): ReadonlyMap<Site, LabStep> {
  switch (step.kind) {
    case 'put':
      return new Map([[siteOf(step.port), step]])
    case 'send':
    case 'stream':
      return new Map([[siteOf(step.guest), step]])
    case 'transfer':
      return new Map([[step.client.place.site, step]])
    case 'load':
      return new Map(
        sites.map((site) => {
          const isThere = (port: PortId): boolean => siteOf(port) === site
          const loads = step.loads.filter(({ from }) => isThere(from))
          return [site, { ...step, loads, kept: step.kept.filter(isThere) }]
        }),
      )
    case 'settle':
    case 'keep':
      return new Map(sites.map((site) => [site, step]))
    case 'await': {
      const arrivals = new Map<Site, Arrival[]>()
      for (const arrival of step.arrivals) {
        const site = siteOf(arrival.port)
        arrivals.set(site, [...(arrivals.get(site) ?? []), arrival])
      }
      return new Map([...arrivals].map(([site, own]) => [site, { ...step, arrivals: own }]))
    }
    case 'match': {
      const patterns = new Map<Site, Pattern[]>()
      for (const pattern of step.patterns) {
        const site = siteOf(pattern.port)
        patterns.set(site, [...(patterns.get(site) ?? []), pattern])
      }
      return new Map([...patterns].map(([site, own]) => [site, { ...step, patterns: own }]))
    }
  }
}

/** What the sites answered to their shares of one step. */
export function mergedResult(step: LabStep, results: readonly StepResult[]): StepResult {
  if (step.kind === 'settle') return { kind: 'settled' }
  if (step.kind === 'keep') return { kind: 'kept' }
  if (step.kind === 'await') {
    const awaited = results.flatMap((result) => (result.kind === 'awaited' ? [result] : []))
    const missing = new Set(awaited.flatMap((result) => result.missing.map(keyOf)))
    return {
      kind: 'awaited',
      missing: step.arrivals.filter((arrival) => missing.has(keyOf(arrival))),
      waitedMs: Math.max(0, ...awaited.map((result) => result.waitedMs)),
    }
  }
  if (step.kind === 'match') {
    const matched = results.flatMap((result) => (result.kind === 'matched' ? [result] : []))
    const missing = matched.flatMap((result) => result.missing)
    return { kind: 'matched', missing, waitedMs: Math.max(0, ...matched.map((result) => result.waitedMs)) }
  }
  if (step.kind === 'load') {
    const loaded = results.flatMap((result) => (result.kind === 'loaded' ? [result] : []))
    const outcomes = loaded.flatMap(({ loads }) => loads)
    return {
      kind: 'loaded',
      loads: step.loads.map(({ series: { firstNumber } }) => {
        const own = outcomes.find((outcome) => outcome.firstNumber === firstNumber)
        return own ?? { firstNumber, framesSent: 0, error: 'no site has sent it' }
      }),
      longestPauseMs: Math.max(0, ...loaded.map(({ longestPauseMs }) => longestPauseMs)),
    }
  }
  const [result] = results
  if (result === undefined) throw new Error(`no site answered a step: ${step.kind}`)
  return result
}

function keyOf({ port, number, direction }: Arrival): string {
  return `${number} ${direction} ${port}`
}
