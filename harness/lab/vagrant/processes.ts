/** Other processes: told from later ones with the same number, run within a deadline, ended with all that they started. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

const USUAL_PATHS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
const MOST_REMEMBERED = 8000

/** A process, and when it started: numbers come again. */
export interface ProcessId {
  pid: number
  startedAt: string
}

/** Null if it is gone. */
export function identify(pid: number): ProcessId | null {
  try {
    const [, afterName = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?=[A-Z] )/)
    const [state = 'X', ...fields] = afterName.split(' ')
    const startedAt = fields[18] // the 22nd of all: proc(5)
    return startedAt === undefined || /[ZX]/.test(state) ? null : { pid, startedAt }
  } catch {
    return null
  }
}

export function isAlive({ pid, startedAt }: ProcessId): boolean {
  return identify(pid)?.startedAt === startedAt
}

/** Kills it if it is still the same one. */
export function killProcess(process_: ProcessId): void {
  if (isAlive(process_)) process.kill(process_.pid, 'SIGKILL')
}

/** The system's programs too, which an ordinary user's path often lacks. */
export function wholePath(): string {
  return [...(process.env.PATH ?? '').split(delimiter), ...USUAL_PATHS].join(delimiter)
}

/** @param program a command, or a file by its whole path */
export function isInstalled(program: string): boolean {
  if (isAbsolute(program)) return existsSync(program)
  return wholePath()
    .split(delimiter)
    .some((folder) => {
      try {
        accessSync(join(folder, program), constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

export interface Command {
  command: readonly string[]
  /** Beside this process's own. */
  env?: Readonly<Record<string, string>>
  deadlineMs: number
  /** Gets each line of its standard output as it comes. */
  onLine?: (line: string) => void
}

export interface Outcome {
  /** Null: it was killed, or could not be started. */
  status: number | null
  timedOut: boolean
  stdout: string
  /** The end of all that it said, on either output. */
  said: string
}

/** Runs a program that ends with this process, however this process ends; after its deadline it is killed. */
export function run({ command, env = {}, deadlineMs, onLine }: Command): Promise<Outcome> {
  const child = spawnWithUs(command, env, ['ignore', 'pipe', 'pipe'])
  const outcome = { timedOut: false, stdout: '', said: '' }
  let unfinished = ''
  const remember = (text: string): void => {
    outcome.said = (outcome.said + text).slice(-MOST_REMEMBERED)
  }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    outcome.stdout += text
    remember(text)
    const lines = (unfinished + text).split('\n')
    unfinished = lines.pop() ?? ''
    for (const line of lines) onLine?.(line)
  })
  child.stderr?.setEncoding('utf8').on('data', remember)
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      outcome.timedOut = true
      killGroup(child)
    }, deadlineMs)
    const end = (status: number | null): void => {
      clearTimeout(deadline)
      resolve({ status, ...outcome })
    }
    child.on('error', (error) => {
      remember(error.message)
      end(null)
    })
    child.on('exit', (status) => {
      setTimeout(() => {
        child.stdout?.destroy() // what it started may keep them open
        child.stderr?.destroy()
      }, 200)
      child.once('close', () => end(status))
    })
  })
}

/** @param outlives it does not end with this process */
export function spawnWithUs(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  stdio: StdioOptions,
  { outlives = false } = {},
): ChildProcess {
  const [program = '', ...args] = outlives ? command : ['setpriv', '--pdeathsig', 'KILL', ...command]
  return spawn(program, args, {
    stdio,
    detached: true, // a process group of its own, which can be killed whole; Ctrl-C is ours to handle
    env: { ...process.env, PATH: wholePath(), ...env },
  })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL') // its group is gone
  }
}
