/** Which requirements are shown: by verdict, and by words in them. */

interface Rule {
  element: HTMLDetailsElement
  text: string
}

export function startFilter(): void {
  const rules = Array.from(document.querySelectorAll<HTMLDetailsElement>('details.rule'), (element): Rule => {
    return { element, text: (element.textContent ?? '').toLowerCase() }
  })
  const buttons = Array.from(document.querySelectorAll<HTMLButtonElement>('.filter button'))
  const search = document.querySelector<HTMLInputElement>('#search')
  const shown = document.querySelector('#shown')
  const apply = (): void => {
    const verdicts = buttons
      .filter((button) => button.ariaPressed === 'true')
      .map(({ dataset }) => dataset.verdict)
    const words = (search?.value ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
    let count = 0
    for (const { element, text } of rules) {
      const fits = verdicts.length === 0 || verdicts.includes(element.dataset.verdict)
      element.hidden = !(fits && words.every((word) => text.includes(word)))
      if (!element.hidden) count += 1
    }
    for (const family of document.querySelectorAll<HTMLElement>('.family'))
      family.hidden = family.querySelector('details.rule:not([hidden])') === null
    const all = rules.length === 1 ? '1 rule' : `${rules.length} rules`
    if (shown !== null) shown.textContent = count === rules.length ? all : `${count} of ${all}`
  }
  for (const button of buttons)
    button.addEventListener('click', () => {
      button.ariaPressed = button.ariaPressed === 'true' ? 'false' : 'true'
      apply()
    })
  search?.addEventListener('input', apply)
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    for (const button of buttons) button.ariaPressed = 'false'
    if (search !== null) search.value = ''
    apply()
  })
  apply()
}
