/** A window in which rates are offered. */
import { type LoadOptions, type Offer, type Port, type Seen, sinkIsOutside } from '../proof/index.ts'
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
