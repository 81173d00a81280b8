/** Elements, made without markup: text is text. */

type Child = Node | string | null
type Attributes = Readonly<Record<string, string | number | boolean | null>>

export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(name), attributes, children)
}

export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
}

/** Wide things scroll within the page; by keyboard, too. */
export function scrolling(label: string, ...children: readonly Child[]): HTMLElement {
  return el('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': label }, ...children)
}

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue
    element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((child) => child !== null))
  return element
}
