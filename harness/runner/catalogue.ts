/**
 * Every documented rule, in the order in which reports list them.
 */
import { br } from './catalogue/br.ts'
import { dhcp } from './catalogue/dhcp.ts'
import { life } from './catalogue/life.ts'
import { nat } from './catalogue/nat.ts'
import { qos } from './catalogue/qos.ts'
import { tap } from './catalogue/tap.ts'
import { FAMILIES, type Requirement } from './catalogue/types.ts'
import { vlan } from './catalogue/vlan.ts'
import { nearest } from './nearest.ts'

export { ARTICLE, sourceInWords } from './catalogue/article.ts'
export { ALL_SCENARIOS, FAMILIES, type Family, type Requirement, type Scenario } from './catalogue/types.ts'

export const REQUIREMENTS: readonly Requirement[] = [...tap, ...br, ...vlan, ...nat, ...dhcp, ...qos, ...life]

/** Names that are neither a requirement nor a family of them. */
export class UnknownRequirementError extends Error {
  override readonly name = 'UnknownRequirementError'
  readonly unknown: readonly string[]

  constructor(unknown: readonly string[], known: readonly string[]) {
    super(unknown.map((name) => describeUnknown(name, known)).join('; '))
    this.unknown = unknown
  }
}

/** @throws {UnknownRequirementError} */
export function findRequirement(id: string, among: readonly Requirement[] = REQUIREMENTS): Requirement {
  const found = among.find((requirement) => requirement.id === id)
  if (found === undefined) throw new UnknownRequirementError([id], idsOf(among))
  return found
}

/**
 * The requirements of these IDs (`VLAN-13`) and families (`VLAN`, `VLAN-`), each once, in the catalogue's order.
 * All of them where nothing is named. Upper and lower case are the same.
 * @throws {UnknownRequirementError} naming every unknown one
 */
export function selectRequirements(
  idsOrPrefixes: readonly string[],
  among: readonly Requirement[] = REQUIREMENTS,
): readonly Requirement[] {
  if (idsOrPrefixes.length === 0) return among
  const unknown = idsOrPrefixes.filter((name) => !among.some((requirement) => isNamed(requirement, name)))
  if (unknown.length > 0) throw new UnknownRequirementError(unknown, [...FAMILIES, ...idsOf(among)])
  return among.filter((requirement) => idsOrPrefixes.some((name) => isNamed(requirement, name)))
}

function idsOf(requirements: readonly Requirement[]): readonly string[] {
  return requirements.map(({ id }) => id)
}

function isNamed({ id, family }: Requirement, name: string): boolean {
  const wanted = name.toUpperCase()
  return wanted === id || wanted === family || wanted === `${family}-`
}

function describeUnknown(name: string, known: readonly string[]): string {
  const near = nearest(name.toUpperCase(), known, 3).join(', ')
  return `unknown requirement ${JSON.stringify(name)}: did you mean ${near}?`
}
