/**
 * Packets from within a namespace's IP stack, for what must come from a host and not from a guest: ICMP errors,
 * packets that nobody asked for. Routing, ARP and fragmentation are the kernel's. Through the package `raw-socket`,
 * with its traps shut: it must be kept from being collected, its messages lie in one buffer, and after `close` it
 * would open another socket, in whatever namespace. Source: raw(7), ipv6(7), socket(7).
 */
import type { Socket } from 'raw-socket'
import { errnoOfText, loadNative, SystemError } from './libc.ts'
import { inNamespace, type NamespaceName } from './namespace.ts'

const REMEDY = 'install g++, make and python3, then run npm ci'
const SOL_SOCKET = 1
const SO_BROADCAST = 6
const SO_BINDTODEVICE = 25
const IPPROTO_IP = 0
const IP_HDRINCL = 3
const IPPROTO_IPV6 = 41
const IPV6_HDRINCL = 36
const LONGEST_PACKET = 65_535

export interface RawIpRequest {
  namespace: NamespaceName
  /** The number in the IP header, RFC 790: 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6. */
  protocol: number
  /** 4 by default. */
  version?: 4 | 6
  /** The NIC that packets go out of and come in by (SO_BINDTODEVICE); any by default. */
  interfaceName?: string
  /**
   * Whether `send` gets whole packets, IP header and all: then any source address can be claimed. IPv4: the kernel
   * still writes the header's checksum and total length, the identification where it is 0, and the source where it is
   * 0.0.0.0; and it does not fragment: what exceeds the MTU is EMSGSIZE. IPv6: nothing is rewritten.
   * Without it, `send` gets what follows the header, and the kernel makes that; of ICMPv6 it writes the checksum too.
   */
  includeHeader?: boolean
  /**
   * Called for each packet of the protocol that the namespace receives, answered by the kernel or not. IPv4: with its
   * header; IPv6: without. The octets are the caller's to keep.
   */
  onMessage?: (octets: Buffer, source: string) => void
  /** Called when receiving fails. */
  onError?: (error: Error) => void
}

export class RawIp {
  /** Nothing else may refer to one that only listens. */
  static readonly #kept = new Set<RawIp>()
  readonly #socket: Socket
  readonly #what: string
  /** Of the packets that wait to be sent. */
  readonly #waiting = new Set<(error: Error) => void>()
  #open = true

  private constructor(socket: Socket, what: string) {
    this.#socket = socket
    this.#what = what
  }

  /** @throws {SystemError} EPERM, ENODEV, ENOENT (the namespace) @throws {Error} that the package does not load */
  static open(request: RawIpRequest): RawIp {
    const { namespace, protocol, version = 4, interfaceName } = request
    const { createSocket, AddressFamily } = loadNative('raw-socket', REMEDY) as typeof import('raw-socket')
    const addressFamily = version === 4 ? AddressFamily.IPv4 : AddressFamily.IPv6
    const what = `raw IP, protocol ${protocol}, in ${namespace ?? 'the own namespace'}`
    const socket = inNamespace(namespace, () =>
      named('socket', what, () => createSocket({ protocol, addressFamily, bufferSize: LONGEST_PACKET })),
    )
    const opened = new RawIp(socket, what)
    RawIp.#kept.add(opened)
    try {
      opened.#listen(request)
      opened.#configure(version, request.includeHeader ?? false, interfaceName)
    } catch (error) {
      opened.close()
      throw error
    }
    return opened
  }

  /**
   * Resolves when the kernel has taken it. Broadcast addresses may be sent to.
   * @throws {SystemError} EMSGSIZE over the MTU (with the header included), ENETUNREACH, EHOSTUNREACH, EINVAL
   */
  send(packet: Uint8Array, destination: string): Promise<void> {
    if (!this.#open) return Promise.reject(new Error(`${this.#what}: it is closed`))
    const octets = Buffer.from(packet) // it waits in a queue, and the caller may write another meanwhile
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      this.#socket.send(octets, 0, octets.length, destination, (error) => {
        this.#waiting.delete(reject)
        if (error === null) resolve()
        else reject(asSystemError(error, 'sendto', `${this.#what}, to ${destination}`))
      })
    })
  }

  /** What still waits is not sent. */
  close(): void {
    if (this.#open) this.#socket.close()
  }

  #onClose(): void {
    this.#open = false
    RawIp.#kept.delete(this)
    for (const reject of this.#waiting) reject(new Error(`${this.#what}: it was closed before this was sent`))
    this.#waiting.clear()
  }

  #listen({ onMessage, onError }: RawIpRequest): void {
    this.#socket.on('message', (octets: Buffer, source: string) => {
      if (this.#open) onMessage?.(Buffer.from(octets), source)
    })
    this.#socket.on('close', () => this.#onClose())
    this.#socket.on('error', (error: Error) => {
      if (this.#open) onError?.(asSystemError(error, 'recvfrom', this.#what))
    })
  }

  #configure(version: 4 | 6, includeHeader: boolean, interfaceName: string | undefined): void {
    const set = (what: string, level: number, option: number, value: number): void =>
      named(what, this.#what, () => this.#socket.setOption(level, option, value))
    set('SO_BROADCAST', SOL_SOCKET, SO_BROADCAST, 1)
    if (includeHeader && version === 4) set('IP_HDRINCL', IPPROTO_IP, IP_HDRINCL, 1)
    if (includeHeader && version === 6) set('IPV6_HDRINCL', IPPROTO_IPV6, IPV6_HDRINCL, 1)
    if (interfaceName === undefined) return
    const name = Buffer.from(`${interfaceName}\0`)
    named('SO_BINDTODEVICE', `${this.#what}, to ${interfaceName}`, () =>
      this.#socket.setOption(SOL_SOCKET, SO_BINDTODEVICE, name, name.length),
    )
  }
}

/** The package tells a failed call's reason as the C library's text only. */
function named<T>(call: string, what: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw asSystemError(error as Error, call, what)
  }
}

function asSystemError(error: Error, call: string, what: string): Error {
  const errno = errnoOfText(error.message)
  return errno === undefined ? new Error(`${what}: ${error.message}`) : new SystemError(call, errno, what)
}
