import { h } from './dom.js'
import * as address from './address.js'

/** @type {[string, string][]} */
const KEYS = [
  ['j  k', 'next and previous row'], ['Enter', 'open the row'], ['x', 'select the row'], ['e', 'end the session'],
  ['r', 'show what is new'], ['/', 'search'], ['Esc', 'close'], ['?', 'these keys'],
]

/** Keys of one character get in the way of who speaks to the computer, so they can be switched off. */
const off = () => localStorage.getItem('keys') === 'off'

let searching = false
/** Whether somebody asked for the search where there is none. */
export function wantsSearch() {
  const wanted = searching
  searching = false
  return wanted
}

export function help() {
  const box = h('input', { type: 'checkbox', checked: !off(), onchange: () => box.checked ? localStorage.removeItem('keys') : localStorage.setItem('keys', 'off') })
  const dialog = h('dialog', { class: 'ask', 'aria-labelledby': 'keys-title', onclose: () => dialog.remove() },
    h('form', { method: 'dialog' },
      h('h2', { id: 'keys-title' }, 'Keyboard'),
      h('dl', { class: 'keys' }, KEYS.flatMap(([key, does]) => [h('dt', {}, key.split('  ').map((one) => h('kbd', {}, one))), h('dd', {}, does)])),
      h('label', { class: 'row' }, box, 'Single-letter keys'),
      h('div', { class: 'row end' }, h('button', { class: 'button' }, 'Close'))))
  document.body.append(dialog)
  dialog.showModal()
}

/** Gives the keys to the session that is open or else the view that is shown, as the event `key`; not while somebody writes or is asked. */
export function takeKeys() {
  document.addEventListener('keydown', (event) => {
    const at = event.target instanceof Element ? event.target : null
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (at?.closest('input:not([type=checkbox]), textarea, select, [contenteditable]')) {
      if (event.key === 'Escape' && at instanceof HTMLElement) at.blur()
      return
    }
    const top = [...document.querySelectorAll('dialog[open]')].at(-1)
    if ((top && !top.matches('.details')) || (event.key.length === 1 && off())) return
    if (event.key === '?') {
      event.preventDefault()
      return help()
    }
    const taken = (top ?? document.querySelector('main > *'))?.dispatchEvent(new CustomEvent('key', { detail: event.key, cancelable: true })) === false
    if (!taken && (event.key !== '/' || top)) return
    event.preventDefault()
    if (taken) return
    searching = true
    address.go(address.viewHref('transfers'))
  })
}
