/** Where, by the plans, the limiter is whose rate was measured. */
import type { RecordedCase } from '../recorded-case.ts'
import { planInForce } from './plans.ts'

export interface LimiterPlace {
  port: string // hv1:eth0
  does: 'shape' | 'police'
}

/** By the names of their traffic: "hv1:tap-red1, sent". */
interface Measured {
  offered: string
  left: string
  limit: { rateBitsPerSecond: number }
}

interface Limiter {
  port: string
  rateBitsPerSecond: number
  ceilBitsPerSecond?: number
}

/**
 * Null where not exactly one limiter of this rate was in force on the hypervisors at the two ports.
 * @param performed of the case's operations, when the rate was measured
 */
export function limiterBetween(
  { offered, left, limit }: Measured,
  { observations, world }: Pick<RecordedCase, 'observations' | 'world'>,
  performed: number,
): LimiterPlace | null {
  const idOf = (name: string): string => name.replace(/,.*/, '')
  const ends = [left, offered].flatMap((name) => world.ports.find(({ id }) => id === idOf(name)) ?? [])
  const machines = new Set(ends.flatMap(({ node, wiredTo }) => [node, wiredTo?.split(':')[0] ?? '']))
  const isIt = ({ rateBitsPerSecond: rate, ceilBitsPerSecond: ceil }: Limiter): boolean =>
    rate === limit.rateBitsPerSecond || ceil === limit.rateBitsPerSecond
  const found = [...machines].flatMap((machine) => {
    const plan = planInForce(observations, machine, performed)
    const portOf = ({ port }: Limiter): string => `${machine}:${port}`
    const shapers = [...limitersIn(plan, 'shaping'), ...limitersIn(plan, 'classes')].filter(isIt).map(portOf)
    const policers = limitersIn(plan, 'policing').filter(isIt).map(portOf)
    return [
      ...[...new Set(shapers)].map((port) => ({ port, does: 'shape' as const })),
      ...policers.map((port) => ({ port, does: 'police' as const })),
    ]
  })
  return found.length === 1 ? (found[0] ?? null) : null
}

function limitersIn(plan: Readonly<Record<string, unknown>>, name: string): readonly Limiter[] {
  const part = plan[name]
  return Array.isArray(part) ? (part as Limiter[]) : []
}
