/**
 * AF_PACKET without a ring: sending on any NIC of a namespace, and asking what state a NIC is in.
 * Source: packet(7), netdevice(7).
 */
import { constants } from 'node:os'
import { FrameBatch, FrameScratch, type MessageHeaders, MOST_MESSAGES } from './frame-batch.ts'
import { AF_PACKET, checked, libc, O_CLOEXEC, O_NONBLOCK, SystemError } from './libc.ts'
import { inNamespace, type NamespaceName } from './namespace.ts'

const SOCK_RAW = 3
const SIZEOF_SOCKADDR_LL = 20
const SIOCGIFINDEX = 0x8933
const SIOCGIFFLAGS = 0x8913
export const IFNAMSIZ = 16
const IFF_UP = 0x1
const IFF_RUNNING = 0x40

export interface LinkState {
  exists: boolean
  up: boolean
  /** IFF_RUNNING: there is a peer, an open TAP device, a cable. */
  carrier: boolean
}

/** A batch broke off: `sent` frames were taken before the one that failed. */
export class PartialSendError extends SystemError {
  readonly sent: number
  constructor(call: string, errno: number, interfaceName: string, sent: number, of: number) {
    super(call, errno, `${interfaceName}, after ${sent} of ${of} frames`)
    this.sent = sent
  }
}

/** What the kernel says of an index that no NIC has any more. */
const IS_GONE: ReadonlySet<string> = new Set(['ENXIO', 'ENODEV'])

/** One socket serves a whole namespace; it receives nothing (protocol 0). */
export class PacketSocket {
  /** For waiting until it can take more. */
  readonly fd: number
  readonly #indexes = new Map<string, number>()
  #scratch: FrameScratch | undefined
  #open = true

  private constructor(fd: number) {
    this.fd = fd
  }

  /** @throws {SystemError} EPERM without CAP_NET_RAW there */
  static open(namespace: NamespaceName): PacketSocket {
    const fd = inNamespace(namespace, () => libc().socket(AF_PACKET, SOCK_RAW | O_NONBLOCK | O_CLOEXEC, 0))
    return new PacketSocket(checked(fd, 'socket', `AF_PACKET in ${namespace ?? 'the own namespace'}`))
  }

  /** Puts one frame on the NIC, through its qdisc. @throws {SystemError} ENETDOWN, EMSGSIZE, ENXIO, ENODEV */
  send(interfaceName: string, frame: Uint8Array): void {
    const isKnown = this.#indexes.has(interfaceName)
    const send = (): number => {
      const address = linkAddress(this.#indexOf(interfaceName))
      return libc().sendto(this.fd, frame, frame.length, 0, address, SIZEOF_SOCKADDR_LL)
    }
    let sent = send()
    if (sent < 0) {
      const error = new SystemError('sendto', libc().errno(), interfaceName)
      this.#indexes.delete(interfaceName)
      if (!isKnown || !IS_GONE.has(error.code)) throw error
      sent = send() // a NIC that was made anew has another index
    }
    checked(sent, 'sendto', interfaceName)
  }

  /**
   * Puts the frames on the NIC in this order, through its qdisc, many in one system call. Returns how many it took:
   * fewer than all when the socket's buffer is full (EAGAIN), because the NIC sends more slowly; then wait and go on.
   * A `FrameBatch` spares the copying.
   * @throws {PartialSendError} EMSGSIZE, ENETDOWN, ENXIO, ENOBUFS (the qdisc threw the frame away)
   * @throws {SystemError} ENODEV
   */
  sendBatch(interfaceName: string, frames: FrameBatch | readonly Uint8Array[]): number {
    if (frames instanceof FrameBatch) return this.#sendLoaded(interfaceName, frames.headers, frames.length, 0)
    this.#scratch ??= new FrameScratch()
    let sent = 0
    while (sent < frames.length) {
      const chunk = frames.slice(sent, sent + MOST_MESSAGES)
      this.#scratch.load(chunk)
      const taken = this.#sendLoaded(interfaceName, this.#scratch.headers, chunk.length, sent, frames.length)
      sent += taken
      if (taken < chunk.length) break
    }
    return sent
  }

  linkState(interfaceName: string): LinkState {
    const request = interfaceRequest(interfaceName)
    if (libc().ioctl(this.fd, SIOCGIFFLAGS, request) < 0) return { exists: false, up: false, carrier: false }
    const flags = request.readUInt16LE(IFNAMSIZ)
    return { exists: true, up: (flags & IFF_UP) !== 0, carrier: (flags & IFF_RUNNING) !== 0 }
  }

  /** What the kernel calls the NIC now; null if there is none. */
  indexOf(interfaceName: string): number | null {
    const request = interfaceRequest(interfaceName)
    if (libc().ioctl(this.fd, SIOCGIFINDEX, request) < 0) return null
    return request.readInt32LE(IFNAMSIZ)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    libc().close(this.fd)
  }

  #sendLoaded(
    interfaceName: string,
    headers: MessageHeaders,
    count: number,
    sentBefore: number,
    countOfAll = count,
  ): number {
    linkAddress(this.#indexOf(interfaceName)).copy(headers.address)
    let sent = 0
    while (sent < count) {
      const some = Math.min(count - sent, MOST_MESSAGES)
      const taken = libc().sendmmsg(this.fd, headers.from(sent), some, 0)
      if (taken < 0) {
        const errno = libc().errno()
        if (errno === constants.errno.EAGAIN) return sent
        this.#indexes.delete(interfaceName) // a NIC that was made anew has another index
        throw new PartialSendError('sendmmsg', errno, interfaceName, sentBefore + sent, countOfAll)
      }
      sent += taken
    }
    return sent
  }

  #indexOf(interfaceName: string): number {
    const known = this.#indexes.get(interfaceName)
    if (known !== undefined) return known
    const index = interfaceIndex(this.fd, interfaceName)
    this.#indexes.set(interfaceName, index)
    return index
  }
}

/** A sockaddr_ll for all protocols on one NIC. */
export function linkAddress(interfaceIndex: number, protocol = 0): Buffer {
  const address = Buffer.alloc(SIZEOF_SOCKADDR_LL)
  address.writeUInt16LE(AF_PACKET, 0)
  address.writeUInt16BE(protocol, 2)
  address.writeInt32LE(interfaceIndex, 4)
  return address
}

/** @throws {SystemError} ENODEV */
export function interfaceIndex(fd: number, interfaceName: string): number {
  const request = interfaceRequest(interfaceName)
  checked(libc().ioctl(fd, SIOCGIFINDEX, request), 'SIOCGIFINDEX', interfaceName)
  return request.readInt32LE(IFNAMSIZ)
}

/** A struct ifreq with its name. */
export function interfaceRequest(interfaceName: string): Buffer {
  const request = Buffer.alloc(40)
  request.write(interfaceName, 0, IFNAMSIZ - 1, 'latin1')
  return request
}
