/** The cases by their files: `cases/vlan/VLAN-13-broadcast.case.ts` judges VLAN-13. */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { BadInput } from '../lab/bad-input.ts'
import { REQUIREMENTS, type Requirement } from './catalogue.ts'

export interface CaseFile {
  id: string
  path: string
}

const NAME = /^([A-Z]+-\d{2})-[a-z0-9-]+\.case\.ts$/

/** All case files under a folder, in the order in which they are best run: those of one scenario together. */
export function caseFilesFor(folder: string, requirements: readonly Requirement[]): readonly CaseFile[] {
  const scenarioOf = new Map(requirements.map(({ id, scenarios }) => [id, scenarios.join()]))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.case.ts'))
    .map((name) => ({ id: idOf(name), path: join(folder, name) }))
  const key = ({ id, path }: CaseFile): string => `${scenarioOf.get(id) ?? ''} ${path}`
  return files.filter(({ id }) => scenarioOf.has(id)).sort((a, b) => key(a).localeCompare(key(b)))
}

/** @throws {BadInput} for a file that would never run: no rule has its name */
function idOf(name: string): string {
  const id = NAME.exec(basename(name))?.[1]
  if (id !== undefined && REQUIREMENTS.some((rule) => rule.id === id)) return id
  throw new BadInput(`${name}: a case file is named after its rule: VLAN-13-what-it-shows.case.ts`)
}
