/** The libvirtd that holds the machines: this system's, or where none runs a private one, gone with its first process. */
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LabError } from '../site.ts'
import { LIBVIRT_URI, stateFolder } from './names.ts'
import { identify, isAlive, killProcess, type ProcessId, run, spawnWithUs } from './processes.ts'

const ANSWER_DEADLINE_MS = 15_000
const START_DEADLINE_MS = 90_000
const WATCH_MS = 1000

/** Null if the system's libvirtd answers, else why not. */
export async function whySystemLibvirtdIsSilent(): Promise<string | null> {
  const command = ['virsh', '--quiet', '--connect', LIBVIRT_URI, 'version', '--daemon']
  const outcome = await run({ command, deadlineMs: ANSWER_DEADLINE_MS })
  if (outcome.status === 0) return null
  if (outcome.timedOut) return `it did not answer within ${ANSWER_DEADLINE_MS / 1000} s`
  return (
    outcome.said
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^error: /, '') ?? 'virsh failed'
  )
}

/** A private libvirtd. */
export interface Holder {
  /** Whose end is the end of everything in it. */
  holder: ProcessId
  /** The first process of its namespaces, as this system numbers it: for nsenter(1). */
  inside: ProcessId
}

/**
 * @param outlives it stays when this process ends, until it is killed
 * @throws {LabError} if it does not come up
 */
export async function startPrivateLibvirtd(outlives: boolean): Promise<Holder> {
  mkdirSync(stateFolder(), { recursive: true, mode: 0o700 })
  const log = openSync(join(stateFolder(), 'libvirtd.log'), 'w', 0o600)
  const boot = join(import.meta.dirname, 'private-libvirtd.sh')
  const command = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child=KILL', 'sh', boot]
  const child = spawnWithUs(command, {}, ['ignore', 'pipe', log], { outlives })
  closeSync(log)
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new LabError(`the private libvirtd ${why}${lastWords()}`))
      const deadline = setTimeout(
        () => fail(`was not ready within ${START_DEADLINE_MS / 1000} s`),
        START_DEADLINE_MS,
      )
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        if (!text.includes('ready')) return
        clearTimeout(deadline)
        resolve()
      })
      child.on('error', (error) => fail(`could not be started: ${error.message}`))
      child.on('exit', (status, signal) => {
        clearTimeout(deadline)
        fail(`ended at once: ${signal ?? `exit status ${status}`}`)
      })
    })
    const holder = identify(child.pid ?? 0)
    const inside = identify(firstChildOf(child.pid ?? 0))
    if (holder === null || inside === null)
      throw new LabError(`the private libvirtd ended at once${lastWords()}`)
    return { holder, inside }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    child.stdout?.destroy()
    child.unref()
  }
}

function firstChildOf(pid: number): number {
  const [first = '0'] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
  return Number(first)
}

function lastWords(): string {
  const lines = readFileSync(join(stateFolder(), 'libvirtd.log'), 'utf8').trim().split('\n')
  const line = lines.at(-1) ?? ''
  return line === '' ? '' : `, saying: ${line}`
}

/** Returns when everything in it is gone. @throws {LabError} if it does not go */
export async function endPrivateLibvirtd({ holder, inside }: Holder): Promise<void> {
  killProcess(inside)
  killProcess(holder)
  const deadline = Date.now() + ANSWER_DEADLINE_MS
  while (isAlive(holder) || isAlive(inside)) {
    if (Date.now() > deadline)
      throw new LabError(`process ${inside.pid}, the private libvirtd's, does not end`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Settles when it is gone; keeps no program from ending. */
export function goneHolder({ inside }: Holder): Promise<string> {
  return new Promise((resolve) => {
    const watch = setInterval(() => {
      if (isAlive(inside)) return
      clearInterval(watch)
      resolve('the process that held the virtual machines ended')
    }, WATCH_MS)
    watch.unref()
  })
}
