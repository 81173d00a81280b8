/**
 * The line from a test worker to a site. The controller starts sites, so that they boot while vitest does and die with
 * the run; a worker is another process and reaches its site over a guarded socket.
 */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import {
  connectGuarded,
  type GuardedServer,
  readLine,
  type SocketAddress,
  serveGuarded,
} from './guarded-socket.ts'
import { GREETING_DEADLINE_MS, NoSite, type SiteKind, type SiteLine, siteInWords } from './site.ts'
import type { SiteProcess } from './sites/process-site.ts'

/** @param siteFor starts, or hands over, a site of one worker, by the site's name */
export function openRelay(
  siteFor: (worker: number, site: string) => Promise<SiteProcess>,
): Promise<GuardedServer> {
  return serveGuarded((socket, word) => {
    const [worker = '', site = ''] = word.split('/')
    void join(socket, site, siteFor(Number(worker), site))
  })
}

async function join(socket: Socket, name: string, starting: Promise<SiteProcess>): Promise<void> {
  try {
    const site = await starting
    const how = await Promise.race([firstWord(site.input), site.ended, silence()])
    if (how !== null) throw new Error(`${siteInWords(name, site.kind)} ended: ${how}`)
    socket.write(`${site.kind}\n`)
    site.input.pipe(socket, { end: false }) // first it is to be known how it ended
    socket.pipe(site.output, { end: false })
    void site.ended.then(() => socket.destroy())
    socket.on('close', () => void site.kill()) // what the worker left there nobody knows
  } catch (error) {
    socket.end(`error ${(error as Error).message.replaceAll('\n', ' ')}\n`)
  }
}

async function silence(): Promise<string> {
  await setTimeout(GREETING_DEADLINE_MS, undefined, { ref: false })
  return `it said nothing within ${GREETING_DEADLINE_MS / 1000} s`
}

/** Resolves when there is something to read, and leaves it there. */
function firstWord(input: Readable): Promise<null> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (input.readableLength === 0) return // the end is readable too
      input.off('readable', look)
      resolve(null)
    }
    input.on('readable', look)
  })
}

/** @throws {NoSite} if the site could not be started */
export async function connectToRelay(
  address: SocketAddress,
  worker: number,
  site: string,
): Promise<SiteLine> {
  const { socket, closed } = connectGuarded(address, `${worker}/${site}`)
  const ended = closed.then(() => 'its line was cut')
  const answer = await Promise.race([readLine(socket), ended.then((how) => `error the site is gone: ${how}`)])
  if (answer.startsWith('error ')) throw new NoSite(answer.slice('error '.length))
  return { kind: answer as SiteKind, input: socket, output: socket, ended }
}
