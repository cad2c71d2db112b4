import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerList, open, rows, sessionOf, shot, until, view } from './support.mjs'

const HOSTILE = {
  script: '<script>globalThis.harmed = 1</script><img src=x onerror="globalThis.harmed = 1">',
  attribute: '"><svg onload="globalThis.harmed = 1">',
  long: 'W'.repeat(4000),
  reversed: '\u202Egnirts desrever\u202C \u0627\u0644\u0639\u0631\u0628\u064A\u0629 \u05E2\u05D1\u05E8\u05D9\u05EA',
  strange: 'a\u0000b\u0007\uD83D\uDE00 e\u0301\u0301\u0301\u0301\u0301 \uFFFD',
  address: 'javascript:globalThis.harmed=1',
}

/** Everything that a person or a contact centre can write, in an answer of the API, becomes this. */
function spoiled(value, text) {
  if (Array.isArray(value)) return value.map((one) => spoiled(one, text))
  if (value === null || typeof value !== 'object') return value
  const kept = ['sessionId', 'taskId', 'deliveryId', 'type', 'status', 'statusBefore', 'statusAfter', 'at', 'next', 'nextCursor', 'direction', 'author', 'delivery', 'provider', 'channel', 'createdAt', 'updatedAt', 'endedAt', 'endReason', 'endedBy', 'expiresAt', 'lastMessageAt', 'statusChangedAt', 'acceptedAt', 'sentAt', 'receiptAt', 'occurredAt', 'receivedAt', 'lastProviderEventAt', 'oldestAt', 'outcome', 'state', 'cause', 'ignoredBecause', 'what', 'source', 'pointer', 'closedAt', 'since', 'actions', 'kind', 'fields', 'acknowledgedAt', 'failingSince', 'lastAttemptAt', 'nextAttemptAt', 'endpointId', 'eventId', 'id', 'time', 'phase', 'step']
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, kept.includes(name) && typeof inner !== 'object' ? inner : name === 'actions' || name === 'fields' ? inner : typeof inner === 'string' ? text : inner === null && !/At$/.test(name) && ['reason', 'summary', 'detail', 'failure', 'lastError', 'assignee', 'resolution'].includes(name) ? text : spoiled(inner, text)]))
}

const [row] = rows(1)
const session = { ...sessionOf(row), representative: { id: 'x', name: 'x' }, reasonCode: 'x', trigger: 'handoff', tags: ['x'], reason: 'x', summary: 'x', metadata: { x: { y: 'x' } }, providerData: { z: 'x' }, voice: { callId: 'x', sipCallId: 'x', from: 'x', to: 'x', method: 'refer', reported: null }, voiceHeaders: { 'User-to-User': 'x' }, fallback: [{ on: ['expired'], provider: 'genesys', queue: 'x', continueWithAgent: false }] }
const message = (sequence, more) => ({ sequence, messageId: 'x', direction: 'inbound', author: 'representative', text: 'x', truncated: false, attachments: [{ url: 'x', name: 'x', contentType: 'x' }], content: [], reply: null, delivery: 'received', failure: null, receipt: null, receiptAt: null, late: false, acceptedAt: row.createdAt, sentAt: null, ...more })
const parts = [
  { type: 'text', text: 'x' }, { type: 'link', url: 'x', title: 'x', description: 'x' }, { type: 'image', url: 'x', alt: 'x' }, { type: 'file', url: 'x', name: 'x' },
  { type: 'card', title: 'x', text: 'x', image: 'x', url: 'x', fields: [{ label: 'x', value: 'x' }], choices: [{ label: 'x', url: 'x' }] }, { type: 'choices', text: 'x', choices: [{ label: 'x' }] },
  { type: 'form', title: 'x', fields: [{ label: 'x' }] }, { type: 'table', title: 'x', headers: ['x'], rows: [['x']] }, { type: 'location', latitude: 1, longitude: 2, name: 'x' }, { type: 'citation', title: 'x', url: 'x', text: 'x' }, { type: 'notice', text: 'x' },
]
const entry = { sequence: 1, what: 'ended', occurredAt: row.createdAt, timeAdjusted: false, receivedAt: row.createdAt, cause: 'provider', detail: 'x', applied: true, ignoredBecause: null, times: 1, statusBefore: 'active', statusAfter: 'ended' }
const task = { taskId: row.sessionId.split(':')[1], kind: 'escalation', sessionId: row.sessionId, contactId: 'x', agent: 'x', provider: 'genesys', priority: 5, status: 'failed', assignee: 'x', reason: 'expired', resolution: 'x', summary: 'x', createdAt: row.createdAt, updatedAt: row.createdAt, closedAt: null, version: 1 }

/** The page's own view of everything, with the text in it. */
const spoil = (text) => async (page) => {
  const json = (value) => (route) => route.fulfill({ json: spoiled(value, text) })
  await page.route(/\/transfers\/[^/?]+$/, json(session))
  await page.route(/\/messages\?/, json({ items: [message(1), message(2, { content: parts, reply: { messageId: 'x', value: 'x', label: 'x' } }), message(3, { author: 'contact', direction: 'outbound', delivery: 'failed', failure: 'x' })], next: '3', more: false }))
  await page.route(/\/timeline\?/, json({ items: [entry], next: '1', more: false }))
  await page.route(/\/inbox\/tasks\?/, json({ items: [task], nextCursor: null }))
  await answerList(page, () => [spoiled({ ...row, representative: 'x', queue: { name: 'x', position: 3, estimatedWaitSeconds: 1 }, tags: ['x'], reasonCode: 'x' }, text)])
}

const open_ = encodeURIComponent(row.sessionId)
const places = [['table', view('transfers')], ...['overview', 'conversation', 'timeline', 'data'].map((tab) => [tab, view('transfers', `&open=${open_}&tab=${tab}&density=raw`)]), ['inbox', view('inbox')]]

for (const [kind, text] of Object.entries(HOSTILE)) {
  test(`what is hostile (${kind}) is shown as text, everywhere, and breaks nothing`, async (t) => {
    for (const [width, height] of [[1360, 860], [360, 780]]) {
      for (const [name, address] of places) {
        const page = await open(t, address, { width, height, before: spoil(text) })
        await page.locator(name === 'table' ? 'tbody tr' : name === 'inbox' ? '.task' : '.panel > *:not(.loading)').first().waitFor()
        // Texts of the page, without those of attributes that only a hover shows.
        const seen = await page.evaluate(() => document.body.textContent)
        assert.ok(seen.includes(text.replaceAll('\u0000', '\u0000')), `${name} shows it`)
        assert.equal(await page.evaluate(() => globalThis.harmed), undefined)
        assert.equal(await page.locator('a[href^="javascript"], main img, dialog img, script:not([src])').count(), 0)
        const over = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll('dialog, .panel')].map((one) => one.scrollWidth - one.clientWidth)])
        assert.ok(over.every((one) => one <= 1), `${name} at ${width}: wider than it may be, ${over}`)
        if (['script', 'long', 'reversed'].includes(kind)) await shot(page, `hostile-${kind}-${name}-${width}`)
        await page.unrouteAll({ behavior: 'wait' })
        await page.close()
      }
    }
  })
}

const ended = {
  ...session, status: 'ended', outcome: 'rejected', endReason: 'provider_rejected', endedAt: row.createdAt, endedBy: 'provider', actions: ['refresh'], alternatives: [{ kind: 'try_provider', providers: ['five9'] }],
  handback: { state: 'acknowledged', acknowledgedAt: row.createdAt, version: 1, waitingSeconds: 1, talkingSeconds: 1, firstReplySeconds: 1, messageCounts: { fromContact: 1, fromRepresentative: 1 }, servedBy: { id: 'x', name: 'x' }, survey: { rating: 1, scaleMax: 5 }, wrapUp: { code: 'x', note: 'x', promised: 'x' }, next: 'x' },
}
const standing = { status: 'active', queue: { name: 'x', position: null, estimatedWaitSeconds: null }, representative: { id: 'x', name: 'x' }, providerSessionId: 'x', endReason: null, endedBy: null, outcome: null, unconfirmed: false }
const endpoint = { endpointId: 'hostile', url: 'x', eventTypes: ['x'], state: 'failing', failingSince: row.createdAt, lastError: 'x', secretsSet: 1 }
const delivery = { deliveryId: 'd-1', eventId: 'x', eventType: 'x', sessionId: 'agent_transfer:01a228cf-633a-7a10-a854-105b4da4cf68:x:chat', state: 'failed', attempts: 3, status: 500, error: 'x', createdAt: row.createdAt, lastAttemptAt: row.createdAt, nextAttemptAt: null }
const settings = '&section=integrations'
/** What would hold for a new session. */
const effective = { channel: 'chat', provider: 'genesys', values: [{ pointer: '/defaultRouting/queue', value: 'x', source: 'project' }] }
const refusal = { status: 409, title: 'x', detail: 'x', type: 'urn:agent-transfer:problem:conflict' }
const press = (name) => async (page) => { await page.getByRole('button', { name, exact: true }).first().click() }

/** Where something else of what is hostile is seen: the address, what is answered besides, and what is done to see it. */
const CORNERS = {
  ended: [view('transfers', `&open=${open_}`), { [/\/transfers\/agent_transfer[^/?]+$/.source]: ended }, '.why code'],
  step: [view('transfers', `&open=${open_}&tab=timeline&at=1`), { [/\/timeline\?at=/.source]: { items: [entry], next: '1', more: false, record: standing } }, '.then dl'],
  claimed: [view('inbox'), { [/\/inbox\/tasks\?/.source]: { items: [{ ...task, status: 'in_progress' }], nextCursor: null } }, '.task'],
  closed: [view('inbox', '&tasks=closed'), { [/\/inbox\/tasks\?/.source]: { items: [{ ...task, status: 'completed', closedAt: row.createdAt }], nextCursor: null } }, '.task'],
  integrations: [view('settings', settings), {}, '.card .warn'],
  integration: [view('settings', `${settings}&item=genesys`), { [/\/integrations\/genesys\/test$/.source]: { passed: false, findings: [{ step: 'token', outcome: 'failed', detail: 'x' }] } }, '.dots li', async (page) => { await press('Test')(page); await page.locator('.findings li').waitFor() }],
  endpoints: [view('settings', '&section=endpoints'), { [/\/event-endpoints$/.source]: { items: [endpoint] } }, '.card .warn'],
  endpoint: [view('settings', '&section=endpoints&item=hostile'), { [/\/event-endpoints\/hostile$/.source]: endpoint, [/\/deliveries\?/.source]: { items: [delivery], next: null } }, '.deliveries tbody tr'],
  try: [view('try', `&session=${open_}`), {
    [/\/events\?/.source]: { items: [{ id: 'e-1', time: row.createdAt, 'detail-type': 'x', detail: { status: 'active', message: { text: 'x' } } }], next: '1', more: false },
    [/\/local\/simulators\/.+\/conversations\/[^/]+$/.source]: { phase: 'connected', transcript: [{ author: 'representative', text: 'x' }, { author: 'customer', text: 'x' }], representative: { name: 'x' } },
  }, '.feed strong', async (page) => { await page.locator('.side-of').last().locator('.bubble').first().waitFor() }],
  'settings-of-session': [view('transfers', `&open=${open_}&tab=settings`), { [/\/agent-transfer\/effective\?/.source]: effective }, '.effective code', async (page) => { await page.locator('.panel section').nth(1).waitFor() }],
  lifecycle: [view('settings'), { [/\/settings\/agent-transfer$/.source]: { defaultRouting: { queue: 'x' } } }, 'form'],
  failed: [view('inbox'), { [/\/inbox\/tasks\?/.source]: refusal }, '.empty h3'],
  project: [(text) => `/?project=${encodeURIComponent(text)}&view=transfers`, {}, 'tbody tr'],
  'shown-once': [view('settings', `${settings}&item=genesys`), {}, '.dots li', async (page) => { await press('Rotate secrets')(page); await page.getByRole('heading', { name: 'Shown once' }).waitFor() }],
  question: [view('transfers'), {}, 'tbody tr', async (page) => { await page.locator('tbody .acts button').last().click(); await page.locator('dialog.ask').waitFor() }],
  toast: [view('transfers'), { [/\/end$/.source]: {} }, 'tbody tr', async (page) => { await page.locator('tbody .acts button').last().click(); await press('End session')(page); await page.locator('.told').waitFor() }],
  refusal: [view('inbox'), { [/\/resolve$/.source]: refusal }, '.task', async (page) => { await press('Resolve')(page); await page.locator('dialog').getByRole('button', { name: 'Resolve' }).click(); await page.locator('.told[data-kind=failure]').waitFor() }],
}

for (const [kind, text] of Object.entries(HOSTILE)) {
  test(`what is hostile (${kind}) is text in every corner, too`, async (t) => {
    for (const [index, [name, [address, answers, ready, act]]] of Object.entries(CORNERS).entries()) {
      // Each at a desk and on a phone, over all of what is hostile.
      const [width, height] = (index + Object.keys(HOSTILE).indexOf(kind)) % 2 ? [1360, 860] : [360, 780]
      const page = await open(t, typeof address === 'string' ? address : address(text), { width, height, allowed: ['409', '404'], before: async (page) => {
        await spoil(text)(page)
        await page.route(/\/integrations(\?|\/genesys$)/, async (route) => {
          // Nothing is really rotated.
          const rotates = route.request().method() === 'PUT'
          const response = await route.fetch({ method: 'GET', postData: undefined })
          const body = await response.json()
          const spoilt = (item) => ({ ...item, ...(rotates ? { signingSecret: text, relaySecret: text } : {}), settings: { ...item.settings, integrationId: text, apiUrl: text }, webhookUrl: text, relayUrl: text, health: { state: 'failing', since: row.createdAt, lastError: text }, warnings: [text] })
          return route.fulfill({ response, json: body.items ? { ...body, items: body.items.map(spoilt) } : spoilt(body) })
        })
        for (const [pattern, answer] of Object.entries(answers)) await page.route(new RegExp(pattern), (route) => route.fulfill({ status: answer.title ? 409 : 200, json: answer.title ? { ...answer, title: text, detail: text } : spoiled(answer, text) }))
      } })
      await page.locator(ready).first().waitFor()
      await act?.(page)
      const seen = await page.evaluate(() => document.body.textContent + [...document.querySelectorAll('input, textarea')].map((one) => one.value).join(' '))
      assert.ok(seen.includes(text), `${name} shows it`)
      assert.equal(await page.evaluate(() => globalThis.harmed), undefined)
      assert.equal(await page.locator('a[href^="javascript"], main img, dialog img, script:not([src])').count(), 0)
      const over = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll('dialog, .panel, .card, .told, .then')].map((one) => one.scrollWidth - one.clientWidth)])
      assert.ok(over.every((one) => one <= 1), `${name} at ${width}: wider than it may be, ${over}`)
      if (['long', 'reversed'].includes(kind)) await shot(page, `hostile-${kind}-${name}-${width}`)
      await page.unrouteAll({ behavior: 'wait' })
      await page.close()
    }
  })
}

test('what the address says is not trusted either', async (t) => {
  const page = await open(t, view('transfers', `&q=${encodeURIComponent(HOSTILE.script)}&status=${encodeURIComponent(HOSTILE.attribute)}&rows=999999&cursor=${encodeURIComponent(HOSTILE.attribute)}&outcome=none&tab=x&density=x`), { before: (page) => answerList(page, () => rows(3)) })
  await until('it is drawn', () => page.locator('tbody tr, .empty').count())
  assert.equal(await page.evaluate(() => globalThis.harmed), undefined)
})
