/**
 * Text of packets, plans and names as it is shown: what a reader could not see, or what would change how the rest is
 * seen, stands as its number. `\x1b` for control characters, `\u202e` for what turns the direction of writing.
 */

/** C0 but tab and line feed, DEL, C1; zero-width and bidirectional marks; what UTF-8 cannot hold; noncharacters. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]|\p{Surrogate}/gu

export function visible(text: string): string {
  return text.replaceAll(HIDDEN, numbered)
}

/** All text in plain data, names of fields too. */
export function allVisible<T>(value: T): T {
  return walk(value) as T
}

function walk(value: unknown): unknown {
  if (typeof value === 'string') return visible(value)
  if (Array.isArray(value)) return value.map(walk)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [visible(key), walk(inner)]))
}

function numbered(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}
