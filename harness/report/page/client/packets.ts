/** The packets that mattered, as a table; their octets on demand. */
import type { PageFrame, Story } from '../model.ts'
import { delayOf } from '../words.ts'
import { octetsOf } from './data.ts'
import { el, scrolling } from './dom.ts'
import { hexDump } from './hex.ts'

const COLUMNS = ['frame', 'time', 'port', 'way', 'octets', 'summary', 'what it is']

export function packets(story: Story): HTMLElement {
  const { frames, framesTotal, windows, drops } = story
  const rest = framesTotal - frames.length
  const lost = drops === 0 ? 'no capture lost a frame' : `the captures lost ${drops} frames`
  const counts = `${frames.length} of ${framesTotal} captured frames are listed${rest > 0 ? `; ${rest} more are in evidence.pcapng` : ''}; ${windows} ${windows === 1 ? 'window' : 'windows'}, ${lost}.`
  const section = el('section', {}, el('h5', {}, 'Packets'), el('p', { class: 'muted' }, counts))
  if (frames.length === 0) return section
  const head = el('tr', {}, ...COLUMNS.map((name) => el('th', { scope: 'col' }, name)))
  const rows = frames.flatMap((frame) => rowsOf(story, frame))
  const table = el('table', { class: 'packets' }, el('thead', {}, head), el('tbody', {}, ...rows))
  const frame = scrolling('Packets', table)
  frame.classList.add('tall')
  section.append(frame)
  return section
}

function rowsOf(story: Story, frame: PageFrame): readonly HTMLElement[] {
  const button = el(
    'button',
    { type: 'button', 'aria-expanded': 'false', 'aria-label': `Octets of frame ${frame.n}` },
    String(frame.n),
  )
  const octets = el('tr', { hidden: true }, el('td', { colspan: COLUMNS.length }))
  button.addEventListener('click', () => {
    octets.hidden = !octets.hidden
    button.setAttribute('aria-expanded', String(!octets.hidden))
    const cell = octets.firstElementChild
    if (cell !== null && cell.childElementCount === 0)
      cell.append(hexDump(octetsOf(frame.octets), frame.length))
  })
  const cells = [delayOf(frame.t), frame.port, frame.dir, String(frame.length)]
  const row = el(
    'tr',
    {},
    el('td', {}, button),
    ...cells.map((text) => el('td', {}, text)),
    el('td', { class: 'mono' }, frame.line),
    el('td', {}, meaning(story, frame)),
  )
  return [row, octets]
}

/** "stimulus 1 of red1; met: hv2:tap-red3 carries …" */
function meaning({ assertions }: Story, { role, met }: PageFrame): string {
  const told = met.flatMap((at) => {
    const assertion = assertions[at]
    if (assertion === undefined) return []
    const outcome = {
      conforms: 'met',
      deviates: 'BROKE',
      'could not run': 'NOT PROVED',
      'not supported': 'not supported',
    }
    return [`${outcome[assertion.verdict]}: ${assertion.expected}`]
  })
  return [...(role === '' ? [] : [role]), ...told].join('; ')
}
