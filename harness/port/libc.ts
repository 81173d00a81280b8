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
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array, length: number): number
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
  poll(descriptors: Uint8Array, count: number, timeoutMs: number): number
  setns(fd: number, type: number): number
  clock_gettime(clock: number, into: Uint8Array): number
  /** Maps `length` octets of a descriptor, shared, readable and writable. Undefined if the kernel refuses. */
  map(fd: number, length: number): Mapping | undefined
  errno(): number
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
    socket: c.func('int socket(int domain, int type, int protocol)'),
    bind: c.func('int bind(int fd, const void *address, unsigned int length)'),
    setsockopt: c.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)'),
    getsockopt: c.func('int getsockopt(int fd, int level, int name, void *value, void *length)'),
    sendto: c.func(
      'long sendto(int fd, const void *from, size_t count, int flags, const void *address, unsigned int length)',
    ),
    poll: c.func('int poll(void *descriptors, unsigned long count, int timeout)'),
    setns: c.func('int setns(int fd, int type)'),
    clock_gettime: c.func('int clock_gettime(int clock, void *into)'),
    map(fd, length) {
      const address: unknown = mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0)
      if (koffi.address(address) === 0xffff_ffff_ffff_ffffn) return undefined
      return { octets: koffi.view(address, length), unmap: () => void munmap(address, length) }
    },
    errno: () => koffi.errno(),
  }
}

function loadKoffi(): typeof import('koffi') {
  try {
    return createRequire(import.meta.url)('koffi') as typeof import('koffi')
  } catch (cause) {
    throw new Error('the native package koffi does not load on this machine: run npm ci', { cause })
  }
}

function errnoName(errno: number): string {
  for (const [name, value] of Object.entries(constants.errno)) if (value === errno) return name
  return `errno ${errno}`
}
