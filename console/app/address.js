// Everything that decides what is seen stands in the address: the view, its filters, what is open.

const changed = new EventTarget()
addEventListener('popstate', () => changed.dispatchEvent(new Event('change')))

/** @typedef {Record<string, string | string[] | null>} Changes */

const query = () => new URLSearchParams(location.search)

/** @param {string} name */
export const get = (name) => query().get(name)

/** @param {string} name */
export const all = (name) => query().getAll(name)

/**
 * The address with changes; null leaves a parameter out.
 * @param {Changes} changes
 */
export function href(changes) {
  const next = query()
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name)
    for (const one of value === null ? [] : [value].flat()) if (one !== '') next.append(name, one)
  }
  return `/?${next}`
}

/**
 * The address of a view, without what belonged to another.
 * @param {string} view
 * @param {Changes} [more]
 */
export function viewHref(view, more = {}) {
  const next = new URLSearchParams()
  const project = get('project')
  if (project) next.set('project', project)
  next.set('view', view)
  for (const [name, value] of Object.entries(more)) {
    next.delete(name)
    for (const one of value === null ? [] : [value].flat()) next.append(name, one)
  }
  return `/?${next}`
}

/**
 * The cursors of the pages before the one that is shown; they go with the step of the browser's history.
 * @returns {string[]}
 */
export const pagesBefore = () => get('cursor') ? history.state?.pagesBefore ?? [] : []

/**
 * Goes to an address of this page. `replace` makes no step to go back to.
 * @param {string} to
 * @param {{replace?: boolean, pagesBefore?: string[]}} [how]
 */
export function go(to, { replace = false, pagesBefore: before = pagesBefore() } = {}) {
  if (to === `/${location.search}`) return
  history[replace ? 'replaceState' : 'pushState']({ pagesBefore: before }, '', to)
  changed.dispatchEvent(new Event('change'))
}

/**
 * @param {Changes} changes
 * @param {Parameters<typeof go>[1]} [how]
 */
export const set = (changes, how) => go(href(changes), how)

/**
 * @param {() => void} listener
 * @param {AbortSignal} signal
 */
export function onChange(listener, signal) {
  changed.addEventListener('change', listener, { signal })
}

/** Makes the page's own links change the address instead of loading the page again. */
export function takeLinks() {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="/?"]') : null
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    go(link.getAttribute('href') ?? '/')
  })
}
