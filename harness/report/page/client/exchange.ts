/** Frames between machines as a sequence diagram: DHCP's messages, what a translator passes, and errors that come back. */
import type { PageFrame, PageLab, Story } from '../model.ts'
import { delayOf } from '../words.ts'
import { el, scrolling, svg } from './dom.ts'

const WIDTH = 1040
const ROW = 26
const HEAD = 30
const FIRST = 190
const STEP = 150
const CHARACTER = 6 // as wide as one is
const NETWORK = 'network'

interface Arrow {
  frame: PageFrame
  from: string
  to: string
}

export function exchange(lab: PageLab, story: Story): HTMLElement | null {
  const arrows = story.exchange.flatMap((index) => arrowOf(lab, story.frames[index]))
  if (arrows.length === 0) return null
  const ends = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))]
  const order = (name: string): number => (name === NETWORK ? 2 : isGuest(lab, name) ? 0 : 1)
  const machines = ends.sort((a, b) => order(a) - order(b))
  const picture = diagram(arrows, machines)
  return el(
    'section',
    {},
    el('h5', {}, 'The exchange'),
    el('figure', {}, scrolling('The exchange as a sequence diagram', picture)),
  )
}

function arrowOf({ ports }: PageLab, frame: PageFrame | undefined): readonly Arrow[] {
  const port = ports.find(({ id }) => id === frame?.port)
  if (frame === undefined || port === undefined) return []
  const far = port.kind === 'uplink' ? NETWORK : (port.guest ?? port.id)
  const near = port.node === far ? NETWORK : port.node
  const leaves = port.kind === 'guest' ? frame.dir === 'in' : frame.dir === 'out'
  return [leaves ? { frame, from: near, to: far } : { frame, from: far, to: near }]
}

function isGuest({ ports }: PageLab, name: string): boolean {
  return ports.some(({ guest }) => guest === name)
}

function diagram(arrows: readonly Arrow[], machines: readonly string[]): SVGSVGElement {
  const xOf = (name: string): number => FIRST + machines.indexOf(name) * STEP
  const textX = FIRST + (machines.length - 1) * STEP + 40
  const longest = Math.max(...arrows.map(({ frame }) => frame.line.length))
  const width = Math.max(WIDTH, textX + longest * CHARACTER)
  const height = HEAD + arrows.length * ROW + 14
  const told = arrows.map(({ frame, from, to }) => `${from} to ${to}: ${frame.line}`)
  const picture = svg('svg', {
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': told.join('; '),
  })
  for (const name of machines) {
    const x = xOf(name)
    picture.append(
      svg('line', { class: 'lane', x1: x, y1: HEAD - 6, x2: x, y2: height - 6 }),
      svg('text', { x, y: 16, 'text-anchor': 'middle', class: 'quiet' }, name),
    )
  }
  arrows.forEach(({ frame, from, to }, row) => {
    const y = HEAD + row * ROW + 14
    const [x1, x2] = [xOf(from), xOf(to)]
    const back = x2 > x1 ? -7 : 7
    picture.append(
      svg('text', { x: 4, y: y + 4, class: 'quiet' }, `frame ${frame.n}, ${delayOf(frame.t)}`),
      svg('line', { class: 'arrow', x1, y1: y, x2, y2: y }),
      svg('path', { class: 'arrow-head', d: `M${x2} ${y} l${back} -4 v8 z` }),
      svg('text', { x: textX, y: y + 4 }, svg('title', {}, frame.line), frame.line),
    )
  })
  return picture
}
