/** NICs and their addresses, from `ip -d -j address show`. Source: ip-link(8), ip-address(8). */
import type { Fields, Things } from './state.ts'

interface Nic {
  ifname: string
  ifindex: number
  flags: readonly string[]
  link_index?: number
  linkinfo?: {
    info_kind?: string
    info_data?: Record<string, unknown>
    info_slave_kind?: string
    info_slave_data?: Record<string, unknown>
  }
  addr_info?: readonly Address[]
  [field: string]: unknown
}

interface Address {
  family: string
  local?: string
  address?: string
  prefixlen: number
  scope: string
  broadcast?: string
  label?: string
  protocol?: string
  mngtmpaddr?: boolean
  temporary?: boolean
}

/** As ip-link(8) takes them. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  mtu: 'mtu',
  address: 'address',
  txqlen: 'txqueuelen',
  group: 'group',
  ifalias: 'alias',
  master: 'master',
  inet6_addr_gen_mode: 'addrgenmode',
  xdp: 'xdp',
}
const FLAGS = {
  UP: 'up',
  PROMISC: 'promisc',
  ALLMULTI: 'allmulticast',
  NOARP: 'noarp',
  MULTICAST: 'multicast',
}
/** What a bridge and its ports learn, count and time. */
const MOVES =
  /^(bridge_id|root_.*|designated_.*|topology_.*|.*_timer|state|id|no|config_pending|fdb_n_learned|multicast_router)$/
/** Modules make these when they are loaded; down, and nobody's port, they are as born. */
const BORN_BY_MODULE =
  /^(tunl0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|sit0|ip6tnl0|ip6gre0|bond0|dummy0|ifb[01]|teql0)$/

export function parseNics(text: string): { nic: Things; address: Things } {
  const all = (JSON.parse(text) as readonly Nic[]).filter((nic) => nic.ifname !== undefined)
  const own = all.filter(
    ({ ifname, flags, master }) =>
      !BORN_BY_MODULE.test(ifname) || flags.includes('UP') || master !== undefined,
  )
  return {
    nic: Object.fromEntries(own.map((nic) => [nic.ifname, attributesOf(nic)])),
    address: Object.fromEntries(
      own.flatMap(({ ifname, addr_info = [] }) =>
        addr_info.filter((each) => !isKernelMade(each)).map((each) => addressOf(ifname, each)),
      ),
    ),
  }
}

function attributesOf(nic: Nic): Fields {
  const { ifindex, flags, link_index, link, linkinfo = {} } = nic
  const { info_kind, info_data, info_slave_kind, info_slave_data } = linkinfo
  const plain = Object.entries(ATTRIBUTES).filter(([field]) => nic[field] !== undefined)
  return {
    index: String(ifindex),
    ...Object.fromEntries(plain.map(([field, name]) => [name, inWords(nic[field])])),
    ...Object.fromEntries(Object.entries(FLAGS).map(([flag, name]) => [name, inWords(flags.includes(flag))])),
    ...(link !== undefined && link_index === undefined && { link: String(link) }),
    ...(info_kind !== undefined && { kind: info_kind, ...options(info_kind, info_data) }),
    ...(info_slave_kind !== undefined && options(`${info_slave_kind}_slave`, info_slave_data)),
  }
}

function options(kind: string, data: Record<string, unknown> = {}): Fields {
  const settled = Object.entries(data).filter(([name]) => !MOVES.test(name))
  return Object.fromEntries(settled.map(([name, value]) => [`${kind} ${name}`, inWords(value)]))
}

function inWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** They come and go with the NIC's being up, or with a router's word. Kernels before 5.18 do not tell who made one. */
function isKernelMade({
  family,
  local,
  prefixlen,
  scope,
  protocol,
  mngtmpaddr,
  temporary,
}: Address): boolean {
  if (protocol !== undefined) return protocol.startsWith('kernel_')
  if (mngtmpaddr === true || temporary === true) return true
  if (scope === 'host') return local === '127.0.0.1' || local === '::1'
  return family === 'inet6' && scope === 'link' && prefixlen === 64 && local?.startsWith('fe80:') === true
}

function addressOf(nic: string, each: Address): [string, Fields] {
  const { local, address, prefixlen, broadcast, label, scope } = each
  const named = address === undefined ? `${local}/${prefixlen}` : `${local} peer ${address}/${prefixlen}`
  const fields = {
    ...(broadcast !== undefined && { broadcast }),
    ...(label !== undefined && label !== nic && { label }),
    ...(scope !== 'global' && { scope }),
  }
  return [`${nic} ${named}`, fields]
}
