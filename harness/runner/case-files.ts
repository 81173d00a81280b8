/** The cases by their files: `cases/vlan/VLAN-13-broadcast.case.ts` judges VLAN-13. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Requirement } from './catalogue.ts'
import { ruleOf } from './rules.ts'

export interface CaseFile {
  id: string
  path: string
}

/**
 * All case files under a folder, in the order in which they are best run: those that want a lab of their own first, for
 * they take longest, then those of one scenario together. With a seed, in an order that follows from it.
 */
export function caseFilesFor(
  folder: string,
  requirements: readonly Requirement[],
  seed: number | null = null,
): readonly CaseFile[] {
  const scenarioOf = new Map(requirements.map(({ id, scenarios }) => [id, scenarios.join()]))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.case.ts'))
    .map((name) => ({ id: ruleOf(name), path: join(folder, name) }))
    .filter(({ id }) => scenarioOf.has(id))
  if (seed !== null)
    return shuffled(
      files.sort((a, b) => a.path.localeCompare(b.path)),
      seed,
    )
  const keys = new Map(files.map((file) => [file, `${labOf(file)} ${scenarioOf.get(file.id)} ${file.path}`]))
  return files.sort((a, b) => (keys.get(a) ?? '').localeCompare(keys.get(b) ?? ''))
}

/** What its text says of the lab it wants. Only the order follows from it, so a guess will do. */
function labOf({ path }: CaseFile): string {
  const [options] = /\{ (scenario: '[a-z-]+', )?guests: [^}]*\}/.exec(readFileSync(path, 'utf8')) ?? []
  return options === undefined ? '1' : `0 ${options}`
}

/** Fisher and Yates, with a linear congruential generator (Numerical Recipes' constants). */
function shuffled(files: readonly CaseFile[], seed: number): readonly CaseFile[] {
  const order = [...files]
  let state = seed >>> 0
  for (let last = order.length - 1; last > 0; last -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const other = Math.floor((state / 2 ** 32) * (last + 1))
    ;[order[last], order[other]] = [order[other] as CaseFile, order[last] as CaseFile]
  }
  return order
}
