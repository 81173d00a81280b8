/**
 * Network namespaces, as `ip netns` keeps them: a name is a file in /run/netns. Source: setns(2), ip-netns(8).
 */
import { readFileSync } from 'node:fs'
import { checked, libc, O_CLOEXEC } from './libc.ts'

const CLONE_NEWNET = 0x40000000

/** A network namespace by its `ip netns` name; `null` is the one the agent was started in. */
export type NamespaceName = string | null

/**
 * Runs `action` with this thread in the namespace, and comes back whatever happens. `action` must be synchronous:
 * the thread is Node's main one, and everything else would run in the wrong namespace too.
 * @throws {SystemError} if there is no such namespace
 */
export function inNamespace<T>(name: NamespaceName, action: () => T): T {
  if (name === null) return action()
  const own = openNamespace('/proc/self/ns/net')
  try {
    const other = openNamespace(`/run/netns/${name}`)
    try {
      checked(libc().setns(other, CLONE_NEWNET), 'setns', `network namespace ${name}`)
    } finally {
      libc().close(other)
    }
    try {
      return action()
    } finally {
      checked(libc().setns(own, CLONE_NEWNET), 'setns', 'back to the own network namespace')
    }
  } finally {
    libc().close(own)
  }
}

/** The names of its NICs. Source: proc(5), /proc/net/dev: two lines of heading, then `name: counters`. */
export function interfacesOf(name: NamespaceName): readonly string[] {
  const table = inNamespace(name, () => readFileSync('/proc/thread-self/net/dev', 'utf8'))
  const rows = table.split('\n').slice(2)
  return rows.map((row) => row.split(':')[0]?.trim() ?? '').filter((nic) => nic !== '')
}

function openNamespace(path: string): number {
  return checked(libc().open(path, O_CLOEXEC), 'open', path)
}
