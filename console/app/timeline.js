import { h, icon, said, fill, refill } from './dom.js'
import { badge, bounded, empty, iconButton, textOf, tree, when } from './parts.js'
import { named, spaced } from './words.js'
import { folded } from './fold.js'
import * as address from './address.js'

/** @import { Client } from './client.js' */
/** @import { RecordThen, TimelineEntry } from './types.js' */
/** @import { Folded } from './fold.js' */

/** @type {Record<string, string>} */
const STORY = {
  requested: 'The AI agent asked for a human.', accepted: 'The contact centre took the conversation.', queued: 'It waits in the queue.',
  alerting: 'It is offered to a representative.', representative_joined: 'A representative joined.', representative_left: 'The representative left.',
  unconfirmed: 'Whether the contact centre took it is unknown.', ended: 'The session ended.', closing: 'The contact centre is told to close.',
  closed: 'The contact centre closed it.', not_closed: 'The contact centre did not close it.', expiring: 'It is announced to expire.',
  silent: 'The representative has said nothing for too long.', stale: 'The call has been silent for too long.', survey: 'The contact rated the service.',
  wrap_up: 'The representative noted how it went.', handback_open: 'Nobody has acknowledged the hand-back.', unknown_there: 'The contact centre does not know it.',
  follows: 'It follows another session.', followed: 'Another session follows it.', fallback_given_up: 'No step of the fallback plan could be done.',
  retried: 'Somebody asked for a try at once.', opening_delayed: 'The contact centre could not be asked to take it; it is tried again.',
  messages_failed: 'Messages of the contact were not delivered, and will not be.', messages_delayed: 'The contact centre could not be told a message; it is tried again.', closing_delayed: 'The contact centre could not be told to close; it is tried again.',
  message_not_shown: 'A message held something that cannot be shown.',
}
/** @type {Record<string, string>} */
const IGNORED = {
  older: 'older than what was already known', after_end: 'the session had ended', no_effect: 'it changes nothing', somebody_joined: 'somebody had joined already',
}
/** @type {Record<string, string>} */
const CAUSES = { api: 'API', provider: 'Contact centre', delivery: 'Delivery', clock: 'Clock', fallback: 'Fallback plan' }
const DENSITIES = [['story', 'Story'], ['all', 'All'], ['raw', 'Raw']]

/** What happened to a session, and the record as it was at each step. */
export class Timeline {
  #client
  #sessionId
  #signal
  /** @type {TimelineEntry[]} */
  #entries = []
  /** The status after each entry. @type {Map<number, string>} */
  #stood = new Map()
  /** @type {Map<number, RecordThen | null>} */
  #records = new Map()
  #list = h('ol', { class: 'timeline' })
  #then = h('div', { class: 'then', 'aria-live': 'polite' })
  #range = h('input', { type: 'range', min: 0, 'aria-label': 'Step of the timeline', title: 'Step through: the record as it was then', oninput: () => this.#go(Number(this.#range.value)) })
  #steps = h('div', { class: 'steps row' })
  #density = h('div', { class: 'row density', role: 'group', 'aria-label': 'How much is shown' })
  element = h('div', { class: 'timeline-panel' }, h('div', { class: 'row wrap' }, this.#density, h('span', { class: 'grow' }), this.#steps), this.#then, this.#list)

  /**
   * @param {Client} client
   * @param {string} sessionId
   * @param {AbortSignal} signal
   */
  constructor(client, sessionId, signal) {
    this.#client = client
    this.#sessionId = sessionId
    this.#signal = signal
    fill(this.#steps, iconButton('Step back', 'left', () => this.#go(this.#at - 1)), this.#range, iconButton('Step forward', 'right', () => this.#go(this.#at + 1)))
  }

  /** @param {TimelineEntry[]} entries */
  show(entries) {
    this.#entries = entries
    this.draw()
  }

  get #density_() {
    const wanted = address.get('density') ?? ''
    return DENSITIES.some(([key]) => key === wanted) ? wanted : 'story'
  }

  /** Which step is looked at; after the last one none is, but the record as it is now. */
  get #at() {
    const at = Number(address.get('at'))
    const index = address.get('at') === null ? -1 : this.#entries.findIndex((entry) => entry.sequence === at)
    return index < 0 ? this.#entries.length : index
  }

  /** @param {number} index */
  #go(index) {
    const entry = this.#entries[Math.max(0, index)]
    address.set({ at: entry ? String(entry.sequence) : null }, { replace: true })
  }

  draw() {
    const density = this.#density_
    refill(this.#density, DENSITIES.map(([key, label]) => h('button', {
      type: 'button', class: 'chip', 'data-key': key, 'aria-pressed': String(key === density), onclick: () => address.set({ density: key === 'story' ? null : key ?? null }, { replace: true }),
    }, label)))
    this.#range.max = String(this.#entries.length)
    this.#range.value = String(this.#at)
    this.#range.setAttribute('aria-valuetext', this.#at < this.#entries.length ? `Step ${this.#at + 1} of ${this.#entries.length}` : 'Now')
    const chosen = this.#entries[this.#at]?.sequence
    // Raw is everything as it was told.
    const whole = density === 'raw' ? this.#entries.map((entry) => ({ entry, times: entry.times, first: entry.occurredAt, sequences: [entry.sequence] })) : folded(this.#entries)
    // An entry that changed no status does not tell it, either.
    let stands = ''
    this.#stood = new Map(this.#entries.map(({ sequence, statusAfter }) => [sequence, stands = statusAfter ?? stands]))
    const lines = whole.filter(({ entry }) => density !== 'story' || (entry.applied && entry.what !== 'receipt'))
    refill(this.#list, lines.length === 0 ? h('li', {}, empty('Nothing yet', 'What happens to the session appears here.')) : lines.map((line) => this.#line(line, density, chosen !== undefined && line.sequences.includes(chosen))))
    this.#list.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
    void this.#rebuild()
  }

  /**
   * @param {Folded} line
   * @param {string} density
   * @param {boolean} chosen
   */
  #line({ entry, times, first }, density, chosen) {
    // In the story ids say nothing to a reader; the other densities have them.
    const detail = density === 'story' && /^(representative_joined|representative_left|alerting)$/.test(entry.what) ? null : entry.detail
    const stood = this.#stood.get(entry.sequence)
    const words = density === 'story' ? STORY[entry.what] ?? `${spaced(entry.what)}.` : spaced(entry.what)
    return h('li', { 'data-cause': entry.cause, 'data-applied': String(entry.applied), 'aria-current': chosen ? 'step' : null },
      h('button', { type: 'button', class: 'when', 'data-key': `step ${entry.sequence}`, title: 'Show the record at this step', onclick: () => address.set({ at: String(entry.sequence) }, { replace: true }) }, when(entry.occurredAt)),
      h('div', {},
        h('div', { class: 'what' }, h('strong', {}, words), times > 1 ? h('span', { class: 'count', title: `since ${first}` }, `×${times}`) : null,
          entry.statusAfter && entry.statusAfter !== entry.statusBefore
            ? h('span', { class: 'move' }, entry.statusBefore ? badge(entry.statusBefore) : null, entry.statusBefore ? icon('right') : null, badge(entry.statusAfter))
            : density !== 'story' && stood ? h('span', { class: 'quiet' }, `stayed ${named(stood)}`) : null,
          density === 'story' ? h('span', { class: 'quiet' }, CAUSES[entry.cause] ?? entry.cause) : null),
        density === 'story' && !detail ? null : h('div', { class: 'quiet' },
          density === 'story' ? null : [CAUSES[entry.cause] ?? entry.cause, detail ? ' · ' : ''],
          detail ? bounded(density === 'story' ? named(detail) : detail, `detail ${entry.sequence}`) : null,
          density !== 'story' && !entry.applied ? h('span', { class: 'ignored' }, ` · ignored: ${entry.ignoredBecause ? IGNORED[entry.ignoredBecause] ?? entry.ignoredBecause : ''}`) : null,
          density !== 'story' && entry.applied ? ' · applied' : null,
          entry.timeAdjusted ? ' · it was told with a time that cannot be; this is the nearest one that can' : null),
        density === 'raw' ? tree(entry, String(entry.sequence)) : null))
  }

  /** Shows the record as it was right after the chosen step, and what that step changed. */
  async #rebuild() {
    const index = this.#at
    const entry = this.#entries[index]
    if (!entry) return refill(this.#then)
    try {
      const [record, before] = await Promise.all([this.#record(entry.sequence), index > 0 ? this.#record(this.#entries[index - 1]?.sequence ?? 0) : null])
      if (this.#at !== index) return
      if (!record) return fill(this.#then, h('p', { class: 'quiet' }, 'The record at this step is not known.'))
      /** @type {[keyof RecordThen, (record: RecordThen) => string][]} */
      const fields = [
        ['status', (of) => named(of.status)], ['queue', (of) => of.queue?.name ?? '—'], ['representative', (of) => of.representative?.name ?? of.representative?.id ?? '—'],
        ['providerSessionId', (of) => of.providerSessionId ?? '—'], ['outcome', (of) => named(of.outcome)], ['endReason', (of) => named(of.endReason)],
        ['endedBy', (of) => named(of.endedBy)], ['unconfirmed', (of) => of.unconfirmed ? 'yes' : 'no'],
      ]
      refill(this.#then, h('h4', {}, `After step ${index + 1} of ${this.#entries.length}: ${spaced(entry.what)}`),
        h('dl', { class: 'facts' }, fields.map(([name, of]) => {
          const moved = before !== null && of(before) !== of(record)
          return h('div', { class: moved ? 'moved' : '' }, h('dt', {}, spaced(name.replace(/([A-Z])/g, '_$1').toLowerCase())), h('dd', {}, bounded(of(record), name), moved && before ? h('div', { class: 'quiet' }, 'was ', bounded(of(before), `${name} before`)) : null))
        })),
        h('button', { type: 'button', class: 'button quiet', 'data-key': 'now', onclick: () => address.set({ at: null }, { replace: true }) }, 'Back to now'))
    } catch (error) {
      if (!this.#signal.aborted) fill(this.#then, h('p', { class: 'warn' }, said(textOf(error))))
    }
  }

  /** @param {number} sequence */
  async #record(sequence) {
    const known = this.#records.get(sequence)
    if (known !== undefined) return known
    const { body } = await this.#client.call('getTimeline', { at: { sessionId: this.#sessionId }, query: { at: sequence }, signal: this.#signal })
    const record = body.record ?? null
    this.#records.set(sequence, record)
    return record
  }
}
