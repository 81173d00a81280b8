import { describe, expect, it } from 'vitest'
import { VERDICTS, type Verdict } from '../proof/index.ts'
import {
  type CaseResult,
  exitStatus,
  type RequirementResult,
  requirementResults,
  summarize,
} from './results.ts'

const RULES = [
  { id: 'VLAN-03', title: 'tagged' },
  { id: 'VLAN-13', title: 'apart' },
]

function result(id: string, verdict: Verdict, more: Partial<CaseResult> = {}): CaseResult {
  return {
    ...{ id, name: 'apart', file: `cases/${id}.case.ts`, scenario: 'vlan', verdict, durationMs: 10.4 },
    ...{ reason: verdict === 'conforms' ? null : `${verdict}!`, measured: {}, evidence: `evidence/${id}` },
    ...more,
  }
}

function verdicts(rows: readonly RequirementResult[]): readonly string[] {
  return rows.map(({ id, verdict }) => `${id} ${verdict}`)
}

function statusOf(cases: readonly CaseResult[], interrupted = false): number {
  return exitStatus({ summary: summarize(requirementResults(RULES, cases)), interrupted })
}

describe('the rows of a run', () => {
  it('are in the rules’ order, and "no case" where none was run', () => {
    expect(verdicts(requirementResults(RULES, [result('VLAN-13', 'conforms')]))).toEqual([
      'VLAN-03 no case',
      'VLAN-13 conforms',
    ])
  })

  it('have the worst verdict of their cases, and its reason', () => {
    VERDICTS.forEach((worst, index) => {
      for (const better of VERDICTS.slice(index + 1)) {
        const cases = [result('VLAN-13', better), result('VLAN-13', worst), result('VLAN-13', better)]
        const [, row] = requirementResults(RULES, cases)
        expect(row).toMatchObject({ verdict: worst, reason: `${worst}!`, durationMs: 31 })
      }
    })
  })

  it('keep every case as it was, and its evidence', () => {
    const [, row] = requirementResults(RULES, [
      result('VLAN-13', 'deviates', { measured: { rate: { value: 0 } } }),
    ])
    expect(row?.cases).toEqual([
      {
        ...{ name: 'apart', file: 'cases/VLAN-13.case.ts', scenario: 'vlan', verdict: 'deviates' },
        ...{ reason: 'deviates!', measured: { rate: { value: 0 } }, evidence: 'evidence/VLAN-13' },
      },
    ])
  })

  it('lose no verdict of a rule that was not asked for', () => {
    const rows = requirementResults(RULES, [result('VLAN-14', 'deviates'), result('VLAN-14', 'conforms')])
    expect(verdicts(rows)).toEqual(['VLAN-03 no case', 'VLAN-13 no case', 'VLAN-14 deviates'])
    expect(rows.at(-1)).toMatchObject({ title: 'apart', cases: [{}, {}] })
  })

  it('do not call a rule without case, or conforming, whose cases did not all run', () => {
    const why = new Map(RULES.map(({ id }) => [id, 'the worker died']))
    const rows = requirementResults(RULES, [result('VLAN-13', 'conforms')], why)
    expect(verdicts(rows)).toEqual(['VLAN-03 could not run', 'VLAN-13 could not run'])
    expect(rows.map(({ reason }) => reason)).toEqual(['the worker died', 'the worker died'])
    const [, deviating] = requirementResults(RULES, [result('VLAN-13', 'deviates')], why)
    expect(deviating).toMatchObject({ verdict: 'deviates', reason: 'deviates!' })
  })

  it('are counted, each verdict even if there is none', () => {
    expect(summarize(requirementResults(RULES, [result('VLAN-13', 'deviates')]))).toEqual({
      ...{ conforms: 0, deviates: 1, 'not supported': 0, 'could not run': 0, 'no case': 1 },
    })
  })

  it('are JSON: nothing is undefined', () => {
    const rows = requirementResults(RULES, [result('VLAN-13', 'conforms')])
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows)
  })
})

describe('the exit status', () => {
  it.each<[number, string, readonly Verdict[]]>([
    [0, 'all conform', ['conforms', 'conforms']],
    [0, 'a rule is not supported', ['conforms', 'not supported']],
    [0, 'nothing has a case', []],
    [1, 'one deviates', ['conforms', 'deviates']],
    [1, 'one deviates and one could not run', ['could not run', 'deviates']],
    [2, 'one could not run', ['conforms', 'could not run']],
  ])('is %i where %s', (status, _, found) => {
    expect(statusOf(found.map((verdict, index) => result(RULES[index]?.id ?? '', verdict)))).toBe(status)
  })

  it('is 130 where the run was interrupted, whatever was found', () => {
    expect(statusOf([], true)).toBe(130)
    expect(statusOf([result('VLAN-13', 'deviates')], true)).toBe(130)
  })
})
