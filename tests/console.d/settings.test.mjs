import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { api, control, LONG, open, ORIGIN, PROVIDERS, status, transfer, unfolds, until, view } from './support.mjs'

test('what the form does not show stays as it is when it is saved', async (t) => {
  const before = (await api('GET', '/settings/agent-transfer')).body
  t.after(() => api('PUT', '/settings/agent-transfer', before))
  const whole = { ...before, redaction: { ...before.redaction, kinds: ['iban', 'card'] } }
  assert.equal((await api('PUT', '/settings/agent-transfer', whole)).status, 200)
  const page = await open(t, view('settings'))
  const messaging = page.getByRole('group', { name: /^Time to live/ }).getByLabel('Messaging')
  for (const minutes of [7, 8]) {
    await messaging.fill(String(minutes))
    await page.getByRole('button', { name: 'Save' }).click()
    await until('it is saved', async () => (await api('GET', '/settings/agent-transfer')).body.sessionLifecycle.ttlMinutes.messaging === minutes)
  }
  assert.deepEqual((await api('GET', '/settings/agent-transfer')).body.redaction, whole.redaction)
})

test('the lifecycle is shown with its defaults, saved, and refused where it is not right', async (t) => {
  const before = (await api('GET', '/settings/agent-transfer')).body
  t.after(() => api('PUT', '/settings/agent-transfer', before))
  const page = await open(t, view('settings'), { allowed: ['422', '412'] })
  const chat = page.getByRole('group', { name: /^Time to live/ }).getByLabel('Chat')
  await chat.waitFor()
  assert.equal(await chat.getAttribute('placeholder'), '30')
  await chat.fill('99999')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.field', { has: page.locator('[aria-invalid]') }).locator('.wrong:not(:empty)').waitFor()
  assert.equal(await chat.getAttribute('aria-invalid'), 'true')
  await chat.fill('45')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved. It holds').waitFor()
  assert.equal((await api('GET', '/settings/agent-transfer')).body.sessionLifecycle.ttlMinutes.chat, 45)
  // Somebody else is quicker: nothing of theirs is overwritten.
  await api('PUT', '/settings/agent-transfer', { ...before, patience: { openingSeconds: 77 } })
  await chat.fill('50')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Somebody else has changed it meanwhile').waitFor()
  assert.equal((await api('GET', '/settings/agent-transfer')).body.patience.openingSeconds, 77)
})

for (const provider of PROVIDERS) {
  test(`the integration of ${provider} has its fields, its addresses, its health and its test`, async (t) => {
    const stored = (await api('GET', `/integrations/${provider}`)).body
    const page = await open(t, view('settings', '&section=integrations'))
    await page.locator(`a[href*="item=${provider}"]`).click()
    await page.getByRole('heading', { name: 'Addresses' }).waitFor()
    await page.getByText(stored.webhookUrl).waitFor()
    await page.getByText('Healthy').waitFor()
    const described = (await api('GET', '/integrations?describe=true')).body.fields[provider].properties
    const fields = await page.locator('form .field').count()
    assert.equal(fields, Object.keys(described.settings.properties).length + Object.keys(described.credentials.properties).length + 1, 'all of them, and the signing secret')
    for (const name of stored.credentialsSet) {
      const secret = page.getByLabel(name, { exact: true })
      assert.equal(await secret.inputValue(), '')
      assert.match(await secret.getAttribute('placeholder'), /^Set\./)
    }
    await page.getByRole('button', { name: 'Test', exact: true }).click()
    await page.getByRole('heading', { name: /^The test/ }).waitFor()
    assert.ok(await page.locator('.findings li').count() > 1)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    const { settings, credentialsSet } = (await api('GET', `/integrations/${provider}`)).body
    assert.deepEqual({ settings, credentialsSet }, { settings: stored.settings, credentialsSet: stored.credentialsSet }, 'saving what is shown changes nothing')
  })
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } })
/** What somebody writes who connects a contact centre, as far as the form asks for it by itself; and what else a simulated one needs. */
const NEEDED = {
  genesys: { ask: ['integrationId', 'partnerSource', 'clientId', 'clientSecret'], more: ['apiUrl', 'loginUrl'], secrets: { clientId: 'local-client', clientSecret: 'local-client-secret' } },
  salesforce: { ask: ['orgId15', 'authContext', 'channelAddressIdentifier', 'consumerKey', 'eventApiName', 'myDomain', 'username', 'partnerSource', 'privateKeyPem'], more: ['apiUrl', 'loginUrl'], secrets: { privateKeyPem: privateKey } },
  servicenow: { ask: ['instanceUrl', 'appInboundId', 'clientId', 'clientSecret'], more: [], secrets: { clientId: 'local-client', clientSecret: 'local-client-secret' } },
  five9: { ask: ['campaignName', 'tenantName'], more: ['host'], secrets: {} },
  smartassist: { ask: ['webhookUrl', 'clientId', 'clientSecret'], more: [], secrets: { clientId: 'local-client', clientSecret: 'local-client-secret' } },
}

for (const provider of PROVIDERS) {
  test(`${provider} is connected from nothing: what is needed is asked for, what is not written keeps its default`, async (t) => {
    const project = `newcomer-${provider}-${process.pid}`
    const address = `${ORIGIN}/v1/projects/${project}/integrations/${provider}`
    t.after(() => fetch(address, { method: 'DELETE' }))
    const { settings } = (await api('GET', `/integrations/${provider}`)).body
    // A partner event source belongs to one integration.
    if (settings.partnerSource) settings.partnerSource = settings.partnerSource.replace(/[^/]+$/, '0YLxx0000000009EAA')
    const { ask, more, secrets } = NEEDED[provider]
    const page = await open(t, `/?project=${project}&view=settings&section=integrations`, { allowed: ['404', '422'] })
    await page.locator('section', { hasText: 'Not connected' }).locator(`a[href*="item=${provider}"]`).click()
    const field = (name) => page.getByLabel(name, { exact: true }).or(page.getByLabel(`${name} *`, { exact: true }))
    await field('signingSecret').waitFor()
    for (const name of ask) {
      assert.ok(await page.getByLabel(`${name} *`, { exact: true }).isVisible(), `${name} is asked for`)
      await page.getByLabel(`${name} *`, { exact: true }).fill(secrets[name] ?? settings[name])
    }
    const named = await page.locator('form fieldset:not(details *) .name', { hasText: '*' }).allTextContents()
    assert.deepEqual(named.map((one) => one.replace(' *', '')).filter((one) => one !== 'env').sort(), [...ask].sort(), 'and nothing else is')
    if (more.length > 0) await page.getByText(/^\d+ more fields$/).click()
    for (const name of more) await field(name).fill(settings[name])
    const own = randomBytes(16).toString('hex')
    await page.getByLabel('signingSecret', { exact: true }).fill(own)
    const asked = page.waitForRequest((request) => request.method() === 'PUT')
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
    assert.equal((await asked).postDataJSON().signingSecret, own)
    const once = page.locator('.secret')
    await once.getByRole('heading', { name: 'Shown once' }).waitFor()
    assert.equal(await once.locator('dt', { hasText: 'Signing secret' }).count(), 0, 'whose it is, knows it')
    assert.doesNotMatch(await once.textContent(), /\{secret\}/)
    await once.getByRole('button', { name: 'Copy webhook address' }).click()
    await until('copied', async () => (await page.evaluate(() => navigator.clipboard.readText())).includes(`/v1/webhooks/${provider}/`))
    const stored = await (await fetch(address)).json()
    const described = (await api('GET', '/integrations?describe=true')).body.fields[provider].properties.settings.properties
    for (const [name, { default: otherwise }] of Object.entries(described)) if (otherwise !== undefined && !ask.includes(name) && !more.includes(name)) assert.deepEqual(stored.settings[name], otherwise, name)
    await page.getByRole('button', { name: 'Test', exact: true }).click()
    await page.getByRole('heading', { name: provider === 'salesforce' ? 'The test found something' : 'The test passed' }).waitFor()
  })
}

for (const provider of PROVIDERS) {
  test(`${provider}: what the page asks for is what the API requires, whatever is chosen`, async (t) => {
    const { holds, looksAt, presetOf } = await import(`${process.env.CONSOLE_ROOT ?? '../..'}/console/app/needed.js`)
    const { settings, credentials } = (await api('GET', '/integrations?describe=true')).body.fields[provider].properties
    const fields = [...Object.entries(settings.properties).map(([name, schema]) => ({ part: 'settings', name, need: settings.required.includes(name) || (schema['x-required-when'] ?? false) })),
      ...Object.entries(credentials.properties).map(([name, schema]) => ({ part: 'credentials', name, need: schema['x-required-when'] ?? false }))]
    const looked = [...new Set(fields.flatMap(({ need }) => looksAt(need)).map(({ name }) => name))]
    let compared = 0
    for (let round = 0; round < 24; round += 1) {
      const body = { settings: {}, credentials: {} }
      for (const [index, name] of looked.entries()) {
        const schema = settings.properties[name]
        const turn = (round * (index + 1) + (round >> 2)) % 5
        const words = (schema?.enum ?? []).filter((word) => word !== null)
        if (!schema && turn < 2) body.credentials[name] = 'a secret of some length'
        else if (schema?.type === 'boolean' && turn < 4) body.settings[name] = turn % 2 === 0
        else if (words.length > 0 && turn < 4) body.settings[name] = words[(turn + index) % words.length]
      }
      const valueOf = (name) => body.credentials[name] ?? body.settings[name] ?? presetOf(settings.properties[name], valueOf)
      const expected = fields.filter(({ part, name, need }) => holds(need, valueOf) && body[part][name] === undefined && (part === 'credentials' || valueOf(name) === undefined || valueOf(name) === '')).map(({ part, name }) => `/${part}/${name}`)
      const answer = await fetch(`${ORIGIN}/v1/projects/agree-${process.pid}/integrations/${provider}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      const told = await answer.json()
      assert.equal(answer.status, 422, JSON.stringify(body))
      assert.deepEqual(told.errors.filter(({ detail }) => detail.startsWith('is required')).map(({ pointer }) => pointer).sort(), expected.sort(), JSON.stringify(body))
      compared += expected.length
    }
    assert.ok(compared > 24, `${compared}`)
  })
}

test('what the REST interface of SmartAssist needs is asked for once something needs it', async (t) => {
  const page = await open(t, `/?project=newcomer-${process.pid}&view=settings&section=integrations&item=smartassist`, { allowed: ['404'] })
  await page.getByLabel('webhookUrl *', { exact: true }).waitFor()
  assert.equal(await page.getByLabel('host *', { exact: true }).count(), 0)
  await page.getByText(/^\d+ more fields$/).click()
  await page.getByLabel('lifecycleSource', { exact: true }).selectOption('poll')
  for (const name of ['host', 'appId', 'accountId', 'restClientId', 'restClientSecret']) await page.getByLabel(`${name} *`, { exact: true }).waitFor()
  await page.getByLabel('lifecycleSource', { exact: true }).selectOption('relay')
  await page.getByLabel('restClientId', { exact: true }).fill('rest')
  await page.keyboard.press('Tab')
  await page.getByLabel('host *', { exact: true }).waitFor()
})

test('where addresses are entered is said before and after connecting, as the choices are', async (t) => {
  const page = await open(t, `/?project=newcomer-${process.pid}&view=settings&section=integrations&item=five9`, { allowed: ['404'] })
  await page.getByText('Nothing to enter: each conversation is opened with a callback address of its own.').waitFor()
  await page.getByLabel('flavor', { exact: true }).selectOption('open_messaging')
  await page.getByText('The webhook is the address of the delivery profile').waitFor()
  assert.equal(await page.getByText('Nothing to enter').count(), 0)
  await page.goto(`${ORIGIN}${view('settings', '&section=integrations&item=genesys')}`)
  const addresses = page.locator('section', { has: page.getByRole('heading', { name: 'Addresses' }) })
  await addresses.getByText(/the webhook as Outbound Notification Webhook URL/).waitFor()
})

test('another choice asks for other fields, and keeps what was written', async (t) => {
  const page = await open(t, `/?project=newcomer-${process.pid}&view=settings&section=integrations&item=salesforce`, { allowed: ['404'] })
  const user = page.getByLabel('username *', { exact: true })
  await user.fill('somebody@example.com')
  await page.getByLabel('product', { exact: true }).focus()
  await page.getByLabel('product', { exact: true }).selectOption('miaw')
  await page.getByLabel('scrtUrl *', { exact: true }).waitFor()
  assert.equal(await page.getByLabel('eventTransport', { exact: true }).locator('option').first().textContent(), 'poll', 'what nothing means follows from it')
  assert.equal(await page.getByLabel('username', { exact: true }).isVisible(), false)
  assert.equal(await page.getByLabel('product', { exact: true }).evaluate((input) => input === document.activeElement), true)
  await page.getByLabel('product', { exact: true }).selectOption('byoc')
  assert.equal(await user.inputValue(), 'somebody@example.com')
})

test('a field that the API refuses says so where it stands', async (t) => {
  const page = await open(t, view('settings', '&section=integrations&item=five9'), { allowed: ['422'] })
  const campaign = page.getByLabel('campaignName *')
  await campaign.waitFor()
  const kept = await campaign.inputValue()
  await campaign.fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.field', { has: campaign }).locator('.wrong:not(:empty)').waitFor()
  assert.equal(await campaign.evaluate((input) => input === document.activeElement), true)
  assert.equal((await api('GET', '/integrations/five9')).body.settings.campaignName, kept)
})

test('secrets are rotated, shown once, and the rotation is taken back', async (t) => {
  const page = await open(t, view('settings', '&section=integrations&item=servicenow'), { allowed: ['422'] })
  await page.getByRole('button', { name: 'Rotate secrets' }).click()
  await page.getByRole('heading', { name: 'Shown once' }).waitFor()
  assert.doesNotMatch(await page.locator('.secret').textContent(), /\{secret\}/)
  await page.getByRole('button', { name: 'Take the rotation back' }).click()
  await page.getByText('The new secrets are gone.').waitFor()
  // A third one is refused, and that is said where somebody looks.
  await page.getByRole('button', { name: 'Rotate secrets' }).click()
  await page.getByRole('heading', { name: 'Shown once' }).waitFor()
  await page.getByRole('button', { name: 'Rotate secrets' }).click()
  await page.locator('.told', { hasText: 'two secrets are valid already' }).waitFor()
  await page.getByRole('button', { name: 'Take the rotation back' }).click()
  await until('nothing is shown any more', async () => await page.getByRole('heading', { name: 'Shown once' }).count() === 0)
  assert.equal(await page.getByRole('heading', { name: 'Shown once' }).count(), 0)
})

test('an event endpoint is added, tested, replayed to, and removed', async (t) => {
  const got = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (part) => { text += part })
    request.on('end', () => { got.push(JSON.parse(text)); response.end() })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const name = `console-${Date.now() % 100_000}`
  t.after(() => api('DELETE', `/settings/event-endpoints/${name}`))
  const page = await open(t, view('settings', '&section=endpoints'), { allowed: ['422'] })
  await page.getByRole('link', { name: 'Add endpoint' }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Address').fill('ftp://127.0.0.1/')
  await page.getByRole('button', { name: 'Add' }).click()
  await page.locator('.field', { has: page.getByLabel('Address') }).locator('.wrong:not(:empty)').waitFor()
  await page.getByLabel('Address').fill(`http://127.0.0.1:${server.address().port}/events`)
  await page.getByRole('button', { name: 'Add' }).click()
  await page.getByRole('heading', { name: 'Shown once' }).waitFor()
  await page.getByText(/^whsec_/).waitFor()
  await page.getByRole('button', { name: 'Send a test' }).click()
  await until('the test arrives', () => got.length > 0)
  const session = await transfer()
  await status(session, 'active')
  await until('its events arrive', () => got.some((event) => event.detail?.sessionId === session.sessionId))
  await until('its delivery is told', async () => {
    await page.getByRole('button', { name: 'Refresh' }).click()
    return page.locator('tbody tr', { hasText: 'transfer.requested' }).getByText('Delivered').count()
  })
  const before = got.length
  await page.locator('tbody tr', { hasText: 'transfer.requested' }).first().getByRole('button', { name: 'Send again' }).click()
  await until('it comes again', () => got.length > before)
  await page.getByText('Send events again').click()
  const wrong = (label) => page.locator('.field', { has: page.getByLabel(label) }).locator('.wrong:not(:empty)')
  await page.getByRole('button', { name: 'Replay' }).click()
  await page.getByRole('alert').getByText('needs either sessionId, or from and until').waitFor()
  await page.getByLabel('Replay from').fill('2026-01-01T10:00')
  await page.getByRole('button', { name: 'Replay' }).click()
  await wrong('Replay until').getByText('from and until stand together').waitFor()
  await page.getByLabel('Replay from').fill('')
  await page.getByLabel('Session id to replay').fill('of nobody')
  await page.getByRole('button', { name: 'Replay' }).click()
  await wrong('Session id to replay').waitFor()
  assert.equal(await wrong('Replay until').count(), 0)
  await page.getByLabel('Session id to replay').fill(session.sessionId)
  await page.getByRole('button', { name: 'Replay' }).click()
  await page.getByText(/\d+ events are sent again/).waitFor()
  await page.getByRole('button', { name: 'Remove this endpoint' }).click()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await until('it is gone', async () => (await api('GET', `/settings/event-endpoints/${name}`)).status === 404)
})

test('which deliveries are shown stands in the address, and what is being written stays', async (t) => {
  const name = `filtered-${Date.now() % 100_000}`
  assert.ok((await api('PUT', `/settings/event-endpoints/${name}`, { url: 'http://127.0.0.1:9/events' })).status < 300)
  t.after(() => api('DELETE', `/settings/event-endpoints/${name}`))
  const delivery = (state) => ({ deliveryId: `d-${state}`, eventId: 'e-1', eventType: `transfer.${state}`, sessionId: null, state, attempts: 1, status: null, error: null, createdAt: new Date().toISOString(), lastAttemptAt: null, nextAttemptAt: null })
  const asked = []
  let slow = Promise.resolve()
  const page = await open(t, view('settings', `&section=endpoints&item=${name}&deliveries=none`), { before: (page) => page.route(/\/deliveries\?/, async (route) => {
    const state = new URL(route.request().url()).searchParams.get('state') ?? ''
    asked.push(state)
    if (state === '') await slow
    return route.fulfill({ json: { items: ['delivered', 'failed'].filter((one) => state === '' || one === state).map(delivery), next: null } })
  }) })
  const events = () => page.locator('.deliveries tbody code').allTextContents()
  const shows = (...wanted) => until(`${wanted}`, async () => (await events()).join() === wanted.join())
  await shows('transfer.delivered', 'transfer.failed')
  const types = page.locator('textarea')
  await types.fill('transfer.ended')
  await page.getByLabel('State').selectOption('Failed')
  await shows('transfer.failed')
  assert.equal(new URL(page.url()).searchParams.get('deliveries'), 'failed')
  assert.equal(asked.at(-1), 'failed')
  assert.equal(await types.inputValue(), 'transfer.ended')
  await page.goBack()
  await shows('transfer.delivered', 'transfer.failed')
  assert.equal(await page.getByLabel('State').inputValue(), '')
  assert.equal(await types.inputValue(), 'transfer.ended')
  await page.goForward()
  await shows('transfer.failed')
  await page.reload()
  await shows('transfer.failed')
  assert.equal(await page.getByLabel('State').inputValue(), 'failed')
  let answer = () => {}
  slow = new Promise((resolve) => { answer = resolve })
  const before = asked.length
  await page.getByLabel('State').selectOption('Any state')
  await until('it is asked', () => asked.length > before)
  await page.getByLabel('State').selectOption('Delivered')
  await shows('transfer.delivered')
  answer()
  await page.waitForTimeout(300)
  assert.deepEqual(await events(), ['transfer.delivered'], 'an answer to what was asked before comes too late')
  await page.getByRole('link', { name: '← Event endpoints' }).click()
  await page.getByRole('link', { name: 'Add endpoint' }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('deliveries'), null)
})

test('an event endpoint signs by the secret that its owner gives it, for the events that were chosen', async (t) => {
  const got = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (part) => { text += part })
    request.on('end', () => { got.push({ headers: request.headers, text }); response.end() })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const name = `own-${Date.now() % 100_000}`
  t.after(() => api('DELETE', `/settings/event-endpoints/${name}`))
  const key = randomBytes(32)
  const page = await open(t, view('settings', '&section=endpoints&item=%2B'), { allowed: ['422'] })
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Address').fill(`http://127.0.0.1:${server.address().port}/events`)
  await page.getByRole('button', { name: 'transfer.ended' }).click()
  await page.getByRole('button', { name: 'transfer.failed' }).click()
  await page.getByRole('button', { name: 'transfer.failed' }).click()
  assert.equal(await page.getByLabel('Event types', { exact: true }).and(page.locator('textarea')).inputValue(), 'transfer.ended')
  await page.getByLabel('Signing secret').fill('of my own')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.locator('.field', { has: page.getByLabel('Signing secret') }).locator('.wrong', { hasText: 'whsec_' }).waitFor()
  await page.getByLabel('Signing secret').fill(`whsec_${key.toString('base64')}`)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('button', { name: 'Send a test' }).click()
  const { headers, text } = await until('the test arrives', () => got[0])
  const signed = createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`).digest('base64')
  assert.ok(headers['webhook-signature'].split(' ').includes(`v1,${signed}`), headers['webhook-signature'])
  assert.deepEqual((await api('GET', `/settings/event-endpoints/${name}`)).body.eventTypes, ['transfer.ended'])
})

test('a project of one\'s own is connected to a simulated contact centre by one press', async (t) => {
  const project = `pressed-${process.pid}`
  const page = await open(t, `/?project=${project}&view=settings&section=integrations&item=five9`, { allowed: ['404'] })
  // The simulated contact centre itself goes on calling the project of the other tests.
  const told = {}
  await page.route('**/local/simulators/five9/*', async (route) => {
    told[route.request().url().split('/').at(-1)] = route.request().postDataJSON()
    await route.fulfill({ status: 204 })
  })
  await page.getByRole('button', { name: 'Connect the simulated one' }).click()
  await page.getByRole('heading', { name: 'Addresses' }).waitFor()
  const kept = await (await fetch(`${ORIGIN}/v1/projects/${project}/integrations/five9`)).json()
  assert.equal(told.webhook.url.replace(/[^/]+$/, '{secret}'), kept.webhookUrl)
  assert.ok(!told.webhook.url.includes('{secret}') && told.webhook.secret)
  assert.equal(told.relay.url, kept.relayUrl)
  assert.match(told.relay.secret, /^whsec_/)
})

test('the parts of the settings are chosen by keys', async (t) => {
  const page = await open(t, view('settings'))
  await page.getByRole('heading', { name: 'Session lifecycle' }).waitFor()
  await page.getByRole('link', { name: 'Integrations' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Integrations' }).waitFor()
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Integrations')
})

for (const [width, height] of [[1360, 860], [360, 780]]) {
  test(`a long answer of the other side takes a few lines, and unfolds, at ${width}`, async (t) => {
    const at = new Date().toISOString()
    const endpoint = { endpointId: 'wordy', url: 'https://runtime.example.com/events', eventTypes: [], state: 'failing', failingSince: at, lastError: LONG, secretsSet: 1 }
    const health = { state: 'failing', since: at, lastError: LONG }
    const spoilt = (item) => ({ ...item, health, warnings: [LONG] })
    for (const [query, count] of [['integrations', 5], ['integrations&item=genesys', 2], ['endpoints', 1], ['endpoints&item=wordy', 2]]) {
      const page = await open(t, view('settings', `&section=${query}`), { width, height, before: async (page) => {
        await page.route(/\/integrations(\?|\/genesys$)/, async (route) => {
          const response = await route.fetch()
          const body = await response.json()
          return route.fulfill({ response, json: body.items ? { ...body, items: body.items.map(spoilt) } : spoilt(body) })
        })
        await page.route(/\/event-endpoints$/, (route) => route.fulfill({ json: { items: [endpoint] } }))
        await page.route(/\/event-endpoints\/wordy$/, (route) => route.fulfill({ json: endpoint }))
        await page.route(/\/deliveries\?/, (route) => route.fulfill({ json: { items: [{ deliveryId: 'd-1', eventId: 'e-1', eventType: 'transfer.ended', sessionId: null, state: 'failed', attempts: 3, status: 502, error: LONG, createdAt: at, lastAttemptAt: at, nextAttemptAt: null }], next: null } }))
      } })
      await unfolds(page, count, query)
      await page.close()
    }
  })
}

for (const provider of ['genesys', 'salesforce']) {
  test(`the simulated ${provider}, whose event source one project alone can have, is taken over and given back`, async (t) => {
    const project = `taken-${process.pid}`
    const integration = (of) => fetch(`${ORIGIN}/v1/projects/${of}/integrations/${provider}`)
    const { settings: before } = (await api('GET', `/integrations/${provider}`)).body
    t.after(() => fetch(`${ORIGIN}/v1/projects/${project}/integrations/${provider}`, { method: 'DELETE' }))
    await control(provider, 'script', { name: 'greet' })
    const page = await open(t, `/?project=${project}&view=settings&section=integrations&item=${provider}`, { allowed: ['404', '422', '409'] })
    const plays = async () => {
      await page.getByRole('button', { name: 'Let the simulator play' }).click()
      await page.locator('.started .badge', { hasText: 'Active' }).waitFor()
    }
    await page.getByRole('button', { name: 'Connect the simulated one' }).click()
    await page.getByRole('heading', { name: /^Take the simulated .+ from demo\?$/ }).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    assert.equal((await integration(project)).status, 404, 'nothing is taken without a yes')
    await page.getByRole('button', { name: 'Connect the simulated one' }).click()
    await page.getByRole('button', { name: 'Take it' }).click()
    await page.getByRole('link', { name: 'Try a transfer' }).click()
    await plays()
    await page.goto(`${ORIGIN}${view('try', `&provider=${provider}`)}`)
    await page.getByText(`calls the project ${project} now`).waitFor()
    await page.getByRole('link', { name: 'Let it call here' }).click()
    await page.getByRole('button', { name: 'Let the simulated one call here' }).click()
    await page.getByRole('button', { name: 'Take it' }).click()
    await page.getByRole('link', { name: 'Try a transfer' }).click()
    await plays()
    assert.equal(await page.getByText('calls the project').count(), 0)
    assert.deepEqual((await api('GET', `/integrations/${provider}`)).body.settings, before, 'it is as it was')
    await page.goto(`${ORIGIN}${view('settings', `&section=integrations&item=${provider}`)}`)
    await page.getByRole('button', { name: 'Retire old secrets' }).click()
    await page.getByText('The old secrets are gone.').waitFor()
  })
}

test('an event source that a project has which is not known here: it is said what to do', async (t) => {
  const page = await open(t, `/?project=unknown-${process.pid}&view=settings&section=integrations&item=genesys`, { allowed: ['404', '422'], before: async (page) => {
    await page.route('**/console/config.json', async (route) => {
      const response = await route.fetch()
      return route.fulfill({ response, json: { ...await response.json(), projects: [] } })
    })
  } })
  await page.getByRole('button', { name: 'Connect the simulated one' }).click()
  await page.getByRole('heading', { name: 'Another project has the simulated Genesys' }).waitFor()
  await page.getByText('Open these settings in the project that has it, and remove the integration there').waitFor()
})
