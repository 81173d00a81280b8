/** Text of a bundle as Markdown that is read with and without a browser. */
import { escapeMarkdown } from '../../report/markdown.ts'
import { visible } from '../../report/page/visible.ts'

/** As text: `>` means nothing within a line. */
export function prose(text: string): string {
  return escapeMarkdown(visible(text)).replaceAll('&gt;', '>')
}

/** No run of backquotes in it can end it. */
export function fenced(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length)
  const fence = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)))
  return `${fence}text\n${visible(text)}\n${fence}`
}
