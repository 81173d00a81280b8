/** A site: one kernel with one agent. What is above speaks to its agent and never asks which kind it is. */
import type { Readable, Writable } from 'node:stream'
import type { MessageConnection, RequestType } from 'vscode-jsonrpc'
import { connect, type Greeting, octetsTaken, ready } from '../agent/messages/index.ts'
import { ThrottledLine } from './throttled-line.ts'

/** The kernel of a site on this machine. */
export type LocalKind = 'uml' | 'host'
export type SiteKind = LocalKind | 'ssh'

export interface SiteIdentity {
  name: string
  kind: SiteKind
  kernel: string
}

/** The embedded lab has one site, and its kind says more than its name. */
export const ONLY_SITE = 'lab'

/** A byte stream to an agent that was started, or is about to. */
export interface SiteLine {
  kind: SiteKind
  input: Readable
  output: Writable
  /** Settles when the site is gone, with what is known of its end. */
  ended: Promise<string>
}

/** The lab or the harness failed; nothing is said about the implementation. Its message is one line for the user. */
export class LabError extends Error {
  override readonly name = 'LabError'
}

/** There is no site at all: nothing can be judged, and trying again would not help. */
export class NoSite extends LabError {}

/** From its start to its agent's first word. */
export const GREETING_DEADLINE_MS = 30_000
/** Beyond what any request may take by its own deadlines: the agent hangs. */
const ANSWER_DEADLINE_MS = 60_000

export class Site {
  readonly name: string
  readonly kind: SiteKind
  readonly kernel: string
  /** For what is no question with an answer: notifications. */
  readonly agent: MessageConnection
  readonly #gone: Promise<never>

  constructor({ name, kind, kernel }: SiteIdentity, agent: MessageConnection, ended: Promise<string>) {
    this.name = name
    this.kind = kind
    this.kernel = kernel
    this.agent = agent
    this.#gone = ended.then((how) => {
      throw new LabError(`the agent of ${siteInWords(name, kind)} is gone: ${how}`)
    })
    this.#gone.catch(() => undefined) // whoever asks next is told
  }

  /** Cuts the line: whoever started the site ends it then. */
  close(): void {
    this.agent.end()
    this.agent.dispose()
  }

  /**
   * @param ownDeadlinesMs what the request itself may wait for
   * @throws {LabError} if the agent is gone, hangs, or could not do it
   */
  async ask<P, R>(type: RequestType<P, R, void>, request: P, ownDeadlinesMs = 0): Promise<R> {
    let deadline: NodeJS.Timeout | undefined
    const hangs = new Promise<never>((_, reject) => {
      const deadlineMs = ANSWER_DEADLINE_MS + ownDeadlinesMs
      const words = `the agent did not answer ${type.method} within ${deadlineMs / 1000} s`
      deadline = setTimeout(() => reject(new LabError(words)), deadlineMs)
    })
    try {
      return await Promise.race([this.#gone, this.agent.sendRequest<R>(type.method, request), hangs])
    } catch (error) {
      throw error instanceof LabError
        ? error
        : new LabError(`the agent could not ${type.method}: ${(error as Error).message}`)
    } finally {
      clearTimeout(deadline)
    }
  }
}

export function siteInWords(name: string, kind: SiteKind): string {
  return name === ONLY_SITE ? `the ${kind} site` : `the site ${name}`
}

/** Waits for the agent's first word. @throws {NoSite} if the site ends or stays silent */
export async function connectSite({ kind, input, output, ended }: SiteLine, name = ONLY_SITE): Promise<Site> {
  const words = siteInWords(name, kind)
  const throttled = kind === 'uml' ? new ThrottledLine(output) : undefined
  const agent = connect(input, throttled ?? output, { compress: throttled !== undefined })
  if (throttled !== undefined) agent.onNotification(octetsTaken, (total) => throttled.taken(total))
  agent.onError(() => undefined) // a broken line shows as the end of the site

  let deadline: NodeJS.Timeout | undefined
  const greeting = new Promise<Greeting>((resolve, reject) => {
    agent.onNotification(ready, resolve)
    const fail = (): void =>
      reject(new NoSite(`${words} did not answer within ${GREETING_DEADLINE_MS / 1000} s`))
    deadline = setTimeout(fail, GREETING_DEADLINE_MS)
    void ended.then((how) => reject(new NoSite(`${words} ended before its agent answered: ${how}`)))
  })
  agent.listen()
  try {
    const { kernel } = await greeting
    return new Site({ name, kind, kernel }, agent, ended)
  } catch (error) {
    agent.dispose()
    throw error
  } finally {
    clearTimeout(deadline)
  }
}
