/** Files: in the run directory with what is in them, elsewhere whether they are there; in /etc, whether they changed. */
import { dirname } from 'node:path'
import type { ReadOptions, Things } from './state.ts'

/** Where programs keep configuration and state. Bounded: a package's own files are not looked at. */
export const DIRECTORIES = {
  whole: ['/etc', '/run', '/root', '/tmp', '/var/tmp', '/var/lib/misc', '/var/lib/dhcp'],
  /** A namespace shares its files with others; what is in /tmp is anybody's. */
  namespace: ['/etc', '/run', '/var/lib/misc', '/var/lib/dhcp'],
} as const

/** They change on their own, or because somebody looked. */
const MOVES = [
  /^\/proc\//, // they tell of processes
  /^\/run\/(netns|user|systemd|udev|log|lock|utmp|sudo|sshd|dbus|blkid|mount|credentials|initctl|cloud-init)(\/|$|\.)/,
  /^\/run\/(chrony|motd|tmpfiles\.d|agetty|shm|crond?|uuidd|rpc|root)(\/|$|\.)/,
  /^\/run\/(xtables|ebtables)\.lock$/, // made when a rule is first looked at
  /^\/etc\/(mtab|adjtime|ld\.so\.cache|\.updated|\.pwd\.lock)$/,
  /^\/root\/\.(bash_history|ssh|cache|local|config|lesshst|viminfo|npm|ansible)(\/|$)/,
  /^\/(var\/)?tmp\/(systemd-private-|\.[A-Z]|ssh-|node-compile-cache|tmux-|vagrant)/,
]

/** @param text of find(1): TYPE MODE OWNER SIZE TIME PATH, then a link's target, each ended by a NUL octet */
export function parseFiles(text: string, checksums: string, options: ReadOptions): Things {
  const sums = new Map(
    [...checksums.matchAll(/^(\d+ \d+) (.*)$/gm)].map(([, sum = '', path = '']) => [path, sum]),
  )
  const fields = text.split('\0')
  const things: [string, { '': string }][] = []
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, type = '', mode, owner, size, time, path = ''] =
      /^(\S+) (\S+) (\S+) (\S+) (\S+) (.*)$/s.exec(fields[index] ?? '') ?? []
    if (isAside(path, options)) continue
    const content = type === 'f' && path.startsWith('/etc/') ? contentIn(path, size, time) : sums.get(path)
    const target = type === 'l' ? `-> ${fields[index + 1]}` : ''
    things.push([
      path,
      { '': [type, mode, owner, content ?? '', target].filter((word) => word !== '').join(' ') },
    ])
  }
  return Object.fromEntries(things)
}

/** A DHCP client writes the same resolver again and again. */
function contentIn(path: string, size = '', time = ''): string {
  return path === '/etc/resolv.conf' ? size : `${size} ${time}`
}

function isAside(path: string, { runDirectory, ignoreFiles = [] }: ReadOptions): boolean {
  if (path === runDirectory || runDirectory.startsWith(`${path}/`)) return true // the harness makes it
  if (path.startsWith(`${runDirectory}/`)) return false
  const isIn = (folder: string): boolean => path === folder || path.startsWith(`${folder}/`)
  // Beside a run directory are those of other hypervisors.
  const beside = dirname(runDirectory)
  const isBeside = beside !== '/' && beside !== '/run' && isIn(beside)
  return path === '' || isBeside || ignoreFiles.some(isIn) || MOVES.some((pattern) => pattern.test(path))
}
