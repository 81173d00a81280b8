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

/** A key for each class: the NIC, and all its words; for each filter where it is between them. */
export function parseEntries(sections: readonly Section[], name: 'classes' | 'filters'): Things {
  const keys = answersIn(sections)
    .filter((answer) => answer.name === name)
    .flatMap(({ args, text }) => entriesOf(text).map((entry) => keyOf(args, entry)))
  return Object.fromEntries(keys.map((key) => [key, {}]))
}

/**
 * What was asked is a line each: NAME ARGUMENT... NIC. Before every answer stand the qdiscs of one NIC, the same each time.
 * @throws {Error} if they are not, so that nobody knows where an answer begins
 */
function answersIn(sections: readonly Section[]): readonly Section[] {
  const linesOf = (name: string): readonly string[] =>
    sections
      .find((section) => section.name === name)
      ?.text.split('\n')
      .slice(0, -1) ?? []
  const asked = linesOf('asked')
  const answered = linesOf('answered').map((line) => line.replaceAll(MOVES, ''))
  if (asked.length === 0) return []
  const size = answered.filter(isMarker).length / asked.length
  const marker = answered.slice(0, size)
  const answers: string[][] = []
  for (let index = 0; Number.isInteger(size) && size > 0 && index < answered.length; ) {
    const isNext = marker.every((line, at) => line === answered[index + at])
    if (!isNext) break
    const end = answered.findIndex((line, at) => at >= index + size && isMarker(line))
    const next = end === -1 ? answered.length : end
    answers.push(answered.slice(index + size, next))
    index = next
  }
  if (answers.length !== asked.length)
    throw new Error('qdiscs come and go while tc(8) tells classes and filters')
  return asked.map((words, index) => {
    const [name = '', ...args] = words.split(' ')
    return { name, args, text: answers[index]?.join('\n') ?? '' }
  })
}

function isMarker(line: string): boolean {
  return line.startsWith('qdisc ')
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
