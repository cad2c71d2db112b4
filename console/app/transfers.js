import { h, fill, refill, setText } from './dom.js'
import { View } from './view.js'
import { Poll } from './live.js'
import { Filters, asked, behind, first, narrowed, question } from './filters.js'
import { Row, head } from './rows.js'
import { button, confirmed, confirmedEnd, empty, failed, loading, notUpdated, picker, tell, textOf } from './parts.js'
import { csv, jsonLines, save, toSave } from './export.js'
import { everySecond } from './clock.js'
import { wantsSearch } from './keys.js'
import { openDetails } from './details.js'
import * as address from './address.js'

/** @import { TransferRow } from './types.js' */

const SIZES = ['25', '50', '100']
/** How often the table and the counts are asked for while they are seen, in milliseconds. */
const TABLE_EVERY = 3000
const COUNTS_EVERY = 15_000
/** How many sessions an answer holds at most, and how many answers are asked for to hear of all that are shown. */
const MOST = 100
const PAGES = 5

/** The table of transfer sessions. */
class Transfers extends View {
  #filters = new Filters()
  #head = head((all) => this.#selectAll(all))
  /** The same where the table has no head that is seen. */
  #all = h('input', { type: 'checkbox', onchange: () => this.#selectAll(this.#all.checked) })
  #body = h('tbody', { role: 'rowgroup' })
  #table = h('table', { role: 'table', 'aria-label': 'Transfer sessions', class: 'transfers' }, this.#head.element, this.#body)
  #place = h('div', { class: 'place' })
  #news = h('button', { type: 'button', class: 'news', hidden: true, onclick: () => this.#showNews() })
  #heard = h('span', { class: 'heard quiet' })
  #bar = h('div', { class: 'acting row' })
  #selected = h('div', { class: 'row selected', hidden: true })
  #pages = h('div', { class: 'row' })
  /** It stays, so that it is heard when it changes. */
  #shown = h('p', { class: 'quiet', role: 'status' })
  #missed = notUpdated()
  /** @type {Map<string, Row>} */
  #rows = new Map()
  /** What was answered last, of which the table may show less. @type {TransferRow[]} */
  #answer = []
  /** @type {string | null} */
  #next = null
  /** Since when the sessions of that answer were created. @type {string | null} */
  #since = null
  #question = ''
  /** @type {Poll | null} */
  #poll = null
  /** @type {Poll | null} */
  #counting = null
  #heardAt = 0
  /** Ids that were new when the table was drawn last. */
  #fresh = 0

  /** @param {AbortSignal} signal */
  start(signal) {
    fill(this, h('h1', { class: 'unseen' }, 'Transfer sessions'), this.#filters.element, this.#bar,
      h('div', { class: 'news-place' }, this.#news), this.#place, h('div', { class: 'foot row' }, this.#shown, h('span', { class: 'grow' }), this.#pages), h('div', { class: 'bottom' }, this.#missed.element, this.#selected))
    fill(this.#bar, this.#filters.outcomes, h('label', { class: 'all' }, this.#all, 'Select all'), this.#heard,
      picker('Rows a page', SIZES.map((size) => [size, `${size} rows`]), address.get('rows') ?? '50', (rows) => address.set({ ...first(), rows: rows === '50' ? null : rows })),
      h('button', { type: 'button', class: 'chip', id: 'left', title: 'Show or hide the column', onclick: () => address.set({ left: address.get('left') === 'off' ? null : 'off' }) }, 'Time left'),
      button('CSV', () => this.#export('csv'), { kind: 'quiet', icon: 'download', title: 'Save as CSV' }),
      button('JSON Lines', () => this.#export('jsonl'), { kind: 'quiet', icon: 'download', title: 'Save as JSON Lines' }))
    this.addEventListener('key', (event) => this.#key(/** @type {CustomEvent} */ (event)), { signal })
    if (wantsSearch()) this.#filters.search.focus()
    everySecond(() => this.#tick(), signal)
    this.update()
    this.#poll = new Poll((stop) => this.#ask(stop), { seen: TABLE_EVERY }, signal)
    this.#counting = new Poll((stop) => this.#count(stop), { seen: COUNTS_EVERY }, signal)
  }

  update() {
    this.#filters.update()
    const left = this.querySelector('#left')
    left?.setAttribute('aria-pressed', String(address.get('left') !== 'off'))
    this.#table.classList.toggle('without-left', address.get('left') === 'off')
    const wanted = question()
    if (wanted !== this.#question) {
      this.#question = wanted
      this.#clear()
      fill(this.#place, loading(10))
      this.#now()
    } else {
      for (const row of this.#rows.values()) row.link.setAttribute('href', address.href({ open: row.session.sessionId }))
    }
    openDetails(this.context, () => this.#now())
  }

  /** Table and counts, after something was done. */
  #now() {
    this.#poll?.now()
    this.#counting?.now()
  }

  /** The filters, and what a row tells. */
  get #asked() {
    return { ...asked(), include: address.get('left') === 'off' ? null : 'expiresAt' }
  }

  get #size() {
    const rows = address.get('rows') ?? ''
    return SIZES.includes(rows) ? Number(rows) : 50
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const question = this.#question
    const query = this.#asked
    // What is new comes on top, so more is asked for to still hear of the last row that is shown.
    const wanted = Math.min(PAGES * MOST, this.#size + this.#fresh)
    try {
      /** @type {TransferRow[]} */
      const found = []
      let changed = false
      let cursor = address.get('cursor')
      do {
        const answer = await this.context.client.call('listTransfers', { query: { ...query, limit: Math.min(MOST, wanted - found.length), cursor }, signal })
        if (question !== this.#question) return
        found.push(...answer.body.items)
        changed ||= answer.changed
        cursor = answer.body.nextCursor
      } while (cursor && found.length < wanted)
      this.#heardAt = Date.now()
      this.#drawHeard()
      this.#missed.heard()
      if (!changed && this.#rows.size > 0) return
      this.#answer = found
      this.#next = cursor
      this.#since = query.createdAfter
      this.#take()
    } catch (error) {
      if (signal.aborted || question !== this.#question) throw error
      if (this.#rows.size === 0) fill(this.#place, failed(error, () => { fill(this.#place, loading(10)); this.#poll?.now() }))
      else this.#missed.failed(error)
      throw error
    }
  }

  /** @param {AbortSignal} signal */
  async #count(signal) {
    const question = this.#question
    const { status: _, ...others } = asked()
    try {
      const counts = async (/** @type {typeof others} */ query) => (await this.context.client.call('countTransfers', { query, signal })).body
      // The other outcomes are still there to be chosen instead.
      const [found, all] = await Promise.all([counts(others), others.outcome ? counts({ ...others, outcome: null }) : null])
      if (question === this.#question) this.#filters.count(all ? { ...found, byOutcome: all.byOutcome, complete: found.complete && all.complete } : found)
    } catch (error) {
      if (question === this.#question && !signal.aborted) this.#filters.count(null)
      throw error
    }
  }

  /** Brings the answer into the table: what is shown changes in its place, what is new waits. */
  #take() {
    if (this.#rows.size === 0) return this.#draw(this.#answer.slice(0, this.#size))
    const answered = new Map(this.#answer.map((session) => [session.sessionId, session]))
    const last = this.#answer.at(-1)
    for (const [id, row] of this.#rows) {
      const session = answered.get(id)
      if (session) row.update(session)
      else if (!this.#next || !last || row.session.createdAt >= last.createdAt) row.marked('gone')
      // There is so much that is new that it was not asked for.
      else row.marked('old')
    }
    // What is older than the last row goes below it, where it moves nothing.
    const oldest = [...this.#rows.values()].at(-1)?.session.createdAt ?? ''
    for (const session of this.#answer) if (!this.#rows.has(session.sessionId) && session.createdAt < oldest) this.#body.append(this.#row(session).element)
    const newest = [...this.#rows.values()][0]?.session.createdAt ?? ''
    this.#fresh = this.#answer.filter((session) => !this.#rows.has(session.sessionId) && session.createdAt >= newest).length
    const left = [...this.#rows.values()].filter(({ mark }) => mark === 'gone').length
    const parts = [this.#fresh > 0 ? `${this.#fresh} new` : '', left > 0 ? `${left} no longer here` : '']
    this.#news.hidden = this.#fresh === 0 && left === 0
    setText(this.#news, `${parts.filter(Boolean).join(' · ')} — show`)
    this.#drawFoot()
  }

  /** @param {TransferRow[]} sessions */
  #draw(sessions) {
    const chosen = new Set([...this.#rows.values()].filter((row) => row.box.checked).map((row) => row.session.sessionId))
    const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest('tr'))?.dataset.id
    this.#rows = new Map()
    for (const session of sessions) this.#row(session).box.checked = chosen.has(session.sessionId)
    this.#fresh = 0
    this.#news.hidden = true
    fill(this.#body, [...this.#rows.values()].map((row) => row.element))
    if (sessions.length > 0) fill(this.#place, h('div', { class: 'scroll' }, this.#table))
    else fill(this.#place, this.#nothing())
    if (focused) this.#rows.get(focused)?.link.focus()
    this.#filters.propose(new Set(sessions.map((one) => one.agent)), new Set(sessions.flatMap((one) => one.queue ? [one.queue.name] : [])))
    this.#drawSelected()
    this.#drawFoot()
  }

  /** @param {TransferRow} session */
  #row(session) {
    const row = new Row(session, { end: (of) => this.#end([of]), retry: (of) => this.#retry(of), select: () => this.#drawSelected() })
    this.#rows.set(session.sessionId, row)
    return row
  }

  #nothing() {
    if (address.get('cursor')) return empty('Nothing more', 'This page has no sessions.', button('First page', () => address.set({ cursor: null })))
    if (narrowed()) return empty('Nothing matches', 'No session matches the filters. Widen them, or clear them all.')
    return empty('No transfers yet', 'A row appears here as soon as an AI agent hands a conversation over.',
      this.context.config.simulators ? h('p', {}, h('a', { href: address.viewHref('try', { project: this.context.project }), class: 'button primary' }, 'Try one')) : null)
  }

  #drawFoot() {
    const before = address.pagesBefore().length
    const page = address.get('cursor') && before === 0 ? '' : ` · page ${before + 1}`
    setText(this.#shown, `${this.#rows.size} shown${address.get('cursor') || this.#next ? page : ''}`)
    refill(this.#pages,
      button('Previous', () => this.#back(), { icon: 'left', disabled: !address.get('cursor') }),
      button('Next', () => this.#forward(), { icon: 'right', disabled: !this.#next }))
  }

  #forward() {
    if (!this.#next) return
    address.set(behind(this.#next, this.#since), { pagesBefore: [...address.pagesBefore(), address.get('cursor') ?? ''] })
    scrollTo({ top: 0 })
  }

  #back() {
    const before = address.pagesBefore()
    const cursor = before.at(-1)
    address.set(cursor ? { cursor } : first(), { pagesBefore: before.slice(0, -1) })
    scrollTo({ top: 0 })
  }

  #showNews() {
    this.#draw(this.#answer.slice(0, this.#size))
    this.#now()
  }

  #clear() {
    this.#missed.heard()
    this.#rows.clear()
    this.#answer = []
    this.#next = null
    this.#fresh = 0
    this.#news.hidden = true
    setText(this.#shown, '')
    fill(this.#pages)
    this.#drawSelected()
  }

  #tick() {
    for (const row of this.#rows.values()) row.tick()
    this.#drawHeard()
  }

  #drawHeard() {
    const age = Math.round((Date.now() - this.#heardAt) / 1000)
    setText(this.#heard, this.#heardAt === 0 ? '' : age < 10 ? 'Live' : `${age} s old`)
    this.#heard.dataset.live = String(age < 10)
  }

  get #chosen() {
    return [...this.#rows.values()].filter((row) => row.box.checked)
  }

  /** @param {boolean} all */
  #selectAll(all) {
    for (const row of this.#rows.values()) row.box.checked = all && row.session.actions.includes('end')
    this.#drawSelected()
  }

  #drawSelected() {
    const chosen = this.#chosen
    this.#selected.hidden = chosen.length === 0
    const whole = chosen.length > 0 && [...this.#rows.values()].every((row) => row.box.checked || !row.session.actions.includes('end'))
    for (const box of [this.#head.box, this.#all]) {
      box.checked = whole
      box.indeterminate = chosen.length > 0 && !whole
    }
    if (chosen.length === 0) return refill(this.#selected)
    const can = chosen.filter((row) => row.session.actions.includes('end')).map((row) => row.session)
    refill(this.#selected, h('span', {}, `${chosen.length} selected`),
      button(`End ${can.length}`, () => this.#end(can), { kind: 'danger', disabled: can.length === 0 }),
      button('Clear selection', () => { for (const row of chosen) row.box.checked = false; this.#drawSelected() }, { kind: 'quiet' }))
  }

  /** @param {TransferRow[]} sessions */
  async #end(sessions) {
    const [first] = sessions
    if (!first) return
    const many = `End ${sessions.length} sessions`
    if (!await (sessions.length === 1 ? confirmedEnd(first.contactId) : confirmed(`${many}?`, 'Their contacts are taken out of the contact centres, and the AI agents get the conversations back.', many))) return
    let ended = 0
    /** @type {string[]} */
    const refused = []
    const waiting = [...sessions]
    // A few at a time: quick, and no burst that the service would refuse.
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let session = waiting.shift(); session; session = waiting.shift()) {
        try {
          await this.context.client.endTransfer(session.sessionId)
          ended += 1
          const row = this.#rows.get(session.sessionId)
          if (row) row.box.checked = false
        } catch (error) {
          refused.push(`${session.contactId}: ${textOf(error)}`)
        }
      }
    }))
    if (ended > 0) tell(ended === 1 ? `Ended ${first.contactId}.` : `Ended ${ended} sessions.`)
    if (refused.length > 0) tell(`Not ended: ${refused.slice(0, 3).join('; ')}${refused.length > 3 ? ` and ${refused.length - 3} more` : ''}`, 'failure')
    this.#drawSelected()
    this.#now()
  }

  /** @param {TransferRow} session */
  async #retry(session) {
    await this.context.client.retryTransfer(session.sessionId)
    tell(`What waits of ${session.contactId} is tried now.`)
    this.#poll?.now()
  }

  /** @param {'csv' | 'jsonl'} form */
  async #export(form) {
    const seen = [...this.#rows.values()].map((row) => row.session)
    // Once: the cursors of its pages belong to the one question.
    const query = this.#asked
    const read = async (/** @type {string | null} */ cursor, /** @type {AbortSignal} */ signal) =>
      (await this.context.client.call('listTransfers', { query: { ...query, limit: MOST, cursor }, signal })).body
    const wanted = this.#next || address.get('cursor') ? await toSave(seen, read) : { rows: seen, more: false }
    if (!wanted) return
    const { rows, more } = wanted
    const name = `transfers-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${form}`
    if (form === 'csv') save(name, 'text/csv;charset=utf-8', csv(rows))
    else save(name, 'application/x-ndjson', jsonLines(rows))
    tell(`Saved ${more ? 'the newest ' : ''}${rows.length.toLocaleString()} sessions.${more ? ' More match: narrow the filters down to save the others.' : ''}`)
  }

  /** @param {CustomEvent<string>} event */
  #key(event) {
    const rows = [...this.#rows.values()]
    const at = rows.findIndex((row) => row.element.contains(document.activeElement))
    const row = rows[at]
    const to = (/** @type {number} */ index) => { rows[index]?.link.focus(); rows[index]?.element.scrollIntoView({ block: 'nearest' }) }
    switch (event.detail) {
      case 'j': to(Math.min(at + 1, rows.length - 1)); break
      case 'k': to(Math.max(at - 1, 0)); break
      case '/': this.#filters.search.focus(); this.#filters.search.select(); break
      case 'x': if (!row) return; row.box.checked = !row.box.checked; this.#drawSelected(); break
      case 'e': if (!row?.session.actions.includes('end')) return; void this.#end([row.session]); break
      case 'r': if (this.#news.hidden) return; this.#showNews(); break
      case 'Enter': if (!row || document.activeElement !== row.box) return; row.link.click(); break
      default: return
    }
    event.preventDefault()
  }
}

export const TAG = 'transfers-view'
customElements.define(TAG, Transfers)
