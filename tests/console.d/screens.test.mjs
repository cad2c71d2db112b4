import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { answerList, answerTasks, api, control, open, ORIGIN, PROVIDERS, rows, settled, shot, status, task, transfer, until, view, violations } from './support.mjs'

const THEMES = ['light', 'dark']
const SIZES = { desktop: [1360, 860], tablet: [900, 800], phone: [360, 780] }

/** Something of everything, as a project looks after some minutes of work. */
let made
const filled = () => made ??= (async () => {
  for (const provider of PROVIDERS) await control(provider, 'script', { name: 'greet' })
  const sessions = []
  const channels = ['chat', 'messaging', 'email', 'voice', 'chat']
  for (let index = 0; index < 15; index += 1) sessions.push(await transfer({ provider: PROVIDERS[index % 5], channel: channels[index % 5], agent: index % 2 ? 'billing-agent' : 'support-bot', contactId: `customer-${4100 + index * 7}`, tags: ['vip'], metadata: { order: { number: 42, items: ['lamp', 'cable'] }, language: 'en' } }))
  for (const session of sessions) await status(session, 'active')
  const [first, second, third] = sessions
  for (const [index, text] of ['Where is my order 42?', 'It should have come on Monday.'].entries()) {
    await api('POST', `/transfers/${first.sessionId}/messages`, { messageId: `m-${index}`, text })
    await until('it is answered', async () => (await api('GET', `/transfers/${first.sessionId}/messages`)).body.items.filter((one) => one.author === 'representative').length > index + 1)
  }
  for (const session of [second, third]) {
    await api('POST', `/transfers/${session.sessionId}/end`, { endedBy: 'operator' })
    await status(session, 'ended')
  }
  await control('genesys', 'script', { name: 'reject' })
  await status(await transfer({ contactId: 'customer-5000', summary: 'Nobody took this one: the contact wants the contract cancelled.' }), 'ended')
  await control('genesys', 'script', { name: 'queue_forever' })
  await status(await transfer({ contactId: 'customer-5007', priority: 9 }), 'queued')
  await control('genesys', 'script', { name: 'greet' })
  // One that cannot be reached, so that there is something to tell.
  await api('PUT', '/settings/event-endpoints/screens', { url: 'http://127.0.0.1:9/events' })
  await api('POST', '/settings/event-endpoints/screens/test')
  await until('its delivery is told', async () => (await api('GET', '/settings/event-endpoints/screens/deliveries')).body.items?.some((one) => one.error))
  return { first, second }
})()
after(() => api('DELETE', '/settings/event-endpoints/screens'))

const open_ = (session, tab) => view('transfers', `&open=${encodeURIComponent(session.sessionId)}${tab ? `&tab=${tab}` : ''}`)

/** @type {Record<string, (made: any) => [string, string | ((page: any) => Promise<unknown>)]>} */
const VIEWS = {
  transfers: () => [view('transfers'), 'tbody tr'],
  selected: () => [view('transfers'), async (page) => { await page.waitForSelector('tbody tr'); for (const index of [1, 3]) await page.locator('tbody input').nth(index).check() }],
  overview: ({ first }) => [open_(first), '.why'],
  ended: ({ second }) => [open_(second), '.why'],
  conversation: ({ first }) => [open_(first, 'conversation'), '.message'],
  timeline: ({ first }) => [open_(first, 'timeline'), '.timeline li'],
  'timeline-step': ({ first }) => [open_(first, 'timeline'), async (page) => { await page.waitForSelector('.timeline li'); await page.getByRole('button', { name: 'All', exact: true }).last().click(); await page.getByRole('button', { name: 'Step back' }).click(); await page.locator('.then h4').waitFor() }],
  data: ({ first }) => [open_(first, 'data'), '.tree'],
  'settings-of-session': ({ first }) => [open_(first, 'settings'), 'table.plain'],
  inbox: () => [view('inbox'), '.task'],
  lifecycle: () => [view('settings'), 'form'],
  integrations: () => [view('settings', '&section=integrations'), '.card'],
  integration: () => [view('settings', '&section=integrations&item=genesys'), async (page) => { await page.getByRole('button', { name: 'Test', exact: true }).click(); await page.locator('.findings li').first().waitFor() }],
  endpoints: () => [view('settings', '&section=endpoints'), '.empty, .card'],
  endpoint: () => [view('settings', '&section=endpoints&item=%2B'), 'form'],
  try: () => [view('try'), async (page) => {
    await page.getByRole('button', { name: 'Let the simulator play' }).click()
    await page.locator('.bubble', { hasText: 'How can I help?' }).first().waitFor()
    await page.getByLabel('Write as the contact', { exact: true }).fill('Where is my refund?')
    await page.keyboard.press('Enter')
    await page.locator('.bubble', { hasText: 'I am looking into it' }).first().waitFor()
  }],
  'try-empty': () => [view('try'), '.empty'],
  keys: () => [view('transfers'), async (page) => { await page.waitForSelector('tbody tr'); await page.keyboard.press('?'); await page.getByRole('heading', { name: 'Keyboard' }).waitFor() }],
}

const problem = (status, title) => (route) => route.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify({ title, status }) })
const ask = (name) => async (page) => { await page.locator('.task').getByRole('button', { name, exact: true }).first().click(); await page.locator('dialog.ask').waitFor() }
/** Every third of what is shown is no longer among what is asked for. */
const fewer = async (page, pattern) => {
  await page.route(pattern, async (route) => {
    const response = await route.fetch({ headers: { ...route.request().headers(), 'if-none-match': '' } })
    const body = await response.json()
    return route.fulfill({ response, json: { ...body, items: body.items.filter((_, index) => index % 3) } })
  })
  await page.getByText('No longer here').first().waitFor()
}
/** What is seen now and then: the same, with what the API answers, at a desk and on a phone. @type {typeof VIEWS} */
const MOMENTS = {
  'timeline-all': ({ first }) => [open_(first, 'timeline&density=all'), '.timeline .quiet'],
  'timeline-raw': ({ first }) => [open_(first, 'timeline&density=raw'), '.timeline .tree'],
  'not-connected': () => ['/?project=screens-nobody&view=settings&section=integrations&item=salesforce', 'form'],
  'shown-once': () => [view('settings', '&section=integrations&item=servicenow'), async (page) => {
    await page.route(/\/integrations\/servicenow$/, async (route) => {
      if (route.request().method() !== 'PUT') return route.fallback()
      const { body } = await api('GET', '/integrations/servicenow')
      return route.fulfill({ json: { ...body, webhookUrl: body.webhookUrl.replace('{secret}', 'a'.repeat(43)), signingSecret: 's'.repeat(43), relaySecret: `whsec_${'r'.repeat(44)}` } })
    })
    await page.getByRole('button', { name: 'Rotate secrets' }).click()
    await page.getByRole('heading', { name: 'Shown once' }).waitFor()
    // What it was scrolled past lies halfway below what stands still above, where nobody presses it.
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }))
  }],
  deliveries: () => [view('settings', '&section=endpoints&item=screens'), '.deliveries tbody tr'],
  'endpoints-some': () => [view('settings', '&section=endpoints'), '.card'],
  'ask-end': ({ first }) => [open_(first), async (page) => { await page.locator('.head').getByRole('button', { name: 'End' }).click(); await page.locator('dialog.ask').waitFor() }],
  'ask-claim': () => [view('inbox'), ask('Claim')],
  'ask-resolve': () => [view('inbox'), ask('Resolve')],
  refused: () => [view('inbox'), async (page) => {
    await page.route(/\/inbox\/tasks\?/, problem(403, 'Not allowed'))
    await page.reload()
    await page.getByRole('heading', { name: 'Not allowed' }).waitFor()
  }],
  'not-updated': ({ first }) => [open_(first), async (page) => {
    await page.locator('.why').waitFor()
    await page.route(/\/transfers\/agent_transfer/, problem(500, 'Something went wrong'))
    await page.locator('dialog').getByText('Not updated: Something went wrong').waitFor()
  }],
  'table-gone': () => [view('transfers'), async (page) => { await page.waitForSelector('tbody tr'); await fewer(page, '**/v1/projects/*/transfers?*') }],
  'inbox-gone': () => [view('inbox'), async (page) => { await page.waitForSelector('.task'); await fewer(page, /\/inbox\/tasks\?/) }],
  'inbox-old': () => [view('inbox'), async (page) => {
    const all = Array.from({ length: 620 }, (_, index) => task(index))
    await answerTasks(page, () => all)
    await page.reload()
    for (let shown = 100; shown < 600; shown += 100) {
      await page.locator('.task').nth(shown - 1).waitFor()
      await page.getByRole('button', { name: 'More' }).click()
    }
    const old = page.locator('.task', { hasText: 'Not heard' })
    await old.first().waitFor()
    await settled(page)
    // No task lies halfway below what stands above.
    await old.first().evaluate((one) => { scrollBy({ top: one.getBoundingClientRect().top - document.querySelector('header').offsetHeight - 4, behavior: 'instant' }) })
  }],
  'field-errors': () => [view('settings'), async (page) => {
    await page.getByRole('group', { name: /^Time to live/ }).getByLabel('Chat').fill('99999')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.wrong:not(:empty)').waitFor()
  }],
  toast: ({ first }) => [open_(first), async (page) => { await page.getByRole('button', { name: 'Copy session id' }).click(); await page.locator('.told').waitFor() }],
  'toast-failure': () => [view('inbox'), async (page) => {
    await page.route(/\/claim$/, problem(409, 'Somebody else took it'))
    await ask('Claim')(page)
    await page.getByLabel('Your name').fill('Robin')
    await page.getByRole('dialog').getByRole('button', { name: 'Claim' }).click()
    await page.locator('.told[data-kind=failure]').waitFor()
  }],
  'which-project': () => [view('inbox'), async (page) => { await page.getByLabel('Project', { exact: true }).selectOption('Another …'); await page.getByRole('heading', { name: 'Which project?' }).waitFor() }],
  'not-signed-in': () => [view('inbox'), async (page) => {
    await page.route('**/console/config.json', async (route) => { const response = await route.fetch(); return route.fulfill({ response, json: { ...await response.json(), signIn: { issuer: 'http://127.0.0.1:9', clientId: 'console', scopes: [] } } }) })
    await page.goto(`${ORIGIN}/?code=stolen&state=unknown`)
    await page.getByRole('heading', { name: 'Not signed in' }).waitFor()
  }],
  'inbox-closed': () => [view('inbox', '&tasks=closed'), '.task, .empty'],
  'inbox-empty': () => [view('inbox'), async (page) => { await answerTasks(page, () => []); await page.reload(); await page.getByText('All done').waitFor() }],
  filters: () => [view('transfers', '&period=own&outcome=served'), async (page) => {
    await page.locator('tbody tr, .empty').first().waitFor()
    const summary = page.locator('.narrow > summary')
    if (await summary.isVisible()) await summary.click()
    await page.getByLabel('From', { exact: true }).waitFor()
  }],
  'table-empty': () => [view('transfers'), async (page) => { await answerList(page, () => []); await page.reload(); await page.getByText('No transfers yet').waitFor() }],
  'table-loading': () => [view('transfers'), async (page) => {
    await page.route('**/v1/projects/*/transfers?*', async (route) => { await new Promise((resolve) => setTimeout(resolve, 6000)); return route.abort() })
    await page.reload()
    await page.locator('.loading').waitFor()
  }],
  'table-error': () => [view('transfers'), async (page) => {
    await page.route('**/v1/projects/*/transfers?*', problem(500, 'Something went wrong'))
    await page.reload()
    await page.getByRole('heading', { name: 'Something went wrong' }).waitFor()
  }],
  export: () => [view('transfers', '&rows=25'), async (page) => {
    await answerList(page, () => rows(60))
    await page.reload()
    await page.waitForSelector('tbody tr')
    await page.getByRole('button', { name: 'CSV' }).click()
    await page.locator('dialog.ask').waitFor()
  }],
  offline: () => [view('transfers'), async (page) => {
    await page.waitForSelector('tbody tr')
    await page.route('**/v1/**', (route) => route.abort('internetdisconnected'))
    await page.context().setOffline(true)
    await page.locator('.offline').waitFor()
  }],
}

for (const [name, of] of Object.entries({ ...VIEWS, ...MOMENTS })) {
  for (const theme of THEMES) {
    test(`${name}, ${theme}: nothing that keeps anybody out, at a desk and on a phone`, async (t) => {
      const [address, ready] = of(await filled())
      for (const [size, [width, height]] of Object.entries(SIZES)) {
        if (size === 'tablet' && (name in MOMENTS || theme === 'dark')) continue
        const page = await open(t, address, { width, height, theme, allowed: ['404', '403', '409', '422', '500', 'ERR_INTERNET_DISCONNECTED', 'ERR_FAILED', 'ERR_CONNECTION_REFUSED', 'Content Security Policy', '127.0.0.1:9'] })
        if (typeof ready === 'string') await page.locator(ready).first().waitFor()
        else await ready(page)
        await settled(page)
        await shot(page, `${name}-${size}-${theme}`)
        assert.deepEqual(await violations(page), [], `${name} ${theme} ${size}`)
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        assert.ok(over <= 0, `${name} at ${width} is ${over} too wide`)
        await page.close()
      }
    })
  }
}

test('nothing is wider than the smallest window', async (t) => {
  const { first } = await filled()
  for (const address of [view('transfers'), open_(first), open_(first, 'timeline'), open_(first, 'settings'), view('inbox'), view('settings'), view('settings', '&section=integrations&item=genesys'), view('settings', '&section=endpoints&item=screens'), view('try')]) {
    const page = await open(t, address, { width: 320, height: 640 })
    await page.locator('tbody tr, .panel > *:not(.loading), .task, form, .try').first().waitFor()
    await settled(page)
    const over = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('dialog, .panel')].map((one) => one.scrollWidth - one.clientWidth))
    assert.ok(over.every((one) => one <= 0), `${address}: ${over}`)
    await page.close()
  }
})

test('the switch of light and dark is kept', async (t) => {
  const page = await open(t, view('transfers'))
  await page.getByRole('button', { name: 'Light or dark' }).click()
  await page.reload()
  await page.locator('tbody tr, .empty').first().waitFor()
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).colorScheme), 'dark')
})
