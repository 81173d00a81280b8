/** Settings of the network in /proc/sys/net, by path. Source: the kernel's Documentation/networking/ip-sysctl.rst. */
import type { Things } from './state.ts'

/** They count, follow other settings, or tell which modules are loaded. */
const MOVES =
  /^netfilter\/nf_log|nf_conntrack_count$|tcp_fastopen_key$|available|tcp_allowed_congestion|^ipv6\/conf\/.*\/mtu$/

/** Lines of grep: ./PATH:VALUE. */
export function parseSysctls(text: string): Things {
  const lines = [...text.matchAll(/^\.\/(.*?):(.*)$/gm)]
  const settled = lines.filter(([, path = '']) => !MOVES.test(path))
  return Object.fromEntries(settled.map(([, path = '', value = '']) => [path, { '': value }]))
}

/** A setting that sets others, as long as they are as it says: told once. */
export function setBy(path: string): readonly string[] {
  const [, family, nic, name] = /^(ipv[46])\/conf\/([^/]+)\/(\w+)$/.exec(path) ?? []
  if (nic === undefined) return []
  const above = nic === 'all' ? [] : [`${family}/conf/all/${name}`]
  return family === 'ipv4' && name === 'forwarding' ? ['ipv4/ip_forward', ...above] : above
}

/** Those that set others come first. */
export function byReach(paths: readonly string[]): readonly string[] {
  const rank = (path: string): number =>
    /^ipv4\/ip_forward$/.test(path) ? 0 : path.includes('/all/') ? 1 : path.includes('/default/') ? 2 : 3
  return [...paths].sort((a, b) => rank(a) - rank(b))
}
