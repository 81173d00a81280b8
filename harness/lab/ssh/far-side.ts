/** Prepares the far side of a session until it is the agent: what prepare.sh and become-agent.sh ask for, they get. */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { readLine } from '../guarded-socket.ts'
import { type End, endOf } from './client.ts'
import type { Session, SshConnection } from './connection.ts'
import { ownerLine, readOwner } from './owner.ts'
import { compressed, nodePack, ownPlatform, type Pack, type Platform } from './pack.ts'
import { type SshTarget, siteProblem } from './target.ts'
import { LastWords } from './words.ts'

/** Debian 12 has 18. */
export const LEAST_NODE = 18
/** In any login shell. The script is one line: `read` alone takes no octet too many, with every sh. */
const TAKE_SCRIPT = `exec sh -c 'IFS= read -r script && eval "$(printf %b "$script")"'`
const ANSWER = /^frameproof (\S+) ?(.*)$/
const PROGRAMS = ['ip', 'tar', 'gzip', 'head', 'df', 'find', 'flock']
/** From what it was told to its next answer; what takes longer is an upload, and that has no deadline but ssh's own. */
const ANSWER_DEADLINE_MS = 60_000
const NO_ROOM = 'make room, or remove its ~/.cache/frameproof'

/** A session whose far side is an agent now. */
export interface AgentSession {
  session: Session
  said: LastWords
  end: Promise<End>
}

interface Answer {
  word: string
  /** Behind the word. */
  rest: string
}

/** @throws {BadInput} telling what is wrong over there, and what to do */
export async function startAgent(
  connection: SshConnection,
  packs: ReadonlyMap<Platform, Pack>,
): Promise<AgentSession> {
  const session = connection.session(TAKE_SCRIPT)
  const said = new LastWords()
  session.stderr.on('data', said.add)
  session.stdin.on('error', () => undefined) // a broken line shows as the end of the session
  const talk = new FarSide(connection.target, session, said, endOf(session))
  const prepare = readFileSync(join(import.meta.dirname, 'prepare.sh'), 'utf8')
  const script = variables(connection.target, session, packs) + prepare
  session.stdin.write(`${script.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`)
  try {
    await talk.untilAgent(packs)
  } catch (error) {
    session.kill('SIGKILL')
    throw error
  }
  return { session, said, end: talk.end }
}

function variables({ sudo }: SshTarget, session: Session, packs: ReadonlyMap<Platform, Pack>): string {
  const become = readFileSync(join(import.meta.dirname, 'become-agent.sh'), 'utf8')
  const values = {
    AGENTS: [...packs].map(([platform, { name }]) => `${platform}=${name}`).join(' '),
    NODE_PACK: nodePack().name,
    LEAST_NODE: String(LEAST_NODE),
    PROGRAMS: PROGRAMS.join(' '),
    SUDO: sudo ? 'sudo -n' : '',
    OWNER: ownerLine(session.pid ?? 0),
    BECOME_AGENT: become,
  }
  return Object.entries(values)
    .map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('')
}

class FarSide {
  readonly end: Promise<End>
  readonly #target: SshTarget
  readonly #session: Session
  readonly #said: LastWords
  /** Read before anything is written: an answer may be the last that is heard. */
  #next: Promise<Answer>

  constructor(target: SshTarget, session: Session, said: LastWords, end: Promise<End>) {
    this.#target = target
    this.#session = session
    this.#said = said
    this.end = end
    this.#next = nextAnswer(session)
  }

  async untilAgent(packs: ReadonlyMap<Platform, Pack>): Promise<void> {
    let hasEndedOther = false
    for (;;) {
      const { word, rest } = await this.#answer()
      if (word === 'start') return
      if (word === 'need') await this.#send(rest, packs)
      else if (word === 'busy') {
        const owner = readOwner(rest.slice(rest.indexOf(' ') + 1))
        if (owner?.isGone !== true || hasEndedOther) throw this.#problem(inUse(owner))
        hasEndedOther = true
        this.#session.stdin.write('end\n')
      } else throw this.#problem(refusal(word, rest, packs))
    }
  }

  /** @param needed the platform, and the names of what is to be sent, one after the other */
  async #send(needed: string, packs: ReadonlyMap<Platform, Pack>): Promise<void> {
    const [platform = '', ...names] = needed.split(' ')
    for (const name of names) {
      const pack = name.startsWith('node-') ? this.#nodeFor(platform) : packs.get(platform)
      if (pack?.name !== name) throw new Error(`the far side asks for ${name}`)
      const tar = pack.tar()
      const octets = await compressed(tar)
      this.#session.stdin.write(`${octets.length} ${Math.ceil(tar.length / 1024)}\n`)
      const sent = new Promise<void>((resolve) => this.#session.stdin.write(octets, () => resolve()))
      await Promise.race([sent, this.end])
      const { word, rest } = await this.#answer()
      if (word !== 'took') throw this.#problem(refusal(word, rest, packs))
    }
  }

  #nodeFor(platform: Platform): Pack {
    if (platform === ownPlatform()) return nodePack()
    throw this.#problem(
      `it has no Node.js ${LEAST_NODE} or later, and the one here is for ${ownPlatform()}, not ${platform}: install nodejs there`,
    )
  }

  /** @throws {BadInput} if there is none: with what was said instead */
  async #answer(): Promise<Answer> {
    let deadline: NodeJS.Timeout | undefined
    const silence = new Promise<null>((resolve) => {
      deadline = setTimeout(() => resolve(null), ANSWER_DEADLINE_MS)
    })
    const answer = await Promise.race([this.#next, this.end, silence])
    clearTimeout(deadline)
    if (answer === null)
      throw this.#problem(
        `its shell was silent for ${ANSWER_DEADLINE_MS / 1000} s: does a login script wait?`,
      )
    if (!('word' in answer)) throw this.#problem(withoutAnswer(answer, this.#said, this.#target))
    if (answer.word !== 'start') this.#next = nextAnswer(this.#session)
    return answer
  }

  #problem(what: string): Error {
    return siteProblem(this.#target, what)
  }
}

/** Leaves what follows in the stream: the agent's messages. */
async function nextAnswer({ stdout }: Session): Promise<Answer> {
  for (;;) {
    const [, word, rest = ''] = ANSWER.exec(await readLine(stdout as Socket)) ?? []
    if (word !== undefined) return { word, rest }
  }
}

function refusal(word: string, rest: string, packs: ReadonlyMap<Platform, Pack>): string {
  switch (word) {
    case 'missing':
      return `programs are missing there: ${rest}: install them (Debian: iproute2, util-linux, tar, gzip, sudo)`
    case 'platform':
      return `it is ${rest}, and native parts are here for ${[...packs.keys()].join(', ')} only`
    case 'no-cache':
      return `neither ${rest} nor /var/tmp can be written there: give the login user a home directory`
    case 'no-room': {
      const [free, needed, ...path] = rest.split(' ')
      return `no room in ${path.join(' ')}: ${free} KiB are free, ${needed} KiB are needed: ${NO_ROOM}`
    }
    case 'not-stored':
      return `the agent could not be stored in ${rest}`
    case 'does-not-run': {
      const [name = '', ...words] = rest.split(' ')
      const what = name.startsWith('node-') ? 'the Node.js from here' : "the agent's native part"
      return `${what} does not run there: ${words.join(' ')}: install Node.js ${LEAST_NODE} or later there`
    }
    default:
      return `its answer is not understood: ${word} ${rest}`
  }
}

function inUse(owner: ReturnType<typeof readOwner>): string {
  if (owner === undefined) return 'another controller is about to use it'
  const { host, pid, since } = owner
  const who = `process ${pid} on ${host}, since ${since}`
  return `it is in use by another run, or by another site of this one: ${who}: wait for its end (an agent whose controller is cut off ends within 15 s)`
}

function withoutAnswer({ status, signal }: End, said: LastWords, { sudo }: SshTarget): string {
  const words = said.line
  if (sudo && words.startsWith('sudo:'))
    return `no root by sudo: ${words}: allow the user NOPASSWD in its /etc/sudoers, or log in as root and give sudo: false`
  const how = words === '' ? `${signal ?? `exit status ${status}`}` : words
  return `its shell ended before there was an agent: ${how}`
}
