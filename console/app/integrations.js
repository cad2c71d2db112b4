import { h, fill, said } from './dom.js'
import { badge, busy, button, confirmed, copyable, tell, when } from './parts.js'
import { bodyOf, complain, schemaField } from './form.js'
import { named, spaced, PROVIDERS } from './words.js'
import * as address from './address.js'

/** @import { Context, Integration, IntegrationList, IntegrationTest } from './types.js' */
/** @import { Schema } from './form.js' */

/** @typedef {{properties: {settings: {properties: Record<string, Schema>, required?: string[]}, credentials: {properties: Record<string, Schema>}}}} Description */

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
  fill(place, h('h2', {}, 'Integrations'), h('p', { class: 'quiet' }, 'A project can hand over to each contact centre that is configured here.'),
    names.map((name) => {
      const item = byName.get(name)
      return h('section', { class: 'card stack' },
        h('div', { class: 'integration-head' }, h('h3', {}, named(name)), item ? badge(item.health.state) : h('span', { class: 'badge' }, 'Not configured'),
          item?.health.since ? h('span', { class: 'quiet' }, 'since ', when(item.health.since)) : null, h('span', { class: 'grow' }),
          h('a', { class: 'button', href: address.href({ item: name }) }, item ? 'Configure' : 'Connect')),
        item?.health.lastError ? h('p', { class: 'warn' }, said(item.health.lastError)) : null,
        item ? h('p', { class: 'quiet' }, 'Webhook ', copyable(item.webhookUrl, 'webhook address')) : null)
    }))
}

/**
 * @param {Context} context
 * @param {Element} place
 * @param {AbortSignal} signal
 * @param {string} provider
 * @param {Description} description
 */
async function one(context, place, signal, provider, description) {
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
  const made = Object.entries(settings.properties).map(([name, schema]) => ({ name, field: schemaField(`/settings/${name}`, name, schema, values[name], { required: required.includes(name) }) }))
  const secrets = Object.entries(credentials.properties).map(([name, schema]) => schemaField(`/credentials/${name}`, name, schema, undefined, { set: item?.credentialsSet.includes(name) ?? false }))
  const used = (/** @type {string} */ name) => required.includes(name) || (values[name] !== undefined && values[name] !== null && JSON.stringify(values[name]) !== JSON.stringify(settings.properties[name]?.default))
  const fields = [...made.map(({ field }) => field), ...secrets]
  const rest = h('p', { class: 'warn', role: 'alert' })
  const save = h('button', { type: 'submit', class: 'button primary' }, item ? 'Save' : 'Connect')
  const shownOnce = h('div')
  const findings = h('div')
  const put = async (/** @type {object} */ more) => {
    const stored = await client.call('putIntegration', { at, body: { ...bodyOf(fields), ...more }, headers: etag ? { 'if-match': etag } : {} })
    etag = stored.etag
    /** @type {Integration} */
    const now = stored.body
    await one(context, place, signal, provider, description)
    const secretPlace = place.querySelector('.shown-once')
    if (secretPlace && (now.signingSecret || now.relaySecret || !now.webhookUrl.includes('{secret}'))) {
      fill(secretPlace, h('section', { class: 'secret' }, h('h3', {}, 'Shown once'), h('p', {}, 'Enter these at the contact centre now; they are not shown again.'),
        h('p', {}, 'Webhook ', copyable(now.webhookUrl, 'webhook address')),
        now.signingSecret ? h('p', {}, 'Signing secret ', copyable(now.signingSecret, 'signing secret')) : null,
        now.relaySecret ? h('p', {}, 'Relay secret ', copyable(now.relaySecret, 'relay secret')) : null))
    }
    return now
  }
  const store = async (/** @type {object} */ more, /** @type {string} */ text) => {
    try {
      await put(more)
      tell(text)
    } catch (error) {
      complain(error, fields, rest)
    }
  }
  const test = async () => {
    /** @type {IntegrationTest} */
    const found = (await client.call('testIntegration', { at })).body
    fill(findings, h('section', { class: 'card stack' }, h('h3', {}, found.passed ? 'The test passed' : 'The test found something'),
      h('ol', { class: 'findings' }, found.findings.map((finding) => h('li', {}, badge(finding.outcome), h('strong', {}, spaced(finding.step)), finding.detail ? h('span', { class: 'quiet' }, said(finding.detail)) : null)))))
  }
  shownOnce.className = 'shown-once'
  fill(place,
    h('p', {}, h('a', { href: address.href({ item: null }) }, '← Integrations')),
    h('div', { class: 'integration-head' }, h('h2', {}, named(provider)), item ? badge(item.health.state) : h('span', { class: 'badge' }, 'Not configured'),
      item?.health.since ? h('span', { class: 'quiet' }, 'since ', when(item.health.since)) : null, h('span', { class: 'grow' }),
      item ? button('Test', test) : null),
    item?.health.lastError ? h('p', { class: 'warn' }, said(item.health.lastError)) : null,
    findings, shownOnce,
    item ? h('section', { class: 'card stack' }, h('h3', {}, 'Addresses'),
      h('dl', { class: 'facts wide' }, h('dt', {}, 'Webhook'), h('dd', {}, copyable(item.webhookUrl, 'webhook address')), h('dt', {}, 'Relay'), h('dd', {}, copyable(item.relayUrl, 'relay address'))),
      h('p', { class: 'quiet' }, 'Rotating makes new secrets beside the old ones: enter the new ones at the contact centre, then retire the old.'),
      h('div', { class: 'deeds' },
        button('Rotate secrets', () => store({ rotateSecrets: true }, 'New secrets are made; the old ones still work.')),
        button('Retire old secrets', () => store({ retireOldSecrets: true }, 'The old secrets are gone.')),
        button('Take the rotation back', () => store({ retireNewSecrets: true }, 'The new secrets are gone.'), { kind: 'quiet' }))) : null,
    item && item.warnings.length > 0 ? h('section', { class: 'card stack' }, h('h3', {}, 'Not verified'), h('ul', {}, item.warnings.map((text) => h('li', { class: 'quiet' }, said(text))))) : null,
    h('form', { class: 'form card', novalidate: true, onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); void busy(save, () => store({}, 'Saved.')) } },
      h('fieldset', { class: 'wide' }, h('legend', {}, 'Settings'), made.filter(({ name }) => used(name)).map(({ field }) => field.element)),
      h('fieldset', { class: 'wide' }, h('legend', {}, 'Credentials', h('span', { class: 'quiet' }, ' go in and never come out')), secrets.map((field) => field.element)),
      h('details', { class: 'more' }, h('summary', {}, `${made.filter(({ name }) => !used(name)).length} more settings`),
        h('fieldset', { class: 'wide' }, made.filter(({ name }) => !used(name)).map(({ field }) => field.element))),
      h('div', { class: 'saving row' }, rest, h('span', { class: 'grow' }), save)),
    item ? h('div', {}, button('Remove this integration', async () => {
      if (!await confirmed(`Remove ${named(provider)}?`, 'No transfer can go there any more, and its webhook address changes if it is connected again.', 'Remove')) return
      await client.call('deleteIntegration', { at })
      tell(`Removed ${named(provider)}.`)
      address.set({ item: null })
    }, { kind: 'danger' })) : null)
}

