import { describe, expect, it } from 'vitest'
import type { Measured, Results } from '../results.ts'
import { CASES, caseResult, results } from '../test-results.ts'
import { compareResults, gotWorse, hasChanged } from './comparison.ts'
import { comparisonHtml, comparisonMarkdown, comparisonText } from './words.ts'

const RATE = (low: number, high: number): Record<string, Measured> => ({
  'Mbit/s': { value: (low + high) / 2, low, high },
})
const with05 = (more: Parameters<typeof caseResult>[1]): Results =>
  results({}, [...CASES.filter(({ id }) => id !== 'VLAN-05'), caseResult('VLAN-05', more)])

describe('two reports of equal runs', () => {
  const later = results({ startedAt: '2026-11-23T15:41:48.147Z', durationMs: 9999 })
  it('have no difference, in any format', () => {
    const comparison = compareResults(results(), later)
    expect([hasChanged(comparison), gotWorse(comparison)]).toEqual([false, false])
    expect([comparisonText(comparison), comparisonMarkdown(comparison)]).toEqual(['', ''])
    expect(comparisonHtml(comparison)).toContain('Nothing changed.')
  })

  it('may have figures that differ within their intervals, or have none', () => {
    const measured = { ...RATE(9.5, 9.7), loss: { value: 3 } }
    expect(hasChanged(compareResults(results(), with05({ measured })))).toBe(false)
  })
})

describe('a verdict', () => {
  const verdictOf = (verdict: 'conforms' | 'deviates' | 'could not run' | 'not supported') =>
    with05({ verdict })
  it.each([
    ['conforms', 'deviates', 'worse'],
    ['conforms', 'could not run', 'worse'],
    ['conforms', 'not supported', 'worse'],
    ['could not run', 'deviates', 'worse'],
    ['deviates', 'conforms', 'better'],
    ['could not run', 'conforms', 'better'],
    ['deviates', 'could not run', 'other'],
    ['deviates', 'not supported', 'other'],
  ] as const)('%s -> %s: %s', (was, is, direction) => {
    const comparison = compareResults(verdictOf(was), verdictOf(is))
    expect(comparison.verdicts).toMatchObject([
      { id: 'VLAN-05', scenario: null, direction, before: was, after: is },
    ])
    expect(gotWorse(comparison)).toBe(direction === 'worse')
  })

  it('of one case is told where another case hides it', () => {
    const [first, second] = [caseResult('VLAN-05', {}), caseResult('VLAN-05', { scenario: 'port-vlan' })]
    const bad = { verdict: 'deviates', reason: 'seen\nmore' } as const
    const before = results({}, [{ ...first, ...bad }, second])
    const after = results({}, [
      { ...first, ...bad },
      { ...second, ...bad },
    ])
    expect(compareResults(before, after).verdicts).toMatchObject([
      { id: 'VLAN-05', scenario: 'port-vlan', direction: 'worse', reason: 'seen' },
    ])
  })

  it('of a rule that was not judged before is worse only where it deviates', () => {
    const fewer = results({ requirements: results().requirements.slice(1) })
    expect(compareResults(results(), fewer).verdicts).toMatchObject([{ id: 'TAP-02', direction: 'other' }])
    expect(compareResults(fewer, results()).verdicts).toMatchObject([{ id: 'TAP-02', direction: 'other' }])
    const worse = results({ requirements: results().requirements.filter(({ id }) => id !== 'VLAN-13') })
    expect(gotWorse(compareResults(worse, results()))).toBe(true)
  })
})

describe('what else is told:', () => {
  it('figures whose intervals do not meet', () => {
    const comparison = compareResults(results(), with05({ measured: RATE(9.7, 9.8) }))
    expect(comparisonText(comparison)).toBe(
      'Figures beyond their intervals: 1\n  VLAN-05 (vlan) Mbit/s: 9.5 (9.4 to 9.6) -> 9.75 (9.7 to 9.8)\n',
    )
    expect(gotWorse(comparison)).toBe(false)
  })

  it('kernel, programs, implementation', () => {
    const { lab } = results()
    const after = results({
      lab: { ...lab, sites: [{ name: 'lab', kind: 'uml', kernel: '6.12.1' }], tools: { node: 'v24.1.0' } },
      implementation: 'mine',
    })
    expect(compareResults(results(), after).environment.map(({ what }) => what)).toEqual([
      'implementation',
      'kernel of lab',
      'node',
      'jq',
    ])
  })

  it('that the later run was broken off, which is worse', () => {
    const comparison = compareResults(results(), results({ interrupted: true }))
    expect(gotWorse(comparison)).toBe(true)
    expect(comparisonText(comparison)).toContain('the run: complete -> interrupted')
  })
})

it('shows hostile names as text', () => {
  const hostile = '<img src=x onerror=alert(1)>|\u001b[2J\n## no'
  const comparison = compareResults(results(), results({ implementation: hostile }))
  expect(comparisonText(comparison)).toBe(
    'What it ran on: 1\n  implementation: linux-bridge -> <img src=x onerror=alert(1)>|\\x1b[2J ## no\n',
  )
  expect(comparisonHtml(comparison)).toContain('&lt;img src=x onerror=alert(1)&gt;|\\x1b[2J ## no')
  expect(comparisonHtml(comparison)).not.toContain('<img')
  expect(comparisonMarkdown(comparison)).toContain('&lt;img src=x onerror=alert(1)&gt;\\|\\\\x1b\\[2J ## no')
})
