import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeHtml, html, jsonForHtml, pathAsUrl } from './markup.ts'
import { allVisible, visible } from './visible.ts'

const SEED = Number(process.env.FRAMEPROOF_SEED ?? Date.now() % 1e9)

describe('text that could not be seen', () => {
  it.each([
    ['\x1b[31mred', '\\x1b[31mred'],
    ['a\x00b\x7f\x9f', 'a\\x00b\\x7f\\x9f'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['lone \ud800', 'lone \\ud800'],
    ['tab\tand\nline, 🙂, µ, ✗', 'tab\tand\nline, 🙂, µ, ✗'],
  ])('%j is shown by its number', (given, shown) => expect(visible(given)).toBe(shown))

  it('is so everywhere in plain data, in names of fields too, and nothing else is changed', () => {
    const given = { '\x07': ['\x1b', { deep: '\u202e' }], n: 1, none: null, yes: true }
    expect(allVisible(given)).toEqual({
      '\\x07': ['\\x1b', { deep: '\\u202e' }],
      n: 1,
      none: null,
      yes: true,
    })
  })
})

describe('HTML', () => {
  it('has every part escaped, in attributes too, but what is HTML already', () => {
    const evil = `"><script>alert('1')</script>&`
    const inner = html`<b>${evil}</b>`
    expect(html`<p title="${evil}">${[inner, 2, null]}</p>`.text).toBe(
      `<p title="${escapeHtml(evil)}"><b>&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</b>2</p>`,
    )
  })

  it(`holds any data that no text in it can end (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('</script>', '<!--', ']]>', '\u2028'), (value, evil) => {
        const { text } = jsonForHtml({ value, evil })
        expect(text).not.toContain('<')
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify({ value, evil }))
      }),
      { seed: SEED },
    )
  })

  it('links to files whatever they are called', () => {
    expect(pathAsUrl('../a b/#1?/javascript:x.svg')).toBe('../a%20b/%231%3F/javascript%3Ax.svg')
  })
})
