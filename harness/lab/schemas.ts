/** Writes the published JSON schemas: node --import tsx harness/lab/schemas.ts */
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { implementationSchema } from './implementation.ts'
import { planSchema } from './plan.ts'

export const SCHEMAS_FOLDER = resolve(import.meta.dirname, '../../docs/schemas')

/** Each file's name with its text. What a default fills in may be absent in the file. */
export function publishedSchemas(): ReadonlyMap<string, string> {
  const schemas = { plan: planSchema, implementation: implementationSchema }
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      `${name}.schema.json`,
      `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)}\n`,
    ]),
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(SCHEMAS_FOLDER, { recursive: true })
  for (const [file, text] of publishedSchemas()) writeFileSync(resolve(SCHEMAS_FOLDER, file), text)
}
