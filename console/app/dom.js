/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 */

/**
 * Makes an element. Strings become text, so nothing that is shown is ever parsed as markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag with classes behind dots: `div.card.wide`
 * @param {Attributes} [attributes] functions are listeners: `onclick`
 * @param {(Child | Child[])[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value))
  }
  add(element, children)
  return element
}

/**
 * @param {Element} element
 * @param {(Child | Child[])[]} children
 */
export function add(element, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child))
    }
  }
}

/**
 * Replaces what an element holds.
 * @param {Element} element
 * @param {(Child | Child[])[]} children
 */
export function fill(element, ...children) {
  element.replaceChildren()
  add(element, children)
}

/**
 * Replaces what an element holds by the same as it is now: whoever stood in it stays where they were, and what they had
 * unfolded stays unfolded. What can be stood at has a `data-key`, by which it is found again.
 * @param {Element} element
 * @param {(Child | Child[])[]} children
 */
export function refill(element, ...children) {
  const keyed = () => /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll('[data-key]'))
  const stood = document.activeElement
  const key = stood && stood !== element && element.contains(stood) ? /** @type {HTMLElement} */ (stood).dataset.key ?? '' : null
  const unfolded = new Map([...keyed()].map((one) => [one.dataset.key, one.parentElement]).filter(([, of]) => of instanceof HTMLDetailsElement).map(([name, of]) => [name, /** @type {HTMLDetailsElement} */ (of).open]))
  fill(element, ...children)
  for (const { dataset, parentElement } of unfolded.size > 0 ? keyed() : []) {
    const open = unfolded.get(dataset.key)
    if (open !== undefined && parentElement instanceof HTMLDetailsElement) parentElement.open = open
  }
  if (key === null) return
  // What is gone leaves them in the part of the page where it was.
  const found = [...keyed()].find((one) => one.dataset.key === key) ?? element.closest('[tabindex]')
  if (found instanceof HTMLElement) found.focus({ preventScroll: true })
}

/**
 * A text from outside, kept from reordering what stands around it.
 * @param {string | number | null | undefined} text
 */
export function said(text) {
  return h('bdi', {}, text ?? '')
}

/**
 * Sets a text only if it differs, so that what does not change is not touched.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/**
 * A picture of the page's own set, drawn with the colour of the text.
 * @param {keyof typeof PATHS} name
 */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 16 16')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', PATHS[name])
  svg.append(path)
  return svg
}

const PATHS = {
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M6 6h7v7H6zM3 10V3h7',
  check: 'M3 8.5l3.2 3.2L13 5',
  search: 'M11 11l3 3M12 7A5 5 0 1 1 2 7a5 5 0 0 1 10 0z',
  theme: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  download: 'M8 2v8m-3-3 3 3 3-3M3 13h10',
  left: 'M10 3L5 8l5 5',
  right: 'M6 3l5 5-5 5',
  stop: 'M4 4h8v8H4z',
  retry: 'M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3',
  open: 'M9 3h4v4M13 3L7 9M11 9v4H3V5h4',
  person: 'M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8zm-5 6c0-3 2-4.5 5-4.5s5 1.5 5 4.5',
  plus: 'M8 3v10M3 8h10',
  send: 'M2 8l12-5-4 11-3-5z',
  filter: 'M2 4h12M4 8h8M6.5 12h3',
  more: 'M3.5 8h.01M8 8h.01M12.500 8h.01',
}
