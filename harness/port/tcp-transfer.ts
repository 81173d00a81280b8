/**
 * One TCP transfer between two network stacks of this kernel, each in a namespace of its own: a client connects, sends so
 * many octets and ends; the server reads and compares them. Nothing blocks: whoever carries the frames between the two
 * calls `step` in between. Source: tcp(7), connect(2).
 */
import { constants } from 'node:os'
import { checked, libc, O_CLOEXEC, O_NONBLOCK, SystemError } from './libc.ts'
import { inNamespace, type NamespaceName } from './namespace.ts'

const AF_INET = 2
const SOCK_STREAM = 1
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SHUT_WR = 1
const SIZEOF_SOCKADDR_IN = 16
const CHUNK_OCTETS = 16_384
/** Octet n of what is sent is n modulo this: a prime, so that a lost, doubled or moved segment shows. */
const PATTERN = 251

export interface TcpEnd {
  namespace: NamespaceName
  address: string // IPv4
}

export interface TcpTransferOptions {
  client: TcpEnd
  server: TcpEnd
  port: number
  sizeOctets: number
}

export class TcpTransfer {
  /** What the server has got so far. */
  received = 0
  /** Every octet was the one sent at its place. */
  intact = true
  /** The server saw the client's end of the stream, after all of it. */
  ended = false
  /** Why it broke off, else null. */
  error: string | null = null
  readonly #sizeOctets: number
  readonly #listener: number
  readonly #client: number
  #server: number | null = null
  #sent = 0
  readonly #chunk = Buffer.alloc(CHUNK_OCTETS)

  private constructor(sizeOctets: number, listener: number, client: number) {
    this.#sizeOctets = sizeOctets
    this.#listener = listener
    this.#client = client
  }

  /** @throws {SystemError} EADDRINUSE, EADDRNOTAVAIL, ENETUNREACH and the like */
  static start({ client, server, port, sizeOctets }: TcpTransferOptions): TcpTransfer {
    const listener = socketIn(server.namespace)
    try {
      const reuse = Buffer.from([1, 0, 0, 0])
      libc().setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, reuse, reuse.length)
      const address = socketAddress(server.address, port)
      checked(libc().bind(listener, address, address.length), 'bind', `${server.address}:${port}`)
      checked(libc().listen(listener, 1), 'listen', `${server.address}:${port}`)
      const from = socketIn(client.namespace)
      try {
        const own = socketAddress(client.address, 0)
        checked(libc().bind(from, own, own.length), 'bind', client.address)
        if (libc().connect(from, address, address.length) < 0) {
          const error = new SystemError('connect', libc().errno(), `${server.address}:${port}`)
          if (error.code !== 'EINPROGRESS') throw error
        }
        return new TcpTransfer(sizeOctets, listener, from)
      } catch (error) {
        libc().close(from)
        throw error
      }
    } catch (error) {
      libc().close(listener)
      throw error
    }
  }

  get done(): boolean {
    return this.ended || this.error !== null
  }

  /** Sends and takes in what can be without waiting. */
  step(): void {
    if (this.done) return
    if (this.#server === null) {
      const accepted = libc().accept4(this.#listener, null, null, O_NONBLOCK | O_CLOEXEC)
      if (accepted >= 0) this.#server = accepted
      else this.#unlessLater('accept')
    }
    this.#send()
    this.#receive()
  }

  close(): void {
    for (const fd of [this.#client, this.#server, this.#listener]) if (fd !== null) libc().close(fd)
  }

  #send(): void {
    while (this.#sent < this.#sizeOctets) {
      const wanted = Math.min(CHUNK_OCTETS, this.#sizeOctets - this.#sent)
      for (let at = 0; at < wanted; at += 1) this.#chunk[at] = (this.#sent + at) % PATTERN
      const count = libc().write(this.#client, this.#chunk, wanted)
      if (count < 0) {
        this.#unlessLater('write')
        return
      }
      this.#sent += count
      if (this.#sent === this.#sizeOctets) libc().shutdown(this.#client, SHUT_WR)
    }
  }

  #receive(): void {
    while (this.#server !== null) {
      const count = libc().read(this.#server, this.#chunk, CHUNK_OCTETS)
      if (count < 0) {
        this.#unlessLater('read')
        return
      }
      if (count === 0) {
        this.ended = true
        return
      }
      for (let at = 0; at < count; at += 1) {
        if (this.#chunk[at] !== (this.received + at) % PATTERN) this.intact = false
      }
      this.received += count
    }
  }

  /** Not connected yet, nothing there, no room: later. */
  #unlessLater(call: string): void {
    const { EAGAIN, ENOTCONN, EINTR } = constants.errno
    const errno = libc().errno()
    if (errno === EAGAIN || errno === EINTR || (errno === ENOTCONN && call === 'write')) return
    this.error = new SystemError(call, errno, 'TCP transfer').message
  }
}

function socketIn(namespace: NamespaceName): number {
  const fd = inNamespace(namespace, () => libc().socket(AF_INET, SOCK_STREAM | O_NONBLOCK | O_CLOEXEC, 0))
  return checked(fd, 'socket', `TCP in ${namespace ?? 'the own namespace'}`)
}

/** struct sockaddr_in. */
function socketAddress(address: string, port: number): Buffer {
  const octets = Buffer.alloc(SIZEOF_SOCKADDR_IN)
  octets.writeUInt16LE(AF_INET, 0)
  octets.writeUInt16BE(port, 2)
  octets.set(address.split('.').map(Number), 4)
  return octets
}
