/** YAML that people write: read, checked against a schema, and every mistake told by its line and column. */
import { readFileSync } from 'node:fs'
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { BadInput, fieldName, firstProblem } from './bad-input.ts'

/** @throws {BadInput} naming file, line and column */
export function readYaml<T>(path: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter()
  const document = parseDocument(readText(path), { lineCounter: lines })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }

  const [broken] = document.errors
  if (broken !== undefined) {
    const [what = ''] = broken.message.split(/ at line \d+|\n/)
    throw new BadInput(`${at(broken.pos[0])}: this is not YAML: ${what}`)
  }

  const checked = schema.safeParse(document.toJS())
  if (checked.success) return checked.data
  const problem = firstProblem(checked.error)
  const field = fieldName(problem.path)
  const what = field === '' ? problem.message : `${field}: ${problem.message}`
  throw new BadInput(`${at(offsetOf(document, problem.path))}: ${what}`)
}

/** @throws {BadInput} */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new BadInput(`${path}: cannot be read (${code === 'ENOENT' ? 'there is no such file' : code})`)
  }
}

/** Where the value at this path begins; a missing one is looked for where it should have been. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const key = keyAt(document, path.slice(0, length))
    if (key !== undefined) return key
  }
  return document.contents?.range?.[0] ?? 0
}

function keyAt(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined
  }
  const node = document.getIn(path, true)
  return isNode(node) ? node.range?.[0] : undefined
}
