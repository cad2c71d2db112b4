import { h, fill } from './dom.js'
import { busy, tell } from './parts.js'
import { bodyOf, choiceField, complain, numberField, textField } from './form.js'
import { named, PROVIDERS } from './words.js'
import { DEFAULTS } from './defaults.js'

/** @import { Context } from './types.js' */

const MONTH = 43_200

/**
 * How long sessions live, how patient deliveries are, and where transfers go.
 * @param {Context} context
 * @param {Element} place
 * @param {AbortSignal} signal
 */
export async function lifecycle(context, place, signal) {
  const answer = await context.client.call('getSettings', { signal })
  if (signal.aborted) return
  let settings = answer.body
  let { etag } = answer
  const life = settings.sessionLifecycle ?? {}
  const of = (/** @type {object | undefined} */ from, /** @type {string} */ key) => /** @type {Record<string, any>} */ (from ?? {})[key]
  const numbers = (/** @type {string} */ at, /** @type {Record<string, number>} */ defaults, /** @type {object | undefined} */ values, /** @type {(key: string) => [string, Parameters<typeof numberField>[4]]} */ how) =>
    Object.entries(defaults).map(([key, otherwise]) => { const [label, particulars] = how(key); return numberField(`${at}/${key}`, label, of(values, key), otherwise, particulars) })
  /** @type {Record<string, [string, Parameters<typeof numberField>[4]]>} */
  const limits = {
    pendingMinutes: ['Pending', { unit: 'Minutes', most: MONTH, zero: 'no limit' }], unconfirmedMinutes: ['Unconfirmed', { unit: 'Minutes', most: MONTH, least: 1 }],
    queuedMinutes: ['In the queue', { unit: 'Minutes', most: MONTH, zero: 'no limit' }], firstReplyMinutes: ['First reply', { unit: 'Minutes', most: MONTH, zero: 'no limit' }],
    postAgentMinutes: ['Wrap-up', { unit: 'Minutes', most: MONTH, zero: 'no limit' }], handbackMinutes: ['Hand-back open', { unit: 'Minutes', most: MONTH, zero: 'no limit' }],
  }
  /** @type {Record<string, string>} */
  const patience = { openingSeconds: 'Opening', messagesSeconds: 'Messages', closingSeconds: 'Closing' }
  const parts = {
    ttl: numbers('/sessionLifecycle/ttlMinutes', DEFAULTS.ttlMinutes, life.ttlMinutes, (key) => [named(key), { unit: 'Minutes', most: MONTH, zero: 'never' }]),
    warning: numbers('/sessionLifecycle/expiryWarningSeconds', DEFAULTS.expiryWarningSeconds, life.expiryWarningSeconds, (key) => [named(key), { unit: 'Seconds', most: 2_592_000, zero: 'none' }]),
    kept: [
      numberField('/sessionLifecycle/endedRetentionMinutes', 'Ended sessions are kept', life.endedRetentionMinutes, DEFAULTS.lifecycle.endedRetentionMinutes, { unit: 'Minutes', most: MONTH, zero: 'not at all' }),
      numberField('/sessionLifecycle/voiceStaleAfterMinutes', 'Voice is stale after', life.voiceStaleAfterMinutes, DEFAULTS.lifecycle.voiceStaleAfterMinutes, { unit: 'Minutes', most: MONTH, zero: 'never' }),
    ],
    limits: numbers('/sessionLifecycle/limits', DEFAULTS.limits, life.limits, (key) => limits[key] ?? [key, { unit: 'Minutes', most: MONTH }]),
    patience: numbers('/patience', DEFAULTS.patience, settings.patience, (key) => [patience[key] ?? key, { unit: 'Seconds', most: 345_600 }]),
    routing: [
      choiceField('/defaultRouting/provider', 'Provider', settings.defaultRouting?.provider, [['', 'None: requests name it'], ...PROVIDERS.map((one) => /** @type {[string, string]} */ ([one, named(one)]))], 'Where a transfer goes that names no provider.'),
      textField('/defaultRouting/queue', 'Queue', settings.defaultRouting?.queue === DEFAULTS.routing.queue ? '' : settings.defaultRouting?.queue, { placeholder: DEFAULTS.routing.queue, hint: `Default ${DEFAULTS.routing.queue}`, most: 256 }),
      numberField('/defaultRouting/priority', 'Priority', settings.defaultRouting?.priority, DEFAULTS.routing.priority, { unit: '0 (lowest) to 10', most: 10 }),
      choiceField('/defaultRouting/postAgentAction', 'After the end', settings.defaultRouting?.postAgentAction, [['return_to_agent', 'Return to the AI agent'], ['end_session', 'End the session']], 'What the AI agent is told to do.'),
    ],
  }
  const fields = Object.values(parts).flat()
  const rest = h('p', { class: 'warn', role: 'alert' })
  const save = h('button', { type: 'submit', class: 'button primary' }, 'Save')
  const set = (/** @type {string} */ title, /** @type {string} */ text, /** @type {import('./form.js').Field[]} */ list) =>
    h('fieldset', {}, h('legend', {}, title, h('span', { class: 'quiet' }, ` ${text}`)), list.map((field) => field.element))
  const store = async () => {
    try {
      // What the page does not show, such as what is redacted, stays as it is.
      const stored = await context.client.call('putSettings', { body: bodyOf(fields, settings), headers: etag ? { 'if-match': etag } : {} })
      settings = stored.body
      etag = stored.etag
      complainNothing()
      tell('Saved. It holds for sessions that are created from now on.')
    } catch (error) {
      complain(error, fields, rest)
    }
  }
  const complainNothing = () => { for (const field of fields) field.complain(''); fill(rest) }
  fill(place, h('h2', {}, 'Session lifecycle'), h('p', { class: 'quiet' }, 'An empty field takes the default. What is saved holds for new sessions; each keeps what held when it was created.'),
    h('form', { class: 'form card', novalidate: true, onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); void busy(save, store) } },
      set('Time to live', 'after the last message; then a session expires', parts.ttl),
      set('Expiry warning', 'how long before it expires that is announced to the agent runtime', parts.warning),
      set('Kept and watched', '', parts.kept),
      set('Limits of waiting', 'after which a session is given up or somebody is told', parts.limits),
      set('Patience', 'for how long a contact centre that cannot be reached is tried again', parts.patience),
      set('Default routing', 'where the request does not say', parts.routing),
      h('div', { class: 'saving row' }, rest, h('span', { class: 'grow' }), save)))
}
