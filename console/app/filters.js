import { h, icon, fill, refill } from './dom.js'
import { button, picker } from './parts.js'
import { named, STATUSES, OUTCOMES, CHANNELS, PROVIDERS } from './words.js'
import * as address from './address.js'

/** @import { Counts } from './types.js' */

/** @type {[string, string][]} */
const PERIODS = [['', 'Any time'], ['1', 'Last hour'], ['24', 'Last 24 hours'], ['168', 'Last 7 days'], ['720', 'Last 30 days'], ['own', 'From … to …']]
const FLAGS = /** @type {const} */ ([['unconfirmed', 'Unconfirmed', 'true'], ['stale', 'Stale', 'true'], ['handback', 'Hand-back open', 'open']])
const NAMES = ['outcome', 'channel', 'provider', 'agent', 'queue', 'period', 'from', 'to', 'unconfirmed', 'stale', 'handback']

/** How many hours back the address reaches from whatever is now; 0 if it does not move with the clock. */
const hoursBack = () => Math.max(0, Number(address.get('period')) || 0)

/** What the address asks for, in words that stay the same while time passes. */
export const question = () => JSON.stringify(['status', ...NAMES, 'q', 'cursor', 'rows', 'left'].map((name) => address.all(name)))

/** What the address asks the API for now. */
export function asked() {
  const hours = hoursBack()
  // A cursor belongs to the question that it answered, so the moment that was asked by stands beside it. By whole minutes
  // otherwise, so that what has not changed need not be told again.
  const since = hours > 0 && !(address.get('cursor') && address.get('from'))
    ? new Date(Math.floor(Date.now() / 60_000) * 60_000 - hours * 3_600_000).toISOString() : address.get('from')
  return {
    status: address.all('status').filter((one) => STATUSES.includes(one)),
    outcome: address.get('outcome'), channel: address.get('channel'), provider: address.get('provider'),
    agent: address.get('agent'), queue: address.get('queue'), handback: address.get('handback'), q: address.get('q'),
    unconfirmed: address.get('unconfirmed'), stale: address.get('stale'), createdAfter: since, createdBefore: address.get('to'),
  }
}

/** Whether anything narrows the table down. */
export const narrowed = () => [...NAMES, 'status', 'q'].some((name) => address.get(name))

/** What leads to the first page, where a period reaches back from now again. @returns {address.Changes} */
export const first = () => ({ cursor: null, ...(hoursBack() > 0 ? { from: null } : {}) })

/**
 * What leads to the page behind a cursor, which goes on from the moment that was asked by.
 * @param {string} cursor
 * @param {string | null} since
 * @returns {address.Changes}
 */
export const behind = (cursor, since) => ({ cursor, ...(hoursBack() > 0 ? { from: since } : {}) })

/** Another question begins at its first page. @param {address.Changes} changes */
const ask = (changes) => address.set({ ...first(), ...changes })

/** The filters above the table; everything in them stands in the address. */
export class Filters {
  /** @type {Counts | null} */
  #counts = null
  #statuses = h('div', { class: 'statuses', role: 'group', 'aria-label': 'Status' })
  outcomes = h('div', { class: 'outcomes', role: 'group', 'aria-label': 'Outcome' })
  #fields = h('div', { class: 'filters' })
  #agents = h('datalist', { id: 'agents' })
  #queues = h('datalist', { id: 'queues' })
  #said = ''
  search = h('input', {
    type: 'search', name: 'q', 'aria-label': 'Search', placeholder: 'Contact or any id', title: 'A whole contact id, session id or its uuid, conversation id, call id, or the id at the contact centre', spellcheck: 'false', autocomplete: 'off', maxlength: 256,
    onsearch: () => ask({ q: this.search.value.trim() || null }),
  })
  element = h('div', { class: 'asking' },
    h('div', { class: 'row wrap first' }, this.#statuses,
      h('form', { role: 'search', class: 'search', onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); ask({ q: this.search.value.trim() || null }) } }, icon('search'), this.search, h('kbd', { 'aria-hidden': 'true' }, '/'))),
    h('details', { class: 'narrow' }, h('summary', {}, icon('filter'), 'Filters'), this.#fields),
    this.#agents, this.#queues)

  constructor() {
    const narrow = /** @type {HTMLDetailsElement} */ (this.element.querySelector('details.narrow'))
    narrow.open = matchMedia('(min-width: 760px)').matches
    this.update()
  }

  update() {
    const said = location.search
    if (this.#said === said) return
    this.#said = said
    if (document.activeElement !== this.search) this.search.value = address.get('q') ?? ''
    const one = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string[]} */ words) =>
      picker(label, [['', label], ...words.map((word) => /** @type {[string, string]} */ ([word, named(word)]))], address.get(name) ?? '', (value) => ask({ [name]: value || null }))
    const text = (/** @type {string} */ name, /** @type {string} */ label) => h('input', {
      type: 'text', 'aria-label': label, 'data-key': label, placeholder: label, value: address.get(name) ?? '', list: `${name}s`, maxlength: 128, autocomplete: 'off', spellcheck: 'false',
      onchange: (/** @type {any} */ event) => ask({ [name]: event.target.value.trim() || null }),
    })
    const own = address.get('period') === 'own' || (!address.get('period') && (address.get('from') || address.get('to')))
    const day = (/** @type {string} */ name, /** @type {string} */ label) => h('input', {
      type: 'datetime-local', 'aria-label': label, 'data-key': label, value: local(address.get(name)),
      onchange: (/** @type {any} */ event) => ask({ [name]: event.target.value ? new Date(event.target.value).toISOString() : null }),
    })
    refill(this.#fields,
      one('outcome', 'Any outcome', OUTCOMES), one('channel', 'Any channel', CHANNELS), one('provider', 'Any provider', PROVIDERS),
      text('agent', 'Agent'), text('queue', 'Queue'),
      picker('Period', PERIODS, own ? 'own' : address.get('period') ?? '', (value) => ask({ period: value || null, from: null, to: null })),
      own ? [day('from', 'From'), day('to', 'To')] : null,
      FLAGS.map(([name, label, value]) => toggle(label, address.get(name) === value, () => ask({ [name]: address.get(name) === value ? null : value }))),
      narrowed() ? button('Clear', () => ask(Object.fromEntries([...NAMES, 'status', 'q'].map((name) => [name, null]))), { kind: 'quiet' }) : null)
    this.#drawCounts()
  }

  /** @param {Counts | null} counts */
  count(counts) {
    this.#counts = counts
    this.#drawCounts()
  }

  /**
   * What can be proposed, because it was seen.
   * @param {Iterable<string>} agents
   * @param {Iterable<string>} queues
   */
  propose(agents, queues) {
    const options = (/** @type {Iterable<string>} */ values) => [...values].slice(0, 50).map((value) => h('option', { value }))
    fill(this.#agents, options(agents))
    fill(this.#queues, options(queues))
  }

  #drawCounts() {
    const chosen = address.all('status')
    const counts = this.#counts
    const shown = (/** @type {number | undefined} */ number) => counts ? `${(number ?? 0).toLocaleString()}${counts.complete ? '' : '+'}` : '…'
    const everything = STATUSES.reduce((sum, status) => sum + (counts?.byStatus[status] ?? 0), 0)
    refill(this.#statuses,
      h('button', { type: 'button', class: 'chip', 'data-key': 'all', 'aria-pressed': String(chosen.length === 0), onclick: () => ask({ status: null }) },
        'All', h('span', { class: 'count' }, shown(everything))),
      STATUSES.map((status) => h('button', {
        type: 'button', class: 'chip', 'data-word': status, 'data-key': status, 'aria-pressed': String(chosen.includes(status)),
        onclick: () => ask({ status: chosen.includes(status) ? chosen.filter((other) => other !== status) : [...chosen, status] }),
      }, h('span', { class: 'dot', 'aria-hidden': 'true' }), named(status), h('span', { class: 'count' }, shown(counts?.byStatus[status])))))
    const outcome = address.get('outcome')
    const found = OUTCOMES.filter((word) => (counts?.byOutcome[word] ?? 0) > 0 || word === outcome)
    refill(this.outcomes, found.length === 0 ? null : h('span', { class: 'quiet label' }, 'Outcome'), found.map((word) => h('button', {
      type: 'button', class: 'chip small', 'data-word': word, 'data-key': word, 'aria-pressed': String(outcome === word), onclick: () => ask({ outcome: outcome === word ? null : word }),
    }, h('span', { class: 'dot', 'aria-hidden': 'true' }), named(word), h('span', { class: 'count' }, shown(counts?.byOutcome[word])))))
  }
}

/**
 * @param {string} label
 * @param {boolean} pressed
 * @param {() => void} press
 */
function toggle(label, pressed, press) {
  return h('button', { type: 'button', class: 'chip', 'data-key': label, 'aria-label': label, 'aria-pressed': String(pressed), onclick: press }, label)
}

/**
 * A moment as a field for local time takes it.
 * @param {string | null} at
 */
function local(at) {
  const date = at ? new Date(at) : null
  if (!date || Number.isNaN(date.getTime())) return ''
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
