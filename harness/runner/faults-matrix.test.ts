import { expect, it } from 'vitest'
import { workflowCommand } from '../report/github.ts'
import { faultAnnotations, faultLine, faultsMarkdown, matrixText, neverDeviating } from './faults-matrix.ts'
import { type FaultRow, type FaultsReport, summarizeFaults } from './faults-outcome.ts'

function row(name: string, outcome: FaultRow['outcome'], more: Partial<FaultRow>): FaultRow {
  const nothing = { reason: null, deviates: [], unexpected: [], verdicts: {}, durationMs: 0, report: null }
  return {
    ...{ name, file: `/project/faults/${name}`, title: `what ${name} breaks`, breaks: ['VLAN-13'], outcome },
    ...nothing,
    ...more,
  }
}

const FAULTS: readonly FaultRow[] = [
  row('cable.sh', 'detected', {
    breaks: ['VLAN-13', 'VLAN-05'],
    deviates: ['BR-01', 'VLAN-05', 'VLAN-13'],
    unexpected: ['BR-01'],
    verdicts: { 'BR-01': 'deviates', 'VLAN-03': 'conforms', 'VLAN-05': 'deviates', 'VLAN-13': 'deviates' },
    durationMs: 4230,
  }),
  row('wrong_vid.sh', 'detected only by another', {
    breaks: ['VLAN-05', 'VLAN-13'],
    deviates: ['VLAN-13'],
    verdicts: { 'VLAN-03': 'could not run', 'VLAN-05': 'conforms', 'VLAN-13': 'deviates' },
    reason: 'VLAN-05 is "conforms"',
  }),
  row('nothing.sh', 'survived', {
    verdicts: { 'VLAN-05': 'not supported', 'VLAN-13': 'conforms' },
    reason: 'VLAN-13 is "conforms"',
  }),
  row('lost.sh', 'could not run', { verdicts: { 'VLAN-13': 'could not run' }, reason: 'no kernel' }),
  row('head.sh', 'bad fault', { title: null, breaks: [], reason: 'no head' }),
  row('later.sh', 'not judged', {}),
]

it('has one line a fault', () => {
  expect(FAULTS.map(faultLine)).toEqual([
    '✓ cable.sh  detected by VLAN-13; also VLAN-05; not in breaks: BR-01  4.2 s',
    '✗ wrong_vid.sh  detected only by another: VLAN-13 (VLAN-05 is "conforms")',
    '✗ nothing.sh  SURVIVED: VLAN-13 is "conforms"',
    '! lost.sh  could not run: no kernel',
    '! head.sh  bad fault: no head',
    '· later.sh  not judged',
  ])
})

it('has a column a rule that deviates or should, a row a fault that was judged', () => {
  expect(matrixText(FAULTS)).toBe(
    [
      '             B V V',
      '             R L L',
      '             - A A',
      '             0 N N',
      '             1 - -',
      '               0 1',
      '               5 3',
      'cable.sh     ! x X',
      'wrong_vid.sh   S x',
      'nothing.sh     - S',
      'lost.sh          ?',
    ].join('\n'),
  )
  expect(matrixText([])).toBe('')
  expect(matrixText(FAULTS.slice(-2))).toBe('')
})

it('names the rules that nothing has shown to be able to fail', () => {
  expect(neverDeviating(FAULTS)).toEqual(['VLAN-03'])
  expect(neverDeviating(FAULTS.slice(0, 1))).toEqual(['VLAN-03'])
  expect(neverDeviating(FAULTS.slice(2, 3))).toEqual(['VLAN-05', 'VLAN-13'])
})

it('is a page of Markdown', () => {
  const report: FaultsReport = {
    schema: 1,
    ...{ frameproof: '0.1.0', startedAt: '2026-11-22T15:41:48.147Z', durationMs: 61_000 },
    ...{ interrupted: true, folder: '/project/faults', site: 'uml', onlyBreaks: true },
    ...{ faults: FAULTS.slice(0, 3), summary: summarizeFaults(FAULTS.slice(0, 3)) },
  }
  expect(
    faultsMarkdown(report),
  ).toBe(`## Frameproof: faults: 1 detected, 1 detected only by another, 1 survived

**Interrupted**: these are the results so far.

| not detected | what is broken | must deviate | outcome |
| --- | --- | --- | --- |
| wrong\\_vid.sh | what wrong\\_vid.sh breaks | VLAN-05 | detected only by another: VLAN-13 (VLAN-05 is "conforms") |
| nothing.sh | what nothing.sh breaks | VLAN-13 | SURVIVED: VLAN-13 is "conforms" |

| fault | BR-01 | VLAN-05 | VLAN-13 |
| --- | --- | --- | --- |
| cable.sh | ! | x | **X** |
| wrong\\_vid.sh |   | **S** | x |
| nothing.sh |   | - | **S** |

X must deviate and does, S must deviate and does not, x may deviate and does, ! deviates unexpectedly, . conforms, ? could not run, - not supported

Judged, and broken by no fault: VLAN-03

On uml, the rules of \`breaks\` only, in 61.0 s from 2026-11-22T15:41:48.147Z, by Frameproof 0.1.0
`)
})

it('tells GitHub of each fault that was not detected, at its file', () => {
  const commands = faultAnnotations(FAULTS.slice(0, 3), '/project').map(workflowCommand)
  expect(commands).toEqual([
    '::error file=faults/wrong_vid.sh,title=fault wrong_vid.sh::what wrong_vid.sh breaks%0Adetected only by another: VLAN-13 (VLAN-05 is "conforms")',
    '::error file=faults/nothing.sh,title=fault nothing.sh::what nothing.sh breaks%0ASURVIVED: VLAN-13 is "conforms"',
  ])
  const elsewhere = faultAnnotations(FAULTS.slice(2, 3), '/project/other').map(workflowCommand)
  expect(elsewhere[0]).toMatch(/^::error title=fault nothing\.sh::/)
})
