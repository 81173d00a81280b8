/**
 * Programs started by posix_spawn(3). Node's own spawn forks: the kernel copies the tables of all this process's memory
 * first, and then each page that is written, which takes 15 to 30 ms where the kernel is a process itself.
 */
import { Socket } from 'node:net'
import { constants } from 'node:os'
import { checked, errnoName, libc } from './libc.ts'

export interface ChildProgram {
  program: string
  args: readonly string[]
  directory: string
  environment: NodeJS.ProcessEnv
}

/** A program that runs, first of a session of its own. Its standard streams are sockets, as they would be Node's. */
export interface Child {
  pid: number
  stdin: Socket
  stdout: Socket
  stderr: Socket
  /** What it printed last may still be unread then. */
  ended: Promise<ChildEnd>
}

export interface ChildEnd {
  status: number | null
  signal: string | null
}

const AF_UNIX = 1
const SOCK_STREAM = 1
const SOCK_CLOEXEC = 0o2000000
const WNOHANG = 1
const POSIX_SPAWN_SETSIGDEF = 0x04
const POSIX_SPAWN_SETSIGMASK = 0x08
const POSIX_SPAWN_SETSID = 0x80
/** Room for a posix_spawnattr_t, a posix_spawn_file_actions_t or a sigset_t. */
const STRUCT_OCTETS = 512
/** 1 to 31. What this process ignores, as Node does SIGPIPE, the program would ignore, too. */
const USUAL_SIGNALS = [0xff, 0xff, 0xff, 0x7f]
const LOOK_AGAIN_MS = 1000

interface Pair {
  own: number
  theirs: number
}

/** @returns the name of the errno, if it cannot be started */
export function startChild(wanted: ChildProgram): Child | string {
  const pairs = [socketPair(), socketPair(), socketPair()] as const
  const outcome = inDirectory(wanted.directory, () => spawn(wanted, pairs))
  for (const { theirs } of pairs) libc().close(theirs)
  if (typeof outcome === 'string') {
    for (const { own } of pairs) libc().close(own)
    return outcome
  }
  const [stdin, stdout, stderr] = pairs
  return {
    pid: outcome.pid,
    stdin: new Socket({ fd: stdin.own, readable: false, writable: true }),
    stdout: new Socket({ fd: stdout.own, readable: true, writable: false }),
    stderr: new Socket({ fd: stderr.own, readable: true, writable: false }),
    ended: endOf(outcome.pid),
  }
}

function socketPair(): Pair {
  const ends = Buffer.alloc(8)
  checked(libc().socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 'socketpair', 'a program')
  return { own: ends.readInt32LE(0), theirs: ends.readInt32LE(4) }
}

/** What is started inherits it; and nothing else happens meanwhile. */
function inDirectory<T>(directory: string, action: () => T): T | string {
  const before = process.cwd()
  try {
    process.chdir(directory)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
  try {
    return action()
  } finally {
    process.chdir(before)
  }
}

function spawn({ program, args, environment }: ChildProgram, pairs: readonly Pair[]) {
  const c = libc()
  const [actions, attributes] = [Buffer.alloc(STRUCT_OCTETS), Buffer.alloc(STRUCT_OCTETS)]
  const signals = Buffer.alloc(STRUCT_OCTETS)
  signals.set(USUAL_SIGNALS)
  c.posix_spawn_file_actions_init(actions)
  for (const [fd, { theirs }] of pairs.entries()) c.posix_spawn_file_actions_adddup2(actions, theirs, fd)
  c.posix_spawnattr_init(attributes) // the mask of signals is empty
  c.posix_spawnattr_setsigdefault(attributes, signals)
  const flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID
  c.posix_spawnattr_setflags(attributes, flags)
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  const pid = Buffer.alloc(4)
  const words = [program, ...args, null]
  const errno = c.posix_spawnp(pid, program, actions, attributes, words, [...variables, null])
  c.posix_spawn_file_actions_destroy(actions)
  return errno === 0 ? { pid: pid.readInt32LE(0) } : errnoName(errno)
}

/** Those that have not ended, by PID. */
const running = new Map<number, (end: ChildEnd) => void>()
/** Who waits for a signal alone does not keep the event loop going. */
let keepsGoing: NodeJS.Timeout | undefined

function endOf(pid: number): Promise<ChildEnd> {
  const isFirst = running.size === 0
  const ended = new Promise<ChildEnd>((resolve) => running.set(pid, resolve))
  if (isFirst) {
    process.on('SIGCHLD', reap)
    keepsGoing = setInterval(reap, LOOK_AGAIN_MS)
    reap() // it may have ended before anybody listened
  }
  return ended
}

/** Several may end by one signal; Node's own are not asked for. Source: wait(2). */
function reap(): void {
  for (const [pid, resolve] of running) {
    const status = Buffer.alloc(4)
    if (libc().waitpid(pid, status, WNOHANG) !== pid) continue
    running.delete(pid)
    resolve(endFrom(status.readInt32LE(0)))
  }
  if (running.size > 0) return
  process.off('SIGCHLD', reap)
  clearInterval(keepsGoing)
}

function endFrom(status: number): ChildEnd {
  const number = status & 0x7f
  if (number === 0) return { status: (status >> 8) & 0xff, signal: null }
  const [signal = `signal ${number}`] =
    Object.entries(constants.signals).find(([, value]) => value === number) ?? []
  return { status: null, signal }
}
