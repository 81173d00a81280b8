/** The curves of a limiter as a picture: rates, delays, the bucket. */
import type { LimiterCurves } from '../proof/index.ts'
import { type Plot, svgOf } from './plot.ts'

/** @param id unique in the page where it is embedded */
export function limiterSvg(name: string, curves: LimiterCurves, id?: string): string {
  return svgOf(limiterPlot(name, curves), id)
}

export function limiterPlot(name: string, curves: LimiterCurves): Plot {
  const { limit, rate, atMs, offeredBitsPerSecond, leftBitsPerSecond, delayMs, bucketOctets, lost } = curves
  const megabits = (values: readonly number[]): readonly number[] => values.map((one) => one / 1e6)
  const configured = limit.rateBitsPerSecond / 1e6
  const losses = lost.reduce((sum, one) => sum + one, 0)
  const told =
    rate === null
      ? 'no rate could be told'
      : `${inMegabits(rate.value)} in the steady part, ${inMegabits(rate.low)} to ${inMegabits(rate.high)} with 95%`
  return {
    title: name,
    description: `Three curves over time: the rate that was offered and that left, what frames waited, and the level of the bucket. Configured are ${configured} Mbit/s and ${limit.burstOctets} octets; measured: ${told}. ${losses} frames were lost.`,
    xTitle: 'ms after the first frame came in',
    x: atMs,
    panels: [
      {
        title: 'Rate',
        unit: 'Mbit/s',
        curves: [
          { name: 'left', values: megabits(leftBitsPerSecond) },
          { name: 'offered', values: megabits(offeredBitsPerSecond) },
        ],
        limits: [{ name: 'configured', value: configured }],
        band:
          rate === null
            ? null
            : {
                name: '95% interval',
                from: rate.beginMs,
                to: rate.endMs,
                low: rate.low / 1e6,
                high: rate.high / 1e6,
              },
      },
      {
        title: 'Longest delay of what came in then',
        unit: 'ms',
        curves: [{ name: 'delay', values: delayMs }],
        limits: [],
        band: null,
      },
      {
        title: 'Least level of the configured bucket',
        unit: 'octets',
        curves: [{ name: 'level', values: bucketOctets }],
        limits: [{ name: 'burst', value: limit.burstOctets }],
        band: null,
      },
    ],
  }
}

function inMegabits(bitsPerSecond: number): string {
  return `${Number((bitsPerSecond / 1e6).toPrecision(5))} Mbit/s`
}
