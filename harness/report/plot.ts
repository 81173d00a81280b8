/** Plots of curves as SVG text: no library, no script, readable in light and in dark, and by a screen reader. */

export interface Curve {
  /** Of the legend, and of its class: one word. */
  name: string
  /** null: there is no value; the line is broken. */
  values: readonly (number | null)[]
}

export interface Panel {
  title: string
  unit: string
  curves: readonly Curve[]
  /** Horizontal lines: what is configured. */
  limits: readonly { name: string; value: number }[]
  /** A shaded box: the interval of what was measured, over its time. */
  band: { name: string; from: number; to: number; low: number; high: number } | null
}

export interface Plot {
  title: string
  /** What it shows, in a sentence or two, for who cannot see it. */
  description: string
  xTitle: string
  /** Of every value, in the order of the curves. */
  x: readonly number[]
  panels: readonly Panel[]
}

const WIDTH = 720
const PANEL_HEIGHT = 170
const TOP = 46
const PLOT = { left: 70, right: 16, above: 26, below: 24 }

/** @param id unique in the page where it is embedded: letters, digits, hyphens */
export function svgOf({ title, description, xTitle, x, panels }: Plot, id = 'plot'): string {
  const height = TOP + panels.length * PANEL_HEIGHT + 22
  const xScale = scaleOf([x[0] ?? 0, x.at(-1) ?? 1], PLOT.left, WIDTH - PLOT.right)
  const bodies = panels.map((panel, at) => panelOf(panel, x, xScale, TOP + at * PANEL_HEIGHT))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="rates-plot" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="${escaped(id)}-title ${escaped(id)}-desc">`,
    `<title id="${escaped(id)}-title">${escaped(title)}</title>`,
    `<desc id="${escaped(id)}-desc">${escaped(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    `<text class="heading" x="${PLOT.left}" y="22">${escaped(title)}</text>`,
    ...bodies,
    `<text class="axis" x="${WIDTH - PLOT.right}" y="${height - 8}" text-anchor="end">${escaped(xTitle)}</text>`,
    '</svg>',
    '',
  ].join('\n')
}

/** Its rules hold within such a plot only. The colours are told apart by the colour-blind (Okabe and Ito). */
const STYLE = `
.rates-plot { color-scheme: light dark; font: 12px system-ui, sans-serif }
.rates-plot .ground { fill: #fff } .rates-plot text { fill: #222 } .rates-plot .heading { font-size: 14px; font-weight: 600 }
.rates-plot .grid { stroke: #ddd } .rates-plot .line { fill: none; stroke-width: 1.5 }
.rates-plot .c0 { stroke: #0072b2 } .rates-plot .c1 { stroke: #b0b0b0 } .rates-plot .c2 { stroke: #d55e00 }
.rates-plot .limit { stroke: #d55e00; stroke-dasharray: 5 4; fill: none } .rates-plot .band { fill: #009e73; opacity: .35 }
@media (prefers-color-scheme: dark) {
.rates-plot .ground { fill: #15181c } .rates-plot text { fill: #ddd } .rates-plot .grid { stroke: #333a42 }
.rates-plot .c0 { stroke: #56b4e9 } .rates-plot .c1 { stroke: #777 }
}`

interface Scale {
  (value: number): number
  ticks: readonly number[]
}

function scaleOf([low, high]: readonly [number, number], from: number, to: number): Scale {
  const span = high > low ? high - low : 1
  const place = (value: number): number => from + ((value - low) / span) * (to - from)
  return Object.assign(place, { ticks: ticksOf(low, low + span) })
}

const FEWEST_TICKS = 4

/** Multiples of 1, 2 or 5 times a power of ten. */
export function ticksOf(low: number, high: number): readonly number[] {
  const raw = (high - low) / FEWEST_TICKS
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * ([5, 2, 1].find((one) => one * power <= raw) ?? 1)
  const first = Math.ceil(low / step)
  const count = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, at) => Number(((first + at) * step).toPrecision(12)))
}

function panelOf(
  { title, unit, curves, limits, band }: Panel,
  x: readonly number[],
  xScale: Scale,
  top: number,
): string {
  const shown = curves.flatMap(({ values }) => values.filter((one) => one !== null))
  const all = [0, ...shown, ...limits.map(({ value }) => value)]
  const [low, high] = [least(all), most(all)]
  const y = scaleOf([low, low + (high - low) * 1.08 || 1], top + PANEL_HEIGHT - PLOT.below, top + PLOT.above)
  const across = (value: number): string => `M${PLOT.left} ${short(y(value))}H${WIDTH - PLOT.right}`
  const names = [
    ...curves.map((curve) => curve.name),
    ...limits.map((limit) => limit.name),
    ...(band === null ? [] : [band.name]),
  ]
  return [
    `<g><text x="${PLOT.left}" y="${top + 16}">${escaped(`${title}, ${unit}`)}</text>`,
    legendOf(names, curves.length, limits.length, top + 16),
    ...y.ticks.map(
      (tick) =>
        `<path class="grid" d="${across(tick)}"/><text x="${PLOT.left - 6}" y="${short(y(tick) + 4)}" text-anchor="end">${tick.toLocaleString('en')}</text>`,
    ),
    ...xScale.ticks.map(
      (tick) =>
        `<text x="${short(xScale(tick))}" y="${top + PANEL_HEIGHT - 8}" text-anchor="middle">${tick.toLocaleString('en')}</text>`,
    ),
    band === null ? '' : boxOf(band, xScale, y),
    ...limits.map(({ value }) => `<path class="limit" d="${across(value)}"/>`),
    ...curves
      .map(({ values }, at) => `<path class="line c${at}" d="${pathOf(values, x, xScale, y)}"/>`)
      .reverse(),
    '</g>',
  ].join('')
}

/** Right-aligned, from the last to the first. */
function legendOf(names: readonly string[], curves: number, limits: number, y: number): string {
  let x = WIDTH - PLOT.right
  const parts = names.map((name, at) => ({ name, at })).reverse()
  return parts
    .map(({ name, at }) => {
      const width = name.length * 6.6
      const text = `<text x="${short(x)}" y="${y}" text-anchor="end">${escaped(name)}</text>`
      const kind = at < curves ? `line c${at}` : at < curves + limits ? 'limit' : 'band'
      const mark =
        kind === 'band'
          ? `<rect class="band" x="${short(x - width - 20)}" y="${y - 9}" width="16" height="10"/>`
          : `<path class="${kind}" d="M${short(x - width - 20)} ${y - 4}h16"/>`
      x -= width + 34
      return text + mark
    })
    .join('')
}

function boxOf({ from, to, low, high }: NonNullable<Panel['band']>, xScale: Scale, y: Scale): string {
  const height = Math.max(2, y(low) - y(high))
  return `<rect class="band" x="${short(xScale(from))}" y="${short((y(low) + y(high)) / 2 - height / 2)}" width="${short(Math.max(0, Math.min(WIDTH - PLOT.right, xScale(to)) - xScale(from)))}" height="${short(height)}"/>`
}

function pathOf(values: readonly (number | null)[], x: readonly number[], xScale: Scale, y: Scale): string {
  let isBroken = true
  return values
    .map((value, at) => {
      if (value === null) {
        isBroken = true
        return ''
      }
      const command = isBroken ? 'M' : 'L'
      isBroken = false
      return `${command}${short(xScale(x[at] ?? 0))} ${short(y(value))}`
    })
    .join('')
}

function least(values: readonly number[]): number {
  return values.reduce((low, one) => Math.min(low, one), Number.POSITIVE_INFINITY)
}

function most(values: readonly number[]): number {
  return values.reduce((high, one) => Math.max(high, one), Number.NEGATIVE_INFINITY)
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Characters that XML does not know at all are left out. */
function escaped(text: string): string {
  const known = Array.from(text).filter((one) => one >= ' ' && !/[\u007f\ufffe\uffff\ud800-\udfff]/.test(one))
  return known.map((one) => ENTITIES[one] ?? one).join('')
}
