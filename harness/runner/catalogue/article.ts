/** What "the article" of the catalogue's sources is. */
export const ARTICLE = 'article “网络协议(九)-云” (“Network protocols (9): cloud”, 2020)'

/** "the article “…”, 1.3.3; IEEE 802.1Q, 8.6": named once, by its title. */
export function sourceInWords(source: string): string {
  return source.replace('the article', `the ${ARTICLE}`)
}
