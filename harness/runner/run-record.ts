/**
 * What a run stood on, kept in its report so that a bundle can hand it over: run.json says what was asked for, beside it
 * are the implementation's files and the fault's as they were then.
 */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { BadInput, fieldName, firstProblem } from '../lab/bad-input.ts'
import type { Fault } from '../lab/fault-file.ts'
import { IMPLEMENTATIONS, type Implementation } from '../lab/implementation.ts'
import { PROJECT } from './project.ts'
import { EMBEDDED } from './provider-for.ts'

export const RUN_FILE = 'run.json'
export const IMPLEMENTATION_FOLDER = 'implementation'
export const FAULT_FOLDER = 'fault'

/** An implementation is scripts; what is larger is data or a build, and only named. */
const LARGEST_FILE_OCTETS = 1_000_000
const MOST_FILES = 500
const NOT_FILES_OF_ITS_OWN = new Set(['.git', 'node_modules', '__pycache__'])

const runRecordSchema = z.object({
  schema: z.literal(1),
  /** Of the project's history; null where it is no clone. */
  revision: z.string().nullable(),
  asked: z.object({
    ids: z.array(z.string()),
    lab: z.string(), // embedded, vagrant, or the name of an inventory's file
    site: z.enum(['uml', 'host']).nullable(),
    shuffle: z.number().nullable(),
    scale: z.boolean(),
  }),
  implementation: z.object({
    name: z.string(),
    own: z.boolean(), // not one that comes along with the project
    files: z.array(z.string()), // in implementation/
    leftOut: z.array(z.string()), // too large, or no regular files
  }),
  fault: z.object({ file: z.string(), title: z.string(), own: z.boolean() }).nullable(), // its file in fault/
})

export type RunRecord = z.infer<typeof runRecordSchema>

export interface RunAsked {
  ids: readonly string[]
  lab: string
  site: 'uml' | 'host' | null
  shuffle: number | null
  scale: boolean
}

/** Before anything is judged: what changes while a run lasts is not what was judged. */
export async function writeRunRecord(
  reportFolder: string,
  asked: RunAsked,
  implementation: Implementation,
  fault: Fault | null,
): Promise<void> {
  const record: RunRecord = {
    schema: 1,
    revision: await revision(),
    asked: {
      ids: [...asked.ids],
      // where an inventory lies is its owner's business
      lab: /[./]/.test(asked.lab) ? basename(asked.lab) : asked.lab,
      site: asked.site,
      shuffle: asked.shuffle,
      scale: asked.scale,
    },
    implementation: {
      name: implementation.name,
      own: implementation.configure !== null && dirname(implementation.folder) !== IMPLEMENTATIONS,
      ...copyImplementation(implementation, join(reportFolder, IMPLEMENTATION_FOLDER)),
    },
    fault: fault === null ? null : copyFault(fault, join(reportFolder, FAULT_FOLDER)),
  }
  writeFileSync(join(reportFolder, RUN_FILE), `${JSON.stringify(record, null, 2)}\n`)
}

/** Null for a report from before runs were recorded. @throws {BadInput} */
export function readRunRecord(reportFolder: string): RunRecord | null {
  const path = join(reportFolder, RUN_FILE)
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return null
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new BadInput(`${path}: this is no record of a run: ${(error as Error).message}`)
  }
  const checked = runRecordSchema.safeParse(value)
  if (checked.success) return checked.data
  const { path: field, message } = firstProblem(checked.error)
  throw new BadInput(`${path}: ${fieldName(field)}: ${message}`)
}

/** In a clone of Frameproof. @param files where the implementation and the fault are, if they are not the project's */
export function commandAgain(
  { asked, implementation, fault }: RunRecord,
  ids: readonly string[],
  files: string,
): string {
  const own = implementation.own ? `${files}/${IMPLEMENTATION_FOLDER}` : implementation.name
  const ours = `fixtures/faults/${fault?.file}`
  const words = [
    ...ids,
    ...(asked.lab === EMBEDDED ? [] : ['--lab', asked.lab]),
    ...(asked.site === null ? [] : ['--site', asked.site]),
    ...(implementation.files.length === 0 ? [] : ['--implementation', own]),
    ...(fault === null ? [] : ['--fault', fault.own ? `${files}/${FAULT_FOLDER}/${fault.file}` : ours]),
    ...(asked.scale ? ['--scale'] : []),
    ...(asked.shuffle === null ? [] : ['--shuffle', String(asked.shuffle)]),
  ]
  return `npm run conform -- ${words.map(quoted).join(' ')}`
}

/** For a shell; `$` stays, for a variable in front. */
function quoted(word: string): string {
  return /^[\w$./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function copyImplementation(
  { folder, configure }: Implementation,
  into: string,
): Pick<RunRecord['implementation'], 'files' | 'leftOut'> {
  const files: string[] = []
  const leftOut: string[] = []
  if (configure === null) return { files, leftOut }
  for (const path of entriesUnder(folder)) {
    const name = relative(folder, path)
    const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: LARGEST_FILE_OCTETS + 1 }
    if (size > LARGEST_FILE_OCTETS || files.length === MOST_FILES) {
      leftOut.push(name)
      continue
    }
    mkdirSync(dirname(join(into, name)), { recursive: true })
    try {
      copyFileSync(path, join(into, name))
      files.push(name)
    } catch {
      leftOut.push(name) // not ours to read
    }
  }
  return { files, leftOut }
}

/** Regular files, and links that lead to one. */
function entriesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (NOT_FILES_OF_ITS_OWN.has(entry.name)) return []
      if (entry.isDirectory()) return entriesUnder(path)
      return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? [path] : []
    })
}

function copyFault({ path, title }: Fault, into: string): NonNullable<RunRecord['fault']> {
  const file = basename(path)
  mkdirSync(into, { recursive: true })
  copyFileSync(path, join(into, file))
  return { file, title, own: dirname(path) !== join(PROJECT, 'fixtures/faults') }
}

async function revision(): Promise<string | null> {
  try {
    const options = { cwd: PROJECT, timeout: 5000 }
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], options)
    return stdout.trim()
  } catch {
    return null // no git, or no clone: a copy of the project runs as well
  }
}
