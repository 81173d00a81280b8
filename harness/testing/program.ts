/** Runs the command line as a user would, and finds what a run left on this machine. For tests only. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const PROGRAM = resolve(import.meta.dirname, '../frameproof.mjs')
const DEADLINE_MS = 90_000
/** What the tests make for themselves, side by side with others. */
export const SCRATCH = 'frameproof-test-'

export interface Ended {
  status: number | null
  signal: string | null
  stdout: string
  stderr: string
}

export interface Started {
  child: ChildProcess
  /** In the environment of everything that the run starts on this host. */
  mark: string
  reportFolder: string
  ended: Promise<Ended>
}

export function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  deadlineMs = DEADLINE_MS,
): Started {
  const mark = randomBytes(8).toString('hex')
  const reportFolder = mkdtempSync(join(tmpdir(), SCRATCH))
  const report = args[0] === 'run' && !args.includes('--report') ? ['--report', reportFolder] : []
  const child = spawn(process.execPath, [PROGRAM, ...args, ...report], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, FRAMEPROOF_TEST_MARK: mark },
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (octets) => {
    said.stdout += octets
  })
  child.stderr.on('data', (octets) => {
    said.stderr += octets
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({ status, signal, ...said }))
  })
  return { child, mark, reportFolder, ended }
}

/** To its end, its report thrown away. */
export async function frameproof(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  deadlineMs = DEADLINE_MS,
): Promise<Ended> {
  const started = start(args, environment, deadlineMs)
  try {
    return await started.ended
  } finally {
    rmSync(started.reportFolder, { recursive: true, force: true })
  }
}

/** Processes of a run that still live, once they have had a moment to be taken away. */
export async function survivors(mark: string): Promise<readonly string[]> {
  const deadline = Date.now() + 5000
  for (;;) {
    const found = marked(mark)
    if (found.length === 0 || Date.now() > deadline) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The process of a run whose line, `PID COMMAND …`, is like this, as soon as there is one. */
export async function processOf(mark: string, line: RegExp, deadlineMs = 20_000): Promise<number> {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const found = marked(mark).find((candidate) => line.test(candidate))
    if (found !== undefined) return Number.parseInt(found, 10)
    if (Date.now() > deadline) throw new Error(`no process like ${line}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function marked(mark: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)) return []
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')}`]
      } catch {
        return [] // it is gone, or somebody else's
      }
    })
}

/** What a run might leave besides processes: NICs, named namespaces, mounts, temporary files. */
export function traces(): readonly string[] {
  return [
    ...readdirSync('/sys/class/net').map((nic) => `NIC ${nic}`),
    ...entriesOf('/run/netns').map((name) => `namespace ${name}`),
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((mount) => `mount ${mount}`),
    ...entriesOf(tmpdir())
      .filter((name) => /frameproof|uml|agent/i.test(name) && !name.startsWith(SCRATCH) && !isInUse(name))
      .map((name) => `file ${join(tmpdir(), name)}`),
  ]
}

/** The socket of an ssh connection whose process lives: another test's. */
function isInUse(name: string): boolean {
  const [, pid] = /^frameproof-ssh-(\d+)-/.exec(name) ?? []
  return pid !== undefined && existsSync(`/proc/${pid}`)
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
