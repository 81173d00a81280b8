/** Packet filters: what nft(8) lists and iptables-save(8) prints, by table and chain. Tables without rules do not count. */
import type { Fields, Section, Things } from './state.ts'

/** What iptables-nft calls its tables. */
export const OF_IPTABLES = /^(ip|ip6) (filter|nat|mangle|raw|security)$/

/** Tables as blocks of text, by family and name. Source: nft(8). */
export function nftTables(ruleset: string): ReadonlyMap<string, string> {
  const blocks = ruleset.split(/\n(?=table )/).filter((block) => block.startsWith('table '))
  return new Map(blocks.map((block) => [/^table (\S+ \S+)/.exec(block)?.[1] ?? '', withoutRemarks(block)]))
}

function withoutRemarks(block: string): string {
  const lines = block.split('\n').filter((line) => !line.startsWith('#') && line !== '')
  return lines.join('\n')
}

export function parseNft(ruleset: string): Things {
  const tables = [...nftTables(ruleset)].map(([name, block]): [string, Fields] => [name, chainsOf(block)])
  return Object.fromEntries(tables.filter(([, fields]) => Object.keys(fields).some(isChain)))
}

function isChain(field: string): boolean {
  return field.startsWith('chain ')
}

/** Chains with their rules, and the sets, maps and the like beside them. */
function chainsOf(block: string): Fields {
  const parts = block
    .split('\n')
    .slice(1, -1)
    .join('\n')
    .split(/\n?^\t(?=\S)(?!\})/m)
  const fields = parts.flatMap((part): [string, string][] => {
    const [head = '', ...lines] = part.split('\n').map((line) => line.trim())
    const name = head.replace(/ \{.*$/, '')
    if (name === '') return []
    const content = lines.filter((line) => line !== '' && line !== '}')
    if (!isChain(name)) return [[name, withoutMoving(content).join('\n') || head]]
    const isAtRest = content.every(
      (line) => /^type .*(policy accept;)?$/.test(line) && !/policy drop;/.test(line),
    )
    return isAtRest ? [] : [[name, content.join('\n')]]
  })
  return Object.fromEntries(fields)
}

/** The elements of a set that packets fill come and go. */
function withoutMoving(lines: readonly string[]): readonly string[] {
  const isFilled = lines.some((line) => /^flags .*(dynamic|timeout)/.test(line))
  const elements = lines.findIndex((line) => line.startsWith('elements = '))
  return isFilled && elements !== -1 ? lines.slice(0, elements) : lines
}

/** By `PROGRAM TABLE`: iptables-legacy nat. Those that nft(8) shows too are told once, as its. */
export function parseIptables(sections: readonly Section[], nft: Things): Things {
  const things = sections
    .filter(({ name }) => name === 'saved')
    .flatMap(({ args: [program = ''], text }) =>
      savedTables(text).map(({ table, lines }): [string, Fields] => [
        `${program.replace(/-save$/, '')} ${table}`,
        byChain(lines),
      ]),
    )
  const isSeenByNft = (key: string): boolean => {
    const [program = '', table] = key.split(' ')
    const family = program.startsWith('ip6') ? 'ip6' : 'ip'
    return !program.endsWith('-legacy') && nft[`${family} ${table}`] !== undefined
  }
  return Object.fromEntries(
    things.filter(([key, fields]) => Object.keys(fields).length > 0 && !isSeenByNft(key)),
  )
}

export interface SavedTable {
  table: string
  lines: readonly string[]
}

/** Source: iptables-save(8): `*TABLE`, `:CHAIN POLICY [counters]`, rules, COMMIT. */
export function savedTables(text: string): readonly SavedTable[] {
  const tables: { table: string; lines: string[] }[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) tables.push({ table: line.slice(1), lines: [] })
    else if (/^[:-]/.test(line)) tables.at(-1)?.lines.push(line.replace(/ \[\d+:\d+\]$/, ''))
  }
  return tables
}

function byChain(lines: readonly string[]): Fields {
  const chains: Record<string, string[]> = {}
  for (const line of lines) {
    const [, chain = '', policy] = /^:(\S+) (\S+)/.exec(line) ?? /^-A (\S+)/.exec(line) ?? []
    if (policy === 'ACCEPT') continue
    const own = chains[`chain ${chain}`] ?? []
    chains[`chain ${chain}`] = own // one of a user's own is there even without rules
    if (policy !== '-') own.push(policy === undefined ? line.replace(`-A ${chain} `, '') : `policy ${policy}`)
  }
  return Object.fromEntries(Object.entries(chains).map(([chain, own]) => [chain, own.join('\n')]))
}
