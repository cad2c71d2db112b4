import { h, said } from './dom.js'
import { badge, bounded, when } from './parts.js'
import { named, spaced } from './words.js'
import { length } from './clock.js'
import * as address from './address.js'

/** @import { TimelineEntry, Transfer } from './types.js' */
/** @import { Child } from './dom.js' */

/** @type {Record<string, (centre: string) => string>} */
const REASONS = {
  representative_ended: () => 'The representative closed the conversation.',
  contact_ended: () => 'The contact left.',
  agent_ended: () => 'The AI agent took the conversation back.',
  operator_ended: () => 'An operator ended it.',
  cancelled_in_queue: () => 'It was given up before a representative joined.',
  expired: () => 'Nobody wrote within its time to live.',
  no_representatives: (centre) => `${centre} had nobody to take it.`,
  outside_hours: (centre) => `${centre} was closed.`,
  provider_rejected: (centre) => `${centre} refused the conversation.`,
  provider_error: (centre) => `${centre} could not be reached, or kept failing.`,
  provider_disconnected: (centre) => `${centre} closed the conversation by itself.`,
  unconfirmed: (centre) => `Nobody came to know whether ${centre} had taken it.`,
  reconciled: (centre) => `${centre} was asked, and had closed the conversation.`,
}
/** What somebody can do about it in the settings of the integration. */
const OURS = new Set(['provider_rejected', 'provider_error', 'unconfirmed'])

/**
 * How a session ended, why, and what its hand-back says.
 * @param {Transfer} session
 * @param {TimelineEntry[]} entries
 */
export function howEnded(session, entries) {
  const back = session.handback
  const centre = named(session.provider)
  const reason = session.endReason ?? ''
  const end = entries.findLast((entry) => entry.applied && entry.what === 'ended')
  // What was answered when it went wrong, if its end says no more than that, or says it in our own words.
  const told = end?.detail && end.detail !== reason && !(OURS.has(reason) && end.cause === 'clock') ? end.detail : OURS.has(reason) ? entries.findLast((entry) => entry.what === 'unconfirmed' || entry.what.endsWith('_delayed'))?.detail : null
  const fact = (/** @type {string} */ name, /** @type {Child} */ value) => [h('dt', {}, name), h('dd', {}, value)]
  return h('section', { class: 'why' }, h('h3', {}, 'How it ended'),
    h('p', {}, h('strong', {}, REASONS[reason]?.(centre) ?? `${spaced(reason)}.`), ' It ended at ', when(session.endedAt), ' after ', length(session.durationSeconds), '.',
      session.actions.includes('retry') ? [' ', h('strong', { class: 'warn' }, `${centre} does not know it yet`), ', and is tried again.'] : null),
    told ? h('div', {}, OURS.has(reason) ? `${centre} answered: ` : 'In detail: ', h('code', {}, bounded(told, 'told'))) : null,
    OURS.has(reason) ? h('p', {}, h('a', { href: address.viewHref('settings', { section: 'integrations', item: session.provider }), 'data-key': 'settings' }, `Settings and test of ${centre}`)) : null,
    back ? h('dl', { class: 'facts wide' },
      fact('Ended by', named(session.endedBy)),
      fact('Hand-back', h('span', {}, badge(back.state), back.acknowledgedAt ? [' by the agent runtime ', when(back.acknowledgedAt)] : ' the agent runtime has not acknowledged it', `, version ${back.version}`)),
      fact('Waiting', length(back.waitingSeconds)), fact('Talking', back.talkingSeconds === null ? '—' : length(back.talkingSeconds)),
      fact('First reply', back.firstReplySeconds === null ? '—' : length(back.firstReplySeconds)),
      fact('Messages', `${back.messageCounts.fromContact} of the contact, ${back.messageCounts.fromRepresentative} of representatives`),
      back.servedBy ? fact('Served by', said(back.servedBy.name ?? back.servedBy.id)) : [], back.survey ? fact('Survey', `${back.survey.rating} of ${back.survey.scaleMax}`) : [],
      back.wrapUp ? fact('Wrap-up', bounded([back.wrapUp.code, back.wrapUp.note, back.wrapUp.promised].filter(Boolean).join(' · '), 'wrap-up')) : [],
      fact('Then', named(back.next))) : null,
    session.alternatives.length > 0 ? h('p', { class: 'quiet' }, 'Instead: ', session.alternatives.map((one) => one.kind === 'try_provider' ? `try ${one.providers.map((provider) => named(provider)).join(' or ')}` : spaced(one.kind).toLowerCase()).join(', '), '.') : null)
}
