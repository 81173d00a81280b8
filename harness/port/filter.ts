/**
 * What a socket is to take, as a program of the classic BPF that the kernel runs for every frame. libpcap compiles
 * filters, for the NIC itself: only then does its program look for tags where the kernel keeps them.
 * Source: pcap(3PCAP), pcap-filter(7), the kernel's Documentation/networking/filter.rst.
 */
import { LONGEST_SNAP_OCTETS, type Selection } from './capture-backend.ts'
import { checked, libc, loadKoffi } from './libc.ts'
import { inNamespace, type NamespaceName } from './namespace.ts'

const LIBRARIES = ['libpcap.so.0.8', 'libpcap.so.1', 'libpcap.so']
const OPTIMIZE = 1
const NETMASK_UNKNOWN = 0xffff_ffff
const ERROR_BUFFER_OCTETS = 256
const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
/** struct sock_filter: code (2 octets), jumps (1 each), k (4). */
const SIZEOF_INSTRUCTION = 8
/** BPF_RET | BPF_K: the frame is taken, cut to k octets; not at all where k is 0. */
const RETURN_CONSTANT = 0x06

/** The filter is not one. `reason` is libpcap's. */
export class FilterError extends Error {
  readonly filter: string
  readonly reason: string
  constructor(filter: string, reason: string) {
    super(`capture filter '${filter}': ${reason}`)
    this.name = 'FilterError'
    this.filter = filter
    this.reason = reason
  }
}

/**
 * Attaches the program that makes the socket take what is selected; none where that is everything.
 * @throws {FilterError} and as `compileFilter`
 */
export function attachSelection(
  fd: number,
  namespace: NamespaceName,
  interfaceName: string,
  { filter, snapLengthOctets = LONGEST_SNAP_OCTETS }: Selection,
): void {
  const hasFilter = filter !== undefined && filter !== null
  if (!hasFilter && snapLengthOctets >= LONGEST_SNAP_OCTETS) return
  const program = hasFilter ? compileFilter(namespace, interfaceName, filter) : takeAll()
  cutAt(program, snapLengthOctets)
  attach(fd, program, interfaceName)
}

/** What an open socket takes of every frame from now on: so many octets; nothing where it is 0; null: the whole frame. */
export function cutFrames(fd: number, snapLengthOctets: number | null): void {
  const program = takeAll()
  if (snapLengthOctets !== null) program.writeUInt32LE(snapLengthOctets, 4)
  attach(fd, program, 'an open capture')
}

function attach(fd: number, program: Buffer, interfaceName: string): void {
  const reference = Buffer.alloc(16) // struct sock_fprog
  reference.writeUInt16LE(program.length / SIZEOF_INSTRUCTION, 0)
  reference.writeBigUInt64LE(libc().addressOf(program), 8)
  const result = libc().setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, reference, reference.length)
  checked(result, 'SO_ATTACH_FILTER', interfaceName)
}

/**
 * The program's instructions.
 * @throws {FilterError}
 * @throws {Error} in one line, without libpcap, or if libpcap cannot open the NIC (it is down)
 */
export function compileFilter(namespace: NamespaceName, interfaceName: string, filter: string): Buffer {
  const pcap = libpcap()
  return inNamespace(namespace, () => {
    const problem = Buffer.alloc(ERROR_BUFFER_OCTETS)
    const handle = pcap.create(interfaceName, problem)
    if (handle === null) throw new Error(`libpcap on ${interfaceName}: ${textOf(problem)}`)
    try {
      const status = pcap.activate(handle)
      if (status < 0) throw new Error(`libpcap on ${interfaceName}: ${pcap.statusText(status)}`)
      const program = Buffer.alloc(16) // struct bpf_program
      if (pcap.compile(handle, program, filter, OPTIMIZE, NETMASK_UNKNOWN) < 0) {
        throw new FilterError(filter, pcap.errorText(handle))
      }
      const instructions = pcap.octetsAt(
        program.readBigUInt64LE(8),
        program.readUInt32LE(0) * SIZEOF_INSTRUCTION,
      )
      pcap.freeCode(program)
      return instructions
    } finally {
      pcap.close(handle)
    }
  })
}

function takeAll(): Buffer {
  const program = Buffer.alloc(SIZEOF_INSTRUCTION)
  program.writeUInt16LE(RETURN_CONSTANT, 0)
  program.writeUInt32LE(LONGEST_SNAP_OCTETS, 4)
  return program
}

function cutAt(program: Buffer, octets: number): void {
  for (let at = 0; at < program.length; at += SIZEOF_INSTRUCTION) {
    const takes = program.readUInt16LE(at) === RETURN_CONSTANT && program.readUInt32LE(at + 4) !== 0
    if (takes) program.writeUInt32LE(octets, at + 4)
  }
}

type Handle = bigint

interface Libpcap {
  create(interfaceName: string, problem: Uint8Array): Handle | null
  activate(handle: Handle): number
  compile(handle: Handle, program: Uint8Array, filter: string, optimize: number, netmask: number): number
  freeCode(program: Uint8Array): void
  close(handle: Handle): void
  errorText(handle: Handle): string
  statusText(status: number): string
  /** A copy. */
  octetsAt(address: bigint, length: number): Buffer
}

let loaded: Libpcap | undefined

function libpcap(): Libpcap {
  loaded ??= load()
  return loaded
}

function load(): Libpcap {
  const koffi = loadKoffi()
  const library = firstOf(LIBRARIES, (name) => koffi.load(name))
  if (library === undefined) {
    throw new Error('capture filters need libpcap, which is not on this machine (Debian: libpcap0.8)')
  }
  return {
    create: library.func('void *pcap_create(const char *device, void *problem)'),
    activate: library.func('int pcap_activate(void *handle)'),
    compile: library.func(
      'int pcap_compile(void *handle, void *program, const char *filter, int optimize, unsigned int netmask)',
    ),
    freeCode: library.func('void pcap_freecode(void *program)'),
    close: library.func('void pcap_close(void *handle)'),
    errorText: library.func('const char *pcap_geterr(void *handle)'),
    statusText: library.func('const char *pcap_statustostr(int status)'),
    octetsAt: (address, length) => Buffer.from(new Uint8Array(koffi.view(address, length))),
  }
}

function firstOf<T>(names: readonly string[], open: (name: string) => T): T | undefined {
  for (const name of names) {
    try {
      return open(name)
    } catch {
      // the next name may be this system's
    }
  }
  return undefined
}

function textOf(octets: Buffer): string {
  return octets.toString('utf8', 0, octets.indexOf(0))
}
