/**
 * A local socket for the project's own processes: in the abstract namespace (no file that a crash could leave, no
 * network port), and open only to who knows the token. Source: unix(7).
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'

export interface SocketAddress {
  path: string
  token: string
}

export interface GuardedServer {
  address: SocketAddress
  close(): void
}

/** @param onClient gets each client that knew the token, and the word that it said with it */
export async function serveGuarded(onClient: (socket: Socket, word: string) => void): Promise<GuardedServer> {
  const name = randomBytes(8).toString('hex')
  const address = { path: `\0frameproof-${name}`, token: randomBytes(32).toString('hex') }
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    void readLine(socket).then((line) => {
      const [token = '', word = ''] = line.split(' ')
      if (sameToken(token, address.token)) onClient(socket, word)
      else socket.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.path, resolve)
  })
  return { address, close: () => server.close() }
}

/** The socket, and a promise that settles when it is closed for whatever reason. */
export function connectGuarded(
  { path, token }: SocketAddress,
  word: string,
): { socket: Socket; closed: Promise<void> } {
  const socket = connect(path)
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve())
    socket.on('error', () => socket.destroy())
  })
  socket.write(`${token} ${word}\n`)
  return { socket, closed }
}

/** Reads one line and leaves what follows it in the stream. */
export function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const octets: number[] = []
    const onReadable = (): void => {
      for (
        let octet = socket.read(1) as Buffer | null;
        octet !== null;
        octet = socket.read(1) as Buffer | null
      ) {
        if (octet[0] === 0x0a) {
          socket.off('readable', onReadable)
          resolve(Buffer.from(octets).toString('utf8'))
          return
        }
        octets.push(octet[0] ?? 0)
      }
    }
    socket.on('readable', onReadable)
  })
}

function sameToken(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
