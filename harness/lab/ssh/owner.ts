/** Who uses a site: told to whoever comes next, on this machine or another. Source: proc(5), /proc/PID/stat. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Of an agent's lock, what who comes next can see. */
export interface Owner {
  host: string
  /** The controller's. */
  pid: string
  since: string
  /** Its ssh is no more: it crashed, or has given the site up. */
  isGone: boolean
}

/** One line. The session's own ssh lives exactly as long as the site is in use. */
export function ownerLine(sshPid: number): string {
  const since = new Date().toISOString()
  return [hostname(), process.pid, since, ...machine(), sshPid, startOf(sshPid) ?? '?'].join(' ')
}

/** Undefined where the line is none, as of an agent that has the lock and has not written yet. */
export function readOwner(line: string): Owner | undefined {
  const [host, pid, since, boot, namespace, sshPid, start] = line.split(' ')
  if (host === undefined || pid === undefined || since === undefined) return undefined
  const [ownBoot, ownNamespace] = machine()
  const isHere = boot === ownBoot && namespace === ownNamespace
  return { host, pid, since, isGone: isHere && startOf(Number(sshPid)) !== start }
}

/** Process ids mean something only there. */
function machine(): readonly [string, string] {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return [boot, readlinkSync('/proc/self/ns/pid')]
}

/** When it was started, in ticks since the boot; undefined if there is no such process, or a dead one. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? undefined : fields[18]
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code === 'ENOENT' ||
      (error as NodeJS.ErrnoException).code === 'ESRCH'
    )
      return undefined
    throw error
  }
}
