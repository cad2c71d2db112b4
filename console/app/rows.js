import { fill, h, refill, said, setText } from './dom.js'
import { badge, iconButton, MARKS } from './parts.js'
import { named } from './words.js'
import { length } from './clock.js'
import * as address from './address.js'

/** @import { TransferRow } from './types.js' */

/** @typedef {{end: (row: TransferRow) => Promise<void>, retry: (row: TransferRow) => Promise<void>, select: () => void}} Acts */

export const COLUMNS = [
  ['select', ''], ['contact', 'Contact'], ['agent', 'Agent'], ['provider', 'Provider'], ['channel', 'Channel'],
  ['status', 'Status'], ['queue', 'Queue'], ['duration', 'Duration'], ['left', 'Time left'], ['actions', 'Actions'],
]

/** One line of the table, which changes only where its session did. */
export class Row {
  /** @type {TransferRow} */
  session
  element
  box
  link
  #acts
  #cells
  /** When its duration began, by this computer's clock. */
  #began = 0
  /** Why what stands here is not how it is now. @type {'' | keyof typeof MARKS} */
  mark = ''

  /**
   * @param {TransferRow} session
   * @param {Acts} acts
   */
  constructor(session, acts) {
    this.session = session
    this.#acts = acts
    this.box = h('input', { type: 'checkbox', 'aria-label': `Select ${session.contactId}`, onchange: acts.select })
    this.link = h('a', { href: '/', class: 'contact' })
    const cell = (/** @type {string} */ name, /** @type {string} */ label, /** @type {Node[]} */ ...inside) =>
      h('td', { role: 'cell', class: `c-${name}`, 'data-label': label }, inside)
    this.#cells = {
      agent: h('span', { class: 'cut' }), provider: h('span', { class: 'cut' }), channel: h('span'), status: h('span', { class: 'badges' }), queue: h('span', { class: 'cut' }),
      duration: h('span', { class: 'number' }), left: h('span', { class: 'number' }), bar: h('span', { class: 'bar', 'aria-hidden': 'true' }), actions: h('span', { class: 'acts' }),
    }
    const { agent, provider, channel, status, queue, duration, left, bar, actions } = this.#cells
    this.element = h('tr', {
      role: 'row',
      onclick: (/** @type {MouseEvent} */ event) => {
        const on = event.target instanceof Element ? event.target : null
        if (!on?.closest('a, button, input, label, td.c-select') && getSelection()?.isCollapsed !== false) this.link.click()
      },
    },
    cell('select', '', h('label', { class: 'box' }, this.box)), cell('contact', 'Contact', this.link), cell('agent', 'Agent', agent),
    cell('provider', 'Provider', provider), cell('channel', 'Channel', channel), cell('status', 'Status', status),
    cell('queue', 'Queue', queue), cell('duration', 'Duration', duration), cell('left', 'Time left', left, bar), cell('actions', 'Actions', actions))
    this.update(session, true)
  }

  get ended() {
    return this.session.status === 'ended'
  }

  /**
   * @param {TransferRow} session
   * @param {boolean} [first]
   */
  update(session, first = false) {
    const before = this.session
    this.session = session
    this.#began = Date.now() - session.durationSeconds * 1000
    const cells = this.#cells
    if (first) {
      this.element.dataset.id = session.sessionId
      this.link.replaceChildren(said(session.contactId))
      this.link.title = session.contactId
      cells.agent.replaceChildren(said(session.agent))
      cells.agent.title = session.agent
      setText(cells.provider, named(session.provider))
      setText(cells.channel, named(session.channel))
    }
    this.link.setAttribute('href', address.href({ open: session.sessionId }))
    const looks = (/** @type {TransferRow} */ of) => JSON.stringify([of.status, of.outcome, of.unconfirmed, of.stale, of.handback?.state, of.actions, of.representative])
    if (first || this.mark || looks(before) !== looks(session)) {
      this.marked('')
      refill(cells.actions, this.#actions())
      if (!first && before.status !== session.status) this.#flash()
    }
    if (first || before.queue?.name !== session.queue?.name || before.queue?.position !== session.queue?.position) {
      cells.queue.replaceChildren(session.queue ? said(session.queue.name) : '—', session.queue?.position ? ` · place ${session.queue.position}` : '')
      cells.queue.title = session.queue?.name ?? ''
    }
    this.tick()
  }

  /** What changes with the clock alone. */
  tick() {
    const { duration, left, bar } = this.#cells
    const { session } = this
    setText(duration, length(this.ended ? session.durationSeconds : (Date.now() - this.#began) / 1000))
    const drains = !this.ended && Boolean(session.expiresAt)
    // It keeps its room: nothing moves when a session ends.
    bar.dataset.drains = drains ? 'yes' : 'no'
    left.classList.toggle('quiet', !drains)
    if (session.expiresAt === undefined) return setText(left, '')
    if (this.ended) return setText(left, session.expiresAt ? `kept ${length((Date.parse(session.expiresAt) - Date.now()) / 1000)}` : 'kept')
    if (session.expiresAt === null) return setText(left, 'no expiry')
    const end = Date.parse(session.expiresAt)
    const whole = end - Date.parse(session.lastMessageAt ?? session.createdAt)
    const rest = Math.max(0, end - Date.now())
    setText(left, rest === 0 ? 'over' : length(rest / 1000))
    bar.style.setProperty('--left', String(Math.min(1, rest / Math.max(whole, 1))))
    bar.dataset.low = rest < 120_000 || rest < whole / 10 ? 'yes' : 'no'
  }

  /** Says whether its session is still heard of. @param {Row['mark']} mark */
  marked(mark) {
    if (mark && mark === this.mark) return
    const { session } = this
    this.mark = mark
    this.element.className = mark
    fill(this.#cells.status, mark ? badge('', MARKS[mark]) : null, mark === 'gone' ? null : [
      badge(session.status), session.outcome ? badge(session.outcome) : null,
      session.unconfirmed && session.outcome !== 'unconfirmed' ? badge('unconfirmed') : null, session.stale ? badge('stale') : null])
  }

  #actions() {
    const { session } = this
    const actions = /** @type {string[]} */ (session.actions)
    // Each has its place, so that none moves when another comes or goes.
    return [iconButton(`Open ${session.contactId}`, 'open', () => this.link.click()),
      actions.includes('end') ? iconButton(`End ${session.contactId}`, 'stop', () => this.#acts.end(session)) : h('span'),
      ...(actions.includes('retry') ? [iconButton(`Retry ${session.contactId}`, 'retry', () => this.#acts.retry(session))] : [])]
  }

  #flash() {
    this.element.animate?.([{ backgroundColor: 'var(--flash)' }, {}], { duration: 1200 })
  }
}

/**
 * The head of the table.
 * @param {(all: boolean) => void} all
 */
export function head(all) {
  const box = h('input', { type: 'checkbox', 'aria-label': 'Select all that can be ended', onchange: () => all(box.checked) })
  return {
    box,
    element: h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, COLUMNS.map(([name, label]) =>
      h('th', { role: 'columnheader', scope: 'col', class: `c-${name}` }, name === 'select' ? h('label', { class: 'box' }, box) : label)))),
  }
}

