/** Where a lab that stays is noted, so that the next command finds it: one a user, in the user's run-time folder. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BadInput } from '../bad-input.ts'
import type { SocketAddress } from '../guarded-socket.ts'

export interface KeptLab {
  pid: number
  address: SocketAddress
}

const FOLDER = join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `frameproof-${process.getuid?.() ?? 0}`)
const FILE = join(FOLDER, 'lab.json')

const CLAIM = `${FOLDER}.keeper`

/** One keeper a user. @throws {BadInput} if another one lives */
export function claimLab(): void {
  try {
    writeFileSync(CLAIM, String(process.pid), { flag: 'wx', mode: 0o600 })
  } catch {
    if (isAlive(Number(readFileSync(CLAIM, 'utf8')))) {
      throw new BadInput('a lab is up already, or coming up: frameproof lab status, or lab down first')
    }
    writeFileSync(CLAIM, String(process.pid), { mode: 0o600 }) // its keeper died
  }
}

export function noteLab(lab: KeptLab): void {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 })
  writeFileSync(`${FILE}.new`, JSON.stringify(lab), { mode: 0o600 })
  renameSync(`${FILE}.new`, FILE)
}

export function forgetLab(): void {
  rmSync(FOLDER, { recursive: true, force: true })
  rmSync(CLAIM, { force: true })
}

/** The lab that stays, if its keeper lives; what a dead one left is swept away. */
export function keptLab(): KeptLab | undefined {
  const lab = readState()
  if (lab === undefined) return undefined
  if (isAlive(lab.pid)) return lab
  forgetLab()
  return undefined
}

/** @throws {BadInput} if there is none */
export function requireKeptLab(): KeptLab {
  const lab = keptLab()
  if (lab === undefined) throw new BadInput('no lab is up: frameproof lab up')
  return lab
}

function readState(): KeptLab | undefined {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as KeptLab
  } catch {
    return undefined // none, or half written by a keeper that died
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
