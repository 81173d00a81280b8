import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { annotationsOf, tellGithub, workflowCommand } from './github.ts'
import { caseResult, results } from './test-results.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frameproof-github-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function told(environment: Parameters<typeof tellGithub>[3]): readonly string[] {
  const lines: string[] = []
  tellGithub(annotationsOf(results()), '# summary', (line) => lines.push(line), environment)
  return lines
}

describe('annotations', () => {
  it('are these', () => {
    expect(annotationsOf(results()).map(workflowCommand)).toEqual([
      '::error file=cases/vlan-13.case.ts,title=VLAN-13 deviates::what VLAN-13 says (vlan)' +
        '%0Aexpected  hv1:tap-blue1 never carries ARP%0Aseen      frame 23: out, 100%25 <odd> | a`b%0Amore',
      '::warning title=VLAN-08 could not run::the site died',
    ])
  })

  it('warn of a case that could not run, at its file', () => {
    const cases = [caseResult('VLAN-05', { verdict: 'could not run', reason: 'no marker' })]
    expect(annotationsOf(results({}, cases)).map(workflowCommand)).toContain(
      '::warning file=cases/vlan-05.case.ts,title=VLAN-05 could not run::what VLAN-05 says (vlan)%0Ano marker',
    )
  })

  it('have the first lines of a long reason', () => {
    const reason = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n')
    const [one] = annotationsOf(results({}, [caseResult('VLAN-13', { verdict: 'deviates', reason })]))
    const lines = one?.message.split('\n') ?? []
    expect(lines.slice(1)).toEqual([...Array.from({ length: 6 }, (_, index) => `line ${index}`), '…'])
  })

  it('say once what kept many rules from being judged', () => {
    const all = ['1', '2', '3', '4', '5', '6', '7'].map((digit) => {
      const why = { verdict: 'could not run' as const, reason: 'no kernel', durationMs: 0, cases: [] }
      return { id: `TAP-0${digit}`, title: 'a title', ...why }
    })
    expect(annotationsOf({ requirements: all }).map(workflowCommand)).toEqual([
      '::warning title=TAP-01%2C TAP-02%2C TAP-03%2C TAP-04%2C TAP-05 and 2 more could not run::no kernel',
    ])
  })

  it('escape what would end a property or the line', () => {
    const odd = { level: 'error', file: 'a,b:c%\r\n.ts', title: 'x::y', message: 'z::,%0A\r\n' } as const
    expect(workflowCommand(odd)).toBe('::error file=a%2Cb%3Ac%25%0D%0A.ts,title=x%3A%3Ay::z::,%250A%0D%0A')
  })
})

describe('GitHub Actions', () => {
  it('is told nothing elsewhere', () => {
    expect(told({})).toEqual([])
    expect(told({ GITHUB_ACTIONS: 'false', GITHUB_STEP_SUMMARY: '' })).toEqual([])
  })

  it('is told the annotations, one line each', () => {
    const lines = told({ GITHUB_ACTIONS: 'true' })
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['::error', '::warning'])
    expect(lines.join('')).not.toMatch(/[\r\n]/)
  })

  it('finds the summary behind what other steps wrote, in any CI', () => {
    const file = join(folder, 'summary')
    expect([...told({ GITHUB_STEP_SUMMARY: file }), ...told({ GITHUB_STEP_SUMMARY: file })]).toEqual([])
    expect(readFileSync(file, 'utf8')).toBe('# summary\n# summary\n')
  })

  it('does not lose the verdicts where its file cannot be written', () => {
    expect(told({ GITHUB_STEP_SUMMARY: join(folder, 'no/such/folder') })).toEqual([
      expect.stringMatching(/^the job's summary cannot be written: ENOENT/),
    ])
  })
})
