/** Where the project's own files are, and which version it is. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const PROJECT = resolve(import.meta.dirname, '../..')
export const TOPOLOGY = join(PROJECT, 'fixtures/topologies/two-hypervisors.yaml')
export const CASES = join(PROJECT, 'cases')

export function version(): string {
  return (JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string }).version
}
