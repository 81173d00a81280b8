/** The page's script: draws a case when its requirement is opened, filters, and listens to keys. */
import { labAt, planAt, storyAt } from './data.ts'
import { el } from './dom.ts'
import { exchange } from './exchange.ts'
import { startFilter } from './filter.ts'
import { journeys } from './journey.ts'
import { packets } from './packets.ts'

function tell(place: HTMLElement): void {
  const story = storyAt(place.dataset.story ?? '')
  const lab = labAt(story.lab)
  const plans = el(
    'details',
    { class: 'more' },
    el('summary', {}, 'Plans: what the hypervisors were told'),
    el('pre', { tabindex: 0, role: 'group', 'aria-label': 'Plans' }, planAt(story.plans)),
  )
  const parts = [journeys(lab, story), exchange(lab, story), packets(story), plans]
  place.replaceChildren(...parts.filter((part) => part !== null))
}

function open(rule: HTMLDetailsElement): void {
  for (const place of rule.querySelectorAll<HTMLElement>('.story:not([data-told])')) {
    place.dataset.told = ''
    tell(place)
  }
}

function startKeys(): void {
  document.addEventListener('keydown', (event) => {
    const { target, key } = event
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return
    const search = document.querySelector<HTMLInputElement>('#search')
    if (key === '/') search?.focus()
    else if (key === 'j' || key === 'k') go(key === 'j' ? 1 : -1)
    else return
    event.preventDefault()
  })
}

function go(by: number): void {
  const lines = Array.from(document.querySelectorAll<HTMLElement>('details.rule:not([hidden]) > summary'))
  const at = lines.findIndex((line) => line.parentElement?.contains(document.activeElement) ?? false)
  const next = at === -1 ? (by > 0 ? 0 : lines.length - 1) : at + by
  lines[next]?.focus()
}

/** report.html#VLAN-06 opens that one. */
function openNamed(): void {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (!(named instanceof HTMLDetailsElement)) return
  named.open = true
  named.scrollIntoView()
}

/** On paper what went wrong is open. */
function startPrint(): void {
  const opened: HTMLDetailsElement[] = []
  window.addEventListener('beforeprint', () => {
    for (const rule of document.querySelectorAll<HTMLDetailsElement>('details.rule:not([open])')) {
      if (rule.dataset.verdict !== 'deviates' && rule.dataset.verdict !== 'could not run') continue
      rule.open = true
      open(rule)
      opened.push(rule)
    }
  })
  window.addEventListener('afterprint', () => {
    for (const rule of opened.splice(0)) rule.open = false
  })
}

document.documentElement.classList.add('scripted')
for (const rule of document.querySelectorAll<HTMLDetailsElement>('details.rule')) {
  rule.addEventListener('toggle', () => {
    if (rule.open) open(rule)
  })
  if (rule.open) open(rule)
}
startFilter()
startKeys()
startPrint()
openNamed()
window.addEventListener('hashchange', openNamed)
