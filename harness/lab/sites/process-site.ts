/**
 * A site that is a process here: it leads a PID namespace of its own, and is killed by the kernel when this process
 * ends, however it ends. Source: prctl(2) PR_SET_PDEATHSIG, pid_namespaces(7).
 */
import { spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { LocalKind, SiteLine } from '../site.ts'
import { LabError } from '../site.ts'

const LAST_WORDS_OCTETS = 2000
const PANIC = 'Kernel panic'

/** A site that was started here: its line, and the power to end it. */
export interface SiteProcess extends SiteLine {
  /** Ends it and everything in it. */
  kill(): Promise<void>
  /** Settles, with what is known of it, if it ended though nobody killed it here. */
  died: Promise<string>
}

/**
 * Starts `command` as the first process of mount and PID namespaces of its own (as an ordinary user: of a user
 * namespace too). A `host` site speaks on standard input and output and has a network namespace of its own; a `uml`
 * site has its line on descriptor 3 and prints what its kernel says.
 */
export function startContained(kind: LocalKind, command: readonly string[]): SiteProcess {
  const unshare = ['unshare', '--mount', '--propagation', 'unchanged', '--pid', '--fork', '--kill-child=KILL']
  if (kind === 'host') unshare.push('--net')
  if (process.getuid?.() !== 0) unshare.push('--user', '--map-root-user')
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...unshare, ...command], {
    stdio: kind === 'uml' ? ['ignore', 'pipe', 'pipe', 'pipe'] : ['pipe', 'pipe', 'pipe'],
    detached: true, // a Ctrl-C at the terminal is the controller's to handle
  })
  let lastWords = ''
  const remember = (octets: Buffer): void => {
    lastWords = (lastWords + octets.toString('utf8')).slice(-LAST_WORDS_OCTETS)
    if (!lastWords.includes(PANIC)) return
    lastWords = lastWords.slice(0, lastWords.indexOf(PANIC)) // what came before is the reason
    child.kill('SIGKILL') // a kernel that panicked would stay
  }
  child.stderr?.on('data', remember)
  if (kind === 'uml') child.stdout?.on('data', remember)
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(`it could not be started: ${error.message}`))
    child.on('close', (status, signal) => resolve(`${signal ?? `exit status ${status}`}${quoted(lastWords)}`))
  })
  const line = child.stdio[3] as Duplex | undefined
  const [input, output] = kind === 'uml' ? [line, line] : [child.stdout, child.stdin]
  if (input == null || output == null) throw new LabError(`the ${kind} site could not be started`)
  output.on('error', () => undefined) // a broken line shows as the end of the site
  let killed = false
  const died = new Promise<string>((resolve) => {
    void ended.then((how) => {
      if (!killed) resolve(how)
    })
  })
  const kill = async (): Promise<void> => {
    killed = true
    child.kill('SIGKILL')
    await ended
  }
  return { kind, input, output, ended, kill, died }
}

/** The line that says most: the last about an error, else the last, but not what a kernel says when it goes down. */
function quoted(words: string): string {
  if (words.includes('sigprocmask unblock failed')) return ', for its first process was killed' // unshare's own words
  const lines = words.split('\n').map((line) => line.trim())
  const telling = lines.filter(
    (line) => line !== '' && !/^(sysrq|reboot|Node\.js v|Failed to initialize ubd)/.test(line),
  )
  const line =
    telling.findLast((text) => /error|panic|cannot|denied|failed|not found/i.test(text)) ?? telling.at(-1)
  return line === undefined ? '' : `, saying: ${line}`
}
