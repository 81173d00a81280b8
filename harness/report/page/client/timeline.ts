/** When a frame was seen at each port: a lane a port, gaps by their logarithm, for a copy may come a thousand times later. */
import type { Flow, Story } from '../model.ts'
import { delayOf } from '../words.ts'
import { svg } from './dom.ts'

const WIDTH = 900
const LEFT = 130
const LANE = 18
const HEAD = 8
const LABEL_GAP = 62

export interface Timeline {
  picture: SVGSVGElement
  show(hop: number): void
}

export function timeline(story: Story, { hops }: Flow): Timeline {
  const ports = hops.map(({ frame }) => story.frames[frame]?.port ?? '')
  const lanes = [...new Set(ports)]
  const places = spread(hops.map(({ delayNs }) => delayNs))
  const height = HEAD + lanes.length * LANE + 24
  const picture = svg('svg', {
    viewBox: `0 0 ${WIDTH} ${height}`,
    role: 'img',
    'aria-label': `When it was seen at ${lanes.length} ports, within ${delayOf(hops.at(-1)?.delayNs ?? 0)}`,
  })
  const yOf = (port: string): number => HEAD + lanes.indexOf(port) * LANE + LANE / 2
  for (const lane of lanes) {
    const y = yOf(lane)
    picture.append(
      svg('line', { class: 'lane', x1: LEFT, y1: y, x2: WIDTH - 20, y2: y }),
      svg('text', { x: LEFT - 10, y: y + 4, 'text-anchor': 'end' }, lane),
    )
  }
  let labelled = Number.NEGATIVE_INFINITY
  places.forEach((x, at) => {
    if (x - labelled < LABEL_GAP) return
    labelled = x
    const text = delayOf(hops[at]?.delayNs ?? 0)
    picture.append(svg('text', { class: 'quiet', x, y: height - 6, 'text-anchor': 'middle' }, text))
  })
  const dots = places.map((cx, at) => svg('circle', { cx, cy: yOf(ports[at] ?? ''), r: 5 }))
  picture.append(...dots)
  const show = (now: number): void => {
    dots.forEach((dot, at) => {
      dot.setAttribute('class', at === now ? 'is-now' : at < now ? 'on-way' : 'port')
    })
  }
  return { picture, show }
}

/** Places between the margins, in order. */
function spread(delaysNs: readonly number[]): readonly number[] {
  let sum = 0
  const sums = delaysNs.map((delay, at) => {
    const gapUs = at === 0 ? 0 : Math.max(0, delay - (delaysNs[at - 1] ?? 0)) / 1000
    sum += at === 0 ? 0 : 0.25 + Math.log10(1 + gapUs)
    return sum
  })
  return sums.map((at) => LEFT + 20 + (sum === 0 ? 0 : (at / sum) * (WIDTH - LEFT - 70)))
}
