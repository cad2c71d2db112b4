import { h, fill, refill, setText } from './dom.js'
import { badge, bounded, busy, button, confirmed, copyable, tell, when } from './parts.js'
import { bodyOf, complain, marked, schemaField, secretField } from './form.js'
import { holds, looksAt, presetOf } from './needed.js'
import { control, given, others } from './simulator.js'
import { Problem } from './client.js'
import { named, spaced, PROVIDERS } from './words.js'
import * as address from './address.js'

/** @import { Context, Integration, IntegrationList, IntegrationTest } from './types.js' */
/** @import { Schema } from './form.js' */
/** @import { Condition } from './needed.js' */

/** @typedef {Schema & {'x-required-when'?: Condition, 'x-taken-when'?: Condition, 'x-default-by'?: Record<string, Record<string, unknown>>}} Described */
/** @typedef {{
 *   properties: {settings: {properties: Record<string, Described>, required?: string[]}, credentials: {properties: Record<string, Described>}},
 *   'x-enter'?: {when: Condition, text: string}[],
 * }} Description */

/** Where a provider's events come from if they do not come by its event source, which one project alone can have. @type {Record<string, object>} */
const WITHOUT_SOURCE = { genesys: { lifecycleSource: 'poll' }, salesforce: { eventTransport: 'apex_callout' } }

/** How a contact centre answers, as far as it was called. @param {string} state */
const answering = (state) => state === 'unknown' ? badge('none', 'Not called yet') : badge(state)

/**
 * The contact centres of the project: a card each, and the form of the one that is chosen.
 * @param {Context} context
 * @param {Element} place
 * @param {AbortSignal} signal
 */
export async function integrations(context, place, signal) {
  /** @type {IntegrationList} */
  const list = (await context.client.call('listIntegrations', { query: { describe: true }, signal })).body
  if (signal.aborted) return
  const fields = /** @type {Record<string, Description>} */ (list.fields ?? {})
  const chosen = address.get('item')
  const names = [...new Set([...PROVIDERS, ...Object.keys(fields)])].filter((name) => fields[name])
  if (chosen && fields[chosen]) return one(context, place, signal, chosen, fields[chosen])
  const byName = new Map(list.items.map((item) => [String(item.provider), item]))
  fill(place, h('h2', {}, 'Integrations'), h('p', { class: 'quiet' }, 'A project can hand over to each contact centre that is connected here.'),
    names.map((name) => {
      const item = byName.get(name)
      return h('section', { class: 'card stack' },
        h('div', { class: 'integration-head' }, h('h3', {}, named(name)), item ? answering(item.health.state) : badge('none', 'Not connected'),
          item?.health.since && item.health.state !== 'healthy' ? h('span', { class: 'quiet' }, 'since ', when(item.health.since)) : null, h('span', { class: 'grow' }),
          h('a', { class: 'button', href: address.href({ item: name }) }, item ? 'Configure' : 'Connect')),
        item?.health.lastError ? h('div', { class: 'warn' }, bounded(item.health.lastError, name)) : null)
    }))
}

/**
 * @param {Context} context
 * @param {Element} place
 * @param {AbortSignal} signal
 * @param {string} provider
 * @param {Description} description
 * @param {Integration} [stored] as it was just stored, with the secrets that were made
 * @param {string} [own] the signing secret that its owner brought
 */
async function one(context, place, signal, provider, description, stored, own) {
  const { client } = context
  const at = { provider }
  /** @type {Integration | null} */
  let item = null
  /** @type {string | null} */
  let etag = null
  try {
    const answer = await client.call('getIntegration', { at, signal })
    item = answer.body
    etag = answer.etag
  } catch (error) {
    if (!(error instanceof Error && 'status' in error && error.status === 404)) throw error
  }
  if (signal.aborted) return
  const { settings, credentials } = description.properties
  const required = settings.required ?? []
  const values = /** @type {Record<string, unknown>} */ (item?.settings ?? {})
  const entries = Object.entries(settings.properties).map(([name, schema]) => ({ name, need: required.includes(name) || (schema['x-required-when'] ?? false), taken: true, set: false, field: schemaField(`/settings/${name}`, name, schema, values[name], { required: required.includes(name) }) }))
  const secrets = Object.entries(credentials.properties).map(([name, schema]) => {
    const set = item?.credentialsSet.includes(name) ?? false
    return { name, set, need: schema['x-required-when'] ?? false, taken: schema['x-taken-when'] ?? true, field: schemaField(`/credentials/${name}`, name, schema, undefined, { set }) }
  })
  const signing = secretField('/signingSecret', 'signingSecret', {
    set: item !== null, empty: 'One is made', hint: `What the contact centre signs its webhooks by, or puts into their header. Your own of 16 to 256 characters${item ? ', which then stands beside the one that is set until that is retired.' : ', if it has one already; else one is made, and shown once.'}`,
  })
  const fields = [...entries, ...secrets].map(({ field }) => field).concat(signing)
  // What other fields are needed with decides what is asked for, so it comes first.
  /** @type {Map<string, number>} */
  const deciding = new Map()
  const conditions = [...entries, ...secrets].flatMap(({ need, taken }) => [need, taken])
  for (const { name, word } of conditions.flatMap(looksAt)) if (word) deciding.set(name, (deciding.get(name) ?? 0) + 1)
  /** @param {string} name @returns {unknown} */
  const valueOf = (name) => {
    const secret = secrets.find((one) => one.name === name)
    if (secret) return secret.set || secret.field.value()
    return entries.find((one) => one.name === name)?.field.value() ?? presetOf(settings.properties[name], valueOf)
  }
  const differs = (/** @type {string} */ name) => values[name] !== undefined && values[name] !== null && JSON.stringify(values[name]) !== JSON.stringify(settings.properties[name]?.default)
  const main = h('fieldset', { class: 'wide' }, h('legend', {}, 'Settings', h('span', { class: 'quiet' }, ' what has a * is needed')))
  const keys = h('fieldset', { class: 'wide' }, h('legend', {}, 'Credentials', h('span', { class: 'quiet' }, ' go in and never come out')))
  const others = h('fieldset', { class: 'wide' })
  const more = h('summary')
  const where = h('ul', { class: 'dots' })
  const entered = () => (description['x-enter'] ?? []).filter(({ when }) => holds(when, valueOf)).map(({ text }) => h('li', {}, marked(text)))
  /** Puts each field where it belongs, as the choices are now. */
  const arrange = () => {
    const focused = document.activeElement
    let number = 0
    const place = (/** @type {import('./form.js').Field} */ field, /** @type {Element} */ home, /** @type {boolean} */ needed) => {
      field.need(needed)
      if (home === others) number += 1
      home.append(field.element)
    }
    const rank = (/** @type {string} */ name) => deciding.has(name) ? -(deciding.get(name) ?? 0) : required.includes(name) ? 1 : 2
    refill(where, entered())
    for (const { name, need, field } of entries.toSorted((a, b) => rank(a.name) - rank(b.name))) {
      const needed = holds(need, valueOf)
      // What nothing means may follow from another choice.
      const none = field.input.querySelector('option[value=""]')
      if (none) none.textContent = String(presetOf(settings.properties[name], valueOf) ?? '—')
      place(field, needed || deciding.has(name) || differs(name) ? main : others, needed)
    }
    for (const { need, taken, field, set } of secrets) {
      const needed = holds(need, valueOf)
      // One that belongs to another choice would be refused.
      field.element.hidden = !set && !holds(taken, valueOf)
      if (field.element.hidden) others.append(field.element)
      else place(field, needed || set ? keys : others, needed && !set)
    }
    keys.append(signing.element)
    setText(more, `${number} more ${number === 1 ? 'field' : 'fields'}`)
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus()
  }
  const looked = new Set([...conditions, ...(description['x-enter'] ?? []).map(({ when }) => when)].flatMap(looksAt).map(({ name }) => name))
  for (const { name, field } of [...entries, ...secrets]) if (looked.has(name)) field.input.addEventListener('change', arrange)
  arrange()
  const rest = h('p', { class: 'warn', role: 'alert' })
  const save = h('button', { type: 'submit', class: 'button primary' }, item ? 'Save' : 'Connect')
  const shownOnce = h('div', { class: 'shown-once' })
  const findings = h('div', { class: 'shown-once', 'aria-live': 'polite' })
  const put = async (/** @type {object} */ body) => {
    const stored = await client.call('putIntegration', { at, body, headers: etag ? { 'if-match': etag } : {} })
    etag = stored.etag
    return stored.body
  }
  const store = async () => {
    try {
      const body = bodyOf(fields.filter(({ element }) => !element.hidden))
      const now = await put(body)
      tell(item ? 'Saved.' : `${named(provider)} is connected.`)
      await one(context, place, signal, provider, description, now, body.signingSecret)
    } catch (error) {
      complain(error, fields, rest)
    }
  }
  // Only the secrets: what somebody is writing into the form is neither stored with them nor lost.
  const change = (/** @type {string} */ label, /** @type {object} */ wish, /** @type {string} */ text, /** @type {'quiet' | undefined} */ kind = undefined) => button(label, async () => {
    showOnce(context, shownOnce, await put({ settings: values, ...wish }), entered())
    tell(text)
  }, { kind })
  const simulated = context.config.simulators?.find((one) => one.provider === provider)
  const play = async () => {
    /** @type {any} */
    const body = simulated?.integration ?? {}
    // What was chosen to do without the event source is chosen no more.
    const kept = Object.fromEntries(Object.entries(values).filter(([name]) => !(name in (WITHOUT_SOURCE[provider] ?? {}))))
    const wish = item ? { ...body, settings: { ...kept, ...body.settings }, retireNewSecrets: true, rotateSecrets: true } : body
    const refused = (/** @type {unknown} */ error) => {
      if (!(error instanceof Problem && error.errors.some(({ pointer }) => pointer === '/settings/partnerSource'))) throw error
      return null
    }
    let now = await put(wish).catch(refused)
    if (!now) {
      const from = await holder(context, provider, body.settings.partnerSource)
      if (!from) return fill(findings, h('section', { class: 'card stack' }, h('h3', {}, `Another project has the simulated ${named(provider)}`),
        h('p', {}, 'It tells what happens by an event source, which one project alone can have. Open these settings in the project that has it, and remove the integration there; then connect it here. Or start the stack again: what it keeps in memory is gone then.')))
      if (!await confirmed(`Take the simulated ${named(provider)} from ${from.project}?`, `It calls one project at a time, and that is ${from.project} now. Transfers of that project hear nothing of it any more, until it is taken back in the settings there.`, 'Take it')) return
      await from.release()
      now = await put(wish)
    }
    await enter(context, simulated, now)
    await one(context, place, signal, provider, description)
    // Nobody has anything to note or to enter.
    place.querySelector('.shown-once')?.replaceChildren(h('section', { class: 'card row wrap' }, h('span', {}, `The simulated ${named(provider)} calls this project, and each knows the other's secrets.`), h('span', { class: 'grow' }), h('a', { class: 'button primary', href: address.viewHref('try', { provider }) }, 'Try a transfer')))
  }
  // What stands in the settings of a real one is not overwritten.
  const isSimulated = item !== null && simulated !== undefined && Object.entries(/** @type {any} */ (simulated.integration).settings).every(([name, value]) => !/^https?:/.test(String(value)) || values[name] === value)
  const test = async () => {
    /** @type {IntegrationTest} */
    const found = (await client.call('testIntegration', { at })).body
    fill(findings, h('section', { class: 'card stack' }, h('h3', {}, found.passed ? 'The test passed' : 'The test found something'),
      h('ol', { class: 'findings' }, found.findings.map((finding) => h('li', {}, badge(finding.outcome), h('div', {}, h('strong', {}, spaced(finding.step)), finding.detail ? h('div', { class: 'quiet' }, bounded(finding.detail, finding.step)) : null))))))
    findings.scrollIntoView({ block: 'nearest' })
  }
  fill(place,
    h('p', {}, h('a', { href: address.href({ item: null }) }, '← Integrations')),
    h('div', { class: 'integration-head' }, h('h2', {}, named(provider)), item ? answering(item.health.state) : badge('none', 'Not connected'),
      item ? h('span', { class: 'quiet' }, item.health.since ? ['since ', when(item.health.since)] : null) : null, h('span', { class: 'grow' }),
      item ? button('Test', test, { title: 'Tries address, credentials and queue at the contact centre; no conversation is opened' }) : null),
    item?.health.lastError ? h('div', { class: 'warn' }, bounded(item.health.lastError, 'error')) : null,
    shownOnce, findings,
    item ? h('section', { class: 'card stack' }, h('h3', {}, 'Addresses'),
      h('dl', { class: 'facts wide' }, h('dt', {}, 'Webhook'), h('dd', {}, copyable(item.webhookUrl, 'webhook address')), h('dt', {}, 'Relay'), h('dd', {}, copyable(item.relayUrl, 'relay address'))),
      h('p', { class: 'quiet' }, 'The webhook is what the contact centre calls. To the relay, code of your own tells what the contact centre does not. ', h('code', {}, '{secret}'), ' stands for what was shown when it was made. If nobody has noted it, rotate: new secrets are made beside the old ones. Enter the new ones at the contact centre, then retire the old.'), where,
      h('div', { class: 'deeds' },
        change('Rotate secrets', { rotateSecrets: true }, 'New secrets are made; the old ones still work.'),
        change('Retire old secrets', { retireOldSecrets: true }, 'The old secrets are gone.'),
        change('Take the rotation back', { retireNewSecrets: true }, 'The new secrets are gone.', 'quiet'),
        isSimulated ? button('Let the simulated one call here', play, { title: 'The contact centre that is simulated on this machine calls one project at a time: this one from now on', kind: 'quiet' }) : null)) : h('section', { class: 'card stack' }, h('h3', {}, 'To be entered at the contact centre'), where,
      h('p', { class: 'quiet' }, 'The addresses and their secrets are shown when it is connected.')),
    item || !simulated ? null : h('div', { class: 'row wrap' }, button('Connect the simulated one', play, { title: 'The contact centre that is simulated on this machine, with nothing to enter on either side' }), h('span', { class: 'quiet' }, 'It calls one project at a time: this one from then on. Or a real one:')),
    item && item.warnings.length > 0 ? h('section', { class: 'card stack' }, h('h3', {}, 'Not verified'), h('ul', { class: 'dots' }, item.warnings.map((text) => h('li', { class: 'quiet' }, bounded(text, text.slice(0, 40)))))) : null,
    h('form', { class: 'form card', novalidate: true, onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); void busy(save, store) } },
      main, keys, h('details', { class: 'more' }, more, others),
      h('div', { class: 'saving row' }, rest, h('span', { class: 'grow' }), save)),
    item ? h('div', {}, button('Remove this integration', async () => {
      if (!await confirmed(`Remove ${named(provider)}?`, 'No transfer can go there any more, and its webhook address changes if it is connected again.', 'Remove')) return
      await client.call('deleteIntegration', { at })
      tell(`Removed ${named(provider)}.`)
      address.set({ item: null })
    }, { kind: 'danger' })) : null)
  if (stored) showOnce(context, shownOnce, stored, entered(), own)
}

/**
 * The project that has an event source, as far as it is known here, and how it is made to do without.
 * @param {Context} context
 * @param {string} provider
 * @param {string} source
 */
async function holder(context, provider, source) {
  for (const project of others(context, provider)) {
    const at = { provider }
    const client = context.client.of(project)
    const { body, etag } = await client.call('getIntegration', { at }).catch(() => ({ body: null, etag: null }))
    if (body?.settings.partnerSource !== source) continue
    const settings = /** @type {any} */ ({ ...body.settings, ...WITHOUT_SOURCE[provider], partnerSource: null })
    return { project, release: () => client.call('putIntegration', { at, body: { settings }, headers: etag ? { 'if-match': etag } : {} }) }
  }
  return null
}

/**
 * Tells a simulated contact centre whom it calls from now on.
 * @param {Context} context
 * @param {import('./simulator.js').Simulator | undefined} simulator
 * @param {Integration} item
 * @param {string} [own] the signing secret that its owner brought
 */
async function enter(context, simulator, item, own) {
  await control(simulator, 'webhook', { url: item.webhookUrl, secret: item.signingSecret ?? own })
  await control(simulator, 'relay', { url: item.relayUrl, secret: item.relaySecret })
  given(item.provider, context.project)
  tell(`The simulated ${named(item.provider)} calls this project now.`)
}

/**
 * Shows the secrets that were just made, if any were.
 * @param {Context} context
 * @param {Element} place
 * @param {Integration} item
 * @param {Element[]} where they are entered
 * @param {string} [own] the signing secret that its owner brought
 */
function showOnce(context, place, item, where, own) {
  if (!item.signingSecret && !item.relaySecret && item.webhookUrl.includes('{secret}')) return fill(place)
  const simulator = context.config.simulators?.find((one) => one.provider === item.provider)
  fill(place, h('section', { class: 'secret' }, h('h3', {}, 'Shown once'), h('p', {}, 'Enter these at the contact centre now; they are not shown again. Then run the test.'), h('ul', { class: 'dots' }, where),
    h('dl', { class: 'facts wide' }, [['Webhook', item.webhookUrl, 'webhook address'], ['Signing secret', item.signingSecret, 'signing secret'], ['Relay', item.relaySecret ? item.relayUrl : null, 'relay address'], ['Relay secret', item.relaySecret, 'relay secret']]
      .flatMap(([name = '', value, what]) => value ? [h('dt', {}, name), h('dd', {}, copyable(value, what ?? ''))] : [])),
    simulator && item.relaySecret && (item.signingSecret ?? own) ? h('div', {}, button('Enter them at the simulated one', () => enter(context, simulator, item, own), { title: 'The contact centre that is simulated on this machine calls this webhook from now on' })) : null))
  place.scrollIntoView()
}
