import { describe, expect, it } from 'vitest'
import { escapeMarkdown, markdownSummary } from './markdown.ts'
import { CASES, caseResult, results } from './test-results.ts'

describe('summary.md', () => {
  it('is this', () => {
    expect(
      markdownSummary(results()),
    ).toBe(`## Frameproof: 2 conforms, 1 deviates, 1 not supported, 1 could not run, 1 no case

| verdict | rule | reason | evidence (in the report) |
| --- | --- | --- | --- |
| deviates | VLAN-13 what VLAN-13 says (vlan) | expected hv1:tap-blue1 never carries ARP<br>seen frame 23: out, 100% &lt;odd&gt; \\| a\\\`b<br>… | \`evidence/VLAN-13\` |
| could not run | VLAN-08 two links | the site died |  |

| rule | measured | value | interval |
| --- | --- | --- | --- |
| VLAN-05 (vlan) | Mbit/s | 9.5 | 9.4 to 9.6 |
| VLAN-05 (vlan) | loss | 0 |  |

<details><summary>Conforming: 2</summary>

- TAP-02 what TAP-02 says (bridged)
- VLAN-05 what VLAN-05 says (vlan)

</details>

<details><summary>Not supported: 1</summary>

- VLAN-03 what VLAN-03 says (vlan): mine: has no VLANs

</details>

<details><summary>Without a case: 1</summary>

VLAN-06

</details>

linux-bridge on uml, kernel 6.1.176, in 3.4 s from 2026-11-22T15:41:48.147Z, by Frameproof 0.1.0

<details><summary>Tools</summary>

- node: v20.20.2
- jq: jq-1.6

</details>
`)
  })

  it('has no table where everything conforms', () => {
    const requirements = results().requirements.filter(({ id }) => id === 'TAP-02')
    const summary = { conforms: 1, deviates: 0, 'not supported': 0, 'could not run': 0, 'no case': 0 }
    const text = markdownSummary(results({ requirements, summary }))
    expect(text).toMatch(/^## Frameproof: 1 conforms\n/)
    expect(text).not.toContain('|')
  })

  it('says whether the fault was detected, and that a run was interrupted', () => {
    const fault = { file: '/f.sh', title: 'a *cable*', breaks: ['VLAN-13', 'VLAN-06'], detected: false }
    const text = markdownSummary(results({ fault, interrupted: true }))
    expect(text).toContain('\n**Fault NOT DETECTED**: a \\*cable\\* (VLAN-13 must deviate)\n')
    expect(text).toContain('\n**Interrupted**: these are the results so far.\n')
    expect(markdownSummary(results({ fault: { ...fault, detected: true } }))).toContain('**Fault detected**:')
  })

  it('keeps every row of a table on one line, with its own bars only', () => {
    const reason = 'a | b\r\nc\\| d\ne'
    const cases = [...CASES, caseResult('VLAN-05', { verdict: 'deviates', name: 'x|y\nz', reason })]
    const text = markdownSummary(results({}, cases))
    const rows = text.split('\n').filter((line) => line.startsWith('| deviates'))
    expect(rows).toHaveLength(2)
    for (const row of rows) expect(row.replaceAll(/\\./g, '').match(/\|/g)).toHaveLength(5)
  })

  it('stays small however long a reason is', () => {
    const reason = `${'x'.repeat(100_000)}\n`.repeat(3)
    const text = markdownSummary(results({}, [caseResult('VLAN-05', { verdict: 'deviates', reason })]))
    expect(text.length).toBeLessThan(3000)
  })
})

it.each<[string, string]>([
  ['a_b *c* `d` [e](f)', 'a\\_b \\*c\\* \\`d\\` \\[e\\](f)'],
  ['<script>&amp;', '&lt;script&gt;&amp;amp;'],
  ['\\| ~~x~~ $y$', '\\\\\\| \\~\\~x\\~\\~ \\$y\\$'],
])('Markdown means nothing by %s', (text, escaped) => {
  expect(escapeMarkdown(text)).toBe(escaped)
})
