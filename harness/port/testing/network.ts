/**
 * Networks of a test's own, on this machine's kernel. The process leaves the host's network and mount namespaces, so
 * what it makes is seen by nobody else, touches nobody else, and goes with it, however it ends. For tests only.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { libc, SystemError } from '../libc.ts'

const CLONE_NEWNS = 0x00020000
const CLONE_NEWNET = 0x40000000

/** Returns why this process may not, or null. Only its main thread leaves, and what that starts. */
export function leaveHost(): string | null {
  if (libc().unshare(CLONE_NEWNS | CLONE_NEWNET) < 0) {
    const { message } = new SystemError('unshare', libc().errno(), 'network namespaces of its own')
    return message
  }
  if (spawnSync('mount', ['--make-rprivate', '/']).status !== 0)
    return 'the root directory is no mount point (in a chroot), as ip(8) wants it'
  sh(`if [ -d /run/netns ]; then mount -t tmpfs none /run/netns; else mount -t tmpfs none /run; fi
      mkdir -p /run/netns`)
  return null
}

/** @throws {Error} what it said, if it fails */
export function sh(script: string): string {
  const { status, stdout, stderr, error } = spawnSync('sh', ['-euc', script], { encoding: 'utf8' })
  if (status !== 0) throw new Error(error?.message ?? stderr)
  return stdout
}

/** One end of a cable. */
export interface End {
  namespace: string
  nic: string
}

/** Two namespaces and a cable between them; nothing else speaks on it. */
export function makeCable(left: End, right: End): void {
  const peer = `peer name ${right.nic} netns ${right.namespace}`
  sh(`for name in ${left.namespace} ${right.namespace}; do
        [ -e /run/netns/$name ] || ip netns add $name
      done
      ip -n ${left.namespace} link add ${left.nic} type veth ${peer}`)
  for (const { namespace, nic } of [left, right]) {
    sh(`ip -n ${namespace} link set ${nic} addrgenmode none up`)
  }
}

export function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** The processes that this one started and that still live, dead ones that nobody waited for included. */
export function children(): readonly string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && parentOf(pid) === process.pid)
}

function parentOf(pid: string): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(fields[1])
  } catch {
    return undefined // it has just ended
  }
}
