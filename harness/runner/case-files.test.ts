import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { caseFilesFor } from './case-files.ts'
import { REQUIREMENTS, selectRequirements } from './catalogue.ts'
import { CASES } from './project.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-cases-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function found(names: readonly string[], ...ids: readonly string[]): readonly string[] {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), '')
  }
  return caseFilesFor(folder, selectRequirements(ids)).map(({ id, path }) => `${id} ${basename(path)}`)
}

it('finds the cases of the rules that were asked for, in any folder, and nothing else', () => {
  const names = [
    'vlan/VLAN-13-broadcast.case.ts',
    'vlan/VLAN-03-tag.case.ts',
    'vlan/deep/er/VLAN-13-multicast.case.ts',
    'vlan/helpers.ts',
    'vlan/VLAN-13-broadcast.test.ts',
  ]
  expect(found(names, 'VLAN-13')).toEqual([
    'VLAN-13 VLAN-13-multicast.case.ts',
    'VLAN-13 VLAN-13-broadcast.case.ts',
  ])
  expect(found([], 'VLAN')).toHaveLength(3)
  expect(found([], 'TAP')).toEqual([])
})

it('keeps those of one scenario together, so that a lab is built once', () => {
  const names = [
    'a/VLAN-13-x.case.ts',
    'b/TAP-02-x.case.ts',
    'c/VLAN-05-x.case.ts',
    'd/BR-01-x.case.ts',
    'e/NAT-01-x.case.ts',
  ]
  const scenarioOf = new Map(REQUIREMENTS.map(({ id, scenarios }) => [id, scenarios.join()]))
  const scenarios = found(names).map((line) => scenarioOf.get(line.split(' ')[0] ?? ''))
  expect(scenarios).toHaveLength(5)
  const changes = scenarios.filter((scenario, index) => scenario !== scenarios[index - 1])
  expect(changes).toHaveLength(new Set(scenarios).size)
})

it('finds every case file of the project', () => {
  for (const { id, path } of caseFilesFor(CASES, REQUIREMENTS)) {
    expect(basename(path).startsWith(`${id}-`)).toBe(true)
  }
})
