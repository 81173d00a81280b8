/** Verdicts and figures in words and signs, for the page's text and its script alike. No verdict is told by colour alone. */
import type { Measured } from '../results.ts'
import type { AnyVerdict } from './model.ts'

/** In the order in which a reader wants to see them. */
export const VERDICTS_SHOWN: readonly AnyVerdict[] = [
  'deviates',
  'could not run',
  'not supported',
  'conforms',
  'no case',
]

export const GLYPHS: Readonly<Record<AnyVerdict, string>> = {
  conforms: '✓',
  deviates: '✗',
  'could not run': '?',
  'not supported': '–',
  'no case': '·',
}

export function classOf(verdict: AnyVerdict): string {
  return `v-${verdict.replaceAll(' ', '-')}`
}

export function secondsOf(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(durationMs < 9950 ? 2 : 1)} s`
}

/** With its interval; a rate as people say it. */
export function figureOf(name: string, { value, low, high }: Measured): string {
  const told = (figure: number): string =>
    /bitsPerSecond/i.test(name) ? `${trimmed(figure / 1e6)} Mbit/s` : trimmed(figure)
  return low === undefined || high === undefined
    ? told(value)
    : `${told(value)} (95% interval ${told(low)} to ${told(high)})`
}

function trimmed(figure: number): string {
  return Number.isInteger(figure) ? String(figure) : String(Number(figure.toPrecision(6)))
}

/** Nanoseconds as "+12.3 µs" or "+4.56 ms". */
export function delayOf(ns: number): string {
  const sign = ns < 0 ? '−' : '+'
  const size = Math.abs(ns)
  if (size < 1e6) return `${sign}${(size / 1e3).toFixed(1)} µs`
  return size < 1e9 ? `${sign}${(size / 1e6).toFixed(2)} ms` : `${sign}${(size / 1e9).toFixed(3)} s`
}
