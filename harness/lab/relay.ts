/**
 * The line from a test worker to a site. The controller starts sites, so that they boot while vitest does and die with
 * the run; a worker is another process and reaches its site over a local socket in the abstract namespace (no file, no
 * network port), which opens only to who knows the token. Source: unix(7).
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { LabError, type SiteKind, type SiteLine } from './site.ts'
import type { SiteProcess } from './sites/process-site.ts'

export interface RelayAddress {
  path: string
  token: string
}

export interface Relay {
  address: RelayAddress
  close(): void
}

/** @param siteFor starts, or hands over, the site of one worker */
export async function openRelay(siteFor: (worker: number) => Promise<SiteProcess>): Promise<Relay> {
  const address = {
    path: `\0frameproof-${randomBytes(8).toString('hex')}`,
    token: randomBytes(32).toString('hex'),
  }
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    void firstLine(socket).then(async (line) => {
      const [token = '', worker] = line.split(' ')
      if (!sameToken(token, address.token)) return socket.destroy()
      await join(socket, siteFor(Number(worker)))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.path, resolve)
  })
  server.unref()
  return { address, close: () => server.close() }
}

async function join(socket: Socket, starting: Promise<SiteProcess>): Promise<void> {
  try {
    const site = await starting
    socket.write(`${site.kind}\n`)
    site.input.pipe(socket)
    socket.pipe(site.output, { end: false })
    void site.ended.then(() => socket.destroy())
    socket.on('close', () => void site.kill()) // what it left behind nobody knows
  } catch (error) {
    socket.end(`error ${(error as Error).message.replaceAll('\n', ' ')}\n`)
  }
}

/** @throws {LabError} if the site could not be started */
export async function connectToRelay({ path, token }: RelayAddress, worker: number): Promise<SiteLine> {
  const socket = connect(path)
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => resolve('its line was cut'))
    socket.on('error', () => socket.destroy())
  })
  socket.write(`${token} ${worker}\n`)
  const answer = await Promise.race([
    firstLine(socket),
    ended.then((how) => `error the site is gone: ${how}`),
  ])
  if (answer.startsWith('error ')) throw new LabError(answer.slice('error '.length))
  return { kind: answer as SiteKind, input: socket, output: socket, ended }
}

/** Reads one line and leaves what follows it in the stream. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let line = Buffer.alloc(0)
    const onReadable = (): void => {
      for (
        let octet = socket.read(1) as Buffer | null;
        octet !== null;
        octet = socket.read(1) as Buffer | null
      ) {
        if (octet[0] === 0x0a) {
          socket.off('readable', onReadable)
          resolve(line.toString('utf8'))
          return
        }
        line = Buffer.concat([line, octet])
      }
    }
    socket.on('readable', onReadable)
  })
}

function sameToken(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
