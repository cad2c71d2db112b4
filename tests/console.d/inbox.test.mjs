import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api, control, open, transfer, until, view } from './support.mjs'

const task = (session, wanted) => until(`task ${wanted}`, async () => {
  const { status, body } = await api('GET', `/inbox/tasks/${session.sessionId.split(':')[1]}`)
  return status === 200 && body.status === wanted && body
})

test('a hand-off is a task that is claimed and resolved; failed ones come first', async (t) => {
  await control('genesys', 'script', { name: 'greet' })
  const waits = await transfer({ summary: 'Wants a human for the invoice.', priority: 9 })
  await task(waits, 'in_progress')
  await control('genesys', 'script', { name: 'reject' })
  const failed = await transfer({ summary: 'Nobody took this one.', priority: 1 })
  await task(failed, 'failed')
  await control('genesys', 'script', { name: 'greet' })
  const asked = []
  const page = await open(t, view('inbox'), { before: (page) => page.on('request', (request) => { if (request.url().includes('/v1/')) asked.push(new URL(request.url())) }) })
  const line = (session) => page.locator(`[data-task="${session.sessionId.split(':')[1]}"]`)
  await line(waits).getByText('Wants a human for the invoice.').waitFor()
  await line(waits).getByText('Priority 9').waitFor()
  await line(waits).getByText(/\d+s old/).waitFor()
  assert.equal(await page.locator('.task').first().getAttribute('data-word'), 'failed')
  const read = asked.filter(({ pathname }) => pathname.includes('/transfers/'))
  assert.deepEqual(read.map(String), [], 'what it is about comes with the tasks')
  await line(failed).getByRole('button', { name: 'Claim' }).click()
  await page.getByLabel('Your name').fill('Robin')
  await page.getByRole('dialog').getByRole('button', { name: 'Claim' }).click()
  await line(failed).getByText('Taken by Robin').waitFor()
  await line(failed).getByRole('button', { name: 'Resolve' }).click()
  await page.getByLabel('Note (optional)').fill('Called back.')
  await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click()
  await line(failed).waitFor({ state: 'detached' })
  const { body } = await api('GET', `/inbox/tasks/${failed.sessionId.split(':')[1]}`)
  assert.equal(body.resolution, 'Called back.')
  await page.getByRole('button', { name: 'Closed' }).click()
  await line(failed).getByText('Noted: Called back.').waitFor()
  await line(failed).getByRole('link').click()
  await page.locator('dialog.details').getByRole('heading', { name: failed.contactId }).waitFor()
})

test('failed hand-offs come first, however many newer tasks there are, and what they are about is asked for once', async (t) => {
  const task = (index, status) => {
    const taskId = `01a228cf-633a-7a10-a854-${String(index).padStart(12, '0')}`
    const at = new Date(Date.now() - index * 1000).toISOString()
    return { taskId, kind: 'escalation', sessionId: `agent_transfer:${taskId}:c-${index}:chat`, contactId: `contact-${index}`, agent: 'support-bot', provider: 'genesys', priority: 5, status, assignee: null, reason: status === 'failed' ? 'no_representatives' : null, resolution: null, createdAt: at, updatedAt: at, closedAt: null, version: 1 }
  }
  const all = [...Array.from({ length: 250 }, (_, index) => task(index, 'pending')), task(900, 'failed'), task(901, 'failed')]
  const asked = []
  const page = await open(t, view('inbox'), { before: (page) => page.route(/\/inbox\/tasks\?/, (route) => {
    const query = new URL(route.request().url()).searchParams
    const about = query.get('include') === 'summary'
    asked.push(about)
    const found = all.filter((one) => query.getAll('status').includes(one.status))
    const from = Number(query.get('cursor') ?? 0)
    const to = from + Number(query.get('limit'))
    return route.fulfill({ json: { items: found.slice(from, to).map((one) => about ? { ...one, summary: `About ${one.contactId}.` } : one), nextCursor: to < found.length ? String(to) : null } })
  }) })
  await page.locator('.task').nth(101).waitFor()
  assert.deepEqual(await page.locator('.task a').evaluateAll((links) => links.slice(0, 3).map((link) => link.textContent)), ['contact-901', 'contact-900', 'contact-99'])
  await page.getByRole('button', { name: 'More' }).click()
  await page.locator('.task').nth(201).getByText(/^About contact-/).waitFor()
  const before = asked.length
  await until('it asks again', () => asked.length >= before + 4)
  assert.deepEqual(asked.slice(before), Array.from({ length: asked.length - before }, () => false))
  assert.equal(await page.locator('.task').count(), 202, 'what was read besides stays')
})
