/** Whether frames left in the order in which they came in: within their flow, and across flows. */
import type { Joined } from './joined.ts'

export interface Order {
  /** Frames that left behind one of their own flow that had come in later (RFC 4737, 3.3). */
  withinFlow: number
  /** Frames that left behind one of another flow that had come in later, and behind none of their own. */
  betweenFlows: number
  /** Index in `left` of the first of those within a flow; null if there is none. */
  first: number | null
}

export function orderOf({ left, offeredAt }: Joined): Order {
  const latestOfFlow = new Map<number, number>()
  const order: Order = { withinFlow: 0, betweenFlows: 0, first: null }
  let latest = -1
  for (let at = 0; at < offeredAt.length; at += 1) {
    const origin = offeredAt[at] ?? -1
    if (origin === -1) continue
    const flow = left.flow[at] ?? 0
    const own = latestOfFlow.get(flow) ?? -1
    if (origin < own) {
      order.withinFlow += 1
      order.first ??= at
    } else {
      latestOfFlow.set(flow, origin)
      if (origin < latest) order.betweenFlows += 1
    }
    latest = Math.max(latest, origin)
  }
  return order
}
