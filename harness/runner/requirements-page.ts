/**
 * The page that lists every rule with its source, scenarios, cases and faults. Writes it:
 * node --import tsx harness/runner/requirements-page.ts
 */
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Fault, loadFault } from '../lab/fault-file.ts'
import { type CaseFile, caseFilesFor } from './case-files.ts'
import { ARTICLE, FAMILIES, REQUIREMENTS, type Requirement } from './catalogue.ts'
import { CASES, PROJECT } from './project.ts'

export const REQUIREMENTS_PAGE = join(PROJECT, 'docs/requirements.md')

const FAULT_FOLDERS = ['fixtures/faults', 'fixtures/faults/scale']
const FAMILY_TITLES: Readonly<Record<(typeof FAMILIES)[number], string>> = {
  TAP: 'TAP devices',
  BR: 'Bridging',
  VLAN: 'VLAN isolation',
  NAT: 'NAT',
  DHCP: 'DHCP',
  QOS: 'Shaping and policing',
  LIFE: 'Life cycle',
}
const HEAD = `# Every rule

Generated from the catalogue, the case files and the heads of the faults; \`npm test\` checks that it is up to date. "The
article" is the ${ARTICLE}, the description of cloud networking from
which the rules were drawn. A fault is listed with the rule that must deviate under it; what else may deviate is in its
head. How to run them: [faults.md](faults.md).
`

export function requirementsPage(): string {
  const cases = caseFilesFor(CASES, REQUIREMENTS)
  const faults = comingFaults()
  const families = FAMILIES.map((family) => {
    const rules = REQUIREMENTS.filter((rule) => rule.family === family)
    return `## ${family}: ${FAMILY_TITLES[family]}\n\n${rules.map((rule) => section(rule, cases, faults)).join('\n')}`
  })
  return `${HEAD}\n${families.join('\n')}`
}

/** The faults that come along. */
export function comingFaults(): readonly Fault[] {
  return FAULT_FOLDERS.flatMap((folder) =>
    readdirSync(join(PROJECT, folder))
      .map((name) => join(PROJECT, folder, name))
      .filter((path) => statSync(path).isFile() && !path.endsWith('.md'))
      .sort()
      .map(loadFault),
  )
}

function section(rule: Requirement, cases: readonly CaseFile[], faults: readonly Fault[]): string {
  const { id, title, source, scenarios } = rule
  const own = cases.filter((file) => file.id === id).map(({ path }) => path)
  const broken = faults.filter(({ breaks }) => breaks[0] === id)
  const lines = [
    `### ${id}: ${title}`,
    '',
    rule.rule,
    '',
    `- Source: ${source}`,
    `- Scenario: ${scenarios.map((scenario) => `\`${scenario}\``).join(', ')}`,
    `- ${own.length === 1 ? 'Case' : 'Cases'}: ${own.sort().map(link).join(', ') || 'none'}`,
    `- Faults: ${broken.length === 0 ? 'none' : ''}`,
    ...broken.map((fault) => `  - ${link(fault.path)}: ${fault.title}`),
  ]
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

function link(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return `[${name}](../${relative(PROJECT, path)})`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(REQUIREMENTS_PAGE, requirementsPage())
