/** The rules that a run may judge: the catalogue's, and those that users add by writing case files for them. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { BadInput } from '../lab/bad-input.ts'
import { SCENARIOS, type Scenario } from '../lab/scenario.ts'
import { FAMILIES, findRequirement, REQUIREMENTS, type Requirement, selectRequirements } from './catalogue.ts'
import { CASES } from './project.ts'

const NAME = /^([A-Z]{2,8})-(\d{2})-([a-z0-9-]+)\.case\.ts$/
const SCENARIO = new RegExp(`scenario: '(${SCENARIOS.join('|')})'`)

/** The catalogue's rules, and behind them those of a user's own families. @throws {BadInput} as `ruleOf` */
export function rulesOf(folder: string = CASES): readonly Requirement[] {
  const own = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.case.ts'))
    .flatMap((name) => ownRule(folder, name) ?? [])
    .sort((a, b) => a.id.localeCompare(b.id))
  const firstOfEach = own.filter(({ id }, index) => own.findIndex((other) => other.id === id) === index)
  return [...REQUIREMENTS, ...firstOfEach]
}

/** The ID in a case file's name. @throws {BadInput} for a file that would never run: no rule has its name */
export function ruleOf(name: string): string {
  const [, family = '', number = ''] = NAME.exec(basename(name)) ?? []
  const id = `${family}-${number}`
  if (family === '')
    throw new BadInput(
      `cases/${name}: a case file is named FAMILY-NN-slug.case.ts: two to eight capitals, two digits, and a slug of small letters, digits and hyphens`,
    )
  const isOwn = !FAMILIES.some((known) => known === family)
  if (isOwn || REQUIREMENTS.some((rule) => rule.id === id)) return id
  throw new BadInput(
    `cases/${name}: ${family} is the catalogue's own, and has no ${id}: a rule of yours has a family of yours, such as MY-01`,
  )
}

/** @throws {UnknownRequirementError} */
export function findRule(id: string): Requirement {
  return findRequirement(id, rulesOf())
}

/** @throws {UnknownRequirementError} naming every unknown one */
export function selectRules(idsOrPrefixes: readonly string[]): readonly Requirement[] {
  return selectRequirements(idsOrPrefixes, rulesOf())
}

/** What is known of it before its case file is loaded: the title is the case's own, once it is judged. */
function ownRule(folder: string, name: string): Requirement | null {
  const id = ruleOf(name)
  if (REQUIREMENTS.some((rule) => rule.id === id)) return null
  const [, family = '', , slug = ''] = NAME.exec(basename(name)) ?? []
  const [, scenario] = SCENARIO.exec(readFileSync(join(folder, name), 'utf8')) ?? []
  if (scenario === undefined)
    throw new BadInput(`cases/${name}: a rule of your own says where it is judged: { scenario: 'vlan' }`)
  const title = slug.replaceAll('-', ' ')
  return { id, family, title, rule: title, source: 'own', scenarios: [scenario as Scenario] }
}
