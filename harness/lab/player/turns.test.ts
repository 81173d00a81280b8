/** Which steps go to which site at once, and which wait for others. */
import { describe, expect, test } from 'vitest'
import type { Arrival, PortId } from '../../agent/messages/index.ts'
import type { Site } from '../site.ts'
import type { LabStep } from './steps.ts'
import { mergedResult, turnsOf } from './turns.ts'

const site = (name: string): Site => ({ name }) as Site
const [hv1, hv2, fabric] = [site('hv1'), site('hv2'), site('fabric')]
const sites = [hv1, hv2, fabric]
const siteOf = (port: PortId): Site => sites.find(({ name }) => port.startsWith(name)) ?? fabric

const put = (port: string): LabStep => ({ kind: 'put', port, frames: [] })
const send = (guest: string): LabStep => ({ kind: 'send', guest, frames: [] })
const arrival = (port: string, number = 1): Arrival => ({ port, number, direction: null })
const awaits = (...ports: string[]): LabStep => ({
  kind: 'await',
  arrivals: ports.map((port) => arrival(port)),
  deadlineMs: 1,
})
const stream = (guest: string, to: string): LabStep => {
  const series = { template: new Uint8Array(), firstNumber: 1, count: 1 }
  return { kind: 'stream', guest, to, series, kept: null, outstanding: 1, deadlineMs: 1 }
}

const load = (...from: string[]) => {
  const loads = from.map((port, at) => {
    const series = { template: new Uint8Array(), firstNumber: 100 * at, count: 1 }
    return { from: port, by: 'guest' as const, series, framesPerSecond: 1, beginMs: 0, endMs: 1 }
  })
  const kept = ['hv1:x', 'fabric:x']
  return { kind: 'load' as const, loads, kept, snapOctets: 128, durationMs: 1, deadlineMs: 1 }
}

/** `hv1: 0 2; hv2: 1`, a line a turn. */
function drawn(steps: readonly LabStep[]): readonly string[] {
  return turnsOf(steps, sites, siteOf).map((turn) => {
    if (turn.kind !== 'shares') return `${turn.kind} ${turn.index}`
    const shares = [...turn.of].map(
      ([{ name }, own]) => `${name}: ${own.map(({ index }) => index).join(' ')}`,
    )
    return shares.join('; ')
  })
}

describe('turns', () => {
  test('the first frames of the harness itself go out everywhere at once; later ones in their order', () => {
    const steps = [
      put('hv1:x'),
      put('hv2:x'),
      put('hv1:y'),
      awaits('hv1:x', 'hv2:x'),
      put('hv1:x'),
      put('hv2:x'),
    ]
    expect(drawn(steps)).toEqual(['hv1: 0 2; hv2: 1', 'hv1: 3; hv2: 3', 'hv1: 4', 'hv2: 5'])
    expect(drawn([put('hv1:x'), put('hv2:x')])).toEqual(['hv1: 0; hv2: 1'])
  })

  test('what follows at the same site goes with it, a wait there too', () => {
    const steps = [send('hv1-a'), send('hv1-b'), awaits('hv1:x'), send('hv1-a'), send('hv2-a')]
    expect(drawn(steps)).toEqual(['hv1: 0 1 2 3', 'hv2: 4'])
  })

  test('a load begins at all sites at once: each sends what is its own, and keeps its own ports', () => {
    const step = load('hv1-a', 'hv2-a')
    const [turn] = turnsOf([step], sites, siteOf)
    const shares = turn?.kind === 'shares' ? [...turn.of].map(([{ name }, own]) => [name, own[0]?.step]) : []
    expect(shares).toEqual([
      ['hv1', { ...step, loads: step.loads.slice(0, 1), kept: ['hv1:x'] }],
      ['hv2', { ...step, loads: step.loads.slice(1), kept: [] }],
      ['fabric', { ...step, loads: [], kept: ['fabric:x'] }],
    ])
    const loaded = (firstNumber: number, framesSent: number, longestPauseMs: number) => {
      return { kind: 'loaded' as const, loads: [{ firstNumber, framesSent, error: null }], longestPauseMs }
    }
    const none = { kind: 'loaded' as const, loads: [], longestPauseMs: 2 }
    expect(mergedResult(step, [none, loaded(100, 7, 9), loaded(0, 5, 3)])).toEqual({
      kind: 'loaded',
      loads: [
        { firstNumber: 0, framesSent: 5, error: null },
        { firstNumber: 100, framesSent: 7, error: null },
      ],
      longestPauseMs: 9,
    })
  })

  test('a wait at several sites is over before anything else begins', () => {
    const steps = [send('hv1-a'), awaits('hv1:x', 'hv2:x'), send('hv1-a'), awaits('hv2:x')]
    expect(drawn(steps)).toEqual(['hv1: 0', 'hv1: 1; hv2: 1', 'hv1: 2', 'hv2: 3'])
  })

  test('each site waits for its own arrivals only', () => {
    const [turn] = turnsOf([awaits('hv2:x', 'hv1:x', 'hv2:y')], sites, siteOf)
    const shares = turn?.kind === 'shares' ? turn.of.get(hv2)?.map(({ step }) => step) : undefined
    expect(shares).toEqual([awaits('hv2:x', 'hv2:y')])
  })

  test('all sites settle; nobody waits for nothing', () => {
    expect(drawn([{ kind: 'settle', ms: 1 }, awaits(), send('hv1-a')])).toEqual([
      'hv1: 0; hv2: 0; fabric: 0',
      '',
      'hv1: 2',
    ])
  })

  test('a stream or a transfer within a site is a step of it; between sites a turn of its own', () => {
    const end = (of: Site) => ({ place: { site: of, namespace: null }, address: '192.0.2.1' })
    const transfer = (from: Site, to: Site): LabStep => {
      return { kind: 'transfer', client: end(from), server: end(to), sizeOctets: 1, deadlineMs: 1 }
    }
    const steps = [stream('hv1-a', 'hv1-b'), transfer(hv1, hv1), stream('hv1-a', 'hv2-b'), transfer(hv1, hv2)]
    expect(drawn([...steps, send('hv1-a')])).toEqual(['hv1: 0 1', 'stream 2', 'transfer 3', 'hv1: 4'])
  })
})

describe('the results of one step', () => {
  test('of a wait: all that is missing, in the order asked, and the longest time', () => {
    const step = awaits('hv1:x', 'hv2:x', 'hv1:y')
    const result = mergedResult(step, [
      { kind: 'awaited', missing: [arrival('hv1:y')], waitedMs: 3 },
      { kind: 'awaited', missing: [arrival('hv2:x')], waitedMs: 7 },
    ])
    expect(result).toEqual({
      kind: 'awaited',
      missing: [arrival('hv2:x'), arrival('hv1:y')],
      waitedMs: 7,
    })
  })

  test('of a wait for nothing: nothing is missing', () => {
    expect(mergedResult(awaits(), [])).toEqual({ kind: 'awaited', missing: [], waitedMs: 0 })
  })
})
