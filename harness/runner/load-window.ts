/** A window in which rates are offered, and what was measured in it. */
import {
  isMeasured,
  type LimiterView,
  type LoadOptions,
  limiterCurves,
  type Offer,
  type Port,
  type Seen,
  sinkIsOutside,
} from '../proof/index.ts'
import type { CaseRun } from './case-run.ts'

/** @param at captured besides the ports of those who send */
export function loadWindow(
  { window, world }: CaseRun,
  offers: readonly Offer[],
  { at, ...options }: LoadOptions & { at: readonly Port[] },
): Promise<Seen> {
  const senders = offers.map(({ from }) => ('kind' in from ? from : from.port))
  const ports = [...new Set([...senders, ...at])]
  const outside = world.ports.find(({ kind }) => kind === 'outside')
  const guests = offers.flatMap(({ from }) => ('kind' in from ? [] : [from.port]))
  return window({ at: ports }, async (w) => {
    if (outside !== undefined && guests.length > 0) {
      const hello = sinkIsOutside()
      await w.put(outside, hello)
      await w.proveDelivery({ of: hello, at: [...new Set(guests)] })
    }
    await w.load(offers, ports, options)
  })
}

/** The steady part's rate with its interval, what was offered, and the curves. */
export function measureRate(run: CaseRun, name: string, { measurement }: LimiterView): void {
  const { steady, load } = measurement
  run.limiters.push({ name, measurement })
  run.draw(name, limiterCurves(measurement))
  run.measure(`${name}: offered, bit/s`, { value: Math.round(load.rateBitsPerSecond) })
  if (!isMeasured(steady)) return
  const { value, low, high } = steady.rate
  const interval = { low: Math.round(low), high: Math.round(high) }
  run.measure(`${name}, bit/s`, { value: Math.round(value), ...interval })
}
