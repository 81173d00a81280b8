/** Writes the published JSON schemas: node --import tsx harness/lab/schemas.ts && npm run format */
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { implementationSchema } from './implementation.ts'
import { inventorySchema } from './inventory.ts'
import { planSchema } from './plan.ts'

export const SCHEMAS_FOLDER = resolve(import.meta.dirname, '../../docs/schemas')

/** Each file's name with its schema. What a default fills in may be absent in what it describes. */
export function publishedSchemas(): ReadonlyMap<string, object> {
  return new Map<string, object>([
    ['plan.schema.json', z.toJSONSchema(planSchema, { io: 'input' })],
    ['implementation.schema.json', z.toJSONSchema(implementationSchema, { io: 'input' })],
    ['inventory.schema.json', z.toJSONSchema(inventorySchema, { io: 'input' })],
  ])
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(SCHEMAS_FOLDER, { recursive: true })
  for (const [file, schema] of publishedSchemas()) {
    writeFileSync(resolve(SCHEMAS_FOLDER, file), `${JSON.stringify(schema, null, 2)}\n`)
  }
}
