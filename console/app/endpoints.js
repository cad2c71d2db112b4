import { h, fill, refill, said } from './dom.js'
import { badge, bounded, busy, button, confirmed, copyable, empty, numbered, picker, tell, when } from './parts.js'
import { bodyOf, complain, Field, secretField, textField } from './form.js'
import { Problem } from './client.js'
import { EVENT_TYPES } from './event-types.js'
import { named } from './words.js'
import * as address from './address.js'

/** @import { Context, EventDelivery, EventEndpoint } from './types.js' */

/** Secrets that were just made, to be shown once. @type {Map<string, string>} */
const fresh = new Map()
const STATES = ['pending', 'delivered', 'failed', 'skipped']
/** Which deliveries are shown stays with the endpoint. @param {string | null} item */
const to = (item) => ({ item, deliveries: null })

/**
 * Where the project gets its events by webhook, and what became of each.
 * @param {Context} context
 * @param {Element} place
 * @param {AbortSignal} signal
 */
export async function endpoints(context, place, signal) {
  const chosen = address.get('item')
  if (chosen) return one(context, place, signal, chosen === '+' ? null : chosen)
  const items = (await context.client.call('listEndpoints', { signal })).body.items
  if (signal.aborted) return
  fill(place, h('div', { class: 'integration-head' }, h('h2', {}, 'Event endpoints'), h('span', { class: 'grow' }), items.length < 5 ? h('a', { class: 'button primary', href: address.href(to('+')) }, 'Add endpoint') : null),
    h('p', { class: 'quiet' }, 'Each gets the project’s events by signed webhooks, in order within a session, for up to three days.'),
    items.length === 0 ? empty('No endpoints', 'An agent runtime can get its events by webhook, by EventBridge, or by asking for them.') : items.map((item) => h('section', { class: 'card stack' },
      h('div', { class: 'integration-head' }, h('h3', {}, said(item.endpointId)), badge(item.state), item.failingSince ? h('span', { class: 'quiet' }, 'since ', when(item.failingSince)) : null, h('span', { class: 'grow' }), h('a', { class: 'button', href: address.href(to(item.endpointId)) }, 'Open')),
      h('p', { class: 'quiet' }, copyable(item.url, 'address'), item.eventTypes.length > 0 ? ` · ${numbered(item.eventTypes.length, 'event type')}` : ' · all events'),
      item.lastError ? h('div', { class: 'warn' }, bounded(item.lastError, item.endpointId)) : null)))
}

/**
 * @param {Context} context
 * @param {Element} place
 * @param {AbortSignal} signal
 * @param {string | null} endpointId null for one that is about to be made
 */
async function one(context, place, signal, endpointId) {
  const { client } = context
  /** @type {EventEndpoint | null} */
  let item = null
  /** @type {string | null} */
  let etag = null
  if (endpointId) {
    const answer = await client.call('getEndpoint', { at: { endpointId }, signal })
    item = answer.body
    etag = answer.etag
  }
  if (signal.aborted) return
  const secret = fresh.get(endpointId ?? '')
  fresh.delete(endpointId ?? '')
  const name = textField('/endpointId', 'Name', '', { hint: 'Letters, digits, hyphen and underscore: it stands in addresses.', most: 32 })
  const url = textField('/url', 'Address', item?.url, { type: 'url', hint: `Where events are sent to, by https.${context.config.simulators ? ' On a laptop http://127.0.0.1:… will do.' : ''}`, most: 2048, placeholder: 'https://runtime.example.com/events' })
  const typesInput = h('textarea', { rows: 3, spellcheck: 'false', placeholder: 'All events' }, (item?.eventTypes ?? []).join('\n'))
  const written = () => typesInput.value.split(/[\s,]+/).filter((one) => one !== '')
  const types = new Field('/eventTypes', 'Event types', typesInput, () => written().length > 0 ? written() : undefined, 'Which it gets, one a line; none means all.')
  const known = h('div', { class: 'deeds', role: 'group', 'aria-label': 'Event types' })
  const drawKnown = () => refill(known, EVENT_TYPES.map((type) => {
    const has = written().includes(type)
    return h('button', { type: 'button', class: 'chip small', 'data-key': type, 'aria-pressed': String(has), onclick: () => {
      typesInput.value = (has ? written().filter((one) => one !== type) : [...written(), type]).join('\n')
      types.complain('')
      drawKnown()
    } }, type)
  }))
  typesInput.addEventListener('input', drawKnown)
  drawKnown()
  const own = secretField('/secret', 'Signing secret', {
    set: item !== null, empty: 'One is made', hint: `What each request is signed by. Your own, whsec_ and the base64 of 24 to 64 bytes${item ? ', which then signs beside the one that is set until that is retired.' : '; without one we make it, and show it once.'}`,
  })
  const onInput = h('input', { type: 'checkbox', checked: item ? item.state === 'on' : true })
  const on = new Field('/enabled', 'Switched on', onInput, () => onInput.checked)
  const fields = [...(item ? [] : [name]), url, types, own, on]
  const rest = h('p', { class: 'warn', role: 'alert' })
  const save = h('button', { type: 'submit', class: 'button primary' }, item ? 'Save' : 'Add')
  const put = async () => {
    try {
      const { endpointId: typed, ...body } = bodyOf(fields)
      const id = endpointId ?? String(typed ?? '')
      if (id === '') return name.complain('It needs a name.')
      const stored = await client.call('putEndpoint', { at: { endpointId: id }, body, headers: etag ? { 'if-match': etag } : {} })
      tell(item ? 'Saved.' : `Added ${id}.`)
      if (stored.body.secret) fresh.set(id, stored.body.secret)
      if (endpointId) await one(context, place, signal, id)
      else address.set(to(id), { replace: true })
    } catch (error) {
      complain(error, fields, rest)
    }
  }
  const shownOnce = h('div', { class: 'shown-once' })
  const showOnce = (/** @type {string | null | undefined} */ made) => {
    fill(shownOnce, made ? h('section', { class: 'secret' }, h('h3', {}, 'Shown once'), h('p', {}, 'Requests are signed by this; it is not shown again.'), h('p', {}, copyable(made, 'signing secret'))) : null)
    if (made) shownOnce.scrollIntoView()
  }
  // Only the secret: what somebody is writing into the form is neither stored with it nor lost.
  const change = (/** @type {EventEndpoint} */ { url, eventTypes, state }, /** @type {string} */ label, /** @type {object} */ wish, /** @type {string} */ text) => button(label, async () => {
    const stored = await client.call('putEndpoint', { at, body: { url, eventTypes: /** @type {any} */ (eventTypes), enabled: state === 'on', ...wish }, headers: etag ? { 'if-match': etag } : {} })
    etag = stored.etag
    showOnce(stored.body.secret)
    tell(text)
  }, { kind: 'quiet' })
  const at = { endpointId: endpointId ?? '' }
  fill(place, h('p', {}, h('a', { href: address.href(to(null)) }, '← Event endpoints')),
    h('div', { class: 'integration-head' }, h('h2', {}, item ? said(item.endpointId) : 'New endpoint'), item ? badge(item.state) : null, h('span', { class: 'grow' }),
      item ? button('Send a test', async () => {
        await client.call('testEndpoint', { at })
        tell('A test is on its way.')
        deliveries?.now()
      }) : null),
    item?.lastError ? h('div', { class: 'warn' }, bounded(item.lastError, 'error'), ' ', when(item.failingSince)) : null,
    shownOnce,
    h('form', { class: 'form card', novalidate: true, onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); void busy(save, put) } },
      fields.flatMap((field) => field === types ? [field.element, known] : field.element),
      h('div', { class: 'saving row' }, item ? [
        change(item, 'Rotate secret', { rotateSecret: true }, 'Both secrets sign until the old one is retired.'),
        change(item, 'Retire old secret', { retireOldSecret: true }, 'The old secret is gone.')] : null, rest, h('span', { class: 'grow' }), save)))
  showOnce(secret)
  const deliveries = item ? new Deliveries(context, item.endpointId, signal) : null
  if (deliveries) {
    place.append(deliveries.element, h('div', {}, button('Remove this endpoint', async () => {
      if (!await confirmed('Remove this endpoint?', 'It gets no more events, and what is known of its deliveries goes with it.', 'Remove')) return
      await client.call('deleteEndpoint', { at })
      tell('Removed.')
      address.set(to(null))
    }, { kind: 'danger' })))
  }
}

/** Which deliveries the address asks for. */
function wanted() {
  const state = address.get('deliveries') ?? ''
  return STATES.includes(state) ? state : ''
}

/** What became of each event at an endpoint, and sending them again. */
class Deliveries {
  #context
  #at
  #signal
  #list = h('div', { class: 'scroll' })
  #more = h('div')
  #state = wanted()
  /** @type {EventDelivery[]} */
  #items = []
  /** @type {string | null} */
  #next = null
  element

  /**
   * @param {Context} context
   * @param {string} endpointId
   * @param {AbortSignal} signal
   */
  constructor(context, endpointId, signal) {
    this.#context = context
    this.#at = { endpointId }
    this.#signal = signal
    const session = textField('/sessionId', 'Session id to replay', '', { hint: 'All events of one session; or those of all sessions:' })
    const moment = (/** @type {string} */ pointer, /** @type {string} */ label) => {
      const input = h('input', { type: 'datetime-local' })
      return new Field(pointer, label, input, () => input.value ? new Date(input.value).toISOString() : undefined)
    }
    const fields = [session, moment('/from', 'Replay from'), moment('/until', 'Replay until')]
    const rest = h('p', { class: 'warn', role: 'alert' })
    const replay = h('button', { type: 'submit', class: 'button' }, 'Replay')
    const states = picker('State', [['', 'Any state'], ...STATES.map((one) => /** @type {[string, string]} */ ([one, named(one)]))], this.#state, (state) => address.set({ deliveries: state || null }))
    address.onChange(() => {
      if (this.#state === wanted() || !this.element.isConnected) return
      this.#state = states.value = wanted()
      this.now()
    }, signal)
    this.element = h('section', { class: 'card stack' },
      h('div', { class: 'integration-head' }, h('h3', {}, 'Deliveries'), h('span', { class: 'quiet' }, 'of the last seven days'), h('span', { class: 'grow' }),
        states, button('Refresh', () => this.now(), { icon: 'retry' })),
      this.#list, this.#more,
      h('details', { class: 'more' }, h('summary', {}, 'Send events again'),
        h('form', { class: 'form', novalidate: true, onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); void busy(replay, () => this.#replay(fields, rest)) } },
          h('fieldset', { class: 'wide' }, fields.map(({ element }) => element)), h('div', { class: 'row wrap' }, replay, rest))))
    this.now()
  }

  now() {
    /** @type {EventDelivery[]} */
    const items = this.#items = []
    this.#next = null
    return this.#read().catch((error) => { if (!this.#signal.aborted && items === this.#items) fill(this.#list, h('div', { class: 'warn' }, bounded(error instanceof Problem ? error.message : String(error), 'error'))) })
  }

  async #read() {
    const items = this.#items
    const { body } = await this.#context.client.call('listDeliveries', { at: this.#at, query: { state: this.#state, after: this.#next, limit: 50 }, signal: this.#signal })
    // Another question was asked meanwhile.
    if (items !== this.#items) return
    items.push(...body.items)
    this.#next = body.next
    fill(this.#list, items.length === 0 ? h('p', { class: 'quiet' }, this.#state ? 'None is in this state.' : 'Nothing was sent yet.') : h('table', { class: 'plain deliveries' },
      h('thead', {}, h('tr', {}, ['Event', 'Session', 'State', 'Attempts', 'Last', 'Next', ''].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', {}, items.map((one) => h('tr', {}, h('td', {}, h('code', {}, said(one.eventType))),
        h('td', {}, one.sessionId ? h('a', { href: address.viewHref('transfers', { open: one.sessionId }) }, said(one.sessionId.split(':')[2] ?? '')) : '—'),
        h('td', {}, badge(one.state), one.error ? h('div', { class: 'quiet' }, bounded(one.error, one.deliveryId)) : null, one.status && !one.error ? h('span', { class: 'quiet' }, ` ${one.status}`) : null),
        h('td', { class: 'number' }, one.attempts), h('td', {}, when(one.lastAttemptAt)), h('td', {}, when(one.nextAttemptAt)),
        h('td', {}, button('Send again', () => this.#retry(one), { kind: 'quiet' })))))))
    fill(this.#more, this.#next ? button('More', () => this.#read()) : null)
  }

  /** @param {EventDelivery} delivery */
  async #retry(delivery) {
    await this.#context.client.call('retryDelivery', { at: { ...this.#at, deliveryId: delivery.deliveryId } })
    tell('It is sent again.')
    await this.now()
  }

  /**
   * @param {Field[]} fields
   * @param {Element} rest
   */
  async #replay(fields, rest) {
    let events = 0
    try {
      /** @type {string | null | undefined} */
      let after
      do {
        const { body } = await this.#context.client.call('replayEvents', { at: this.#at, body: { ...bodyOf(fields), after } })
        events += body.events
        after = body.next
      } while (after)
    } catch (error) {
      return complain(error, fields, rest)
    }
    for (const field of fields) field.complain('')
    fill(rest)
    tell(`${numbered(events, 'event')} ${events === 1 ? 'is' : 'are'} sent again.`)
    await this.now()
  }
}
