/** The lab as a drawing, with one frame's way on it up to a hop. */
import type { Flow, PageLab, PagePort, Story } from '../model.ts'
import { svg } from './dom.ts'
import { type Box, layOut, type Spot } from './layout.ts'

const RADIUS = 8

export interface Drawing {
  picture: SVGSVGElement
  leftOut: number
  /** What is wrong at the port with the ✗; null where nothing is. */
  failure: string | null
  /** Shows the way up to this hop. */
  show(hop: number): void
}

export function drawing(lab: PageLab, story: Story, flow: Flow): Drawing {
  const ports = flow.hops.map(({ frame }) => story.frames[frame]?.port ?? '')
  const wanted = flow.failedAt?.port ?? null
  const onWay = new Set([...ports, ...(wanted === null ? [] : [wanted])])
  const { boxes, spots, cables, width, height, leftOut } = layOut(lab.ports, onWay)
  const picture = svg('svg', {
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': inWords(flow, ports),
  })
  picture.append(...boxes.map(boxOf), ...cables.flatMap(([a, b]) => cable(spots.get(a), spots.get(b))))
  const ways = svg('g')
  const dots = svg('g')
  picture.append(ways, ...lab.ports.flatMap((port) => portOf(port, spots.get(port.id))), dots)

  const show = (now: number): void => {
    ways.replaceChildren()
    dots.replaceChildren()
    flow.hops.forEach(({ before }, at) => {
      const [from, to] = [spots.get(ports[before ?? -1] ?? ''), spots.get(ports[at] ?? '')]
      const state = at === now ? ' is-now' : at > now ? ' is-later' : ''
      if (from !== undefined && to !== undefined) ways.append(line(from, to, `way${state}`))
    })
    const numbered = new Set<string>()
    ports.forEach((port, at) => {
      const spot = spots.get(port)
      const isShown = at <= now && spot !== undefined
      if (isShown && (at === now || !numbered.has(port))) dots.append(...dot(spot, at + 1, at === now))
      numbered.add(port)
    })
    dots.append(...failed(spots.get(wanted ?? '')))
  }
  const failure = wanted === null ? null : `✗ ${wanted}: ${wordsOf(flow, ports)}`
  return { picture, leftOut, failure, show }
}

function inWords(flow: Flow, ports: readonly string[]): string {
  const seen = ports.length === 0 ? 'was seen nowhere' : `was seen at ${ports.join(', then ')}`
  const { failedAt } = flow
  return `The lab. The frame ${seen}.${failedAt === null ? '' : ` At ${failedAt.port}: ${wordsOf(flow, ports)}.`}`
}

function boxOf({ name, x, y, width, height }: Box): SVGElement {
  const frame = svg('rect', { class: 'box', x, y, width, height, rx: 4 })
  const label = svg('text', { x: x + width / 2, y: y + 17, 'text-anchor': 'middle', class: 'quiet' }, name)
  return svg('g', {}, frame, label)
}

function cable(a: Spot | undefined, b: Spot | undefined): readonly SVGElement[] {
  return a === undefined || b === undefined ? [] : [line(a, b, 'cable')]
}

function line(a: Spot, b: Spot, kind: string): SVGElement {
  return svg('line', { class: kind, x1: a.x, y1: a.y, x2: b.x, y2: b.y })
}

function portOf(port: PagePort, spot: Spot | undefined): readonly SVGElement[] {
  if (spot === undefined) return []
  const { x, y, label, labelX, labelY, anchor } = spot
  return [
    svg(
      'g',
      {},
      svg('title', {}, `${port.id}: ${port.description}`),
      svg('circle', { class: 'port', cx: x, cy: y, r: 4 }),
    ),
    svg('text', { x: labelX, y: labelY, 'text-anchor': anchor }, label),
  ]
}

function dot({ x, y }: Spot, number: number, isNow: boolean): readonly SVGElement[] {
  return [
    svg('circle', { class: isNow ? 'is-now' : 'on-way', cx: x, cy: y, r: RADIUS }),
    svg('text', { class: 'on-way-text', x, y: y + 3, 'text-anchor': 'middle' }, String(number)),
  ]
}

function failed(spot: Spot | undefined): readonly SVGElement[] {
  if (spot === undefined) return []
  return [
    svg('circle', { class: 'wanted', cx: spot.x, cy: spot.y, r: RADIUS + 4 }),
    svg('text', { class: 'wanted-text', x: spot.x, y: spot.y - 14, 'text-anchor': 'middle' }, '✗'),
  ]
}

function wordsOf({ failedAt }: Flow, ports: readonly string[]): string {
  if (failedAt === null) return ''
  if (failedAt.wanted === 'never there') return 'it must never come here'
  return ports.includes(failedAt.port) ? 'it is not as expected' : 'it never came'
}
