/**
 * Tells that something about the NICs of a namespace has changed: one made or removed, up or down, its carrier. The
 * kernel says so of itself; what it says is not read, only that it did. Source: rtnetlink(7), netlink(7).
 */
import { checked, libc, O_CLOEXEC, O_NONBLOCK } from './libc.ts'
import { inNamespace, type NamespaceName } from './namespace.ts'

const AF_NETLINK = 16
const SOCK_RAW = 3
const NETLINK_ROUTE = 0
const RTMGRP_LINK = 1
const SIZEOF_SOCKADDR_NL = 12

export class LinkNews {
  /** Has something to be read when there is news. */
  readonly fd: number
  readonly #inbox = Buffer.alloc(1 << 15)
  #open = true

  private constructor(fd: number) {
    this.fd = fd
  }

  /** @throws {SystemError} */
  static open(namespace: NamespaceName): LinkNews {
    const what = `news of the NICs in ${namespace ?? 'the own namespace'}`
    const socket = (): number => libc().socket(AF_NETLINK, SOCK_RAW | O_NONBLOCK | O_CLOEXEC, NETLINK_ROUTE)
    const fd = checked(inNamespace(namespace, socket), 'socket', what)
    const address = Buffer.alloc(SIZEOF_SOCKADDR_NL)
    address.writeUInt16LE(AF_NETLINK, 0)
    address.writeUInt32LE(RTMGRP_LINK, 8)
    if (libc().bind(fd, address, address.length) >= 0) return new LinkNews(fd)
    try {
      throw checked(-1, 'bind', what)
    } finally {
      libc().close(fd)
    }
  }

  /** Takes what has come. That there was no room for all of it (ENOBUFS) is told once, as an error: it is news too. */
  clear(): void {
    for (let failures = 0; failures < 2; ) {
      const count = libc().read(this.fd, this.#inbox, this.#inbox.length)
      failures = count < 0 ? failures + 1 : 0
    }
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    libc().close(this.fd)
  }
}
