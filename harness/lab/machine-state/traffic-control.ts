/** Queueing disciplines, classes and filters, from tc(8)'s text: its JSON is broken for some filters. */
import type { Section, Things } from './state.ts'

/** What is counted, and what tells only how many look at it. */
const MOVES = /\b(refcnt|direct_packets_stat|ref|bind|in_hw_count) \S+|\bnot_in_hw\b/g

/** `qdisc KIND HANDLE dev NIC root|parent ... OPTIONS`. The kernel's own have the handle 0:. */
export function parseQdiscs(text: string): Things {
  const things: [string, { '': string }][] = []
  for (const line of text.split('\n')) {
    const [, kind, handle, nic, place, options] =
      /^qdisc (\S+) (\S+): dev (\S+) (root|parent \S+|ingress \S+)(.*)$/.exec(line) ?? []
    if (kind === undefined || handle === '0') continue
    const settled = options?.replaceAll(MOVES, '').replaceAll(/\s+/g, ' ').trim() ?? ''
    things.push([`${nic} ${kind} ${place}`, { '': `${handle}: ${settled}`.trim() }])
  }
  return Object.fromEntries(things)
}

/** A key for each: the NIC, where, and all its words. */
export function parseEntries(sections: readonly Section[], name: 'classes' | 'filters'): Things {
  const keys = sections
    .filter((section) => section.name === name)
    .flatMap(({ args, text }) => entriesOf(text).map((entry) => keyOf(args, entry)))
  return Object.fromEntries(keys.map((key) => [key, {}]))
}

function keyOf(args: readonly string[], entry: string): string {
  const [where, nic] = args.length === 1 ? ['', args[0]] : [`${args[0]} `, args[1]]
  return `${nic} ${where}${entry.replace(/^filter /, '')}`
}

/** An entry begins at the start of a line, and goes on where lines are indented. */
function entriesOf(text: string): readonly string[] {
  return text
    .split(/\n(?=filter |class )/)
    .map((entry) => entry.replaceAll(MOVES, '').replaceAll(/\s+/g, ' ').trim())
    .filter((entry) => entry !== '')
}
