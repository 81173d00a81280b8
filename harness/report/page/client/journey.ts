/** One frame's way, step by step: on the drawing, in time, as a table, and octet by octet. */
import type { Flow, PageHop, PageLab, Story } from '../model.ts'
import { delayOf } from '../words.ts'
import { octetsOf } from './data.ts'
import { el, scrolling } from './dom.ts'
import { drawing } from './drawing.ts'
import { hexDump } from './hex.ts'
import { timeline } from './timeline.ts'

export function journeys(lab: PageLab, story: Story): HTMLElement | null {
  const [first] = story.flows
  if (first === undefined) return null
  const place = el('div')
  const show = (flow: Flow): void => place.replaceChildren(journeyOf(lab, story, flow))
  show(first)
  const heading = el('h5', {}, 'Journey of the frame')
  if (story.flows.length === 1) return el('section', {}, heading, el('p', {}, first.title), place)
  const choice = el('select', { 'aria-label': 'Frame whose journey is shown' })
  choice.append(
    ...story.flows.map(({ title, verdict }, at) =>
      el('option', { value: at }, `${verdict === 'conforms' ? '' : `${verdict}: `}${title}`),
    ),
  )
  choice.addEventListener('change', () => show(story.flows[Number(choice.value)] ?? first))
  return el('section', {}, heading, choice, place)
}

function journeyOf(lab: PageLab, story: Story, flow: Flow): HTMLElement {
  const { hops } = flow
  const picture = drawing(lab, story, flow)
  const section = el('div', { class: 'journey' })
  const figure = el('figure', {}, scrolling('The lab and the way of the frame', picture.picture))
  if (picture.failure !== null) figure.append(el('figcaption', { class: 'wrong' }, picture.failure))
  if (picture.leftOut > 0)
    figure.append(
      el(
        'figcaption',
        { class: 'muted' },
        `${picture.leftOut} ports that the frame did not pass are not drawn.`,
      ),
    )
  section.append(figure)
  if (hops.length === 0) {
    picture.show(-1)
    section.append(el('p', {}, 'It was seen at no port.'))
    return section
  }
  const times = timeline(story, flow)
  const back = el('button', { type: 'button' }, '← Previous hop')
  const next = el('button', { type: 'button' }, 'Next hop →')
  const status = el('span', { role: 'status' })
  const detail = el('div')
  const rows = hops.map((hop, at) => hopRow(story, hop, at, () => show(at)))
  const failedAt = hops.findIndex(({ frame }) => story.frames[frame]?.port === flow.failedAt?.port)
  let now = failedAt === -1 ? hops.length - 1 : failedAt
  const show = (hop: number): void => {
    now = Math.min(Math.max(hop, 0), hops.length - 1)
    picture.show(now)
    times.show(now)
    back.disabled = now === 0
    next.disabled = now === hops.length - 1
    rows.forEach((row, at) => {
      row.classList.toggle('is-now', at === now)
    })
    const frame = story.frames[hops[now]?.frame ?? -1]
    status.textContent = `Hop ${now + 1} of ${hops.length}: ${frame?.port ?? ''}`
    detail.replaceChildren(hopDetail(lab, story, hops[now]))
  }
  back.addEventListener('click', () => show(now - 1))
  next.addEventListener('click', () => show(now + 1))
  section.addEventListener('keydown', (event) => {
    if (event.target instanceof HTMLElement && event.target.classList.contains('scroll')) return // it scrolls
    if (event.key === 'ArrowLeft') show(now - 1)
    else if (event.key === 'ArrowRight') show(now + 1)
    else return
    event.preventDefault()
  })
  const table = el('table', { class: 'hops' }, head(), el('tbody', {}, ...rows))
  section.append(
    el('div', { class: 'steps' }, back, next, status),
    scrolling('Hops', table),
    ...(flow.hopsLeftOut === 0
      ? []
      : [el('p', { class: 'muted' }, `${flow.hopsLeftOut} more hops are in evidence.pcapng.`)]),
    detail,
    el(
      'figure',
      {},
      scrolling('When it was seen where', times.picture),
      el('figcaption', { class: 'muted' }, 'When it was seen where; gaps are drawn by their logarithm.'),
    ),
  )
  show(now)
  return section
}

function head(): HTMLElement {
  const names = ['hop', 'frame', 'port', 'way', 'octets', 'since the first', 'changed since the hop before']
  return el('thead', {}, el('tr', {}, ...names.map((name) => el('th', { scope: 'col' }, name))))
}

function hopRow(
  story: Story,
  { frame: index, changes, delayNs }: PageHop,
  at: number,
  onChoose: () => void,
): HTMLElement {
  const frame = story.frames[index]
  const button = el('button', { type: 'button', 'aria-label': `Show hop ${at + 1}` }, String(at + 1))
  button.addEventListener('click', onChoose)
  const told = changes.map(({ name, from, to }) => `${name} ${from ?? '(none)'} → ${to ?? '(none)'}`)
  const cells = [
    String(frame?.n ?? ''),
    frame?.port ?? '',
    frame?.dir ?? '',
    String(frame?.length ?? ''),
    delayOf(delayNs),
  ]
  return el(
    'tr',
    {},
    el('td', {}, button),
    ...cells.map((text) => el('td', {}, text)),
    el(
      'td',
      {},
      ...told.flatMap((text, line) =>
        line === 0 ? [el('mark', {}, text)] : [el('br'), el('mark', {}, text)],
      ),
    ),
  )
}

function hopDetail(lab: PageLab, story: Story, hop: PageHop | undefined): HTMLElement {
  const frame = story.frames[hop?.frame ?? -1]
  if (hop === undefined || frame === undefined) return el('div')
  const port = lab.ports.find(({ id }) => id === frame.port)
  const marks = hop.changes.length === 0 ? '' : ' What changed since the hop before is marked.'
  return el(
    'div',
    {},
    el(
      'p',
      {},
      `Frame ${frame.n}, ${frame.dir} at ${frame.port}`,
      el('span', { class: 'muted' }, port === undefined ? '' : ` (${port.description})`),
    ),
    el('p', { class: 'mono' }, frame.line),
    hexDump(octetsOf(frame.octets), frame.length, hop.changes),
    ...(marks === '' ? [] : [el('p', { class: 'muted' }, marks)]),
  )
}
