/** HTML as text, with everything that is put into it escaped. */

/** Text that is HTML already. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | null | readonly Part[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** html`<p title="${text}">${text}</p>`: each part is escaped unless it is Html. Attributes stand in quotes. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    pieces.map((piece, at) => piece + (at < parts.length ? rendered(parts[at] ?? null) : '')).join(''),
  )
}

function rendered(part: Part): string {
  if (part === null) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(rendered).join('')
  return escapeHtml(String(part))
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

/** For a script element that holds data: nothing in it can end the element or open a comment. */
export function jsonForHtml(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'))
}

/** Part of a link: each step of a path, so that no name means more than itself. */
export function pathAsUrl(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
