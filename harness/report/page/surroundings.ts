/** Where the run took place: kernels, tools, versions; and the report's other files. */
import { type Html, html, pathAsUrl } from './markup.ts'
import type { PageData } from './model.ts'

export function surroundings({ results, files }: PageData): Html {
  const { lab, implementation, frameproof, fault, startedAt, noise } = results
  const sites = lab.sites.map(({ name, kind, kernel }) => [`site ${name}`, `${kind}, Linux ${kernel}`])
  const tools = [
    ...Object.entries(lab.tools),
    ...lab.sites.flatMap(({ name, tools: own = {} }) =>
      Object.entries(own).map(([tool, version]) => [`${tool} on ${name}`, version]),
    ),
  ]
  const rows = [
    ['implementation', implementation],
    ['lab', lab.provider],
    ...sites,
    ['fault', fault === null ? 'none' : `${fault.file}: ${fault.title}`],
    ...(noise === undefined ? [] : [['noise', noiseInWords(noise)]]),
    ['started', startedAt],
    ['Frameproof', frameproof],
    ...tools,
  ]
  return html`<section aria-labelledby="environment"><h2 id="environment">Environment</h2>
<dl>${rows.map(([name = '', value = '']) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>
<section aria-labelledby="files"><h2 id="files">Files of this report</h2>
<ul>${files.map((file) => html`<li><a href="${pathAsUrl(file)}">${file}</a></li>`)}</ul></section>`
}

function noiseInWords({ askedFramesPerSecond, reached }: NonNullable<PageData['results']['noise']>): string {
  return `${askedFramesPerSecond} frames a second at every port${reached ? '' : ' were asked for, and not reached everywhere'}`
}
