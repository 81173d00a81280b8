import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { limiterCurves, measureLimiter } from '../proof/index.ts'
import { paced, shape, trafficFrom } from '../proof/rates/testing/limiters.ts'
import { limiterSvg } from './limiter-plot.ts'
import { svgOf, ticksOf } from './plot.ts'

const limit = { rateBitsPerSecond: 10e6, burstOctets: 32_768 }
const offered = trafficFrom(paced({ rateBitsPerSecond: 20e6, frameOctets: 1514, durationNs: 1e9 }))
const curves = limiterCurves(
  measureLimiter({ offered, left: shape(offered, { ...limit, queueOctets: 95_000 }), limit }),
)
const panel = { title: 'a', unit: 'b', curves: [], limits: [], band: null }
const plot = { title: 'a', description: 'b', xTitle: 'ms', x: [0, 1], panels: [panel] }

describe('a plot', () => {
  it('stands alone: nothing is fetched, nothing is run', () => {
    const svg = limiterSvg('10 Mbit/s', curves)
    expect(svg).not.toMatch(/<script|href|url\(|@import|<image|on\w+=/)
    expect(svg.match(/https?:/g)).toHaveLength(1) // its name space
    expect(svg.length).toBeLessThan(40_000)
  })

  it('has a title and a description for who cannot see it, told apart by id', () => {
    const svg = limiterSvg('10 Mbit/s', curves, 'first')
    expect(svg).toContain('role="img" aria-labelledby="first-title first-desc"')
    expect(svg).toContain('<title id="first-title">10 Mbit/s</title>')
    expect(svg).toMatch(/<desc id="first-desc">.*Configured are 10 Mbit\/s and 32768 octets/)
  })

  it('is well-formed XML, whatever the texts', () => {
    const nasty = `<script>alert("1")</script> & ' \u0000\u0007\ufffe ]]> é 10 %`
    const svg = svgOf({ ...plot, title: nasty, description: nasty, panels: [{ ...panel, title: nasty }] })
    expect(svg).not.toContain('<script')
    for (const text of [svg, limiterSvg('10 Mbit/s', curves)]) {
      const { status, stderr } = spawnSync('python3', ['-c', PARSE], { input: text, encoding: 'utf8' })
      expect(stderr).toBe('')
      expect(status).toBe(0)
    }
  })

  it('is dark where the reader wants it', () => {
    expect(limiterSvg('a', curves)).toContain('@media (prefers-color-scheme: dark)')
  })

  it('has no number that is none, of nothing and of what cannot be told', () => {
    const nothing = trafficFrom([])
    const empty = limiterCurves(measureLimiter({ offered: nothing, left: nothing, limit }))
    for (const svg of [limiterSvg('a', empty), limiterSvg('a', curves), svgOf(plot)])
      expect(svg).not.toMatch(/NaN|Infinity|undefined|null/)
  })

  it('breaks the line where there is no value', () => {
    const broken = { ...panel, curves: [{ name: 'one', values: [1, null, 2, 3] }] }
    const svg = svgOf({ ...plot, x: [0, 1, 2, 3], panels: [broken] })
    expect(svg.match(/<path class="line c0" d="([^"]+)"\/><\/g>/)?.[1]).toMatch(
      /^M[\d.]+ [\d.]+M[\d.]+ [\d.]+L[\d.]+ [\d.]+$/,
    )
  })
})

describe('ticks', () => {
  it.each([
    { low: 0, high: 20, ticks: [0, 5, 10, 15, 20] },
    { low: 0, high: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    { low: -700, high: 33_000, ticks: [0, 5000, 10_000, 15_000, 20_000, 25_000, 30_000] },
  ])('from $low to $high', ({ low, high, ticks }) => {
    expect(ticksOf(low, high)).toEqual(ticks)
  })
})

const PARSE = 'import sys, xml.etree.ElementTree as tree; tree.fromstring(sys.stdin.buffer.read())'
