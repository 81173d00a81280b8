/** One `frameproof run` under a fault, as a process of its own that ends when this one does. */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault } from '../lab/fault-file.ts'
import type { LocalKind } from '../lab/site.ts'
import { FIRST_CPU } from '../lab/sites/own-cpu.ts'
import type { Results } from '../report/results.ts'
import type { FaultRun } from './faults-outcome.ts'
import { PROJECT } from './project.ts'

const PROGRAM = join(PROJECT, 'harness/frameproof.mjs')
/** Its cases have deadlines of their own; all of a scenario's may have to wait for theirs. */
const DEADLINE_MS = 1_200_000
/** A run that is told to stop ends within 2.5 s. */
const PATIENCE_MS = 5000
const LAST_WORDS = /^frameproof: (.*)$/gm
const CRASH = /^\w*Error: .*$/gm

export interface FaultRunOrder {
  fault: Fault
  site: LocalKind
  onlyBreaks: boolean
  scale: boolean
  reportFolder: string
  log: string
  /** Which of the runs side by side: each has a CPU of its own. */
  slot: number
}

export interface RunningFault {
  finished: Promise<FaultRun>
  stop(): void
}

export function startFaultRun(order: FaultRunOrder, deadlineMs = DEADLINE_MS): RunningFault {
  const begin = performance.now()
  const log = openSync(order.log, 'w')
  const command = [process.execPath, PROGRAM, ...faultRunArguments(order)]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    stdio: ['ignore', 'ignore', log],
    env: environment(order.slot),
    detached: true, // a Ctrl-C at the terminal is this process's to handle
  })
  closeSync(log)
  let late = false
  const stop = (): void => {
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref()
  }
  const deadline = setTimeout(() => {
    late = true
    stop()
  }, deadlineMs)
  const finished = new Promise<FaultRun>((resolve) => {
    const end = (how: string): void => {
      clearTimeout(deadline)
      const why = late ? `its run did not end within ${deadlineMs / 1000} s` : null
      const results = readResults(order.reportFolder)
      const said = readFileSync(order.log, 'utf8')
      const words = [...said.matchAll(LAST_WORDS)].at(-1)?.[1] ?? null
      const crash = `${how}${[...said.matchAll(CRASH)].map(([line]) => `: ${line}`).at(-1) ?? ''}`
      resolve({
        results,
        fatal: why ?? words ?? (results === null ? crash : null),
        durationMs: performance.now() - begin,
      })
    }
    child.on('error', (error) => end(`its run could not be started: ${error.message}`))
    child.on('close', (status, signal) => end(`its run ended with ${signal ?? `exit status ${status}`}`))
  })
  return { finished, stop }
}

export function faultRunArguments({
  fault,
  site,
  onlyBreaks,
  scale,
  reportFolder,
}: Omit<FaultRunOrder, 'log' | 'slot'>): readonly string[] {
  const rules = onlyBreaks ? fault.breaks : []
  const where = ['--site', site, '--workers', '1', '--report', reportFolder]
  return ['run', ...rules, '--fault', fault.path, ...where, ...(scale ? ['--scale'] : []), '--json']
}

/** It is no child of npm, and what it finds is what is wanted: nothing for GitHub to show. */
function environment(slot: number): NodeJS.ProcessEnv {
  const { FRAMEPROOF_NPM: _, GITHUB_ACTIONS: __, GITHUB_STEP_SUMMARY: ___, ...inherited } = process.env
  return { ...inherited, [FIRST_CPU]: String(slot) }
}

/** A run that was killed may have left half a file: that is none. */
function readResults(folder: string): Results | null {
  const file = join(folder, 'results.json')
  if (!existsSync(file)) return null
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
