import { h, icon, said, setText } from './dom.js'
import { moment, near } from './clock.js'
import { named } from './words.js'
import { Problem, Unreachable } from './client.js'

/** @import { Child } from './dom.js' */

/**
 * A coloured word: the colour repeats what the word says.
 * @param {string} word
 * @param {string} [text]
 */
export function badge(word, text = named(word)) {
  return h('span', { class: 'badge', 'data-word': word }, text)
}

/** What is shown and was not told of: it is no longer among what is asked for, or too much is shown to ask for it again. */
export const MARKS = { gone: 'No longer here', old: 'Not heard' }

/**
 * A moment: local time, UTC on hover.
 * @param {string | null | undefined} at
 * @param {(at: string) => string} [form]
 */
export function when(at, form = near) {
  if (!at) return h('span', { class: 'quiet' }, '—')
  return h('time', { datetime: at, title: `${at.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} UTC` }, form(at))
}

/** @param {string | null | undefined} at */
export const whole = (at) => when(at, moment)

/**
 * @param {string} label
 * @param {() => void | Promise<unknown>} act
 * @param {{kind?: 'primary' | 'danger' | 'quiet' | 'small', icon?: Parameters<typeof icon>[0], disabled?: boolean, title?: string, key?: string}} [how]
 */
export function button(label, act, how = {}) {
  const made = h('button', {
    type: 'button', class: `button ${how.kind ?? ''}`, title: how.title, disabled: how.disabled, 'data-key': how.key ?? label,
    onclick: () => busy(made, act),
  }, how.icon ? icon(how.icon) : null, label)
  return made
}

/**
 * A button that shows only a picture.
 * @param {string} label
 * @param {Parameters<typeof icon>[0]} picture
 * @param {() => void | Promise<unknown>} act
 */
export function iconButton(label, picture, act) {
  const made = h('button', { type: 'button', class: 'icon-button', 'aria-label': label, title: label, 'data-key': label, onclick: () => busy(made, act) }, icon(picture))
  return made
}

/**
 * Runs what a button does, once at a time; a failure is told.
 * @param {HTMLButtonElement} button
 * @param {() => void | Promise<unknown>} act
 */
export async function busy(button, act) {
  if (button.getAttribute('aria-busy') === 'true') return
  const work = act()
  if (!(work instanceof Promise)) return
  button.setAttribute('aria-busy', 'true')
  try {
    await work
  } catch (error) {
    tell(textOf(error), 'failure')
  } finally {
    button.removeAttribute('aria-busy')
  }
}

/** @param {unknown} error */
export function textOf(error) {
  if (error instanceof Problem && error.errors.length > 0) {
    return `${error.title}: ${error.errors.map((one) => `${one.pointer} ${one.detail}`).join('; ')}`
  }
  return error instanceof Error ? error.message : String(error)
}

/**
 * Copies a value.
 * @param {string} value
 * @param {string} what
 */
export function copier(value, what) {
  const made = iconButton(`Copy ${what}`, 'copy', async () => {
    await navigator.clipboard.writeText(value)
    made.replaceChildren(icon('check'))
    setTimeout(() => made.replaceChildren(icon('copy')), 1500)
    tell(`Copied ${what}.`)
  })
  return made
}

/**
 * A value to be copied whole.
 * @param {string} value
 * @param {string} what
 */
export const copyable = (value, what) => h('span', { class: 'copyable' }, h('code', {}, said(value)), copier(value, what))

/** Sees of texts whether they fit into their few lines; what does not can be unfolded. @type {ResizeObserver | null} */
let fitting = null
/** @param {ResizeObserverEntry[]} seen */
function fit(seen) {
  for (const { target: { parentElement: long, scrollHeight, clientHeight } } of seen) {
    if (!long?.querySelector('details[open]')) long?.classList.toggle('fits', scrollHeight <= clientHeight + 1)
  }
}

/**
 * A text from outside of any length: a few lines of it, and the rest where somebody wants it.
 * @param {string | null | undefined} text
 * @param {string} key what it is, by which it is found again and stays unfolded
 */
export function bounded(text, key) {
  const whole = text ?? ''
  if (whole.length < 120 && !whole.includes('\n')) return said(whole)
  const shown = h('div', { class: 'lines', dir: 'auto' }, whole)
  fitting ??= new ResizeObserver(fit)
  fitting.observe(shown)
  return h('div', { class: 'long' }, shown, h('details', {}, h('summary', { 'data-key': `long ${key}` }, h('span', { class: 'less' }, 'Show all'), h('span', { class: 'all-of-it' }, 'Show less'))))
}

/** Where a message has to stand to be seen and heard: what is outside of a modal dialog is neither. */
export const above = () => [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body

/**
 * Says something for a few seconds, to screen readers too.
 * @param {string} text
 * @param {'done' | 'failure'} [kind]
 */
export function tell(text, kind = 'done') {
  const home = above()
  const place = document.getElementById('told') ?? h('div', { id: 'told', role: 'status', 'aria-live': 'polite' })
  const moved = place.parentElement !== home
  if (moved) home.append(place)
  const one = h('p', { class: 'told', 'data-kind': kind }, said(text))
  // What came together with its place would not be heard.
  if (moved) setTimeout(() => place.append(one), 50)
  else place.append(one)
  setTimeout(() => one.remove(), kind === 'failure' ? 8000 : 3000)
}

/**
 * Asks before something that cannot be taken back.
 * @param {string} title
 * @param {string} text
 * @param {string} yes
 * @returns {Promise<boolean>}
 */
export function confirmed(title, text, yes) {
  return new Promise((resolve) => {
    const dialog = h('dialog', { class: 'ask', 'aria-labelledby': 'ask-title', onclose: () => { dialog.remove(); resolve(dialog.returnValue === 'yes') } },
      h('form', { method: 'dialog' },
        h('h2', { id: 'ask-title' }, title),
        h('p', {}, said(text)),
        h('div', { class: 'row end' },
          h('button', { class: 'button', value: 'no' }, 'Cancel'),
          h('button', { class: 'button danger', value: 'yes' }, yes))))
    document.body.append(dialog)
    dialog.showModal()
  })
}

/** @param {string | undefined} contact */
export const confirmedEnd = (contact) => confirmed('End this session?', `${contact} is taken out of the contact centre, and the AI agent gets the conversation back.`, 'End session')

/**
 * What stands where nothing is.
 * @param {string} title
 * @param {Child} text
 * @param {Child[]} more
 */
export function empty(title, text, ...more) {
  return h('div', { class: 'empty' }, h('h3', {}, title), h('p', {}, text), more)
}

/**
 * What stands where loading failed.
 * @param {unknown} error
 * @param {() => void} again
 */
export function failed(error, again) {
  const title = error instanceof Problem ? error.title : 'Not available'
  const text = textOf(error)
  return h('div', { class: 'empty', role: 'alert' }, h('h3', {}, bounded(title, 'title')), text === title ? null : h('div', { class: 'quiet' }, bounded(text, 'error')), button('Try again', again))
}

/**
 * A line about what is shown already and could not be asked for again. That nobody answers at all is told by the page.
 * @returns {{element: HTMLElement, failed: (error: unknown) => void, heard: () => void}}
 */
export function notUpdated() {
  const element = h('p', { class: 'not-updated', role: 'status' })
  return {
    element,
    failed: (error) => setText(element, error instanceof Unreachable ? '' : `Not updated: ${error instanceof Problem ? error.title : textOf(error)}`),
    heard: () => setText(element, ''),
  }
}

/** Grey lines where something is about to come. */
export function loading(lines = 6) {
  return h('div', { class: 'loading', role: 'status', 'aria-label': 'Loading' }, Array.from({ length: lines }, () => h('span')))
}

/**
 * @param {number} number
 * @param {string} what
 */
export const numbered = (number, what) => `${number.toLocaleString()} ${what}${number === 1 ? '' : 's'}`

/**
 * JSON to read: names, values, and what is inside them to fold.
 * @param {unknown} value
 * @param {string} [place] where it stands, in words of its own
 * @param {number} [depth]
 * @returns {HTMLElement}
 */
export function tree(value, place = '', depth = 0) {
  if (value === null || typeof value !== 'object') {
    return h('span', { class: 'leaf', 'data-type': value === null ? 'null' : typeof value }, typeof value === 'string' ? bounded(value, place) : JSON.stringify(value))
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return h('span', { class: 'leaf', 'data-type': 'null' }, Array.isArray(value) ? 'empty list' : 'empty')
  return h('dl', { class: 'tree' }, entries.flatMap(([name, inner]) => {
    const deep = inner !== null && typeof inner === 'object' && Object.keys(inner).length > 0
    return [
      h('dt', {}, said(name)),
      h('dd', {}, deep
        ? h('details', { open: depth < 2 }, h('summary', { 'data-key': `${place}/${name}` }, numbered(Object.keys(inner).length, Array.isArray(inner) ? 'item' : 'field')), tree(inner, `${place}/${name}`, depth + 1))
        : tree(inner, `${place}/${name}`, depth + 1)),
    ]
  }))
}

/**
 * Tabs: one of several panels.
 * @param {string} label
 * @param {{key: string, label: string, count?: number}[]} tabs
 * @param {string} chosen
 * @param {(key: string) => void} choose
 */
export function tabs(label, tabs, chosen, choose) {
  const buttons = tabs.map(({ key, label, count }) => h('button', {
    type: 'button', role: 'tab', id: `tab-${key}`, 'data-key': key, 'aria-selected': String(key === chosen), 'aria-controls': 'panel',
    tabindex: key === chosen ? 0 : -1, onclick: () => choose(key),
  }, label, count === undefined ? null : h('span', { class: 'count' }, count)))
  // On a narrow page the chosen one may stand outside.
  requestAnimationFrame(() => buttons.find((one) => one.getAttribute('aria-selected') === 'true')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }))
  return h('div', {
    role: 'tablist', 'aria-label': label, class: 'tabs',
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
      const at = buttons.findIndex((one) => one === document.activeElement)
      if (step === 0 || at < 0) return
      event.preventDefault()
      const next = buttons[(at + step + buttons.length) % buttons.length]
      next?.focus()
      next?.click()
    },
  }, buttons)
}

/**
 * A choice of one from few.
 * @param {string} label
 * @param {[string, string][]} options value and text
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
export function picker(label, options, chosen, choose) {
  return h('select', { 'aria-label': label, 'data-key': label, onchange: (/** @type {any} */ event) => choose(event.target.value) },
    options.map(([value, text]) => h('option', { value, selected: value === chosen }, text)))
}

/**
 * A link from outside: only where it leads to the web, else its text.
 * @param {string | null | undefined} url
 * @param {string | null | undefined} [text]
 */
export function outside(url, text) {
  const shown = text || url || ''
  return /^https?:\/\//i.test(url ?? '')
    ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer', 'data-key': url }, said(shown))
    : said(shown)
}

