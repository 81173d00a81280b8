/**
 * One connection to a site, by a control master of our own: sessions share it, and it ends with this process, however
 * this process ends. Source: ssh_config(5), ControlMaster.
 */
import type { ChildProcess, ChildProcessByStdio } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { endOf, spawnSsh } from './client.ts'
import { type SshTarget, siteProblem } from './target.ts'
import { LastWords, whyNotConnected } from './words.ts'

/** Beyond ssh's own, which is for one address: there may be several, and jump hosts. */
const OPEN_DEADLINE_MS = 60_000
const SOCKET = /^frameproof-ssh-(\d+)-[0-9a-f]+$/
/** A socket's path has 108 octets, and ssh adds 17 for the name under which it makes it. */
const LONGEST_FOLDER = 50

export type Session = ChildProcessByStdio<Writable, Readable, Readable>

export class SshConnection {
  readonly target: SshTarget
  /** Settles when the connection is gone, with what ssh said last. */
  readonly ended: Promise<string>
  readonly #master: ChildProcess
  readonly #socket: string

  private constructor(target: SshTarget, master: ChildProcess, socket: string, ended: Promise<string>) {
    this.target = target
    this.ended = ended
    this.#master = master
    this.#socket = socket
  }

  /** @throws {BadInput} telling why there is no connection, and what to do */
  static async open(target: SshTarget): Promise<SshConnection> {
    const socket = newSocketPath()
    const options = {
      ControlMaster: 'yes',
      ControlPath: socket,
      PermitLocalCommand: 'yes',
      LocalCommand: 'echo connected',
    }
    const master = spawnSsh(target, options, null, { ending: 'TERM', stdio: ['ignore', 'pipe', 'pipe'] })
    const said = new LastWords()
    master.stderr?.on('data', said.add)
    let isLate = false
    const deadline = setTimeout(() => {
      isLate = true
      master.kill('SIGKILL')
    }, OPEN_DEADLINE_MS)
    master.on('error', (error) => said.add(Buffer.from(error.message)))
    const ended = endOf(master).then(() => said.line)
    const connected = new Promise<true>((resolve) => master.stdout?.once('data', () => resolve(true)))
    const isConnected = await Promise.race([connected, ended.then(() => false)])
    clearTimeout(deadline)
    if (isConnected) return new SshConnection(target, master, socket, ended)
    const late = `it cannot be reached: no connection within ${OPEN_DEADLINE_MS / 1000} s`
    throw siteProblem(target, isLate ? late : whyNotConnected(said, target))
  }

  /** Runs a command of the login user's shell over there. */
  session(command: string): Session {
    const options = { ControlMaster: 'no', ControlPath: this.#socket }
    const stdio = ['pipe', 'pipe', 'pipe'] as const
    return spawnSsh(this.target, options, command, { ending: 'KILL', stdio: [...stdio] }) as Session
  }

  /** Ends the connection and all its sessions. */
  async close(): Promise<void> {
    this.#master.kill('SIGTERM') // it removes its socket then
    const force = setTimeout(() => this.#master.kill('SIGKILL'), 1000)
    await this.ended
    clearTimeout(force)
    rmSync(this.#socket, { force: true })
  }
}

/** Removes the sockets of runs that could not do it themselves, too. */
function newSocketPath(): string {
  const folder = tmpdir().length > LONGEST_FOLDER ? '/tmp' : tmpdir()
  for (const name of readdirSync(folder)) {
    const pid = SOCKET.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true })
  }
  return join(folder, `frameproof-ssh-${process.pid}-${randomBytes(6).toString('hex')}`)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
