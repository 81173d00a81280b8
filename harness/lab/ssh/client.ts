/**
 * OpenSSH's own client, with the user's configuration, keys and known hosts, but never with a question for anybody.
 * Source: ssh(1), ssh_config(5).
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import type { SshTarget } from './target.ts'

const CONNECT_TIMEOUT_S = 10
/** A connection that is dead is noticed after so many questions without an answer. */
const ALIVE_INTERVAL_S = 5
const ALIVE_COUNT = 3
const LAST_WORDS_MS = 200

/** What the user's configuration cannot change. The first value that ssh is given counts. */
const OPTIONS: Readonly<Record<string, string>> = {
  BatchMode: 'yes',
  ConnectTimeout: String(CONNECT_TIMEOUT_S),
  ServerAliveInterval: String(ALIVE_INTERVAL_S),
  ServerAliveCountMax: String(ALIVE_COUNT),
  ControlPersist: 'no',
  ClearAllForwardings: 'yes', // nothing listens here or there
  Tunnel: 'no',
  ForwardAgent: 'no',
  ForwardX11: 'no',
  RequestTTY: 'no',
  RemoteCommand: 'none',
  LogLevel: 'INFO', // its words are the reason of what fails
}

/** What ssh would send to the site, by the configuration that most systems have. */
const NOT_SENT = /^(LANG|LANGUAGE|LC_.*)$/

/**
 * @param command null for none: the connection alone
 * @param options for this call, before all others
 * @param ending the signal that the kernel sends to it when this process ends, however it ends
 */
export function spawnSsh(
  target: SshTarget,
  options: Readonly<Record<string, string>>,
  command: string | null,
  { ending, stdio }: { ending: 'KILL' | 'TERM'; stdio: StdioOptions },
): ChildProcess {
  const given = Object.entries({ ...options, ...OPTIONS }).flatMap(([name, value]) => [
    '-o',
    `${name}=${value}`,
  ])
  const configuration = target.configFile === null ? [] : ['-F', target.configFile]
  const ssh = command === null ? ['ssh', '-N'] : ['ssh', '-T']
  const what = command === null ? [target.host] : [target.host, command]
  const kept = Object.entries(process.env).filter(([name]) => !NOT_SENT.test(name))
  return spawn('setpriv', ['--pdeathsig', ending, ...ssh, ...configuration, ...given, '--', ...what], {
    stdio,
    detached: true, // no terminal: neither ssh nor a jump host's can ask for a password there
    env: { ...Object.fromEntries(kept), SSH_ASKPASS_REQUIRE: 'never' },
  })
}

export interface End {
  status: number | null
  signal: NodeJS.Signals | null
}

/**
 * When it has ended, and its last words are read: a proxy command of the user's may keep its standard error open for
 * longer than anybody should wait.
 */
export function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.on('error', () => resolve({ status: null, signal: null }))
    child.on('close', (status, signal) => resolve({ status, signal }))
    child.on('exit', (status, signal) => {
      setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
        resolve({ status, signal })
      }, LAST_WORDS_MS)
    })
  })
}
