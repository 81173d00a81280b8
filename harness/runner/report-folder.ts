/** Where a run writes: a folder of its own under reports/, to which `latest` points. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { BadInput } from '../lab/bad-input.ts'
import { PROJECT } from './project.ts'
import { RUN_FILE } from './run-record.ts'

const REPORTS = join(PROJECT, 'reports')
/** Either is a report's: one that was killed has no results. */
const OWN_FILES = ['results.json', RUN_FILE]

/** @throws {BadInput} if it cannot be made, or holds something that is no report */
export function makeReportFolder(given: string | null, startedAt: Date): string {
  const name = startedAt.toISOString().replaceAll(':', '-').replace('.', '-')
  const folder = given === null ? join(REPORTS, name) : resolve(given)
  try {
    if (existsSync(folder)) clear(folder)
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    if (error instanceof BadInput) throw error
    throw new BadInput(`the report folder ${folder} cannot be written: ${(error as Error).message}`)
  }
  return folder
}

/** Makes reports/latest point there, in one step: whoever reads it finds the old one or the new one. */
export function pointLatest(folder: string): void {
  if (dirname(folder) !== REPORTS) return
  const fresh = join(REPORTS, `.latest.${process.pid}`)
  rmSync(fresh, { force: true })
  symlinkSync(basename(folder), fresh)
  renameSync(fresh, join(REPORTS, 'latest'))
}

/** An older report gives way to the new one; anything else is somebody's. */
function clear(folder: string): void {
  const entries = readdirSync(folder)
  if (entries.length === 0) return
  if (!OWN_FILES.some((own) => entries.includes(own))) {
    throw new BadInput(
      `--report ${folder}: the folder holds something that is no report: name another or empty it`,
    )
  }
  for (const entry of entries) rmSync(join(folder, entry), { recursive: true, force: true })
}
