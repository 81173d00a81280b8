/** report.html's text: all that can be read without its script. The script adds drawings, packets and the filter. */

import { Html, html, pathAsUrl } from './markup.ts'
import type { PageCase, PageData, PageRule } from './model.ts'
import { surroundings } from './surroundings.ts'
import { classOf, figureOf, GLYPHS, secondsOf, VERDICTS_SHOWN } from './words.ts'

const NOTHING = new Html('')

/** @param storyOf the number of a case's story among the page's data */
export function pageBody(data: PageData, storyOf: ReadonlyMap<PageCase, number>): Html {
  const { results, rules } = data
  const wrong = rules.filter(({ verdict }) => verdict === 'deviates')
  const firstWrong = wrong.find(({ id }) => id === results.fault?.breaks[0]) ?? wrong[0]
  const families = [...new Set(rules.map(({ family }) => family))]
  return html`<header>
<h1>Frameproof: ${headline(results.summary)}</h1>
<p class="muted">${results.implementation} on ${results.lab.provider}, ${results.startedAt}, ${secondsOf(results.durationMs)}</p>
${faultBanner(data)}${results.interrupted ? html`<p class="banner">Interrupted: these are the results so far.</p>` : NOTHING}
</header>
<main>
<section aria-labelledby="summary"><h2 id="summary">Summary</h2>${summaryTable(rules, families)}</section>
<section aria-labelledby="requirements"><h2 id="requirements">Requirements</h2>
${filterBar(data)}
${families.map(
  (family) => html`<section class="family"><h3>${family}</h3>
${rules.filter((rule) => rule.family === family).map((rule) => ruleDetails(rule, rule === firstWrong, storyOf))}
</section>`,
)}
</section>
${surroundings(data)}
</main>
<footer>
<p>Each rule: what is documented, the verdict, and the packets that show it. <b>conforms</b>: shown by the packets. <b>deviates</b>: the packets show that something owed was not done, or something forbidden was. <b>could not run</b>: the lab or the harness failed, nothing is said. <b>not supported</b>: the implementation says so. <b>no case</b>: nothing judges this rule.</p>
<p>A <b>stimulus</b> is a frame under test. A <b>marker</b> is sent behind it: where the marker arrives, all before it has been handled. A <b>control</b> shows that a capture works. Evidence opens in Wireshark: filter on <code>frame.comment</code>.</p>
<p class="needs-script">Keys: <kbd>/</kbd> search, <kbd>j</kbd> <kbd>k</kbd> next and previous requirement, <kbd>Enter</kbd> open, <kbd>←</kbd> <kbd>→</kbd> hops of a journey, <kbd>Esc</kbd> clear the filter.</p>
<p>Frameproof ${results.frameproof}</p>
</footer>`
}

function headline(summary: PageData['results']['summary']): string {
  const counts = VERDICTS_SHOWN.filter((verdict) => summary[verdict] > 0)
  return counts.map((verdict) => `${summary[verdict]} ${verdict}`).join(', ') || 'nothing judged'
}

function faultBanner({ results: { fault } }: PageData): Html {
  if (fault === null) return NOTHING
  const outcome = fault.detected ? 'detected' : 'NOT DETECTED'
  return html`<p class="banner"><b>Judged under a deliberate fault, ${outcome}:</b> ${fault.title} (<code>${fault.file}</code>; must break ${fault.breaks[0] ?? ''})</p>`
}

function summaryTable(rules: readonly PageRule[], families: readonly string[]): Html {
  const shown = VERDICTS_SHOWN.filter((verdict) => rules.some((rule) => rule.verdict === verdict))
  const count = (family: string, verdict: string): number =>
    rules.filter((rule) => rule.family === family && rule.verdict === verdict).length
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Verdicts by family"><table>
<thead><tr><th scope="col">family</th>${shown.map((verdict) => html`<th scope="col" class="number">${badge(verdict)}</th>`)}</tr></thead>
<tbody>${families.map(
    (family) => html`<tr><th scope="row">${family}</th>${shown.map(
      (verdict) => html`<td class="number">${count(family, verdict) || ''}</td>`,
    )}</tr>
`,
  )}</tbody></table></div>`
}

function filterBar({ rules }: PageData): Html {
  const buttons = VERDICTS_SHOWN.flatMap((verdict) => {
    const count = rules.filter((rule) => rule.verdict === verdict).length
    if (count === 0) return []
    return html`<button type="button" aria-pressed="false" data-verdict="${verdict}" class="${classOf(verdict)}">${GLYPHS[verdict]} ${verdict} ${count}</button>`
  })
  return html`<div class="filter needs-script" role="search">${buttons}
<input type="search" id="search" aria-label="Search in requirements" placeholder="Search: ID, words, port, address ( / )">
<span id="shown" class="muted" role="status"></span></div>`
}

export function badge(verdict: PageRule['verdict']): Html {
  return html`<span class="verdict ${classOf(verdict)}"><span class="glyph" aria-hidden="true">${GLYPHS[verdict]}</span>${verdict}</span>`
}

function ruleDetails(rule: PageRule, isOpen: boolean, storyOf: ReadonlyMap<PageCase, number>): Html {
  const { id, verdict, title, durationMs, source, cases, reason } = rule
  const isExplained = reason === null || cases.some((one) => one.reason === reason)
  return html`<details class="rule" id="${id}" data-verdict="${verdict}"${isOpen ? new Html(' open') : NOTHING}>
<summary>${badge(verdict)}<span class="id">${id}</span><span class="title">${title}</span><span class="length">${cases.length === 0 ? '' : secondsOf(durationMs)}</span></summary>
<div class="body"><dl><dt>Rule</dt><dd>${rule.rule ?? title}</dd>${source === null ? NOTHING : html`<dt>Source</dt><dd>${source}</dd>`}</dl>
${isExplained ? NOTHING : reasonText(verdict, reason ?? '')}
${worstFirst(cases).map((one) => caseArticle(one, storyOf.get(one)))}
</div></details>
`
}

function worstFirst(cases: readonly PageCase[]): readonly PageCase[] {
  const place = ({ verdict }: PageCase): number => VERDICTS_SHOWN.indexOf(verdict)
  return [...cases].sort((a, b) => place(a) - place(b))
}

function caseArticle(one: PageCase, story: number | undefined): Html {
  return html`<article class="case"><h4>${badge(one.verdict)} ${one.name}</h4>
<p class="muted">scenario ${one.scenario}, <code>${one.file}</code></p>
${one.reason === null ? NOTHING : reasonText(one.verdict, one.reason)}
${measuredTable(one)}${evidenceLinks(one)}${assertionsOf(one)}
${one.trouble === null ? NOTHING : html`<p class="banner">Its evidence cannot be shown here: ${one.trouble}</p>`}
${one.pictures.length === 0 ? NOTHING : html`<div class="curves">${one.pictures.map(({ name, description, url }) => html`<figure><img class="curve" src="${url}" alt="${description}"><figcaption class="muted">${name}</figcaption></figure>`)}</div>`}
${story === undefined ? NOTHING : html`<div class="story" data-story="${story}"><noscript><p class="muted">Drawings and packets need this page’s script; the evidence is in the files above.</p></noscript></div>`}
</article>`
}

function reasonText(verdict: PageRule['verdict'], reason: string): Html {
  const kind = verdict === 'deviates' ? 'wrong' : verdict === 'could not run' ? 'unproven' : ''
  return html`<pre class="${kind}" tabindex="0" role="group" aria-label="Reason">${reason}</pre>`
}

function measuredTable({ measured }: PageCase): Html {
  const rows = Object.entries(measured)
  if (rows.length === 0) return NOTHING
  return html`<dl>${rows.map(([name, figure]) => html`<dt>${name}</dt><dd>${figureOf(name, figure)}</dd>`)}</dl>`
}

function evidenceLinks({ evidence, evidenceLeftOut, files }: PageCase): Html {
  if (evidenceLeftOut === true)
    return html`<p class="muted">Its evidence is not in this bundle: it is in the whole report.</p>`
  if (evidence === null) return html`<p class="muted">No evidence: it never got to a lab.</p>`
  return html`<p class="links">Evidence: ${files.map(
    (file) => html`<a href="${pathAsUrl(`${evidence}/${file}`)}">${file}</a> `,
  )}</p>`
}

function assertionsOf({ story, verdict }: PageCase): Html {
  if (story === null || story.assertionsTotal === 0) return NOTHING
  const { assertions, assertionsTotal, assertionsLeftOut } = story
  const rest = assertionsLeftOut === 0 ? 'all' : `${assertions.length} of ${assertionsTotal}`
  const items = assertions.map(
    (one) =>
      html`<li>${badge(one.verdict)} ${one.expected}${one.frames.length === 0 ? '' : ` (frame ${one.frames.join(', ')})`}</li>`,
  )
  return html`<details class="more"${verdict === 'deviates' ? new Html(' open') : NOTHING}><summary>Assertions: ${rest} shown</summary><ul class="assertions">${items}</ul>${
    assertionsLeftOut === 0
      ? NOTHING
      : html`<p class="muted">${assertionsLeftOut} more are in observations.json.</p>`
  }</details>`
}
