/** results.json of a report read back, checked. Its format is a contract: docs/results.md. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { BadInput, fieldName, firstProblem } from '../lab/bad-input.ts'
import { VERDICTS } from '../proof/index.ts'
import type { Results } from '../report/results.ts'

export const RESULTS_FILE = 'results.json'
/** More than a report of every rule at scale. */
const LARGEST_OCTETS = 100_000_000

const text = z.string()
const measured = z.record(
  text,
  z.object({ value: z.number(), low: z.number().optional(), high: z.number().optional() }),
)
const versions = z.record(text, text)

const results = z.object({
  schema: z.literal(1),
  frameproof: text,
  startedAt: text,
  durationMs: z.number(),
  interrupted: z.boolean(),
  lab: z.object({
    provider: text,
    sites: z.array(z.object({ name: text, kind: text, kernel: text, tools: versions.optional() })),
    tools: versions,
  }),
  implementation: text,
  fault: z.object({ file: text, title: text, breaks: z.array(text), detected: z.boolean() }).nullable(),
  requirements: z.array(
    z.object({
      ...{ id: text, title: text, verdict: z.enum([...VERDICTS, 'no case']) },
      ...{ reason: text.nullable(), durationMs: z.number() },
      cases: z.array(
        z.object({
          ...{ name: text, file: text, scenario: text, verdict: z.enum(VERDICTS), reason: text.nullable() },
          ...{ measured, evidence: text.nullable(), evidenceLeftOut: z.literal(true).optional() },
        }),
      ),
    }),
  ),
  summary: z.record(z.enum([...VERDICTS, 'no case']), z.number()),
})

/** @param path a report's folder, or its results.json. @throws {BadInput} in one line */
export function readResults(path: string): { folder: string; results: Results } {
  if (!existsSync(path)) throw new BadInput(`${path}: there is no such file or folder`)
  const isFolder = statSync(path).isDirectory()
  const file = isFolder ? join(path, RESULTS_FILE) : path
  const checked = results.safeParse(parsed(file))
  if (checked.success) return { folder: isFolder ? path : join(path, '..'), results: checked.data as Results }
  const { path: field, message } = firstProblem(checked.error)
  throw new BadInput(`${file}: this is no report: ${fieldName(field)}: ${message}`)
}

function parsed(file: string): unknown {
  try {
    const { size } = statSync(file)
    if (size > LARGEST_OCTETS) throw new Error(`it has ${size} octets`)
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new BadInput(`${file}: this is no report: ${firstLine((error as Error).message)}`)
  }
}

/** What a parser quotes of a file may have lines of its own, or control characters. */
export function firstLine(message: string): string {
  const [line = ''] = message.split(/[\r\n]/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return line.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, '?')
}
