/**
 * AF_PACKET without a ring: sending on any NIC of a namespace, and asking what state a NIC is in.
 * Source: packet(7), netdevice(7).
 */
import { AF_PACKET, checked, libc, O_CLOEXEC, O_NONBLOCK } from './libc.ts'
import { inNamespace, type NamespaceName } from './namespace.ts'

const SOCK_RAW = 3
const SIZEOF_SOCKADDR_LL = 20
const SIOCGIFINDEX = 0x8933
const SIOCGIFFLAGS = 0x8913
const IFNAMSIZ = 16
const IFF_UP = 0x1
const IFF_RUNNING = 0x40

export interface LinkState {
  exists: boolean
  up: boolean
  /** IFF_RUNNING: there is a peer, an open TAP device, a cable. */
  carrier: boolean
}

/** One socket serves a whole namespace; it receives nothing (protocol 0). */
export class PacketSocket {
  readonly #fd: number
  readonly #indexes = new Map<string, number>()

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** @throws {SystemError} EPERM without CAP_NET_RAW there */
  static open(namespace: NamespaceName): PacketSocket {
    const fd = inNamespace(namespace, () => libc().socket(AF_PACKET, SOCK_RAW | O_NONBLOCK | O_CLOEXEC, 0))
    return new PacketSocket(checked(fd, 'socket', `AF_PACKET in ${namespace ?? 'the own namespace'}`))
  }

  /** Puts one frame on the NIC, through its qdisc. @throws {SystemError} ENETDOWN, EMSGSIZE, ENXIO, ENODEV */
  send(interfaceName: string, frame: Uint8Array): void {
    const address = linkAddress(this.#indexOf(interfaceName))
    const sent = libc().sendto(this.#fd, frame, frame.length, 0, address, SIZEOF_SOCKADDR_LL)
    if (sent < 0) this.#indexes.delete(interfaceName) // a NIC that was made anew has another index
    checked(sent, 'sendto', interfaceName)
  }

  linkState(interfaceName: string): LinkState {
    const request = interfaceRequest(interfaceName)
    if (libc().ioctl(this.#fd, SIOCGIFFLAGS, request) < 0) return { exists: false, up: false, carrier: false }
    const flags = request.readUInt16LE(IFNAMSIZ)
    return { exists: true, up: (flags & IFF_UP) !== 0, carrier: (flags & IFF_RUNNING) !== 0 }
  }

  close(): void {
    libc().close(this.#fd)
  }

  #indexOf(interfaceName: string): number {
    const known = this.#indexes.get(interfaceName)
    if (known !== undefined) return known
    const index = interfaceIndex(this.#fd, interfaceName)
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

function interfaceRequest(interfaceName: string): Buffer {
  const request = Buffer.alloc(40)
  request.write(interfaceName, 0, IFNAMSIZ - 1, 'latin1')
  return request
}
