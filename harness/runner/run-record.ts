/**
 * What a run stood on, kept in its report so that a bundle can hand it over: run.json says what was asked for, beside it
 * are the implementation's files and the fault's as they were then.
 */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { BadInput, fieldName, firstProblem } from '../lab/bad-input.ts'
import type { Fault } from '../lab/fault-file.ts'
import { IMPLEMENTATIONS, type Implementation } from '../lab/implementation.ts'
import { copyImplementation, IMPLEMENTATION_FOLDER } from './implementation-copy.ts'
import { PROJECT } from './project.ts'
import { EMBEDDED } from './provider-for.ts'

export const RUN_FILE = 'run.json'
export const FAULT_FOLDER = 'fault'

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
    beside: z.array(z.string()).default([]), // folders beside its own that its scripts name
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
      ...copyImplementation(implementation, reportFolder),
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

/** In a clone of Frameproof. @param files where the bundle is: the implementation, if it is not the project's, and the fault */
export function commandAgain(
  { asked, implementation, fault }: RunRecord,
  ids: readonly string[],
  files: string,
): string {
  const inBundle = (path: string): string => `"${files}/${inDoubleQuotes(path)}"`
  const words = [
    ...ids.map(quoted),
    ...(asked.lab === EMBEDDED ? [] : ['--lab', quoted(asked.lab)]),
    ...(asked.site === null ? [] : ['--site', asked.site]),
    ...(implementation.files.length === 0
      ? []
      : [
          '--implementation',
          implementation.own ? inBundle(IMPLEMENTATION_FOLDER) : quoted(implementation.name),
        ]),
    ...(fault === null ? [] : ['--fault', inBundle(`${FAULT_FOLDER}/${fault.file}`)]),
    ...(asked.scale ? ['--scale'] : []),
    ...(asked.shuffle === null ? [] : ['--shuffle', String(asked.shuffle)]),
  ]
  return `npm run conform -- ${words.join(' ')}`
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function inDoubleQuotes(text: string): string {
  return text.replaceAll(/["$`\\]/g, '\\$&')
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
