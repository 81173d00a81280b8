/** Routes, rules and fixed neighbours from ip(8), VLANs and the forwarding database from bridge(8). */
import type { Fields, Things } from './state.ts'

/** Comes and goes with what a NIC is, or with a router's word. */
const KERNEL_MADE = /\bproto (kernel|ra|redirect)\b/
/** What ip(8) tells of a route and does not take back, or what moves. */
const ASIDE =
  /\\|\b(linkdown|dead|offload|trap|rt_offload|expires \S+|error -?\d+|pref medium)\b|\[detached\]/g

/** Lines of `ip -o` for neighbours, routes and rules, in the words in which ip(8) takes them back. */
export function parseRouting(text: string): { neighbour: Things; route: Things; rule: Things } {
  const neighbours: string[] = []
  const routes: string[] = []
  const rules: string[] = []
  for (const line of text.split('\n')) {
    const words = line.replaceAll(ASIDE, ' ').replaceAll(/\s+/g, ' ').trim()
    if (words === '') continue
    const [, preference, selector] = /^(\d+): (.*)$/.exec(words) ?? []
    if (preference !== undefined) rules.push(`pref ${preference} ${selector}`)
    else if (/ PERMANENT$/.test(words)) neighbours.push(words.replace(/ PERMANENT$/, ''))
    else if (!KERNEL_MADE.test(words)) routes.push(words)
  }
  return { neighbour: present(neighbours), route: present(routes), rule: present(rules) }
}

interface PortVlans {
  ifname: string
  vlans: readonly { vlan: number; vlanEnd?: number; flags?: readonly string[] }[]
}

interface FdbEntry {
  mac: string
  ifname: string
  vlan?: number
  master?: string
  flags?: readonly string[]
  state?: string
  dst?: string
}

/** Two lists: `bridge -j` of VLANs and of the forwarding database. */
export function parseBridge(text: string, nics: Things): { vlan: Things; fdb: Things } {
  const rows = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => JSON.parse(line) as readonly (PortVlans | FdbEntry)[])
  const vlans = rows.flatMap((row) => ('vlans' in row ? vlansOf(row) : []))
  const entries = rows.filter((row): row is FdbEntry => 'mac' in row && !isAside(row, nics)).map(entryInWords)
  return { vlan: Object.fromEntries(vlans), fdb: present(entries) }
}

function vlansOf({ ifname, vlans }: PortVlans): readonly [string, Fields][] {
  return vlans.map(({ vlan, vlanEnd, flags = [] }) => [
    `${ifname} ${vlanEnd === undefined ? vlan : `${vlan}-${vlanEnd}`}`,
    {
      '':
        flags.length === 0
          ? 'tagged'
          : flags
              .map((flag) => flag.replace('Egress ', ''))
              .join(' ')
              .toLowerCase(),
    },
  ])
}

/** Learned, or made by the kernel for the NIC's own address and for groups. */
function isAside({ mac, ifname, master, state }: FdbEntry, nics: Things): boolean {
  if (state !== 'permanent' && state !== 'static') return true
  const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
  const bridge = master ?? nics[ifname]?.master
  return isGroup || [ifname, bridge].some((nic) => nic !== undefined && nics[nic]?.address === mac)
}

function entryInWords({ mac, ifname, vlan, dst, flags = [], master, state }: FdbEntry): string {
  const words = [mac, 'dev', ifname]
  if (dst !== undefined) words.push('dst', dst)
  if (vlan !== undefined) words.push('vlan', String(vlan))
  words.push(master === undefined && flags.includes('self') ? 'self' : 'master')
  words.push(state === 'static' ? 'static' : 'permanent')
  return words.join(' ')
}

function present(keys: readonly string[]): Things {
  return Object.fromEntries(keys.map((key) => [key, {}]))
}
