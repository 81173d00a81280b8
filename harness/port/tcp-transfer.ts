/**
 * One TCP transfer between two network stacks, of one kernel or of two: a client connects, sends so many octets and ends;
 * the server reads and compares them. Nothing blocks: whoever carries the frames between the two calls `step` in
 * between. Source: tcp(7), connect(2).
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

export interface TcpClientOptions {
  client: TcpEnd
  /** The server's address. */
  to: string
  port: number
  sizeOctets: number
}

export interface TcpTransferOptions {
  client: TcpEnd
  server: TcpEnd
  port: number
  sizeOctets: number
}

/** What the server has got, and how it went. */
export class TcpServer {
  /** What it has got so far. */
  received = 0
  /** Every octet was the one sent at its place. */
  intact = true
  /** It saw the client's end of the stream, after all of it. */
  ended = false
  /** Why it broke off, else null. */
  error: string | null = null
  readonly #listener: number
  #connection: number | null = null
  readonly #chunk = Buffer.alloc(CHUNK_OCTETS)

  private constructor(listener: number) {
    this.#listener = listener
  }

  /** @throws {SystemError} EADDRINUSE, EADDRNOTAVAIL and the like */
  static listen({ namespace, address }: TcpEnd, port: number): TcpServer {
    const what = `${address}:${port}`
    return closedOnFailure(socketIn(namespace), (listener) => {
      const reuse = Buffer.from([1, 0, 0, 0])
      libc().setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, reuse, reuse.length)
      const own = socketAddress(address, port)
      checked(libc().bind(listener, own, own.length), 'bind', what)
      checked(libc().listen(listener, 1), 'listen', what)
      return new TcpServer(listener)
    })
  }

  get done(): boolean {
    return this.ended || this.error !== null
  }

  /** Takes in what has come. */
  step(): void {
    if (this.done) return
    if (this.#connection === null) this.#accept()
    if (this.#connection !== null) this.#receive(this.#connection)
  }

  close(): void {
    for (const fd of [this.#connection, this.#listener]) if (fd !== null) libc().close(fd)
  }

  #accept(): void {
    const accepted = libc().accept4(this.#listener, null, null, O_NONBLOCK | O_CLOEXEC)
    if (accepted >= 0) this.#connection = accepted
    else this.error = failureOf('accept')
  }

  #receive(connection: number): void {
    for (;;) {
      const count = libc().read(connection, this.#chunk, CHUNK_OCTETS)
      if (count < 0) {
        this.error = failureOf('read')
        return
      }
      if (count === 0) {
        this.ended = true
        libc().shutdown(connection, SHUT_WR)
        return
      }
      for (let at = 0; at < count; at += 1) {
        if (this.#chunk[at] !== (this.received + at) % PATTERN) this.intact = false
      }
      this.received += count
    }
  }
}

export class TcpClient {
  /** Why it broke off, else null. */
  error: string | null = null
  /** All was sent, and the server has hung up behind it. */
  done = false
  readonly #sizeOctets: number
  readonly #connection: number
  #sent = 0
  readonly #chunk = Buffer.alloc(CHUNK_OCTETS)

  private constructor(sizeOctets: number, connection: number) {
    this.#sizeOctets = sizeOctets
    this.#connection = connection
  }

  /** @throws {SystemError} EADDRNOTAVAIL, ENETUNREACH and the like */
  static connect({ client, to, port, sizeOctets }: TcpClientOptions): TcpClient {
    return closedOnFailure(socketIn(client.namespace), (connection) => {
      const own = socketAddress(client.address, 0)
      checked(libc().bind(connection, own, own.length), 'bind', client.address)
      const address = socketAddress(to, port)
      if (libc().connect(connection, address, address.length) < 0) {
        const error = new SystemError('connect', libc().errno(), `${to}:${port}`)
        if (error.code !== 'EINPROGRESS') throw error
      }
      return new TcpClient(sizeOctets, connection)
    })
  }

  /** Sends what can be sent without waiting. */
  step(): void {
    if (this.error !== null || this.done) return
    while (this.#sent < this.#sizeOctets) {
      const wanted = Math.min(CHUNK_OCTETS, this.#sizeOctets - this.#sent)
      for (let at = 0; at < wanted; at += 1) this.#chunk[at] = (this.#sent + at) % PATTERN
      const count = libc().write(this.#connection, this.#chunk, wanted)
      if (count < 0) {
        this.error = failureOf('write')
        return
      }
      this.#sent += count
      if (this.#sent === this.#sizeOctets) libc().shutdown(this.#connection, SHUT_WR)
    }
    this.#awaitEnd()
  }

  close(): void {
    libc().close(this.#connection)
  }

  #awaitEnd(): void {
    const count = libc().read(this.#connection, this.#chunk, CHUNK_OCTETS)
    if (count === 0) this.done = true
    else if (count < 0) this.error = failureOf('read')
  }
}

/** Both ends, on one kernel. */
export class TcpTransfer {
  readonly #server: TcpServer
  readonly #client: TcpClient

  private constructor(server: TcpServer, client: TcpClient) {
    this.#server = server
    this.#client = client
  }

  /** @throws {SystemError} EADDRINUSE, EADDRNOTAVAIL, ENETUNREACH and the like */
  static start({ client, server, port, sizeOctets }: TcpTransferOptions): TcpTransfer {
    const listening = TcpServer.listen(server, port)
    try {
      return new TcpTransfer(listening, TcpClient.connect({ client, to: server.address, port, sizeOctets }))
    } catch (error) {
      listening.close()
      throw error
    }
  }

  get received(): number {
    return this.#server.received
  }

  get intact(): boolean {
    return this.#server.intact
  }

  get ended(): boolean {
    return this.#server.ended
  }

  get error(): string | null {
    return this.#server.error ?? this.#client.error
  }

  get done(): boolean {
    return this.ended || this.error !== null
  }

  /** Sends and takes in what can be without waiting. */
  step(): void {
    if (this.done) return
    this.#client.step()
    this.#server.step()
  }

  close(): void {
    this.#client.close()
    this.#server.close()
  }
}

function closedOnFailure<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd)
  } catch (error) {
    libc().close(fd)
    throw error
  }
}

/** Null where it is only not connected yet, nothing is there, or there is no room: later. */
function failureOf(call: string): string | null {
  const { EAGAIN, ENOTCONN, EINTR } = constants.errno
  const errno = libc().errno()
  if (errno === EAGAIN || errno === EINTR || (errno === ENOTCONN && call === 'write')) return null
  return new SystemError(call, errno, 'TCP transfer').message
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
