import { h } from './dom.js'

/** @type {[string, string][]} */
const KEYS = [
  ['j  k', 'next and previous row'], ['Enter', 'open the row'], ['x', 'select the row'], ['e', 'end the session'],
  ['r', 'show what is new'], ['/', 'search'], ['Esc', 'close'], ['?', 'these keys'],
]

export function help() {
  const dialog = h('dialog', { class: 'ask', 'aria-labelledby': 'keys-title', onclose: () => dialog.remove() },
    h('form', { method: 'dialog' },
      h('h2', { id: 'keys-title' }, 'Keyboard'),
      h('dl', { class: 'keys' }, KEYS.flatMap(([key, does]) => [h('dt', {}, key.split('  ').map((one) => h('kbd', {}, one))), h('dd', {}, does)])),
      h('div', { class: 'row end' }, h('button', { class: 'button' }, 'Close'))))
  document.body.append(dialog)
  dialog.showModal()
}

/** Gives the keys to whatever view is shown, as the event `key`; not while somebody writes or a dialog is open. */
export function takeKeys() {
  document.addEventListener('keydown', (event) => {
    const at = event.target instanceof Element ? event.target : null
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (at?.closest('input:not([type=checkbox]), textarea, select, [contenteditable]')) {
      if (event.key === 'Escape' && at instanceof HTMLElement) at.blur()
      return
    }
    if (document.querySelector('dialog[open]')) return
    if (event.key === '?') {
      event.preventDefault()
      return help()
    }
    const taken = !document.querySelector('main > *')?.dispatchEvent(new CustomEvent('key', { detail: event.key, cancelable: true }))
    if (taken) event.preventDefault()
  })
}
