import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { caseFilesFor } from './case-files.ts'
import { REQUIREMENTS } from './catalogue.ts'
import { CASES } from './project.ts'
import { comingFaults, REQUIREMENTS_PAGE, requirementsPage } from './requirements-page.ts'

test('docs/requirements.md is up to date (else run harness/runner/requirements-page.ts)', () => {
  expect(readFileSync(REQUIREMENTS_PAGE, 'utf8')).toBe(requirementsPage())
})

test('two faults at least break each rule that a case judges', () => {
  const judged = new Set(caseFilesFor(CASES, REQUIREMENTS).map(({ id }) => id))
  const faults = comingFaults()
  const brokenBy = [...judged].map(
    (id) => [id, faults.filter(({ breaks }) => breaks[0] === id).length] as const,
  )
  expect(brokenBy.filter(([, count]) => count < 2)).toEqual([])
})
