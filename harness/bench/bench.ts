/**
 * `npm run bench`: measures how fast Frameproof is here, beside what people use otherwise where that is installed.
 * Prints rows as they come, and writes reports/bench/bench.md and bench.json. Options: --only NAME, --quick.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { PROJECT } from '../runner/project.ts'
import { watchNpm } from '../runner/signals.ts'
import { absence } from './absence.ts'
import { capture } from './capture.ts'
import { coldStart } from './cold-start.ts'
import { decode } from './decode.ts'
import type { Measurement } from './measurement.ts'
import { pairs } from './pairs.ts'
import { jsonOf, lineOf, markdownOf, type Row } from './table.ts'

const ALL: readonly Measurement[] = [decode, capture, absence, pairs, coldStart]
const FOLDER = join(PROJECT, 'reports', 'bench')
const BUSY = 1

/** What was started dies with this process, however it ends. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))
watchNpm(() => process.exit(130))

const chosen = choose()
if (chosen === null) process.exit(2)
const { quick, measurements } = chosen
const startedAt = new Date().toISOString()
const machine = `${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'}), kernel ${release()}, Node.js ${process.version}`
const rows: Row[] = []
const [load = 0] = loadavg()
if (load > BUSY)
  console.error(`bench: this machine is busy (load ${load.toFixed(1)}): its figures will be too low`)
let failed = false
for (const { name, run } of measurements) {
  console.log(`${name}`)
  try {
    await run({
      quick,
      tell: (row) => {
        rows.push(row)
        console.log(`  ${lineOf(row)}`)
      },
    })
  } catch (error) {
    failed = true
    console.error(`bench: ${name}: ${(error as Error).message}`)
  }
}
const note = `load ${load.toFixed(1)} at the start${quick ? ', --quick' : ''}`
const report = { startedAt, machine: `${machine}, ${note}`, rows }
mkdirSync(FOLDER, { recursive: true })
writeFileSync(join(FOLDER, 'bench.md'), markdownOf(report))
writeFileSync(join(FOLDER, 'bench.json'), jsonOf(report))
console.log(`report: ${relative(process.cwd(), FOLDER)}`)
process.exit(failed ? 1 : 0)

function choose(): { quick: boolean; measurements: readonly Measurement[] } | null {
  const names = ALL.map(({ name }) => name)
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string', multiple: true }, quick: { type: 'boolean', default: false } },
    })
    const only = values.only ?? names
    const unknown = only.find((name) => !names.includes(name))
    if (unknown !== undefined) throw new Error(`there is no measurement ${unknown}: ${names.join(', ')}`)
    return { quick: values.quick, measurements: ALL.filter(({ name }) => only.includes(name)) }
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`)
    return null
  }
}
