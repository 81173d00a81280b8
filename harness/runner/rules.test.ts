/** Rules that users add, by the names of their case files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BadInput } from '../lab/bad-input.ts'
import { REQUIREMENTS } from './catalogue.ts'
import { ruleOf, rulesOf } from './rules.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-rules-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function own(...files: readonly (readonly [name: string, text: string])[]) {
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
  return rulesOf(folder).slice(REQUIREMENTS.length)
}

test('a family of one’s own is judged where its case says', () => {
  const text = "requirement('MY-01', 'probes are answered', { scenario: 'vlan' }, async () => {})"
  expect(own(['MY-02-b.case.ts', text], ['MY-01-probes.case.ts', text], ['VLAN-13-x.case.ts', ''])).toEqual([
    { id: 'MY-01', family: 'MY', title: 'probes', rule: 'probes', source: 'own', scenarios: ['vlan'] },
    { id: 'MY-02', family: 'MY', title: 'b', rule: 'b', source: 'own', scenarios: ['vlan'] },
  ])
})

test('two files of one rule are one rule', () => {
  const text = "{ scenario: 'bridged' }"
  expect(own(['MY-01-a.case.ts', text], ['MY-01-b.case.ts', text])).toHaveLength(1)
})

test('without a place it is refused', () => {
  expect(() => own(['MY-01-a.case.ts', ''])).toThrow(/MY-01-a\.case\.ts: .*\{ scenario: 'vlan' \}/)
})

test.each(['VLAN-99-x.case.ts', 'my-01-x.case.ts', 'MY-1-x.case.ts', 'MY-01.case.ts'])(
  '%s is refused',
  (name) => {
    expect(() => ruleOf(name)).toThrow(BadInput)
  },
)
