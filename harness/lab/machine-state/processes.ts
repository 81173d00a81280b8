/**
 * Which processes an implementation or a fault is answerable for.
 *
 * In a namespace: all that are in it. On a whole machine others come and go as well, and are not blamed: only those that
 *  - carry the harness's mark in their environment, as all do that `configure` or a fault started;
 *  - descend from one of these, or share its session, having cleared their environment;
 *  - are orphans in the agent's own control group: they cleared their environment, forked twice, and began a session of
 *    their own. What an init system starts by itself is in a control group of its own; so is another user's session.
 * Never the agent, its ancestors, who reads, or the kernel's threads. Source: proc(5), cgroups(7).
 */
import type { Section, Things } from './state.ts'

interface Process {
  pid: number
  parent: number
  session: number
  start: string
  command: string
  group: string
}

export interface Processes {
  process: Things
  alive: readonly string[]
}

const KERNEL_THREAD = 0x0020_0000
const INIT = 1

export function parseProcesses(sections: readonly Section[]): Processes {
  const textOf = (name: string): string => sections.find((section) => section.name === name)?.text ?? ''
  const all = parse(textOf('processes'))
  const [reader = 0, agent = 0] = textOf('reader').trim().split(' ').map(Number)
  const reading = descendants(all, reader)
  const aside = new Set([...reading, ...ancestors(all, reader)])
  const others = [...all.values()].filter(({ pid }) => !aside.has(pid))
  const marked = sections.find(({ name }) => name === 'marked')
  const blamed =
    marked === undefined
      ? inNetwork(others, textOf('files'), reader)
      : onMachine(all, others, pidsIn(marked.text), all.get(agent))
  return {
    process: Object.fromEntries(blamed.map((each) => [keyOf(each), { '': each.command }])),
    alive: [...all.values()].filter(({ pid }) => !reading.has(pid)).map(keyOf),
  }
}

/** A process number is used again, but not at the same time since the start. */
function keyOf({ pid, start }: Process): string {
  return `${pid}@${start}`
}

/** Lines of grep: /proc/PID/FILE:LINE. A command line has NUL octets, and may have lines. */
function parse(text: string): ReadonlyMap<number, Process> {
  const files = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, pid, file, content = ''] = /^\/proc\/(\d+)\/(\w+):(.*)$/s.exec(line) ?? []
    if (pid === undefined) continue
    const key = `${pid} ${file}`
    const before = files.get(key)
    files.set(key, before === undefined ? content : `${before}\n${content}`)
  }
  const processes = new Map<number, Process>()
  for (const [key, stat] of files) {
    const [pid = '', file] = key.split(' ')
    if (file !== 'stat') continue
    const end = stat.lastIndexOf(')')
    const [state, parent, , session, , , flags, ...rest] = stat.slice(end + 2).split(' ')
    if (state === 'Z' || state === 'X' || (Number(flags) & KERNEL_THREAD) !== 0) continue
    const command = (files.get(`${pid} cmdline`) ?? '').replaceAll(/[\0\s]+/g, ' ').trim()
    processes.set(Number(pid), {
      pid: Number(pid),
      parent: Number(parent),
      session: Number(session),
      start: rest[12] ?? '',
      command: (command === '' ? stat.slice(stat.indexOf('(') + 1, end) : command).slice(0, 80),
      group: files.get(`${pid} cgroup`) ?? '',
    })
  }
  return processes
}

function pidsIn(text: string): ReadonlySet<number> {
  return new Set([...text.matchAll(/^\/proc\/(\d+)\//gm)].map(([, pid]) => Number(pid)))
}

/** @param text files as find(1) tells them: a link's target follows its path */
function inNetwork(others: readonly Process[], text: string, reader: number): readonly Process[] {
  const networks = new Map(
    [...text.matchAll(/ \/proc\/(\d+)\/ns\/net\0([^\0]*)\0/g)].map(([, pid, network]) => [
      Number(pid),
      network,
    ]),
  )
  const own = networks.get(reader)
  return others.filter(({ pid }) => own !== undefined && networks.get(pid) === own)
}

function onMachine(
  all: ReadonlyMap<number, Process>,
  others: readonly Process[],
  marked: ReadonlySet<number>,
  agent: Process | undefined,
): readonly Process[] {
  const isOrphan = ({ pid, parent }: Process): boolean =>
    pid !== INIT && (parent === INIT || !all.has(parent))
  const seeds = others.filter(
    (each) => marked.has(each.pid) || (isOrphan(each) && each.group === agent?.group),
  )
  const blamed = new Set(seeds.flatMap(({ pid }) => [...descendants(all, pid)]))
  const sessions = new Set(
    seeds.map(({ session }) => session).filter((session) => session !== agent?.session),
  )
  return others.filter(({ pid, session }) => blamed.has(pid) || (blamed.size > 0 && sessions.has(session)))
}

function descendants(all: ReadonlyMap<number, Process>, root: number): ReadonlySet<number> {
  const found = new Set([root])
  for (let size = 0; size !== found.size; ) {
    size = found.size
    for (const { pid, parent } of all.values()) if (found.has(parent)) found.add(pid)
  }
  return found
}

function ancestors(all: ReadonlyMap<number, Process>, of: number): ReadonlySet<number> {
  const found = new Set<number>()
  for (let pid = of; pid > 0 && !found.has(pid); pid = all.get(pid)?.parent ?? 0) found.add(pid)
  return found
}
