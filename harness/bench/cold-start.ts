/** From the command to its first verdict, and to its end, for one rule. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalKind } from '../lab/site.ts'
import { PROJECT } from '../runner/project.ts'
import { mortal } from './contained.ts'
import type { Measurement, Options } from './measurement.ts'
import { lackingRow, row } from './table.ts'

/** A rule that the kernels of all sites can carry. */
const RULE = 'TAP-02'
const SITES: readonly LocalKind[] = ['uml', 'host']
const VERDICT = /^. (conforms|deviates|could not run|not supported) /m

interface Start {
  firstVerdict: number // s
  end: number // s
}

export const coldStart: Measurement = {
  name: 'cold-start',
  async run(options) {
    for (const kind of SITES) await onSite(kind, options)
  },
}

async function onSite(kind: LocalKind, { quick, tell }: Options): Promise<void> {
  const what = `frameproof run ${RULE} --site ${kind}`
  try {
    const starts: Start[] = []
    for (let round = 0; round < (quick ? 2 : 7); round += 1) starts.push(await start(kind))
    const note = 'from its start; Node.js, the lab’s kernel and the lab included'
    tell(
      row(
        `${what}: to the first verdict`,
        's',
        starts.map(({ firstVerdict }) => firstVerdict),
        { note },
      ),
    )
    tell(
      row(
        `${what}: to its end`,
        's',
        starts.map(({ end }) => end),
      ),
    )
  } catch (error) {
    tell(lackingRow(what, 's', (error as Error).message))
  }
}

async function start(kind: LocalKind): Promise<Start> {
  const folder = mkdtempSync(join(tmpdir(), 'frameproof-bench-'))
  try {
    const frameproof = join(PROJECT, 'harness/frameproof.mjs')
    const options = ['run', RULE, '--site', kind, '--report', join(folder, 'report')]
    const [program = '', ...args] = mortal([process.execPath, frameproof, ...options])
    const begin = performance.now()
    const seconds = (): number => (performance.now() - begin) / 1000
    const child = spawn(program, args, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    let firstVerdict: number | null = null
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      if (VERDICT.test(said)) firstVerdict ??= seconds()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    const status = await new Promise((resolve) => child.on('close', resolve))
    if (status !== 0 || firstVerdict === null) throw new Error(lastLine(said))
    return { firstVerdict, end: seconds() }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
