/**
 * A real sshd on loopback, for tests only: its own configuration and keys, in PID and mount namespaces of its own, with
 * a /root, /home, /run and /var/tmp that nobody else sees. All that it started ends with it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SCRATCH } from '../../../testing/program.ts'
import type { SshTarget } from '../target.ts'

const SSHD = '/usr/sbin/sshd'
const START_DEADLINE_MS = 10_000

export interface SshdOptions {
  /** Programs, as shell scripts, that are found before all others. */
  programs?: Readonly<Record<string, string>>
  /** Run as root, in the namespaces, before sshd: `mount -t tmpfs -o size=64k tmpfs /root`. */
  before?: string
  /** Lines of sshd_config. */
  lines?: readonly string[]
  /** Of /etc/sudoers over there. The user `tester` may log in, too. */
  sudoers?: string
}

/** Why there can be none here, or null. */
export function whyNoSshd(): string | null {
  if (process.getuid?.() !== 0) return 'not root'
  for (const program of [SSHD, '/usr/bin/ssh', '/usr/bin/ssh-keygen', '/usr/bin/unshare'])
    if (!existsSync(program)) return `${program} is not installed`
  return null
}

export class Sshd {
  readonly folder: string
  readonly port: number
  /** A client's configuration in which the host `site` is this one. */
  readonly configFile: string
  readonly #process: ChildProcess

  private constructor(folder: string, port: number, process: ChildProcess) {
    this.folder = folder
    this.port = port
    this.configFile = join(folder, 'ssh_config')
    this.#process = process
  }

  static async start({
    programs = {},
    before = '',
    lines = [],
    sudoers = '',
  }: SshdOptions = {}): Promise<Sshd> {
    const folder = mkdtempSync(join(tmpdir(), SCRATCH))
    chmodSync(folder, 0o755) // the user `tester` reads its key there
    const port = await freePort()
    for (const name of ['host', 'user', 'stranger'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)])
    writePrograms(join(folder, 'bin'), programs)
    for (const home of ['root', 'home', 'tmp']) mkdirSync(join(folder, home), { mode: 0o755 })
    writeFileSync(join(folder, 'authorized_keys'), readFileSync(join(folder, 'user.pub')))
    writeFileSync(join(folder, 'sudoers'), `${sudoers}\n`, { mode: 0o440 })
    writeFileSync(
      join(folder, 'passwd'),
      `${readFileSync('/etc/passwd', 'utf8')}tester:*:4242:4242::/home/tester:/bin/sh\n`,
    )
    writeFileSync(join(folder, 'sshd_config'), serverLines(folder, port, lines))
    const process = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', ...NAMESPACES, 'sh', '-euc', boot(folder, before)],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    const sshd = new Sshd(folder, port, process)
    sshd.configure()
    sshd.knownKey('host')
    await listening(process)
    return sshd
  }

  /**
   * Writes the client's configuration, with these lines before the others: the first counts.
   * @param key whose the client shows
   */
  configure(lines: readonly string[] = [], key: 'user' | 'stranger' = 'user'): void {
    const { folder, port } = this
    const all = [
      'Host site',
      ...lines,
      'HostName 127.0.0.1',
      `Port ${port}`,
      'User root',
      `IdentityFile ${join(folder, key)}`,
      'IdentitiesOnly yes',
      `UserKnownHostsFile ${join(folder, 'known_hosts')}`,
      'GlobalKnownHostsFile /dev/null',
    ]
    writeFileSync(this.configFile, `${all.join('\n  ')}\n`)
  }

  /** @param name whose key the client takes for the host's; null: it knows none */
  knownKey(name: 'host' | 'stranger' | null): void {
    const key =
      name === null
        ? ''
        : `[127.0.0.1]:${this.port} ${readFileSync(join(this.folder, `${name}.pub`), 'utf8')}`
    writeFileSync(join(this.folder, 'known_hosts'), key)
  }

  target(changed: Partial<SshTarget> = {}): SshTarget {
    return { name: 'hv1', host: 'site', sudo: false, configFile: this.configFile, ...changed }
  }

  /** What runs over there, sshd itself apart: `PID COMMAND …`, by this machine's process ids. */
  processes(): readonly string[] {
    const own = [...childrenOf(this.#process.pid ?? 0)]
    const [first] = own
    if (first === undefined) return []
    const namespace = linkOf(first)
    return readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid) && pid !== first && linkOf(pid) === namespace)
      .map((pid) => `${pid} ${commandOf(pid)}`)
      .filter((line) => !line.endsWith(' '))
  }

  /** The process over there whose line is like this, as soon as there is one. */
  async processLike(line: RegExp): Promise<number> {
    const deadline = Date.now() + START_DEADLINE_MS
    for (;;) {
      const found = this.processes().find((candidate) => line.test(candidate))
      if (found !== undefined) return Number.parseInt(found, 10)
      if (Date.now() > deadline) throw new Error(`no process like ${line} in: ${this.processes().join('; ')}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** How many ms it took until no such process was left. */
  async untilNone(line: RegExp, deadlineMs: number): Promise<number> {
    const begin = Date.now()
    while (this.processes().some((candidate) => line.test(candidate))) {
      if (Date.now() > begin + deadlineMs) throw new Error(`still there: ${this.processes().join('; ')}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return Date.now() - begin
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('close', resolve))
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL')
      await ended
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const NAMESPACES = [
  'unshare',
  '--mount',
  '--propagation',
  'private',
  '--pid',
  '--fork',
  '--kill-child=KILL',
  '--mount-proc',
]

function boot(folder: string, before: string): string {
  return `
    mount --bind '${folder}/root' /root
    mount --bind '${folder}/home' /home
    mount --bind '${folder}/tmp' /var/tmp
    mount --bind '${folder}/passwd' /etc/passwd
    [ ! -e /etc/sudoers ] || mount --bind '${folder}/sudoers' /etc/sudoers
    mount -t tmpfs tmpfs /run
    mkdir -p /run/sshd /home/tester
    chmod 1777 /var/tmp
    chown 4242:4242 /home/tester
    ${before}
    exec ${SSHD} -D -e -f '${folder}/sshd_config'`
}

function serverLines(folder: string, port: number, lines: readonly string[]): string {
  const all = [
    ...lines,
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'PidFile none',
    'UseDNS no',
    'AcceptEnv *',
    `SetEnv PATH=${join(folder, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
  ]
  return `${all.join('\n')}\n`
}

function writePrograms(folder: string, programs: Readonly<Record<string, string>>): void {
  mkdirSync(folder)
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

async function listening(process: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`sshd does not listen: ${said}`)), START_DEADLINE_MS)
    process.stderr?.on('data', (octets) => {
      said += octets
      if (!said.includes('Server listening')) return
      clearTimeout(deadline)
      resolve()
    })
    process.once('close', () => reject(new Error(`sshd ended: ${said}`)))
  })
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function childrenOf(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((child) => child !== '')
}

function linkOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return null // it is gone
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
  } catch {
    return '' // it is gone
  }
}
