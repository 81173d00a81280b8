/** What a machine holds, as data: kept as JSON on the machine itself, and compared with what it holds later. */

/** What may be left behind, in the order in which people are told. */
export const PARTS = [
  'nic',
  'address',
  'route',
  'rule',
  'neighbour',
  'vlan',
  'fdb',
  'qdisc',
  'class',
  'filter',
  'nft',
  'iptables',
  'sysctl',
  'namespace',
  'process',
  'file',
] as const
export type Part = (typeof PARTS)[number]

/** What may change about a thing; a value without a name is the thing's own. */
export type Fields = Readonly<Record<string, string>>
/** By a key that is the same as long as the thing is, and as far as possible what ip(8), bridge(8) and tc(8) call it. */
export type Things = Readonly<Record<string, Fields>>

export interface ReadOptions {
  runDirectory: string
  /** Where new files are looked for besides; by default where programs keep configuration and state. */
  directories?: readonly string[]
  /** Files and folders that are the harness's own. */
  ignoreFiles?: readonly string[]
}

export interface MachineState {
  options: ReadOptions
  things: Readonly<Record<Part, Things>>
  /** All processes, those that nobody is blamed for included: what was there before is not new. */
  alive: readonly string[]
  /** As nft(8) and iptables-save(8) print them, by program: what can be given back. */
  rulesets: Readonly<Record<string, string>>
}

/** A part of what was read: NAME ARGUMENT..., and what a program said. */
export interface Section {
  name: string
  args: readonly string[]
  text: string
}

/** How a thing is called. */
export function nameOf(part: Part, key: string, fields: Fields): string {
  const [first = '', ...others] = key.split(' ')
  const rest = others.join(' ')
  switch (part) {
    case 'nic':
      return `NIC ${key}`
    case 'address':
      return `address ${rest} on ${first}`
    case 'vlan':
      return `VID ${rest} of port ${first}`
    case 'qdisc':
      return `qdisc ${others[0]} on ${first}`
    case 'class':
      return `${rest} on ${first}`
    case 'filter':
      return `tc ${rest.replace(' ', ' filter: ')} on ${first}`
    case 'rule':
      return `ip rule ${key}`
    case 'fdb':
      return `FDB entry ${key}`
    case 'nft':
      return `nft table ${key}`
    case 'iptables':
      return `${first} table ${rest}`
    case 'sysctl':
      return `sysctl net.${key.replaceAll(/[./]/g, (sign) => (sign === '/' ? '.' : '/'))}`
    case 'namespace':
      return `network namespace ${key}`
    case 'process':
      return `process ${fields['']} (pid ${key.split('@')[0]})`
    case 'file':
      return `${fields['']?.startsWith('d') ? 'folder' : 'file'} ${key}`
    default:
      return `${part} ${key}`
  }
}

/** The NIC that a thing is on, and goes with. */
export function nicOf(part: Part, key: string): string | null {
  switch (part) {
    case 'address':
    case 'vlan':
    case 'qdisc':
    case 'class':
    case 'filter':
      return key.split(' ')[0] ?? null
    case 'route':
    case 'neighbour':
    case 'fdb':
      return /\bdev (\S+)/.exec(key)?.[1] ?? null
    default:
      return null
  }
}
