/** A window in which rates are offered, and what was measured in it. */
import {
  BUCKET_MS,
  isMeasured,
  type LimiterView,
  type LoadOptions,
  limiterCurves,
  longestPauseMs,
  type Offer,
  type Port,
  type Seen,
  sinkIsOutside,
} from '../proof/index.ts'
import type { CaseRun } from './case-run.ts'

const MOST_LOADS = 3
const OFFERED_AGAIN = 'loads offered again, for their senders stood still'

/**
 * Where the senders themselves stood still for longer than a bucket lasts, what the case ordered was not offered: it is
 * offered again, in a window of its own. That is told from the senders alone, before anything is judged; each such
 * window stays in the evidence, and the last one is judged whatever it is.
 *
 * @param at captured besides the ports of those who send
 */
export async function loadWindow(
  run: CaseRun,
  offers: readonly Offer[],
  options: LoadOptions & { at: readonly Port[] },
): Promise<Seen> {
  for (let loads = 1; ; loads += 1) {
    const seen = await offered(run, offers, options)
    if (longestPauseMs(seen.record) <= BUCKET_MS || loads === MOST_LOADS) return seen
    run.measure(OFFERED_AGAIN, { value: (run.measured[OFFERED_AGAIN]?.value ?? 0) + 1 })
  }
}

function offered(
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
