/** What is noted of the Vagrant lab, so that the next command finds it, or sweeps what a crash left of it. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BadInput } from '../bad-input.ts'
import type { Holder } from './libvirtd.ts'
import { stateFolder } from './names.ts'
import { identify, isAlive, type ProcessId } from './processes.ts'

export interface NotedLab {
  /** Null: the machines are libvirt's of this system, or VirtualBox's. */
  holder: Holder | null
  /** The local box's name; null: the public box. */
  box: string | null
  /** All machines are up and ssh reaches them. */
  isUp: boolean
}

const noteFile = (): string => join(stateFolder(), 'lab.json')
const claimFile = (): string => join(stateFolder(), 'owner.json')

/**
 * One process at a time works with the lab. Calling it again in the same process does no harm.
 * @throws {BadInput} if another process does
 */
export function claimLab(): void {
  mkdirSync(stateFolder(), { recursive: true, mode: 0o700 })
  const self = identify(process.pid)
  const owner = readJson<ProcessId>(claimFile())
  if (owner !== null && owner.pid !== process.pid && isAlive(owner))
    throw new BadInput(`the Vagrant lab is in use by process ${owner.pid}: wait until it ends`)
  if (owner !== null) rmSync(claimFile(), { force: true }) // its owner died
  try {
    writeFileSync(claimFile(), JSON.stringify(self), { flag: 'wx', mode: 0o600 })
  } catch {
    throw new BadInput('another process has just taken the Vagrant lab: wait until it ends')
  }
}

export function releaseLab(): void {
  if (readJson<ProcessId>(claimFile())?.pid === process.pid) rmSync(claimFile(), { force: true })
}

export function noteLab(lab: NotedLab): void {
  writeFileSync(`${noteFile()}.new`, JSON.stringify(lab), { mode: 0o600 })
  renameSync(`${noteFile()}.new`, noteFile())
}

export function notedLab(): NotedLab | null {
  return readJson<NotedLab>(noteFile())
}

export function forgetLab(): void {
  rmSync(noteFile(), { force: true })
}

function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T | null
  } catch {
    return null // none, or half written by a process that died
  }
}
