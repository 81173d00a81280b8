/** The commands that take away what is new and put back what can be: a shell script, one process for each program. */
import type { Change } from './differences.ts'
import { nftTables, OF_IPTABLES, savedTables } from './rulesets.ts'
import type { MachineState } from './state.ts'
import { byReach } from './sysctls.ts'
import { undoLinks } from './undo-links.ts'
import { undoTrafficControl } from './undo-traffic-control.ts'

const END = 'FRAMEPROOF-END-OF-INPUT'

/** Whatever cannot be done is passed over: what still differs afterwards is told. */
export function scriptToUndo(changes: readonly Change[], before: MachineState, after: MachineState): string {
  const of = (...parts: readonly Change['part'][]): readonly Change[] =>
    changes.filter(({ part }) => parts.includes(part))
  return [
    'PATH="$PATH:/usr/sbin:/sbin"',
    ...of('namespace').flatMap(({ key, was }) =>
      was === undefined ? [`ip netns delete ${quoted(key)}`] : [],
    ),
    ...nftToUndo(of('nft'), before),
    ...iptablesToUndo(of('iptables'), before, after),
    batch('tc -force -batch -', undoTrafficControl(of('qdisc', 'filter'), before)),
    batch('ip -force -batch -', undoLinks(of('nic'), before, after)),
    batch('ip -force -batch -', of('address').map(addressToUndo)),
    batch('bridge -force -batch -', [...of('vlan').map(vlanToUndo), ...of('fdb').map(fdbToUndo)]),
    ...sysctlsToUndo(of('sysctl')),
    batch('ip -force -batch -', ofFamily(4, of('neighbour', 'route', 'rule')).map(routingToUndo)),
    batch('ip -6 -force -batch -', ofFamily(6, of('neighbour', 'route', 'rule')).map(routingToUndo)),
    ...filesToUndo(of('file'), before.options.runDirectory),
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function batch(program: string, commands: readonly string[]): string {
  return commands.length === 0 ? '' : [`${program} <<'${END}'`, ...commands, END].join('\n')
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/**
 * Tables as a whole, each in a transaction: rules have no names. What iptables-nft made is given back by it, for nft(8)
 * prints some of that in words which it does not take.
 */
function nftToUndo(changes: readonly Change[], before: MachineState): readonly string[] {
  const tables = nftTables(before.rulesets.nft ?? '')
  return changes.map(({ key, is }) => {
    const block = tables.get(key)
    const saved = block === undefined ? undefined : savedByIptables(key, before)
    if (saved !== undefined) return batch(saved.program, saved.lines)
    const lost = is === undefined ? [`add table ${key}`] : [] // or one without rules is there
    return batch('nft -f -', [...lost, `delete table ${key}`, ...(block === undefined ? [] : [block])])
  })
}

function savedByIptables(
  key: string,
  before: MachineState,
): { program: string; lines: readonly string[] } | undefined {
  const [, family, table] = OF_IPTABLES.exec(key) ?? []
  if (family === undefined) return undefined
  const name = `${family}tables-nft`
  const found = savedTables(before.rulesets[`${name}-save`] ?? '').find((saved) => saved.table === table)
  return found && { program: `${name}-restore`, lines: [`*${table}`, ...found.lines, 'COMMIT'] }
}

/** A table that was not there is given back as born: its own chains, without rules. */
function iptablesToUndo(
  changes: readonly Change[],
  before: MachineState,
  after: MachineState,
): readonly string[] {
  const programs = [...new Set(changes.map(({ key }) => key.split(' ')[0] ?? ''))]
  return programs.map((program) => {
    const [old, now] = [before, after].map(({ rulesets }) => savedTables(rulesets[`${program}-save`] ?? ''))
    const wanted = changes
      .filter(({ key }) => key.startsWith(`${program} `))
      .flatMap(({ key }) => {
        const is = (table: { table: string }): boolean => key === `${program} ${table.table}`
        const born = now?.find(is)?.lines.filter((line) => /^:\S+ (ACCEPT|DROP)/.test(line)) ?? []
        const lines = old?.find(is)?.lines ?? born.map((line) => line.replace(' DROP', ' ACCEPT'))
        return [`*${key.split(' ')[1]}`, ...lines, 'COMMIT']
      })
    return batch(`${program}-restore`, wanted)
  })
}

function addressToUndo({ key, was }: Change): string {
  const [nic = '', ...address] = key.split(' ')
  const options = Object.entries(was ?? {}).flat()
  return was === undefined
    ? `address delete ${address.join(' ')} dev ${nic}`
    : `address replace ${[...address, ...options].join(' ')} dev ${nic}`
}

function vlanToUndo({ key, was }: Change): string {
  const [nic = '', vids = ''] = key.split(' ')
  const flags = was?.[''] === 'tagged' ? '' : ` ${was?.[''] ?? ''}`
  return was === undefined ? `vlan delete dev ${nic} vid ${vids}` : `vlan add dev ${nic} vid ${vids}${flags}`
}

function fdbToUndo({ key, was }: Change): string {
  return was === undefined ? `fdb delete ${key.replace(/ (static|permanent)$/, '')}` : `fdb replace ${key}`
}

function routingToUndo({ part, key, was }: Change): string {
  const words = key.replace(/^-6 /, '')
  const object = part === 'neighbour' ? 'neighbour' : part
  return `${object} ${was === undefined ? 'delete' : 'add'} ${words}${part === 'neighbour' ? ' nud permanent' : ''}`
}

/** First what is new goes: what was there may be in its way. */
function ofFamily(family: 4 | 6, changes: readonly Change[]): readonly Change[] {
  const own = changes.filter(({ part, key }) => {
    const isSix = part === 'rule' ? key.startsWith('-6 ') : /^(\w+ )?[0-9a-f]*:|\bdefault .*:/.test(key)
    return isSix === (family === 6)
  })
  return [...own.filter(({ was }) => was === undefined), ...own.filter(({ was }) => was !== undefined)]
}

function sysctlsToUndo(changes: readonly Change[]): readonly string[] {
  const values = new Map(changes.map(({ key, was }) => [key, was?.[''] ?? '']))
  return byReach([...values.keys()]).map(
    (path) => `printf '%s\\n' ${quoted(values.get(path) ?? '')} >${quoted(`/proc/sys/net/${path}`)}`,
  )
}

/** Only in the run directory, which is the harness's: elsewhere somebody else may have made them. */
function filesToUndo(changes: readonly Change[], runDirectory: string): readonly string[] {
  const left = changes.filter(({ key, was }) => was === undefined && key.startsWith(`${runDirectory}/`))
  return left.length === 0 ? [] : [`rm -rf -- ${left.map(({ key }) => quoted(key)).join(' ')}`]
}
