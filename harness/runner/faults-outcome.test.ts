import { describe, expect, it } from 'vitest'
import type { RequirementResult, Results } from '../report/results.ts'
import { type FaultRun, faultsExitStatus, judgeFault, OUTCOMES, summarizeFaults } from './faults-outcome.ts'

type Verdict = RequirementResult['verdict']

const BREAKS = ['VLAN-13', 'VLAN-03']

function run(verdicts: Readonly<Record<string, Verdict>>, more: Partial<FaultRun> = {}): FaultRun {
  const requirements = Object.entries(verdicts).map(([id, verdict]) => {
    const reason = verdict === 'conforms' ? null : `why ${id}\nmore`
    return { id, title: 'a title', verdict, reason, durationMs: 1, cases: [] }
  })
  const results = { requirements, interrupted: false } as unknown as Results
  return { results, fatal: null, durationMs: 1234.5, ...more }
}

describe('a fault', () => {
  it.each<[string, string | null, Readonly<Record<string, Verdict>>]>([
    ['detected', null, { 'VLAN-13': 'deviates' }],
    ['detected', null, { 'VLAN-13': 'deviates', 'VLAN-03': 'could not run' }],
    ['detected only by another', 'VLAN-13 is "conforms"', { 'VLAN-13': 'conforms', 'VLAN-03': 'deviates' }],
    [
      'detected only by another',
      'VLAN-13 is "could not run"',
      { 'VLAN-13': 'could not run', 'BR-01': 'deviates' },
    ],
    ['detected only by another', 'VLAN-13 has no case', { 'VLAN-13': 'no case', 'BR-01': 'deviates' }],
    ['survived', 'VLAN-13 is "conforms"', { 'VLAN-13': 'conforms' }],
    ['survived', 'VLAN-13 is "conforms"', { 'VLAN-13': 'conforms', 'VLAN-03': 'could not run' }],
    ['could not run', 'VLAN-13 is "could not run": why VLAN-13', { 'VLAN-13': 'could not run' }],
    [
      'could not run',
      'VLAN-13 is "not supported": why VLAN-13',
      { 'VLAN-13': 'not supported', 'VLAN-03': 'conforms' },
    ],
    ['could not run', 'VLAN-13 has no case', { 'VLAN-03': 'conforms' }],
  ])('is "%s" (%s) where the verdicts are %j', (outcome, reason, verdicts) => {
    expect(judgeFault(BREAKS, run(verdicts))).toMatchObject({ outcome, reason })
  })

  it('that did not get into place is bad, whatever was found before', () => {
    const fatal = '/x/f.sh: bad fault: on hv1 it ended with exit status 1; it must exit with 0'
    const bad = { outcome: 'bad fault', reason: 'on hv1 it ended with exit status 1; it must exit with 0' }
    expect(judgeFault(BREAKS, run({ 'VLAN-13': 'could not run' }, { fatal }))).toMatchObject(bad)
    expect(judgeFault(BREAKS, run({ 'VLAN-13': 'deviates' }, { fatal }))).toMatchObject(bad)
  })

  it('whose run left nothing, was ended, or lost its lab, did not survive', () => {
    const fatal = 'the uml site ended: exit status 1'
    const could = (reason: string) => ({ outcome: 'could not run', reason })
    expect(judgeFault(BREAKS, run({}, { results: null, fatal }))).toMatchObject(could(fatal))
    expect(judgeFault(BREAKS, run({}, { results: null }))).toMatchObject(could('its run left no results'))
    const ended = { requirements: [], interrupted: true } as unknown as Results
    const late = judgeFault(BREAKS, run({}, { results: ended, fatal: 'its run did not end within 1 s' }))
    expect(late).toMatchObject(could('its run did not end within 1 s'))
    const lost = judgeFault(BREAKS, run({ 'VLAN-13': 'could not run' }, { fatal }))
    expect(lost).toMatchObject(could(`VLAN-13 is "could not run": ${fatal}`))
  })

  it('has all that deviated, what of it nobody expected, and every rule that was judged', () => {
    const verdicts = {
      'BR-01': 'deviates',
      'BR-02': 'no case',
      'VLAN-03': 'conforms',
      'VLAN-13': 'deviates',
    } as const
    expect(judgeFault(BREAKS, run(verdicts))).toEqual({
      outcome: 'detected',
      reason: null,
      deviates: ['BR-01', 'VLAN-13'],
      unexpected: ['BR-01'],
      verdicts: { 'BR-01': 'deviates', 'VLAN-03': 'conforms', 'VLAN-13': 'deviates' },
      durationMs: 1235,
    })
  })
})

describe('the exit status', () => {
  it.each<[number, readonly (typeof OUTCOMES)[number][]]>([
    [0, ['detected', 'detected']],
    [1, ['detected', 'survived']],
    [1, ['detected only by another']],
    [1, ['bad fault', 'survived', 'could not run']],
    [2, ['detected', 'bad fault']],
    [2, ['could not run']],
    [2, ['detected', 'not judged']],
  ])('is %i where faults are %j', (status, outcomes) => {
    const summary = summarizeFaults(outcomes.map((outcome) => ({ outcome })))
    expect(faultsExitStatus({ summary, interrupted: false })).toBe(status)
    expect(faultsExitStatus({ summary, interrupted: true })).toBe(130)
  })

  it('counts every outcome, those that there are none of too', () => {
    expect(summarizeFaults([{ outcome: 'survived' }, { outcome: 'survived' }])).toEqual({
      ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])),
      survived: 2,
    })
  })
})
