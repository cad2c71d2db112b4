import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api, control, LONG, moving, open, PROVIDERS, status, transfer, unfolds, until, view } from './support.mjs'

const id = (session) => session.sessionId.split(':')[1]
const opened = (t, session, more = '') => open(t, view('transfers', `&open=${encodeURIComponent(session.sessionId)}${more}`))

for (const provider of PROVIDERS) {
  test(`a session at ${provider} is told whole: record, conversation, timeline`, async (t) => {
    await control(provider, 'script', { name: 'greet' })
    const session = await transfer({ provider, metadata: { order: { number: 42 } }, tags: ['vip'] })
    await status(session, 'active')
    const page = await opened(t, session)
    const dialog = page.locator('dialog.details')
    await dialog.getByRole('heading', { name: session.contactId }).waitFor()
    await dialog.getByText(session.sessionId).waitFor()
    await dialog.getByRole('button', { name: 'Copy session id' }).click()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), session.sessionId)
    await dialog.getByRole('button', { name: 'Copy contact id' }).click()
    await until('copied', async () => (await page.evaluate(() => navigator.clipboard.readText())) === session.contactId)
    assert.match(await dialog.locator('dd time').first().getAttribute('title'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/)
    await api('POST', `/transfers/${session.sessionId}/messages`, { messageId: 'm-1', text: 'Where is my refund?' })
    await page.getByRole('tab', { name: /Conversation/ }).click()
    await dialog.locator('.message', { hasText: 'Where is my refund?' }).getByText('Delivered').waitFor()
    await page.getByRole('tab', { name: /Timeline/ }).click()
    await dialog.getByText('The AI agent asked for a human.').waitFor()
    await page.getByRole('tab', { name: 'Data' }).click()
    await dialog.getByText('42', { exact: true }).waitFor()
    await page.getByRole('tab', { name: 'Settings' }).click()
    await dialog.getByText('What this session keeps to').waitFor()
    const rule = dialog.locator('tr', { hasText: 'Time to live' })
    await rule.getByText('30m 00s', { exact: true }).waitFor()
    await rule.getByText('Default', { exact: true }).waitFor()
    await dialog.locator('tr', { hasText: '/sessionLifecycle/ttlMinutes/chat' }).getByText('30', { exact: true }).waitFor()
    const routed = dialog.locator('tr', { hasText: '/defaultRouting/provider' })
    await routed.getByText(provider === 'genesys' ? 'Project' : 'Request', { exact: true }).waitFor()
    await dialog.locator('tr', { hasText: '/integration/' }).getByText('Integration', { exact: true }).first().waitFor()
    await dialog.getByRole('button', { name: 'End' }).click()
    await page.getByRole('button', { name: 'End session' }).click()
    await page.getByRole('tab', { name: 'Overview' }).click()
    await dialog.getByRole('heading', { name: 'How it ended' }).waitFor()
    await dialog.getByText('Hand-back', { exact: true }).waitFor()
  })
}

for (const provider of PROVIDERS) {
  test(`why one at ${provider} is still open is answered in sentences`, async (t) => {
    await control(provider, 'script', { name: 'manual' })
    t.after(() => control(provider, 'script', { name: 'greet' }))
    const session = await transfer({ provider })
    const act = (name, body = {}) => until(`${name} is done`, () => control(provider, `conversations/${id(session)}/${name}`, body).then(() => true, () => false))
    await act('queue')
    await status(session, 'queued')
    const page = await opened(t, session)
    const why = page.locator('.why')
    const heard = (what) => why.getByText(new RegExp(`Unless something happens, .+ in \\d+ (minutes|seconds|hours).+ was heard last .+ ago: ${what}\\.`)).waitFor()
    await why.getByText(/It waits for a representative in the queue /).waitFor()
    await heard('Queued')
    await act('join')
    await heard('Representative joined')
    await act('say', { text: 'How can I help?' })
    await heard('Message')
  })
}

test('what a session keeps to is told with where it is from, and what was set otherwise since', async (t) => {
  const before = (await api('GET', '/settings/agent-transfer')).body
  t.after(() => api('PUT', '/settings/agent-transfer', before))
  const set = (chat) => api('PUT', '/settings/agent-transfer', { ...before, sessionLifecycle: { ...before.sessionLifecycle, endedRetentionMinutes: 99, ttlMinutes: { ...before.sessionLifecycle.ttlMinutes, chat } } })
  await control('genesys', 'script', { name: 'greet' })
  assert.equal((await set(45)).status, 200)
  const session = await transfer({ queue: 'Invoices', priority: 8 })
  await status(session, 'active')
  assert.equal((await set(30)).status, 200)
  const page = await opened(t, session, '&tab=settings')
  const [own, now] = [page.locator('.panel section').first(), page.locator('.panel section').last()]
  const cells = (table, name) => table.locator('tr', { hasText: name }).locator('td').allTextContents()
  await own.getByText('Set otherwise since').waitFor()
  assert.deepEqual((await cells(own, 'Time to live')).slice(1), ['45m 00s', 'Set otherwise since'])
  assert.deepEqual((await cells(own, 'Kept once it has ended')).slice(1), ['1h 39m', 'Project'])
  assert.deepEqual((await cells(own, 'Unconfirmed')).slice(1), ['10m 00s', 'Default'])
  assert.deepEqual(await cells(now, '/sessionLifecycle/ttlMinutes/chat'), ['/sessionLifecycle/ttlMinutes/chat', '30', 'Default'])
  assert.deepEqual(await cells(now, '/defaultRouting/queue'), ['/defaultRouting/queue', 'Invoices', 'Request'])
  assert.deepEqual(await cells(now, '/defaultRouting/priority'), ['/defaultRouting/priority', '8', 'Request'])
})

test('why one failed is told, in the contact centre’s words too', async (t) => {
  await control('genesys', 'script', { name: 'reject' })
  t.after(() => control('genesys', 'script', { name: 'greet' }))
  const session = await transfer()
  await status(session, 'ended')
  const page = await opened(t, session)
  await page.locator('.why').getByText(/^Genesys refused the conversation\. It ended at /).waitFor()
  await page.locator('.why').getByText(/Genesys answered: 400 bad\.request/).waitFor()
  await page.locator('.why').getByText(/Instead: continue with agent/).waitFor()
  await page.locator('.why').getByRole('link', { name: 'Settings and test of Genesys' }).click()
  await page.getByRole('button', { name: 'Test', exact: true }).waitFor()
})

for (const provider of PROVIDERS) {
  test(`what is more than words is shown as what it is, from the representative at ${provider} and from the contact`, async (t) => {
    await control(provider, 'script', { name: 'manual' })
    t.after(() => control(provider, 'script', { name: 'greet' }))
    const session = await transfer({ provider })
    await until('it is there', () => control(provider, `conversations/${id(session)}/join`, {}).then(() => true, () => false))
    await status(session, 'active')
    const url = 'https://files.example.com/invoice.pdf'
    await control(provider, `conversations/${id(session)}/send_file`, { attachment: { url, mime: 'application/pdf', filename: 'invoice.pdf' }, text: 'Your invoice.' })
    const content = [
      { type: 'text', text: 'About this one:' }, { type: 'link', url: 'https://example.com/order/42', title: 'Order 42' }, { type: 'card', title: 'Lamp', text: 'Two of them.', fields: [{ label: 'Colour', value: 'Green' }], choices: [{ label: 'Send it back', value: 'back' }] },
      { type: 'table', title: 'Items', headers: ['Item', 'Price'], rows: [['Lamp', '12 €']] }, { type: 'location', latitude: 48.1, longitude: 11.6, name: 'Depot' },
    ]
    const sent = await api('POST', `/transfers/${session.sessionId}/messages`, { messageId: 'parts', content })
    assert.equal(sent.status, 202, JSON.stringify(sent.body))
    const page = await opened(t, session, '&tab=conversation')
    const theirs = page.locator('.message[data-author=representative]')
    await theirs.filter({ hasText: 'Your invoice.' }).waitFor()
    // Where files are told as their address, it stands among the words.
    if (provider === 'smartassist') await theirs.getByText(url).waitFor()
    else {
      await theirs.locator(`a[href="${url}"]`).first().waitFor()
      assert.equal(await theirs.locator(`a[href="${url}"]`).count(), 1, 'once')
    }
    const ours = page.locator('.message[data-author=contact]', { hasText: 'About this one:' })
    await ours.getByRole('link', { name: 'Order 42' }).waitFor()
    await ours.getByText('Lamp', { exact: true }).first().waitFor()
    await ours.locator('dt', { hasText: 'Colour' }).waitFor()
    await ours.locator('.choices li', { hasText: 'Send it back' }).waitFor()
    assert.deepEqual(await ours.locator('table :is(th, td)').allTextContents(), ['Item', 'Price', 'Lamp', '12 €'])
    await ours.getByText('Place: Depot 48.1, 11.6').waitFor()
    await ours.getByText('Delivered').waitFor()
  })
}

test('that a message was read is told, also of one that had long been delivered', async (t) => {
  const session = await transfer()
  const at = new Date().toISOString()
  let receipt = null
  const message = (sequence) => ({ sequence, messageId: `m-${sequence}`, author: 'contact', direction: 'outbound', text: `Line ${sequence}`, content: [{ type: 'text', text: `Line ${sequence}` }], attachments: [], delivery: 'delivered', failure: null, truncated: false, late: false, reply: null, receipt, receiptAt: null, sentAt: null, acceptedAt: at })
  const asked = []
  const page = await open(t, view('transfers', `&open=${encodeURIComponent(session.sessionId)}&tab=conversation`), { before: async (page) => {
    await page.route(/\/transfers\/agent_transfer[^/?]+$/, async (route) => { const response = await route.fetch({ headers: { ...route.request().headers(), 'if-none-match': '' } }); return route.fulfill({ response, json: await response.json() }) })
    await page.route(/\/messages\?/, (route) => {
      const query = new URL(route.request().url()).searchParams
      const after = Number(query.get('after'))
      asked.push(after)
      const items = Array.from({ length: 230 }, (_, index) => message(index + 1)).filter(({ sequence }) => sequence > after).slice(0, Number(query.get('limit')))
      const next = items.at(-1)?.sequence ?? after
      return route.fulfill({ json: { items, next: String(next), more: next < 230 } })
    })
  } })
  await page.locator('.message').nth(229).waitFor()
  receipt = 'read'
  await page.locator('.message', { hasText: 'Line 230' }).getByText('read').waitFor()
  assert.ok(asked.slice(3).every((after) => after >= 180), `what is settled is read once: ${asked}`)
})

test('long words take a few lines in a session, in the Inbox and among events, and unfold', async (t) => {
  const at = new Date().toISOString()
  const session = await transfer()
  const entry = { sequence: 1, what: 'ended', occurredAt: at, timeAdjusted: false, receivedAt: at, cause: 'provider', detail: LONG, applied: true, ignoredBecause: null, times: 1, statusBefore: 'active', statusAfter: 'ended' }
  const handback = { state: 'open', acknowledgedAt: null, version: 1, waitingSeconds: 1, talkingSeconds: 1, firstReplySeconds: 1, messageCounts: { fromContact: 1, fromRepresentative: 1 }, servedBy: null, survey: null, wrapUp: { code: null, note: LONG, promised: null }, next: 'return_to_agent' }
  const ended = { status: 'ended', outcome: 'rejected', endReason: 'provider_rejected', endedAt: at, endedBy: 'provider', summary: LONG, reason: LONG, handback, metadata: { note: LONG }, actions: ['refresh'] }
  const message = { sequence: 1, messageId: 'm-1', author: 'contact', direction: 'outbound', text: 'Hello?', content: [], attachments: [], delivery: 'failed', failure: LONG, truncated: false, late: false, reply: null, receipt: null, receiptAt: null, sentAt: null, acceptedAt: at }
  const task = { taskId: id(session), kind: 'escalation', sessionId: session.sessionId, contactId: 'contact-1', agent: 'support-bot', provider: 'genesys', priority: 5, status: 'completed', assignee: null, reason: null, resolution: LONG, summary: LONG, createdAt: at, updatedAt: at, closedAt: at, version: 1 }
  const before = async (page) => {
    await page.route(/\/transfers\/agent_transfer[^/?]+$/, async (route) => { const response = await route.fetch({ headers: { ...route.request().headers(), 'if-none-match': '' } }); return route.fulfill({ response, json: { ...await response.json(), ...ended } }) })
    await page.route(/\/timeline\?/, (route) => route.fulfill({ json: { items: [entry], next: '1', more: false } }))
    await page.route(/\/messages\?after=0/, (route) => route.fulfill({ json: { items: [message], next: '1', more: false } }))
    await page.route(/\/inbox\/tasks\?/, (route) => route.fulfill({ json: { items: [task], nextCursor: null } }))
    await page.route(/\/events\?/, (route) => route.fulfill({ json: { items: [{ id: 'e-1', time: at, 'detail-type': 'transfer.delayed', detail: { status: 'pending', message: { text: LONG } } }], next: '1', more: false } }))
  }
  const of = (tab) => view('transfers', `&open=${encodeURIComponent(session.sessionId)}&tab=${tab}`)
  for (const [address, count] of [[of('overview'), 4], [of('timeline'), 1], [of('timeline&density=all'), 1], [of('data'), 1], [of('conversation'), 1], [view('inbox', '&tasks=closed'), 2], [view('try', `&session=${encodeURIComponent(session.sessionId)}`), 2]]) {
    const page = await open(t, address, { before, allowed: ['404'] })
    await unfolds(page, count, address)
    await page.unrouteAll({ behavior: 'wait' })
    await page.close()
  }
})

test('a call tells its ids, and what is done if nobody serves it', async (t) => {
  const session = await transfer({
    channel: 'voice', voice: { callId: 'call-4711', sipCallId: 'sip-4711', from: '+49300000001', to: '+49300000002', method: 'refer' },
    fallback: [{ on: ['no_representatives', 'rejected'], provider: 'five9' }, { on: ['unreachable'], continueWithAgent: true }],
  })
  const page = await opened(t, session)
  const facts = page.locator('dialog.details .facts')
  await facts.getByText('call-4711').waitFor()
  await page.getByRole('button', { name: 'Copy SIP call id' }).click()
  await until('copied', async () => await page.evaluate(() => navigator.clipboard.readText()) === 'sip-4711')
  assert.deepEqual(await facts.locator('ol li').allTextContents(), ['Nobody there, Rejected: Five9', 'Unreachable: the AI agent goes on'])
  await page.getByRole('tab', { name: 'Data' }).click()
  await page.getByRole('button', { name: 'Copy headers for the call as JSON' }).click()
  await until('copied as JSON', async () => JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))['X-Transfer-Session-Id'] === session.sessionId)
})

test('the chosen tab is seen on a phone, too', async (t) => {
  const session = await transfer()
  const page = await open(t, view('transfers', `&open=${encodeURIComponent(session.sessionId)}&tab=settings`), { width: 360, height: 780 })
  const tab = page.getByRole('tab', { name: 'Settings' })
  await tab.waitFor()
  await until('it stands within the page', () => tab.evaluate((one) => one.getBoundingClientRect().right <= innerWidth))
})

for (const provider of PROVIDERS) {
  test(`the timeline of one at ${provider} in three densities, with causes, moves and why something was ignored`, async (t) => {
    await control(provider, 'script', { name: 'greet' })
    const session = await transfer({ provider })
    await status(session, 'active')
    await control(provider, `conversations/${id(session)}/end`, {})
    await status(session, 'ended')
    const page = await opened(t, session, '&tab=timeline')
    const list = page.locator('.timeline')
    await list.getByText('The session ended.').waitFor()
    const story = await list.locator('> li').count()
    for (const [what, cause] of [['asked for a human', 'API'], ['A representative joined', 'Contact centre']]) await list.locator('> li', { hasText: what }).getByText(cause, { exact: true }).waitFor()
    await page.getByRole('button', { name: 'All', exact: true }).last().click()
    await list.getByText(/· applied/).first().waitFor()
    // What says again what is known is told by some of them only.
    const ignored = list.locator('> li', { hasText: 'ignored: it changes nothing' })
    if (provider === 'genesys') await ignored.first().waitFor()
    assert.ok(await list.locator('> li').count() >= story + await ignored.count())
    await list.getByText(/Contact centre/).first().waitFor()
    const joined = list.locator('> li', { hasText: 'Representative joined' }).filter({ hasText: 'applied' }).filter({ has: page.locator('.move') }).first()
    assert.deepEqual(await joined.locator('.move .badge').allTextContents(), ['Queued', 'Active'])
    for (const line of await list.locator('> li').all()) assert.ok(await line.locator('.move').or(line.getByText(/^stayed (Pending|Queued|Active|Wrap-up|Ended)$/)).count() === 1, `from where to where: ${await line.textContent()}`)
    for (const one of await ignored.all()) await one.getByText(/^stayed /).waitFor()
    await page.getByRole('button', { name: 'Raw' }).click()
    await list.getByText('receivedAt').first().waitFor()
    assert.equal(new URL(page.url()).searchParams.get('density'), 'raw')
  })
}

test('stepping through the timeline shows the record as it was', async (t) => {
  await control('genesys', 'script', { name: 'greet' })
  const session = await transfer()
  await status(session, 'active')
  const page = await opened(t, session, '&tab=timeline')
  await page.locator('.timeline li', { hasText: 'It waits in the queue.' }).getByRole('button').click()
  const then = page.locator('.then')
  await then.getByText(/^After step \d+ of \d+: Queued/).waitFor()
  await then.locator('.moved', { hasText: 'Status' }).getByText('Queued').waitFor()
  const { searchParams } = new URL(page.url())
  assert.match(searchParams.get('at'), /^\d+$/)
  await page.getByRole('button', { name: 'Step forward' }).click()
  await until('the next step', () => new URL(page.url()).searchParams.get('at') !== searchParams.get('at'))
  await page.reload()
  await then.getByText(/^After step/).waitFor()
  await page.getByRole('button', { name: 'Back to now' }).click()
  await until('now', async () => (await then.textContent()) === '')
})

test('what does not exist is said', async (t) => {
  const page = await open(t, view('transfers', '&open=agent_transfer%3A01a228cf-633a-7a10-a854-105b4da4cf68%3Anone%3Achat'), { allowed: ['404'] })
  await page.locator('dialog.details [role=alert]').waitFor()
  await page.keyboard.press('Escape')
  await until('closed', () => new URL(page.url()).searchParams.get('open') === null)
})

test('whoever works by keys stays where they are, whatever changes', async (t) => {
  await control('genesys', 'script', { name: 'greet' })
  const session = await transfer({ metadata: { order: { number: 42, items: { first: 'lamp' } } } })
  await status(session, 'active')
  const page = await opened(t, session)
  const stands = (label) => until(`it stands at ${label}`, () => page.evaluate((label) => [document.activeElement?.getAttribute('aria-label'), document.activeElement?.textContent].includes(label), label))
  const changed = async () => {
    const tab = page.getByRole('tab', { name: /Timeline/ })
    const before = await tab.textContent()
    await control('genesys', `conversations/${id(session)}/queue`, {})
    await control('genesys', `conversations/${id(session)}/join`, {})
    await until('something happened', async () => await tab.textContent() !== before)
  }
  await page.getByRole('button', { name: 'Copy session id' }).focus()
  await changed()
  await stands('Copy session id')
  await page.getByRole('tab', { name: 'Data' }).click()
  const fold = page.locator('.panel summary').first()
  await fold.focus()
  await page.keyboard.press('Enter')
  assert.equal(await page.locator('.panel details').first().evaluate((one) => one.open), false)
  await changed()
  assert.equal(await page.locator('.panel details').first().evaluate((one) => one.open), false, 'what was folded stays folded')
  assert.equal(await page.evaluate(() => document.activeElement === document.querySelector('.panel summary')), true)
  await page.getByRole('tab', { name: 'Data' }).focus()
  await page.keyboard.press('ArrowLeft')
  await page.locator('.timeline li').first().waitFor()
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'tab-timeline')
  await page.getByRole('group', { name: 'How much is shown' }).getByRole('button', { name: 'Raw' }).focus()
  await page.keyboard.press('Enter')
  await page.locator('.timeline .tree').first().waitFor()
  await stands('Raw')
  await page.locator('.timeline .when').nth(1).focus()
  await page.keyboard.press('Enter')
  await page.locator('.then h4').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement === document.querySelectorAll('.timeline .when')[1]), true)
  await page.getByRole('button', { name: 'Back to now' }).focus()
  await page.keyboard.press('Enter')
  await until('now', async () => (await page.locator('.then').textContent()) === '')
  assert.equal(await page.evaluate(() => document.activeElement === document.querySelector('.panel')), true, 'and not at the beginning of the page')
})

test('raw is every entry by itself, and nothing folded', async (t) => {
  const session = await transfer()
  const entry = (sequence) => ({ sequence, what: 'messages_delayed', occurredAt: new Date().toISOString(), timeAdjusted: sequence === 1, receivedAt: new Date().toISOString(), cause: 'delivery', detail: '503', applied: true, ignoredBecause: null, times: 1, statusBefore: null, statusAfter: null })
  const page = await open(t, view('transfers', `&open=${encodeURIComponent(session.sessionId)}&tab=timeline`), { before: (page) => page.route(/\/timeline\?/, (route) => route.fulfill({ json: { items: [entry(1), entry(2), entry(3)], next: '3', more: false } })) })
  const lines = page.locator('.timeline > li')
  await lines.getByText('×3').waitFor()
  assert.equal(await lines.count(), 1)
  await page.getByRole('button', { name: 'Raw' }).click()
  await lines.nth(2).waitFor()
  assert.equal(await lines.getByText('×').count(), 0)
  await lines.first().getByText('told with a time that cannot be').waitFor()
})

test('what can no longer be asked for is said beside what is shown, and what was missed is read later', async (t) => {
  await control('genesys', 'script', { name: 'greet' })
  const session = await transfer()
  await status(session, 'active')
  let broken = null
  const page = await open(t, view('transfers', `&open=${encodeURIComponent(session.sessionId)}&tab=conversation`), { allowed: ['500'], before: (page) => page.route(/\/transfers\/[^/?]+(\/messages\?.*)?$/, (route) => broken?.test(route.request().url()) ? route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"title":"Something went wrong","status":500}' }) : route.fallback()) })
  await page.locator('.panel > *:not(.loading)').first().waitFor()
  broken = /\/messages/
  await api('POST', `/transfers/${session.sessionId}/messages`, { messageId: 'm-late', text: 'Is anybody there?' })
  await page.locator('dialog').getByText('Not updated: Something went wrong').waitFor()
  broken = null
  await page.locator('.message[data-author=contact]', { hasText: 'Is anybody there?' }).waitFor()
  await until('it is well again', async () => await page.locator('dialog').getByText(/Not updated/).count() === 0)
})

for (const [width, height] of [[1360, 860], [360, 780]]) {
  test(`while a session goes on, nothing in its details moves by itself, at ${width}`, async (t) => {
    await control('genesys', 'script', { name: 'manual' })
    t.after(() => control('genesys', 'script', { name: 'greet' }))
    const session = await transfer()
    await until('it is there', async () => (await api('GET', `/transfers/${session.sessionId}`)).body.providerSessionId)
    const page = await open(t, view('transfers', `&open=${encodeURIComponent(session.sessionId)}`), { width, height })
    const badge = (word) => page.locator('dialog.details .head .badge', { hasText: word }).waitFor()
    await page.locator('.why').waitFor()
    const facts = () => page.locator('dialog.details .facts').evaluate((one) => one.getBoundingClientRect().y)
    const before = await facts()
    const moved = await moving(page)
    for (const [act, word] of [['queue', 'Queued'], ['join', 'Active'], ['say', 'Active']]) {
      await control('genesys', `conversations/${id(session)}/${act}`, act === 'say' ? { text: 'How can I help?' } : {})
      await badge(word)
      await page.locator('.why').getByText(act === 'queue' ? /: Queued\./ : act === 'join' ? /: Representative joined\./ : /: Message\./).waitFor()
      assert.equal(await facts(), before, `after ${act}`)
    }
    await page.getByRole('tab', { name: /Timeline/ }).click()
    await page.locator('.timeline > li').first().waitFor()
    await page.waitForTimeout(600)
    await control('genesys', `conversations/${id(session)}/leave`, {})
    await page.locator('.timeline', { hasText: 'The representative left.' }).waitFor()
    assert.deepEqual(await moved(), [])
  })
}
