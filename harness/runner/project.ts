/** Where the project's own files are, and which version it is. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const PROJECT = resolve(import.meta.dirname, '../..')
export const TOPOLOGY = join(PROJECT, 'fixtures/topologies/two-hypervisors.yaml')
export const CASES = join(PROJECT, 'cases')

export function version(): string {
  return described().version
}

/** Where the project can be cloned from, as package.json has it; null if it names no place. */
export function repository(): string | null {
  const { repository: place } = described()
  const url = typeof place === 'string' ? place : (place?.url ?? null)
  return url?.replace(/^git\+/, '') ?? null
}

interface Described {
  version: string
  repository?: string | { url?: string }
}

function described(): Described {
  return JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as Described
}
