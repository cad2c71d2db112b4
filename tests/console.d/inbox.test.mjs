import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api, control, open, shot, transfer, until, view } from './support.mjs'

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

const task_ = (index, more = {}) => {
  const taskId = `01a228cf-633a-7a10-a854-${String(index).padStart(12, '0')}`
  const at = new Date(Date.now() - index * 1000).toISOString()
  return { taskId, kind: 'escalation', sessionId: `agent_transfer:${taskId}:c-${index}:chat`, contactId: `contact-${index}`, agent: 'support-bot', provider: 'genesys', priority: 5, status: 'pending', assignee: null, reason: null, resolution: null, summary: 'About an order.', createdAt: at, updatedAt: at, closedAt: null, version: 1, ...more }
}
const answerTasks = (page, of) => page.route(/\/inbox\/tasks\?/, (route) => {
  const wanted = new URL(route.request().url()).searchParams.getAll('status')
  return route.fulfill({ json: { items: of().filter((one) => wanted.includes(one.status)), nextCursor: null } })
})
const names = (page) => page.locator('.task a.contact').allTextContents()

/** Answers by pages, as the API does it; gives the cursors and limits that were asked by. */
async function answerPages(page, of) {
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

test('beyond a hundred tasks each is heard of, too, also while new ones wait', async (t) => {
  let all = Array.from({ length: 250 }, (_, index) => task_(index + 100))
  let asked
  const page = await open(t, view('inbox'), { before: async (page) => { asked = await answerPages(page, () => all) } })
  const at = (index) => page.locator(`[data-task$="${String(index).padStart(12, '0')}"]`)
  await at(199).waitFor()
  await page.getByRole('button', { name: 'More' }).click()
  await at(299).waitFor()
  assert.equal(await page.locator('.task').count(), 200)
  const changed = (index, more) => { all = all.map((one) => one.taskId.endsWith(`0000${index}`) ? { ...one, ...more } : one) }
  changed(299, { status: 'in_progress', assignee: 'Robin' })
  await at(299).getByText('Taken by Robin').waitFor()
  all = [task_(1), task_(2), task_(3), ...all]
  await page.getByRole('button', { name: '3 new' }).waitFor()
  changed(298, { status: 'in_progress', assignee: 'Kim' })
  await at(298).getByText('Taken by Kim').waitFor()
  all = all.filter((one) => !one.taskId.endsWith('000297'))
  await page.getByRole('button', { name: '3 new · 1 no longer here' }).waitFor()
  assert.equal(await at(297).getAttribute('class'), 'task gone')
  assert.ok(asked.every(([from, to]) => to - from <= 100), 'no answer is longer than the API gives')
  assert.ok(asked.every(([, to]) => to <= 203), 'and no more is asked for than is shown and waits')
  await page.keyboard.press('r')
  await at(1).waitFor()
  assert.equal(await at(297).count(), 0)
})

test('what is not asked for again, because too much is shown, is marked', async (t) => {
  const all = Array.from({ length: 620 }, (_, index) => task_(index + 100))
  let asked
  const page = await open(t, view('inbox'), { before: async (page) => { asked = await answerPages(page, () => all) } })
  for (let shown = 100; shown < 600; shown += 100) {
    await page.locator('.task').nth(shown - 1).waitFor()
    await page.getByRole('button', { name: 'More' }).click()
  }
  await page.locator('.task').nth(599).waitFor()
  await until('the last hundred is marked', async () => await page.locator('.task.old').count() === 100)
  assert.equal(await page.locator('.task').nth(500).getAttribute('class'), 'task old')
  assert.equal(await page.locator('.task').nth(499).getAttribute('class'), 'task')
  const before = asked.length
  await until('it asks again', () => asked.length >= before + 10)
  assert.ok(asked.slice(before).every(([, to]) => to <= 500))
  await page.getByRole('button', { name: 'More' }).click()
  await page.locator('.task').nth(619).waitFor()
  assert.equal(await page.getByRole('button', { name: 'More' }).count(), 0)
})

test('what is new waits behind a button, and no task moves away from under the pointer', async (t) => {
  let all = [task_(4, { priority: 1 }), task_(5), task_(6)]
  const page = await open(t, view('inbox'), { before: (page) => answerTasks(page, () => all) })
  await page.locator('.task').nth(2).waitFor()
  assert.deepEqual(await names(page), ['contact-6', 'contact-5', 'contact-4'])
  await page.locator('[data-task$="5"]').getByRole('button', { name: 'Resolve' }).focus()
  const place = await page.locator('[data-task$="5"]').boundingBox()
  const below = await page.locator('[data-task$="4"]').boundingBox()
  all = [task_(1, { status: 'failed', priority: 9 }), task_(2, { priority: 10 }), task_(4, { priority: 1 }), task_(5, { assignee: 'Robin', status: 'in_progress' })]
  await page.getByRole('button', { name: '2 new · 1 no longer here — show' }).waitFor()
  await page.locator('[data-task$="5"]').getByText('Taken by Robin').waitFor()
  assert.deepEqual(await names(page), ['contact-6', 'contact-5', 'contact-4'])
  assert.equal((await page.locator('[data-task$="5"]').boundingBox()).y, place.y)
  assert.equal((await page.locator('[data-task$="4"]').boundingBox()).y, below.y, 'nor one below a task that somebody took')
  assert.equal(await page.evaluate(() => document.activeElement?.closest('.task')?.dataset.task.at(-1)), '5', 'and who stood at it still does')
  await shot(page, 'inbox-news')
  await page.keyboard.press('r')
  await until('in their order', async () => (await names(page)).join() === 'contact-1,contact-2,contact-4,contact-5')
})

test('the parts are chosen by keys, and what can no longer be asked for is said', async (t) => {
  let broken = false
  const page = await open(t, view('inbox'), { allowed: ['500'], before: async (page) => {
    await answerTasks(page, () => [task_(1)])
    await page.route(/\/inbox\/tasks\?/, (route) => broken ? route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"title":"Something went wrong","status":500}' }) : route.fallback())
  } })
  await page.locator('.task').waitFor()
  await page.getByRole('button', { name: 'Closed' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Nothing closed yet').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Closed')
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await page.locator('.task').waitFor()
  broken = true
  await page.getByText('Not updated: Something went wrong').waitFor()
  assert.equal(await page.locator('.task').count(), 1)
})
