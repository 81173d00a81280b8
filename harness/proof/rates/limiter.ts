/** A limiter in a window: what was offered to it at one port, and what left it at another, to be asserted on. */
import { fabricDown } from '../ports-up.ts'
import { isInSeries, type SentSeries } from '../record.ts'
import { CaseError } from '../script-steps.ts'
import type { PortView, Seen } from '../seen.ts'
import type { Stimulus } from '../stimulus.ts'
import type { Counting } from './counting.ts'
import type { BucketLimit } from './limit.ts'
import { type Measurement, measureLimiter } from './measurement.ts'
import { type Traffic, trafficOf } from './traffic.ts'

export interface LimiterOptions {
  /** What was streamed through it: each a flow, 0 up, in this order. */
  flows: readonly (Stimulus | SentSeries)[]
  limit: BucketLimit
  counting: Counting
}

export class LimiterView {
  readonly seen: Seen
  readonly measurement: Measurement

  constructor(seen: Seen, measurement: Measurement) {
    this.seen = seen
    this.measurement = measurement
  }
}

/** `before`: where its frames come in (`seen.from(red1.port)`); `behind`: where they have left (`seen.at(lab.trunk('hv1'))`). */
export function limiterBetween(before: PortView, behind: PortView, options: LimiterOptions): LimiterView {
  const { seen } = before
  if (behind.seen !== seen) throw new CaseError('a limiter is measured within one window')
  const series = options.flows.map((flow) => ('build' in flow ? seen.script.seriesOf(flow) : flow))
  const originNs = seen.record.frames[0]?.timestampNs ?? 0n
  const trafficAt = (view: PortView): Traffic =>
    trafficOf(view.frames, {
      name: view.port.id,
      originNs,
      counting: options.counting,
      flowOf: (number) => indexOrNull(series.findIndex((one) => isInSeries(one, number))),
      drops: seen.healthAt(view.port)?.drops ?? 0,
    })
  const measurement = measureLimiter({
    offered: trafficAt(before),
    left: trafficAt(behind),
    limit: options.limit,
    trouble: troubleOf(before) ?? troubleOf(behind) ?? clockSet(seen) ?? fabricDown(seen),
  })
  return new LimiterView(seen, measurement)
}

function indexOrNull(index: number): number | null {
  return index === -1 ? null : index
}

function troubleOf({ seen, port }: PortView): string | null {
  const health = seen.healthAt(port)
  if (health === undefined) return `${port.id} was not captured`
  return health.control === 'missing' ? `the harness's control frame was not seen at ${port.id}` : null
}

function clockSet({ record }: Seen): string | null {
  const set = record.clocks.find(({ steppedNs }) => steppedNs !== null)
  return set === undefined ? null : `the clock of ${set.site} was set meanwhile`
}
