import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerTasks, api, control, moving, open, PROVIDERS, shot, status, task, transfer, until, view, walk } from './support.mjs'

const done = (session, wanted) => until(`task ${wanted}`, async () => {
  const { status, body } = await api('GET', `/inbox/tasks/${session.sessionId.split(':')[1]}`)
  return status === 200 && body.status === wanted && body
})

for (const provider of PROVIDERS) {
  test(`a hand-off to ${provider} is a task that is claimed and resolved; failed ones come first`, async (t) => {
    await control(provider, 'script', { name: 'greet' })
    const waits = await transfer({ provider, summary: 'Wants a human for the invoice.', priority: 9 })
    await done(waits, 'in_progress')
    await control(provider, 'script', { name: 'reject' })
    const failed = await transfer({ provider, summary: 'Nobody took this one.', priority: 1 })
    await done(failed, 'failed')
    await control(provider, 'script', { name: 'greet' })
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
}

test('failed hand-offs come first, however many newer tasks there are, and what they are about is asked for once', async (t) => {
  const all = [...Array.from({ length: 250 }, (_, index) => ({ ...task(index), summary: undefined })), ...[900, 901].map((index) => ({ ...task(index, { status: 'failed', reason: 'no_representatives' }), summary: undefined }))]
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

const names = (page) => page.locator('.task a.contact').allTextContents()

test('beyond a hundred tasks each is heard of, too, also while new ones wait', async (t) => {
  let all = Array.from({ length: 250 }, (_, index) => task(index + 100))
  let asked
  const page = await open(t, view('inbox'), { before: async (page) => { asked = await answerTasks(page, () => all) } })
  const at = (index) => page.locator(`[data-task$="${String(index).padStart(12, '0')}"]`)
  await at(199).waitFor()
  await page.getByRole('button', { name: 'More' }).click()
  await at(299).waitFor()
  assert.equal(await page.locator('.task').count(), 200)
  const changed = (index, more) => { all = all.map((one) => one.taskId.endsWith(`0000${index}`) ? { ...one, ...more } : one) }
  changed(299, { status: 'in_progress', assignee: 'Robin' })
  await at(299).getByText('Taken by Robin').waitFor()
  all = [task(1), task(2), task(3), ...all]
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
  const all = Array.from({ length: 620 }, (_, index) => task(index + 100))
  let asked
  const page = await open(t, view('inbox'), { before: async (page) => { asked = await answerTasks(page, () => all) } })
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
  let all = [task(4, { priority: 1 }), task(5), task(6)]
  const page = await open(t, view('inbox'), { before: (page) => answerTasks(page, () => all) })
  await page.locator('.task').nth(2).waitFor()
  assert.deepEqual(await names(page), ['contact-6', 'contact-5', 'contact-4'])
  await page.locator('[data-task$="5"]').getByRole('button', { name: 'Resolve' }).focus()
  const place = await page.locator('[data-task$="5"]').boundingBox()
  const below = await page.locator('[data-task$="4"]').boundingBox()
  all = [task(1, { status: 'failed', priority: 9 }), task(2, { priority: 10 }), task(4, { priority: 1 }), task(5, { assignee: 'Robin', status: 'in_progress' })]
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
    await answerTasks(page, () => [task(1)])
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

for (const [width, height] of [[1360, 860], [900, 800], [360, 780], [320, 640]]) {
  test(`a task that grows older, is taken or ends moves none, at ${width}`, async (t) => {
    const now = Date.now()
    const at = (seconds) => ({ createdAt: new Date(now - seconds * 1000).toISOString() })
    let all = [task(3, at(50)), task(2, at(40)), task(1, at(30))]
    const page = await open(t, view('inbox'), { width, height, before: async (page) => {
      await page.clock.install({ time: now })
      await answerTasks(page, () => all)
    } })
    await page.locator('.task').nth(2).waitFor()
    await page.locator('.task').first().getByText(/^5\ds old$/).waitFor()
    const places = () => page.locator('.task, .task .deeds button:last-child').evaluateAll((all) => all.map((one) => { const { right, y, height } = one.getBoundingClientRect(); return [right, y, height] }))
    const before = await places()
    const moved = await moving(page)
    await page.clock.runFor(15_000)
    await page.locator('.task').first().getByText(/^1m 0\ds old$/).waitFor()
    assert.deepEqual(await places(), before, 'it grew older')
    all = [task(3, { ...at(50), assignee: 'somebody.with.a.long.name@contact-centre.example.com', status: 'in_progress' }), task(2, { ...at(40), status: 'failed', reason: 'no_representatives', assignee: 'Robin' }), task(1, at(30))]
    await page.clock.runFor(6000)
    await page.locator('.task').first().getByText('Taken by somebody.with').waitFor()
    await page.locator('.task').nth(1).getByText('Taken by Robin · Ended: no representatives').waitFor()
    assert.deepEqual(await places(), before, 'taken, and ended')
    all = [task(1, at(30))]
    await page.clock.runFor(6000)
    await page.locator('.task').first().getByText('No longer here').waitFor()
    assert.deepEqual(await places(), before, 'gone')
    assert.deepEqual(await moved(), [])
  })
}

for (const [width, height] of [[1360, 860], [360, 780]]) {
  test(`who goes through the Inbox by keys sees where they are, at ${width}`, async (t) => {
    let all = Array.from({ length: 50 }, (_, index) => task(index + 10))
    const page = await open(t, view('inbox'), { width, height, before: (page) => answerTasks(page, () => all) })
    await page.locator('.task').nth(49).waitFor()
    await walk(page, 'j', 40)
    await walk(page, 'k', 36)
    all = [task(1), ...all]
    await page.getByRole('button', { name: '1 new' }).waitFor()
    await walk(page, 'j', 20)
    await walk(page, 'k', 20)
  })
}

test('a session is ended by a key where its task is, after a question; one that failed is not', async (t) => {
  await control('genesys', 'script', { name: 'reject' })
  const failed = await transfer({ contactId: `ends-failed-${process.pid}` })
  await done(failed, 'failed')
  await control('genesys', 'script', { name: 'greet' })
  const session = await transfer({ contactId: `ends-${process.pid}` })
  await done(session, 'in_progress')
  const page = await open(t, view('inbox'))
  const link = (of) => page.locator(`[data-task="${of.sessionId.split(':')[1]}"]`).getByRole('link')
  await link(failed).focus()
  await page.keyboard.press('e')
  assert.equal(await page.locator('dialog').count(), 0)
  await link(session).focus()
  await page.keyboard.press('e')
  await page.getByText(`${session.contactId} is taken out of the contact centre, and the AI agent gets the conversation back.`).waitFor()
  await page.keyboard.press('Escape')
  await page.waitForSelector('dialog', { state: 'detached' })
  assert.equal((await api('GET', `/transfers/${session.sessionId}`)).body.status, 'active')
  await link(session).focus()
  await page.keyboard.press('e')
  await page.getByRole('button', { name: 'End session' }).click()
  await page.getByText(`Ended ${session.contactId}.`).waitFor()
  assert.equal((await status(session, 'ended')).endedBy, 'operator')
})
