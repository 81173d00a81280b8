/** Reads what a machine holds, in one call: what is looked at is in read.sh, what is left out is said by each part. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from '../place.ts'
import { howItFailed, RUN_MARK, runOnSite } from '../run-on-site.ts'
import { LabError } from '../site.ts'
import { DIRECTORIES, parseFiles } from './files.ts'
import { parseNics } from './nics.ts'
import { parseProcesses } from './processes.ts'
import { parseBridge, parseRouting } from './routing.ts'
import { parseIptables, parseNft } from './rulesets.ts'
import type { MachineState, ReadOptions, Section } from './state.ts'
import { parseSysctls } from './sysctls.ts'
import { parseEntries, parseQdiscs } from './traffic-control.ts'

const SCRIPT = readFileSync(join(import.meta.dirname, 'read.sh'), 'utf8')
const SECTION = '\x1e'

/** @throws {LabError} if the machine cannot be read, or holds more than can be told at once */
export async function readState(place: Place, options: ReadOptions): Promise<MachineState> {
  const { site, namespace } = place
  const scope = namespace === null ? 'whole' : 'namespace'
  const { runDirectory, directories = DIRECTORIES[scope] } = options
  const args = ['-c', SCRIPT, 'sh', scope, runDirectory, RUN_MARK, ...directories]
  const result = await runOnSite(site, { namespace, program: 'sh', args })
  const sections = sectionsOf(result.stdout)
  const fail = (why: string): never => {
    throw new LabError(`it cannot be seen what ${namespace ?? 'the machine'} holds: ${why}`)
  }
  if (sections.at(-1)?.name !== 'end')
    return fail(
      result.status === 0 ? 'it is more than can be told at once' : `reading it ${howItFailed(result)}`,
    )
  try {
    return stateOf(sections, options)
  } catch (error) {
    return fail((error as Error).message)
  }
}

function sectionsOf(text: string): readonly Section[] {
  return text
    .split(SECTION)
    .slice(1)
    .map((section) => {
      const end = section.indexOf('\n')
      const [name = '', ...args] = section.slice(0, end).split(' ')
      return { name, args, text: section.slice(end + 1) }
    })
}

/** Pure: from the sections that read.sh prints. @throws {Error} if ip(8) or bridge(8) did not say what it should */
export function stateOf(sections: readonly Section[], options: ReadOptions): MachineState {
  const textOf = (name: string): string => sections.find((section) => section.name === name)?.text ?? ''
  if (textOf('nics').trim() === '') throw new Error('ip(8) does not tell the NICs')
  const { nic, address } = parseNics(textOf('nics'))
  const [ipv4, ipv6] = [parseRouting(textOf('routing')), parseRouting(textOf('routing6'))]
  const nft = parseNft(textOf('nft'))
  const { process, alive } = parseProcesses(sections)
  const saved = sections.filter(({ name }) => name === 'saved')
  return {
    options,
    things: {
      nic,
      address,
      route: { ...ipv4.route, ...ipv6.route },
      rule: { ...ipv4.rule, ...inFamily6(ipv6.rule) },
      neighbour: { ...ipv4.neighbour, ...ipv6.neighbour },
      ...parseBridge(textOf('bridge'), nic),
      qdisc: parseQdiscs(textOf('qdiscs')),
      class: parseEntries(sections, 'classes'),
      filter: parseEntries(sections, 'filters'),
      nft,
      iptables: parseIptables(sections, nft),
      sysctl: parseSysctls(textOf('sysctls')),
      namespace: Object.fromEntries(linesOf(textOf('namespaces')).map((name) => [name, {}])),
      process,
      file: parseFiles(textOf('files'), textOf('checksums'), options),
    },
    alive,
    rulesets: Object.fromEntries([
      ...(textOf('nft') === '' ? [] : [['nft', textOf('nft')]]),
      ...saved.map(({ args: [program = ''], text }) => [program, text]),
    ]),
  }
}

/** Rules of both families look alike. */
function inFamily6<T>(rules: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(rules).map(([key, fields]) => [`-6 ${key}`, fields]))
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}
