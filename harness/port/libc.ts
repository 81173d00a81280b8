/**
 * The C library's calls that this project needs, through koffi, loaded at the first use: codecs and judging run
 * where there is no native package at all. Linux only. Source: the man pages of each call.
 */
import { createRequire } from 'node:module'
import { constants } from 'node:os'

/** A system call failed. `code` is the errno's name (`ENODEV`), `what` says which object it was about. */
export class SystemError extends Error {
  readonly call: string
  readonly code: string
  readonly what: string
  constructor(call: string, errno: number, what: string) {
    const code = errnoName(errno)
    super(`${call}: ${code} (${what})`)
    this.name = 'SystemError'
    this.call = call
    this.code = code
    this.what = what
  }
}

export interface Libc {
  open(path: string, flags: number): number
  close(fd: number): number
  read(fd: number, into: Uint8Array, count: number): number
  write(fd: number, octets: Uint8Array, count: number): number
  ioctl(fd: number, request: number, argument: Uint8Array): number
  /** For requests whose argument is a number. */
  ioctlValue(fd: number, request: number, argument: number): number
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array, length: number): number
  listen(fd: number, backlog: number): number
  accept4(fd: number, address: null, length: null, flags: number): number
  connect(fd: number, address: Uint8Array, length: number): number
  shutdown(fd: number, how: number): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number
  sendto(
    fd: number,
    octets: Uint8Array,
    count: number,
    flags: number,
    address: Uint8Array,
    length: number,
  ): number
  /** `messages`: an array of struct mmsghdr. Returns how many were sent. */
  sendmmsg(fd: number, messages: Uint8Array, count: number, flags: number): number
  poll(descriptors: Uint8Array, count: number, timeoutMs: number): number
  setns(fd: number, type: number): number
  unshare(flags: number): number
  clock_gettime(clock: number, into: Uint8Array): number
  /** `ends`: two ints. */
  socketpair(domain: number, type: number, protocol: number, ends: Uint8Array): number
  /** `status`: an int. */
  waitpid(pid: number, status: Uint8Array, options: number): number
  /** Returns the errno, 0 where the program runs. `pid`: an int. Lists of words end with null. */
  posix_spawnp(
    pid: Uint8Array,
    program: string,
    actions: Uint8Array,
    attributes: Uint8Array,
    args: readonly (string | null)[],
    environment: readonly (string | null)[],
  ): number
  posix_spawn_file_actions_init(actions: Uint8Array): number
  posix_spawn_file_actions_adddup2(actions: Uint8Array, from: number, to: number): number
  posix_spawn_file_actions_destroy(actions: Uint8Array): number
  posix_spawnattr_init(attributes: Uint8Array): number
  posix_spawnattr_setflags(attributes: Uint8Array, flags: number): number
  posix_spawnattr_setsigdefault(attributes: Uint8Array, signals: Uint8Array): number
  /** Maps `length` octets of a descriptor, shared, readable and writable. Undefined if the kernel refuses. */
  map(fd: number, length: number): Mapping | undefined
  /** Where the octets lie in memory. They stay there as long as something refers to the array. */
  addressOf(octets: Uint8Array): bigint
  /** Calls back from the event loop until it is closed, which must happen before the descriptor is. */
  watch(fd: number, event: 'readable' | 'writable', onEvent: (outcome: WatchOutcome) => void): Watch
  strerror(errno: number): string
  errno(): number
}

/** `failed`: the descriptor has an error to tell (SO_ERROR), and is not watched any more. */
export type WatchOutcome = 'ready' | 'failed'

export interface Watch {
  close(): void
}

export interface Mapping {
  octets: ArrayBuffer
  unmap(): void
}

export const AF_PACKET = 17
export const O_RDWR = 2
export const O_NONBLOCK = 0o4000
export const O_CLOEXEC = 0o2000000
const PROT_READ_WRITE = 3
const MAP_SHARED = 1

let loaded: Libc | undefined

/** @throws {Error} in one line if koffi or the C library cannot be loaded on this machine */
export function libc(): Libc {
  loaded ??= load()
  return loaded
}

/** Throws the errno of the call just made if its result is negative, else returns the result. */
export function checked(result: number, call: string, what: string): number {
  if (result < 0) throw new SystemError(call, libc().errno(), what)
  return result
}

function load(): Libc {
  const koffi = loadKoffi()
  const c = koffi.load('libc.so.6')
  const mmap = c.func(
    'void *mmap(void *address, size_t length, int protection, int flags, int fd, long offset)',
  )
  const munmap = c.func('int munmap(void *address, size_t length)')
  return {
    open: c.func('int open(const char *path, int flags)'),
    close: c.func('int close(int fd)'),
    read: c.func('long read(int fd, void *into, size_t count)'),
    write: c.func('long write(int fd, const void *from, size_t count)'),
    ioctl: c.func('int ioctl(int fd, unsigned long request, void *argument)'),
    ioctlValue: c.func('int ioctl(int fd, unsigned long request, unsigned long argument)'),
    listen: c.func('int listen(int fd, int backlog)'),
    accept4: c.func('int accept4(int fd, void *address, void *length, int flags)'),
    connect: c.func('int connect(int fd, const void *address, unsigned int length)'),
    shutdown: c.func('int shutdown(int fd, int how)'),
    socket: c.func('int socket(int domain, int type, int protocol)'),
    bind: c.func('int bind(int fd, const void *address, unsigned int length)'),
    setsockopt: c.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)'),
    getsockopt: c.func('int getsockopt(int fd, int level, int name, void *value, void *length)'),
    sendto: c.func(
      'long sendto(int fd, const void *from, size_t count, int flags, const void *address, unsigned int length)',
    ),
    sendmmsg: c.func('int sendmmsg(int fd, void *messages, unsigned int count, int flags)'),
    poll: c.func('int poll(void *descriptors, unsigned long count, int timeout)'),
    setns: c.func('int setns(int fd, int type)'),
    unshare: c.func('int unshare(int flags)'),
    clock_gettime: c.func('int clock_gettime(int clock, void *into)'),
    socketpair: c.func('int socketpair(int domain, int type, int protocol, void *ends)'),
    waitpid: c.func('int waitpid(int pid, void *status, int options)'),
    posix_spawnp: c.func(
      'int posix_spawnp(void *pid, const char *program, const void *actions, const void *attributes, const char **args, const char **environment)',
    ),
    posix_spawn_file_actions_init: c.func('int posix_spawn_file_actions_init(void *actions)'),
    posix_spawn_file_actions_adddup2: c.func(
      'int posix_spawn_file_actions_adddup2(void *actions, int from, int to)',
    ),
    posix_spawn_file_actions_destroy: c.func('int posix_spawn_file_actions_destroy(void *actions)'),
    posix_spawnattr_init: c.func('int posix_spawnattr_init(void *attributes)'),
    posix_spawnattr_setflags: c.func('int posix_spawnattr_setflags(void *attributes, short flags)'),
    posix_spawnattr_setsigdefault: c.func(
      'int posix_spawnattr_setsigdefault(void *attributes, const void *signals)',
    ),
    map(fd, length) {
      const address: unknown = mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0)
      if (koffi.address(address) === 0xffff_ffff_ffff_ffffn) return undefined
      return { octets: koffi.view(address, length), unmap: () => void munmap(address, length) }
    },
    addressOf: (octets) => koffi.address(octets),
    watch(fd, event, onEvent) {
      // koffi hands libuv's status over first, which its type declaration does not tell.
      const called = (status: unknown): void => onEvent(status === 0 ? 'ready' : 'failed')
      return koffi.node.poll(fd, { [event]: true }, called)
    },
    strerror: c.func('const char *strerror(int errno)'),
    errno: () => koffi.errno(),
  }
}

/** @throws {Error} in one line if koffi cannot be loaded on this machine */
export function loadKoffi(): typeof import('koffi') {
  return loadNative('koffi', 'run npm ci') as typeof import('koffi')
}

/** Loads a package with a native part at its first use. @throws {Error} in one line, with the remedy */
export function loadNative(name: string, remedy: string): unknown {
  try {
    return createRequire(import.meta.url)(name)
  } catch (cause) {
    throw new Error(`the native package ${name} does not load on this machine: ${remedy}`, { cause })
  }
}

/** The errno whose text a C library's message ends with, for packages that tell no more. Undefined if none does. */
export function errnoOfText(message: string): number | undefined {
  const text = message.split(': ').at(-1)
  return Object.values(constants.errno).find((errno) => libc().strerror(errno) === text)
}

export function errnoName(errno: number): string {
  for (const [name, value] of Object.entries(constants.errno)) if (value === errno) return name
  return `errno ${errno}`
}
