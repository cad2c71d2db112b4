import { h, fill, refill, said } from './dom.js'
import { badge, bounded, button, confirmedEnd, copier, copyable, failed, iconButton, loading, notUpdated, tabs, tell, tree, when, whole } from './parts.js'
import { named } from './words.js'
import { everySecond, length, relative } from './clock.js'
import { Poll } from './live.js'
import { Timeline } from './timeline.js'
import { conversation, readMessages } from './conversation.js'
import { howEnded } from './how-ended.js'
import { whyOpen } from './why-open.js'
import { Problem } from './client.js'
import * as address from './address.js'

/** @import { Context, EffectiveSettings, Message, TimelineEntry, Transfer } from './types.js' */
/** @import { Child } from './dom.js' */

/** How often an open session is asked for while it is seen, in milliseconds. */
const EVERY = 3000
const TABS = [['overview', 'Overview'], ['conversation', 'Conversation'], ['timeline', 'Timeline'], ['data', 'Data'], ['settings', 'Settings']]

/** @type {Details | null} */
let shown = null

/**
 * Shows the session that the address names, or none.
 * @param {Context} context
 * @param {() => void} acted something was done to it
 */
export function openDetails(context, acted) {
  const wanted = address.get('open')
  if (shown && shown.sessionId === wanted) return shown.update()
  shown?.close()
  shown = wanted ? new Details(context, wanted, acted) : null
}

/**
 * JSON to read and to copy.
 * @param {string} title
 * @param {object} data
 * @param {string} none
 */
function dataOf(title, data, none) {
  const empty = Object.keys(data).length === 0
  return h('section', { class: 'stack tight' }, h('div', { class: 'row' }, h('h3', {}, title), empty ? null : copier(JSON.stringify(data, null, 2), `${title.toLowerCase()} as JSON`)),
    empty ? h('p', { class: 'quiet' }, none) : tree(data, title))
}

class Details {
  #context
  #acted
  #life = new AbortController()
  #back = document.activeElement
  /** @type {Transfer | null} */
  #session = null
  /** @type {Message[]} */
  #messages = []
  /** @type {TimelineEntry[]} */
  #entries = []
  /** @type {EffectiveSettings | null} */
  #effective = null
  #timeline
  #head = h('div', { class: 'head' })
  #tabs = h('div')
  #panel = h('div', { id: 'panel', role: 'tabpanel', tabindex: 0, class: 'panel' })
  #dialog
  #poll
  #missed = notUpdated()
  /** Something has changed that was not read yet. */
  #behind = true
  #drawn = ''
  #drawnHead = ''

  /**
   * @param {Context} context
   * @param {string} sessionId
   * @param {() => void} acted
   */
  constructor(context, sessionId, acted) {
    this.#context = context
    this.sessionId = sessionId
    this.#acted = acted
    this.#timeline = new Timeline(context.client, sessionId, this.#life.signal)
    this.#dialog = h('dialog', {
      class: 'details', 'aria-label': 'Transfer session', tabindex: -1,
      onclose: () => address.set({ open: null, tab: null, at: null, density: null }),
      onclick: (/** @type {Event} */ event) => { if (event.target === this.#dialog) this.#dialog.close() },
      onkey: (/** @type {CustomEvent<string>} */ { detail }) => { if (detail === 'e') /** @type {HTMLElement | null} */ (this.#head.querySelector('[data-key="End"]'))?.click() },
    }, h('div', { class: 'sheet' }, this.#head, this.#tabs, this.#panel, this.#missed.element))
    document.body.append(this.#dialog)
    this.#dialog.showModal()
    // Neither the panel nor a button is what the reader came for.
    this.#dialog.focus()
    fill(this.#head, h('h2', {}, 'Transfer session'), h('span', { class: 'grow' }), iconButton('Close', 'close', () => this.#dialog.close()))
    fill(this.#panel, loading(8))
    everySecond(() => this.#tick(), this.#life.signal)
    this.#poll = new Poll((signal) => this.#ask(signal), { seen: EVERY }, this.#life.signal)
  }

  close() {
    this.#life.abort()
    shown = null
    this.#dialog.remove()
    const back = document.querySelector(`tr[data-id="${CSS.escape(this.sessionId)}"] a`) ?? this.#back
    if (back instanceof HTMLElement) back.focus()
  }

  update() {
    if (this.#drawn) this.#draw()
  }

  get #tab() {
    const wanted = address.get('tab') ?? ''
    return TABS.some(([key]) => key === wanted) ? wanted : 'overview'
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const { client } = this.#context
    try {
      const { body, changed } = await client.call('getTransfer', { at: { sessionId: this.sessionId }, signal })
      this.#session = body
      if (changed) this.#behind = true
      if (this.#behind) {
        await Promise.all([this.#readMessages(signal), this.#readTimeline(signal)])
        this.#behind = false
        this.#draw()
      } else if (this.#messages.some((one) => one.delivery === 'pending')) {
        await this.#readMessages(signal)
        this.#draw()
      }
      this.#missed.heard()
    } catch (error) {
      if (signal.aborted) throw error
      if (!this.#drawn || (error instanceof Problem && error.status === 404)) {
        fill(this.#tabs)
        this.#drawn = ''
        this.#behind = true
        fill(this.#panel, failed(error, () => { fill(this.#panel, loading(8)); this.#poll?.now() }))
      } else this.#missed.failed(error)
      throw error
    }
  }

  /** @param {AbortSignal} signal */
  async #readMessages(signal) {
    this.#messages = await readMessages(this.#context.client, this.sessionId, this.#messages, signal)
  }

  /** @param {AbortSignal} signal */
  async #readTimeline(signal) {
    // What happens again in the same way is told as one entry in another place, so the newest few are read again.
    const kept = this.#entries.slice(0, -3)
    const found = [...kept]
    let after = String(kept.at(-1)?.sequence ?? 0)
    for (let more = true; more;) {
      const { body } = await this.#context.client.call('getTimeline', { at: { sessionId: this.sessionId }, query: { after, limit: 100 }, signal })
      found.push(...body.items)
      after = body.next
      more = body.more
    }
    this.#entries = found
  }

  #tick() {
    for (const node of this.#dialog.querySelectorAll('[data-relative]')) {
      const text = relative(/** @type {HTMLElement} */ (node).dataset.relative ?? '')
      if (node.textContent !== text) node.textContent = text
    }
  }

  #draw() {
    const session = this.#session
    if (!session) return
    const tab = this.#tab
    this.#drawHead(session)
    this.#drawTabs(tab)
    this.#panel.setAttribute('aria-labelledby', `tab-${tab}`)
    const again = this.#drawn === tab
    this.#drawn = tab
    this.#drawPanel(session, tab, again)
  }

  /** @param {Transfer} session */
  #drawHead(session) {
    const drawn = JSON.stringify([session.status, session.outcome, session.unconfirmed, session.stale, session.actions])
    if (this.#drawnHead === drawn) return
    this.#drawnHead = drawn
    refill(this.#head,
      h('div', { class: 'title' }, h('h2', {}, said(session.contactId)),
        h('span', { class: 'badges' }, badge(session.status), session.outcome ? badge(session.outcome) : null, session.unconfirmed && session.outcome !== 'unconfirmed' ? badge('unconfirmed') : null, session.stale ? badge('stale') : null)),
      h('span', { class: 'grow' }),
      session.actions.includes('end') ? button('End', () => this.#end(), { kind: 'danger' }) : null,
      session.actions.includes('retry') ? button('Retry now', () => this.#retry(), { icon: 'retry' }) : null,
      iconButton('Close', 'close', () => this.#dialog.close()))
  }

  /** @param {string} tab */
  #drawTabs(tab) {
    refill(this.#tabs, tabs('Session', TABS.map(([key = '', label = '']) => ({
      key, label, ...(key === 'conversation' ? { count: this.#messages.length } : key === 'timeline' ? { count: this.#entries.length } : {}),
    })), tab, (key) => address.set({ tab: key === 'overview' ? null : key, at: null }, { replace: true })))
  }

  /**
   * @param {Transfer} session
   * @param {string} tab
   * @param {boolean} again the tab was shown before
   */
  #drawPanel(session, tab, again) {
    const at = this.#panel.scrollTop
    const atEnd = this.#panel.scrollHeight - at - this.#panel.clientHeight < 40
    switch (tab) {
      case 'conversation': refill(this.#panel, conversation(this.#messages)); break
      case 'timeline':
        if (!again) fill(this.#panel, this.#timeline.element)
        this.#timeline.show(this.#entries)
        break
      case 'data': refill(this.#panel,
        dataOf('Metadata', session.metadata, 'The caller gave none.'),
        dataOf('Provider data', session.providerData, 'The contact centre has told nothing that is kept here.'),
        session.voiceHeaders ? dataOf('Headers for the call', session.voiceHeaders, '') : null); break
      case 'settings': if (!again) void this.#drawSettings(session); break
      default: refill(this.#panel, this.#overview(session))
    }
    this.#panel.scrollTop = !again ? 0 : tab === 'conversation' && atEnd ? this.#panel.scrollHeight : at
  }

  /** @param {Transfer} session */
  #overview(session) {
    const fact = (/** @type {string} */ name, /** @type {Child} */ value) => [h('dt', {}, name), h('dd', {}, value)]
    const other = (/** @type {string} */ sessionId) => h('a', { href: address.href({ open: sessionId }), 'data-key': sessionId }, h('code', {}, sessionId.split(':')[1] ?? sessionId))
    const rel = (/** @type {string | null} */ at) => at ? h('span', {}, whole(at), ' ', h('span', { class: 'quiet', 'data-relative': at }, relative(at))) : '—'
    return [
      session.status === 'ended' ? howEnded(session, this.#entries) : whyOpen(session, this.#messages, this.#entries),
      session.summary || session.reason ? h('section', { class: 'summary' }, h('h3', {}, 'What it is about'), session.summary ? h('div', { dir: 'auto' }, bounded(session.summary, 'summary')) : null, session.reason ? h('div', { dir: 'auto', class: 'quiet' }, bounded(session.reason, 'reason')) : null) : null,
      h('dl', { class: 'facts wide' },
        fact('Session', copyable(session.sessionId, 'session id')), fact('Contact', copyable(session.contactId, 'contact id')),
        fact('Conversation', copyable(session.conversationSessionId, 'conversation id')),
        fact('Provider session', session.providerSessionId ? copyable(session.providerSessionId, 'provider session id') : '—'),
        fact('Agent', said(session.agent)), fact('Provider', named(session.provider)), fact('Channel', named(session.channel)),
        fact('Queue', session.queue ? h('span', {}, said(session.queue.name), session.queue.position ? ` · place ${session.queue.position}` : '', session.queue.estimatedWaitSeconds ? ` · about ${length(session.queue.estimatedWaitSeconds)}` : '') : '—'),
        fact('Representative', session.representative ? said(session.representative.name ?? session.representative.id) : '—'),
        session.voice ? this.#call(session.voice).flatMap(([name, value]) => fact(name, value)) : [],
        fact('Priority', session.priority), session.trigger ? fact('Trigger', named(session.trigger)) : [], session.reasonCode ? fact('Reason code', said(session.reasonCode)) : [],
        session.tags.length > 0 ? fact('Tags', h('span', { class: 'badges' }, session.tags.map((tag) => h('span', { class: 'tag' }, said(tag))))) : [],
        session.predecessorSessionId ? fact('Follows', other(session.predecessorSessionId)) : [], session.successorSessionId ? fact('Followed by', other(session.successorSessionId)) : [],
        session.fallback.length > 0 ? fact('Fallback plan', h('ol', {}, session.fallback.map((step) => h('li', {}, `${step.on.map((outcome) => named(outcome)).join(', ')}: `,
          step.continueWithAgent ? 'the AI agent goes on' : [`${step.provider ? named(step.provider) : 'the same contact centre'}`, step.queue ? [', queue ', said(step.queue)] : null].flat(2))))) : [],
        fact('Created', rel(session.createdAt)), fact('Updated', rel(session.updatedAt)), fact('Last message', rel(session.lastMessageAt)),
        fact(session.status === 'ended' ? 'Kept until' : 'Expires', session.expiresAt ? rel(session.expiresAt) : 'never')),
    ]
  }

  /**
   * What is known of a call.
   * @param {NonNullable<Transfer['voice']>} call
   * @returns {[string, Child][]}
   */
  #call(call) {
    /** @type {[string, Child][]} */
    const facts = [
      ['Call', call.callId && copyable(call.callId, 'call id')], ['SIP call', call.sipCallId && copyable(call.sipCallId, 'SIP call id')],
      ['From', call.from && said(call.from)], ['To', call.to && said(call.to)], ['Moved by', call.method && named(call.method)],
      ['Reported', call.reported && h('span', {}, named(call.reported.outcome), ' ', when(call.reported.at))],
    ]
    return facts.filter(([, value]) => value)
  }

  /** The rules that the session keeps to, and where each is from, as far as it is the same now. @param {Transfer} session */
  #lifetime({ lifetime: of, channel }) {
    const values = this.#effective?.values
    const life = '/sessionLifecycle/'
    const own = '/integration/'
    /** @type {[string, number | null, string, number?, string?][]} */
    const rules = [
      ['Time to live', of.ttlMinutes, `${life}ttlMinutes/${channel}`, 60, 'never expires'], ['Expiry warning', of.expiryWarningSeconds, `${life}expiryWarningSeconds/${channel}`, 1, 'none'],
      ['Kept once it has ended', of.endedRetentionMinutes, `${life}endedRetentionMinutes`, 60, 'not at all'], ['Stale after', of.staleAfterMinutes, `${life}voiceStaleAfterMinutes`, 60, 'never'],
      ['Pending', of.pendingMinutes, `${life}limits/pendingMinutes`], ['Unconfirmed', of.unconfirmedMinutes, `${life}limits/unconfirmedMinutes`], ['In the queue', of.queuedMinutes, `${life}limits/queuedMinutes`],
      ['First reply', of.firstReplyMinutes, `${life}limits/firstReplyMinutes`], ['Wrap-up', of.postAgentTimeoutSeconds === null ? of.postAgentMinutes : of.postAgentTimeoutSeconds / 60, `${life}limits/postAgentMinutes`],
      ['Hand-back open', of.handbackMinutes, `${life}limits/handbackMinutes`],
      ['First event of the contact centre', of.acceptTimeoutSeconds, `${own}acceptTimeoutSecs`, 1], ['Silence, then the contact centre is asked', of.reconcileIdleSeconds, `${own}reconcileIdleSecs`, 1],
    ]
    return this.#table('What this session keeps to', ['As it stood when it was created, whatever was set later.'], rules.filter(([, value, pointer]) => value !== null || !pointer.startsWith(own)).map(([name, value, pointer, unit = 60, zero = 'no limit']) => {
      const now = values?.find((one) => one.pointer === pointer)
      return [h('span', {}, name, h('div', { class: 'quiet' }, h('code', {}, pointer))), value ? length(value * unit) : zero, !values ? '' : now && now.value === value ? badge(now.source) : 'Set otherwise since']
    }))
  }

  /** @param {string} title @param {Child[]} text @param {Child[][]} rows */
  #table(title, text, rows) {
    return h('section', { class: 'stack tight' }, h('h3', {}, title), h('p', { class: 'quiet' }, text), h('table', { class: 'plain effective' }, h('thead', {}, h('tr', {}, ['Setting', 'Value', 'From'].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', {}, rows.map((row) => h('tr', {}, row.map((cell) => h('td', {}, cell)))))))
  }

  /** @param {Transfer} session */
  async #drawSettings(session) {
    fill(this.#panel, this.#lifetime(session), loading(6))
    try {
      const { client } = this.#context
      const { signal } = this.#life
      // The queue may have changed since it was asked for.
      const [first] = this.#entries
      const asked = first && (await client.call('getTimeline', { at: { sessionId: this.sessionId }, query: { at: first.sequence }, signal })).body.record
      const { channel, provider, priority } = session
      this.#effective ??= (await client.call('getEffective', { query: { channel, provider, priority, queue: (asked ?? session).queue?.name }, signal })).body
      if (this.#tab !== 'settings') return
      fill(this.#panel, this.#lifetime(session), this.#table('What would hold for the same request now', [h('a', { href: address.viewHref('settings', {}) }, 'Change them')],
        this.#effective.values.map(({ pointer, value, source }) => [h('code', {}, pointer), bounded(typeof value === 'string' ? value : JSON.stringify(value), pointer), badge(source)])))
    } catch (error) {
      if (!this.#life.signal.aborted) fill(this.#panel, this.#lifetime(session), failed(error, () => { void this.#drawSettings(session) }))
    }
  }

  async #end() {
    if (!await confirmedEnd(this.#session?.contactId)) return
    await this.#context.client.endTransfer(this.sessionId)
    tell('Ended.')
    this.#poll.now()
    this.#acted()
  }

  async #retry() {
    await this.#context.client.retryTransfer(this.sessionId)
    tell('What waits is tried now.')
    this.#poll.now()
    this.#acted()
  }
}

