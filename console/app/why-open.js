import { due, named, spaced } from './words.js'
import { relative } from './clock.js'
import { h, said } from './dom.js'
import { bounded, when } from './parts.js'

/** @import { Message, TimelineEntry, Transfer } from './types.js' */
/** @import { Child } from './dom.js' */

/** What a session waits for, by its status. @param {Transfer} session @returns {Child[]} */
function waitsFor(session) {
  if (session.unconfirmed) return ['Nobody knows whether ', named(session.provider), ' took it, so it is not opened a second time.']
  switch (session.status) {
    case 'pending': return ['It waits for ', named(session.provider), session.providerSessionId ? ' to queue it.' : ' to take it.']
    case 'queued': return ['It waits for a representative', session.queue ? [' in the queue ', said(session.queue.name)] : '', session.queue?.position ? `, at place ${session.queue.position}` : '', '.'].flat()
    case 'active': return [session.representative ? said(session.representative.name ?? session.representative.id) : 'A representative', ' is talking with the contact.']
    default: return ['The representative has gone, and the wrap-up is not over.']
  }
}

/** How far a moment is from now; the details keep it right. @param {string} at */
const ticking = (at) => h('strong', { 'data-relative': at }, relative(at))

/**
 * Why a session is still open, in sentences: what it waits for, what comes next, when the contact centre was heard last, and
 * what has yet to be delivered.
 * @param {Transfer} session
 * @param {Message[]} messages
 * @param {TimelineEntry[]} entries
 */
export function whyOpen(session, messages, entries) {
  /** @type {Child[]} */
  const next = session.nextDue
    ? ['Unless something happens, ', due(session.nextDue.what), ' ', ticking(session.nextDue.at), ' (', when(session.nextDue.at), ').']
    : ['Nothing is due: it stays open until somebody ends it.']
  // What a representative wrote is a signal, too, and stands in no entry.
  const [, signal] = [...entries.filter(({ cause }) => cause === 'provider').map((one) => [one.occurredAt, spaced(one.what)]),
    ...messages.filter((one) => one.direction === 'inbound').map((one) => [one.sentAt ?? one.acceptedAt, 'Message'])].sort().at(-1) ?? []
  const heard = session.lastProviderEventAt
    ? [`${named(session.provider)} was heard last `, ticking(session.lastProviderEventAt), signal ? `: ${signal}.` : '.']
    : [`${named(session.provider)} has told nothing yet.`]
  const { messages: undelivered, oldestAt } = session.undelivered
  const other = session.actions.includes('retry') && !session.unconfirmed && undelivered === 0
  const held = session.unconfirmed ? entries.findLast((entry) => entry.what === 'unconfirmed')?.detail
    : undelivered > 0 || other ? entries.findLast((entry) => entry.what.endsWith('_delayed'))?.detail : null
  const lost = messages.filter((one) => one.delivery === 'failed').length
  const waiting = undelivered > 0
    ? [h('strong', { class: 'warn' }, undelivered === 1 ? 'One message waits to be delivered' : `${undelivered} messages wait to be delivered`), oldestAt ? [', the oldest was written ', ticking(oldestAt), '.'] : '.'].flat()
    : other ? [h('strong', { class: 'warn' }, `${named(session.provider)} could not be reached`), ', and is tried again.']
    : lost > 0 ? [h('strong', { class: 'warn' }, lost === 1 ? 'One message was not delivered' : `${lost} messages were not delivered`), '; the conversation says why.'] : messages.some((one) => one.direction === 'outbound') ? ['Every message is delivered.'] : []
  return h('section', { class: 'why open' }, h('h3', {}, 'Why is it still open?'),
    h('p', {}, waitsFor(session), ' ', next, ' ', heard, ' ', waiting),
    held ? h('div', {}, 'It was last answered: ', h('code', {}, bounded(held, 'held'))) : null)
}
