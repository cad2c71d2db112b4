import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { api, open, PROVIDERS, status, transfer, until, view } from './support.mjs'

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
    assert.equal(fields, Object.keys(described.settings.properties).length + Object.keys(described.credentials.properties).length)
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
  const page = await open(t, view('settings', '&section=integrations&item=servicenow'))
  await page.getByRole('button', { name: 'Rotate secrets' }).click()
  await page.getByRole('heading', { name: 'Shown once' }).waitFor()
  assert.doesNotMatch(await page.locator('.secret').textContent(), /\{secret\}/)
  await page.getByRole('button', { name: 'Take the rotation back' }).click()
  await page.getByText('The new secrets are gone.').waitFor()
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
  await page.getByLabel('Session id to replay').fill(session.sessionId)
  await page.getByRole('button', { name: 'Replay' }).click()
  await page.getByText(/\d+ events are sent again/).waitFor()
  await page.getByRole('button', { name: 'Remove this endpoint' }).click()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await until('it is gone', async () => (await api('GET', `/settings/event-endpoints/${name}`)).status === 404)
})
