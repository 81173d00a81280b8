import { describe, expect, it } from 'vitest'
import { type Assertion, Judgement, mostTellingFirst, VERDICTS, type Verdict, worst } from './judgement.ts'

function judged(...verdicts: readonly Verdict[]): Judgement {
  const judgement = new Judgement()
  verdicts.forEach((verdict, index) => {
    judgement.add(assertion(verdict, `${verdict} ${index}`))
  })
  return judgement
}

function assertion(verdict: Verdict, found: string): Assertion {
  return { verdict, expected: 'all well', found: verdict === 'conforms' ? null : found, frames: [] }
}

describe('worst', () => {
  it('goes by: deviates, could not run, not supported, conforms', () => {
    expect(VERDICTS).toEqual(['deviates', 'could not run', 'not supported', 'conforms'])
    VERDICTS.forEach((verdict, index) => {
      for (const better of VERDICTS.slice(index)) {
        expect(worst([better, verdict])).toBe(verdict)
        expect(worst([verdict, better])).toBe(verdict)
      }
    })
  })

  it('of nothing, or of what is no verdict, proves nothing', () => {
    expect(worst([])).toBe('could not run')
    expect(worst(JSON.parse('["passed"]'))).toBe('could not run')
  })
})

describe('a judgement', () => {
  it('is the worst of its assertions, and never reset', () => {
    const judgement = judged('conforms', 'deviates', 'conforms', 'could not run', 'conforms')
    expect(judgement.verdict()).toBe('deviates')
    judgement.add(assertion('conforms', ''))
    expect(judgement.verdict()).toBe('deviates')
    expect(judgement.assertions).toHaveLength(6)
  })

  it('of a case that asserts nothing: could not run', () => {
    expect(judged().verdict()).toBe('could not run')
    expect(judged().reason()).toBe('the case asserted nothing')
  })

  it('gives no reason where all conforms', () => {
    expect(judged('conforms', 'conforms').reason()).toBeNull()
  })

  it('gives as its reason what decided it, each once', () => {
    const judgement = judged('could not run', 'deviates', 'conforms', 'deviates')
    judgement.add(assertion('deviates', 'deviates 1'))
    expect(judgement.reason()).toBe('deviates 1\ndeviates 3')
  })

  it('gives first what came where it must not: that says the rule, the rest is how', () => {
    const judgement = judged('deviates', 'deviates')
    judgement.add({ ...assertion('deviates', 'a leak'), expected: 'hv1:tap-blue1 never carries ARP of red1' })
    expect(judgement.reason()).toBe('a leak\ndeviates 0\ndeviates 1')
  })

  it('for people has those first that show a way, and of these what must not be', () => {
    const way = 'seen      frame 1\njourney   of ARP:'
    const [plain, carried, leaked] = [
      assertion('deviates', 'seen nothing'),
      { ...assertion('deviates', way), expected: 'hv1:eth0 carries ARP' },
      { ...assertion('deviates', way), expected: 'hv1:tap-blue1 never carries ARP' },
    ]
    expect(mostTellingFirst([plain, carried, leaked])).toEqual([leaked, carried, plain])
  })

  it('tells the first few of many', () => {
    const reason = judged(...Array.from({ length: 9 }, () => 'deviates' as const)).reason()
    expect(reason?.split('\n')).toEqual([
      ...['deviates 0', 'deviates 1', 'deviates 2'],
      'and 6 more of the kind: observations.json has them all',
    ])
  })
})
