/** `frameproof check` and `frameproof list`: what this machine can do, and which rules there are. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { FEATURES, type Feature, hostFeatures, lacking, planWithout } from '../lab/features.ts'
import { SCENARIOS } from '../lab/scenario.ts'
import { UML_PROGRAM } from '../lab/sites/uml.ts'
import { caseFilesFor } from '../runner/case-files.ts'
import { CASES } from '../runner/project.ts'
import { EMBEDDED, VAGRANT } from '../runner/provider-for.ts'
import { rulesOf, selectRules } from '../runner/rules.ts'
import { missingPackages } from '../setup/missing-packages.ts'

export function addLookCommands(program: Command): void {
  program
    .command('check')
    .description('what this machine can do, and what would add the rest')
    .option('--lab <lab>', 'what is to be checked: embedded, vagrant, or an inventory (FILE.yaml)', EMBEDDED)
    .action(async ({ lab }: { lab: string }) => {
      process.exitCode = await checkLab(lab)
    })

  program
    .command('list')
    .description('the rules, and whether a case judges them')
    .argument('[ids...]', 'rules by ID or prefix')
    .action((ids: string[]) => list(ids))
}

/** Returns 0 if a run could begin there, else 2. */
async function checkLab(lab: string): Promise<number> {
  if (lab === EMBEDDED) return check()
  if (lab === VAGRANT) {
    const { whatVagrantLacks } = await import('../lab/vagrant/index.ts')
    const lacks = await whatVagrantLacks()
    for (const line of lacks) print(line)
    if (lacks.length === 0) print('the virtual machines can be brought up: frameproof lab up --lab vagrant')
    return lacks.length === 0 ? 0 : 2
  }
  const { loadInventory } = await import('../lab/inventory.ts')
  const { checkMachines } = await import('../lab/check-machines.ts')
  const found = await checkMachines(loadInventory(lab))
  for (const [site, findings] of found) {
    print(site)
    for (const { fit, text } of findings)
      print(`  ${fit === null ? 'note ' : fit ? 'fit  ' : 'UNFIT'}  ${text}`)
  }
  return [...found.values()].flat().some(({ fit }) => fit === false) ? 2 : 0
}

/** Returns 0 if the embedded lab can be built here, else 2. */
async function check(): Promise<number> {
  const { missing, refused } = await hostFeatures()
  const hasUml = existsSync(UML_PROGRAM)
  print(
    `this host's kernel (--site host)${refused === null ? '' : `: no namespaces of one's own: ${refused}`}`,
  )
  for (const [feature, words] of Object.entries(FEATURES)) {
    print(`  ${missing.includes(feature as Feature) ? 'lacks' : 'has  '}  ${words}`)
  }
  print(`User Mode Linux (--site uml)\n  ${hasUml ? 'has    all of them' : `lacks  ${UML_PROGRAM}`}`)
  const able = hasUml || missing.length === 0
  print(`the lab runs on ${missing.length === 0 ? 'this host' : hasUml ? 'User Mode Linux' : 'neither'}`)
  for (const scenario of SCENARIOS) {
    const lacks = lacking(scenario, missing)
    const without = Object.keys(planWithout(missing, scenario))
    const note = without.length > 0 ? ` (on this host without ${without.join(', ')})` : ''
    print(
      `  ${scenario.padEnd(9)} ${lacks.length === 0 ? (hasUml ? 'on either' : 'on this host') : hasUml ? 'on uml only' : `not: ${lacks.join(', ')}`}${note}`,
    )
  }
  const packages = missingPackages()
  if (packages.length > 0) print(`missing packages; this adds them: apt-get install ${packages.join(' ')}`)
  return able ? 0 : 2
}

function list(ids: readonly string[]): void {
  const withCase = new Set(caseFilesFor(CASES, rulesOf()).map((file) => file.id))
  const rules = selectRules(ids)
  for (const { id, title, scenarios, source } of rules) {
    print(
      `${id.padEnd(8)} ${withCase.has(id) ? 'case   ' : 'no case'}  ${scenarios.join(', ').padEnd(10)}  ${title}  [${source}]`,
    )
  }
  print(`${rules.length} rules, ${rules.filter((rule) => withCase.has(rule.id)).length} with a case`)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
