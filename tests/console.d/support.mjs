// What the tests of the console share: the page in a real browser, the API that it uses, the simulated contact centres.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { mkdirSync } from 'node:fs'
import { after } from 'node:test'
import { chromium } from 'playwright-core'

export const ORIGIN = process.env.CONSOLE_URL ?? 'http://127.0.0.1:3000'
export const PROJECT = 'demo'
export const SHOTS = process.env.CONSOLE_SHOTS ?? 'screenshots'
export const PROVIDERS = ['genesys', 'salesforce', 'servicenow', 'five9', 'smartassist']
mkdirSync(SHOTS, { recursive: true })

let browser
after(() => browser?.close())

/** A page, and what it complained about; the test fails if that is anything. */
export async function open(t, path, { width = 1360, height = 860, theme = 'light', before, allowed = [], origin = ORIGIN } = {}) {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, timezoneId: 'Europe/Berlin', locale: 'en-GB', permissions: ['clipboard-read', 'clipboard-write'], acceptDownloads: true })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const complaints = []
  page.on('pageerror', (error) => complaints.push(String(error.stack)))
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`) })
  await before?.(page, context)
  await page.goto(origin + path)
  t.after(async () => {
    if (!page.isClosed()) await page.unrouteAll({ behavior: 'wait' })
    await context.close()
    assert.deepEqual(complaints.filter((text) => !allowed.some((one) => text.includes(one))), [], 'the page complains about nothing')
  })
  return page
}

export const view = (name, query = '') => `/?project=${PROJECT}&view=${name}${query}`
/** Waits until nothing moves any more but what always does, and what was drawn is seen. */
export const settled = (page) => page.evaluate(async () => {
  // A bar drains for as long as it is seen; that of a row outside of the window stands still and never comes to its end.
  const passing = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity && !one.effect?.target?.matches('.bar'))
  await Promise.all([document.fonts.ready, ...passing.map((one) => one.finished.catch(() => {}))])
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame)
})
export const shot = (page, name) => page.screenshot({ path: `${SHOTS}/${name}.png` })

/** The API itself, which the page is held against. */
export async function api(method, path, body, headers = {}) {
  const response = await fetch(`${ORIGIN}/v1/projects/${PROJECT}${path}`, {
    method, headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers }, body: body && JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : null, headers: response.headers }
}

export async function control(provider, path, body, method = 'POST') {
  const response = await fetch(`${ORIGIN}/local/simulators/${provider}/${path}`, { method, headers: body === undefined ? {} : { 'content-type': 'application/json' }, body: body && JSON.stringify(body) })
  assert.ok(response.ok, `${provider} ${path}: ${response.status} ${await response.text()}`)
}

let count = 0
export async function transfer(more = {}) {
  const name = `${process.pid}-${count += 1}`
  const { status, body } = await api('POST', '/transfers', {
    conversationSessionId: `conversation-${name}`, contactId: `contact-${name}`, channel: 'chat', agent: 'support-bot', provider: 'genesys', summary: 'Wants a refund for order 42.', ...more,
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

/** Waits until something holds of the API, by asking it. */
export async function until(what, holds) {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const found = await holds()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail(`it did not happen: ${what}`)
}

export const status = (session, wanted) => until(`${session.sessionId} ${wanted}`, async () => {
  const { body } = await api('GET', `/transfers/${session.sessionId}`)
  return body.status === wanted && body
})

const TABLE = 'agent-transfer'
/** Asks the stack's table itself, which believes any signature. */
async function table(operation, body) {
  const scope = 'Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0'
  const response = await fetch(process.env.CONSOLE_DYNAMODB, { method: 'POST', body: JSON.stringify(body), headers: {
    'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}`, 'x-amz-date': '20260101T000000Z', authorization: `AWS4-HMAC-SHA256 ${scope}`,
  } })
  assert.ok(response.ok, `${operation}: ${response.status}`)
  return response.json()
}

const inFours = async (work, act) => { const waiting = [...work]; await Promise.all(Array.from({ length: 4 }, async () => { for (let one = waiting.shift(); one; one = waiting.shift()) await act(one) })) }

/**
 * Writes sessions into the table of another project, as rows of the list have them: each the record of a session that there
 * is, under a name, a contact and a moment of its own. Creating so many takes minutes, and opens as many conversations.
 * Gives their uuids.
 */
export async function fillTable(project, sessions, number, { from = 0, now = Date.now() } = {}) {
  const records = await Promise.all(sessions.map(async ({ sessionId }) => {
    const { Item } = await table('GetItem', { TableName: TABLE, ConsistentRead: true, Key: { pk: { S: `${PROJECT}#session#${sessionId.split(':')[1]}` }, sk: { S: 'record' } } })
    assert.ok(Item, `${sessionId} is kept`)
    return JSON.stringify(Item)
  }))
  const later = { N: String(Math.ceil(now / 1000) + 86_400) }
  const uuids = []
  const items = Array.from({ length: number }, (_, at) => {
    const index = from + at
    const created = now - index * 7000
    const hex = created.toString(16).padStart(12, '0')
    const uuid = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`
    uuids.push(uuid)
    const item = JSON.parse(records[index % records.length])
    const session = JSON.parse(item.session.S)
    // It is nobody's news that they came.
    session.changes = []
    delete session.ended
    Object.assign(item, {
      pk: { S: `${project}#session#${uuid}` }, conversation: { S: `conversation-${index}` }, contactKey: { S: `${project}#${contactOf(index)}` },
      listKey: { S: item.listKey.S.replace(/^[^#]+/, project) }, createdAt: { N: String(created) }, expiresAt: later, session: { S: JSON.stringify(session) }, ...(item.dueAt ? { dueAt: later } : {}),
    })
    return item
  })
  const batches = Array.from({ length: Math.ceil(items.length / 25) }, (_, index) => items.slice(index * 25, index * 25 + 25))
  await inFours(batches, async (batch) => {
    for (let left = { [TABLE]: batch.map((Item) => ({ PutRequest: { Item } })) }; Object.keys(left).length > 0;) left = (await table('BatchWriteItem', { RequestItems: left })).UnprocessedItems ?? {}
  })
  return uuids
}
export const contactOf = (index) => `contact-${String(index).padStart(5, '0')}`

/** From now on everything is noted that moves by itself; gives what moved. */
export async function moving(page) {
  await page.evaluate(async () => {
    globalThis.moved = []
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame)
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries()) globalThis.moved.push(`${value} ${sources.map(({ node }) => `${node?.nodeName}.${node?.className} ${node?.textContent?.slice(0, 30)}`)}`)
    }).observe({ type: 'layout-shift', buffered: false })
  })
  return () => page.evaluate(() => globalThis.moved)
}

/** Whether what the keyboard is at is seen: nothing that stands still lies above it. */
const uncovered = (page) => page.evaluate(() => {
  const { left, top, width, height } = document.activeElement.getBoundingClientRect()
  return [1, height - 1].every((down) => { const seen = document.elementFromPoint(left + Math.min(width / 2, 20), top + down); return seen !== null && !seen.closest('header.top, .news, .bottom, .saving') })
})

/** Presses a key so many times; after each, whoever goes through a list sees where they are. */
export async function walk(page, key, times) {
  for (let step = 1; step <= times; step += 1) {
    await page.keyboard.press(key)
    assert.ok(await uncovered(page), `after ${step} times ${key}`)
  }
}

/** What assistive technology is told of a role: what is inert or hidden is not in it. */
export async function heard(page, role) {
  const devtools = await page.context().newCDPSession(page)
  const { nodes } = await devtools.send('Accessibility.getFullAXTree')
  await devtools.detach()
  const byId = new Map(nodes.map((node) => [node.nodeId, node]))
  const text = (node) => node ? node.role?.value === 'StaticText' ? node.name?.value ?? '' : (node.childIds ?? []).map((id) => text(byId.get(id))).join(' ').trim() : ''
  return nodes.filter((node) => !node.ignored && node.role?.value === role).map(text).filter((one) => one !== '')
}

/** What axe finds, as lines to read. */
export async function violations(page) {
  const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  // As a script of the browser's own, which the page's policy does not hold back.
  const { readFileSync } = await import('node:fs')
  await page.evaluate(readFileSync(source, 'utf8'))
  return page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    return found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} ${node.failureSummary}`))
  })
}

/** A text that would fill the page. */
export const LONG = `502 Bad Gateway: ${'the contact centre answered with a page of its own '.repeat(80)}`
const high = (place) => place.evaluate((one) => one.getBoundingClientRect().height)

/** So many long texts stand there, in a few lines each, and unfold by keys. */
export async function unfolds(page, count, what) {
  const texts = page.locator('.long')
  await texts.nth(count - 1).waitFor()
  assert.equal(await texts.count(), count, what)
  for (let index = 0; index < count; index += 1) {
    const one = texts.nth(index)
    assert.ok(await high(one) < 130, `${what} ${index}: ${await high(one)}`)
    await one.locator('summary').focus()
    await page.keyboard.press('Enter')
    await one.getByText('Show less').waitFor()
    assert.ok(await high(one) > 300, `${what} ${index} unfolds: ${await high(one)}`)
  }
}

/** Rows as the list gives them, without a service that made them. */
export function rows(number, change = () => ({})) {
  return Array.from({ length: number }, (_, index) => {
    const created = new Date(Date.now() - index * 7000 - 5000)
    const hex = created.getTime().toString(16).padStart(12, '0')
    const uuid = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`
    const ended = index % 3 === 2
    return {
      sessionId: `agent_transfer:${uuid}:conversation-${index}:chat`, contactId: `contact-${String(index).padStart(5, '0')}`, agent: 'support-bot', provider: PROVIDERS[index % 5],
      channel: 'chat', status: ended ? 'ended' : ['pending', 'queued', 'active'][index % 3] ?? 'active', queue: { name: 'Support', position: null, estimatedWaitSeconds: null },
      durationSeconds: index * 7 + 5, endReason: ended ? 'representative_ended' : null, outcome: ended ? 'served' : null, handback: null, trigger: null, reasonCode: null, tags: [],
      unconfirmed: false, representative: null, priority: 5, stale: false, createdAt: created.toISOString(), expiresAt: new Date(Date.now() + 1_200_000).toISOString(),
      lastMessageAt: null, actions: ended ? ['refresh'] : ['refresh', 'end'], ...change(index),
    }
  })
}

/** The session of a row, as the details have it. */
export const sessionOf = (row) => ({
  ...row, projectId: PROJECT, conversationSessionId: 'conversation-1', providerSessionId: 'there-1', reason: null, summary: null, updatedAt: row.createdAt, statusChangedAt: row.createdAt, endedAt: null, endedBy: null,
  alternatives: [], metadata: {}, providerData: {}, version: 1, nextDue: { at: row.expiresAt, what: 'check' }, lastProviderEventAt: row.createdAt, undelivered: { messages: 0, oldestAt: null }, actions: ['refresh', 'end'], fallback: [], voice: null, voiceHeaders: null,
  lifetime: { ttlMinutes: 30, endedRetentionMinutes: 60, staleAfterMinutes: 0, expiryWarningSeconds: 0, pendingMinutes: 0, unconfirmedMinutes: 10, queuedMinutes: 0, firstReplyMinutes: 5, postAgentMinutes: 60, handbackMinutes: 0, acceptTimeoutSeconds: null, postAgentTimeoutSeconds: null, reconcileIdleSeconds: null },
})

/** A task as the Inbox has it. */
export function task(index, more = {}) {
  const taskId = `01a228cf-633a-7a10-a854-${String(index).padStart(12, '0')}`
  const at = new Date(Date.now() - index * 1000).toISOString()
  return { taskId, kind: 'escalation', sessionId: `agent_transfer:${taskId}:c-${index}:chat`, contactId: `contact-${index}`, agent: 'support-bot', provider: 'genesys', priority: 5, status: 'pending', assignee: null, reason: null, resolution: null, summary: 'About an order.', createdAt: at, updatedAt: at, closedAt: null, version: 1, ...more }
}

/** Lets the Inbox be these tasks, by pages, as the API does it; gives the cursors and limits that were asked by. */
export async function answerTasks(page, of) {
  const asked = []
  await page.route(/\/inbox\/tasks\?/, (route) => {
    const query = new URL(route.request().url()).searchParams
    const found = of().filter((one) => query.getAll('status').includes(one.status))
    const from = Number(query.get('cursor') ?? 0)
    const to = from + Number(query.get('limit'))
    if (query.getAll('status').includes('pending')) asked.push([from, to])
    return route.fulfill({ json: { items: found.slice(from, to), nextCursor: to < found.length ? String(to) : null } })
  })
  return asked
}

/** Lets the list be these rows; gives what was asked. */
export async function answerList(page, of) {
  const asked = []
  await page.route('**/v1/projects/*/transfers?*', (route) => {
    const query = new URL(route.request().url()).searchParams
    asked.push(Object.fromEntries(query))
    const all = of(query)
    const from = Number(query.get('cursor') ?? 0)
    const to = from + Number(query.get('limit') ?? 25)
    return route.fulfill({ json: { items: all.slice(from, to), nextCursor: to < all.length ? String(to) : null, lookedAt: to - from } })
  })
  await page.route('**/v1/projects/*/transfers/counts*', (route) => {
    const all = of(new URL(route.request().url()).searchParams)
    const byStatus = { pending: 0, queued: 0, active: 0, post_agent: 0, ended: 0 }
    for (const row of all) byStatus[row.status] += 1
    return route.fulfill({ json: { total: all.length, byStatus, byOutcome: { served: byStatus.ended }, complete: true } })
  })
  return asked
}
