// What is seldom seen, as it really comes: what a contact centre refuses, what waits, what nobody confirms, what runs out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api, control, open, PROVIDERS, status, transfer, until, view } from './support.mjs'

const id = (session) => session.sessionId.split(':')[1]
const opened = (session, more = '') => view('transfers', `&open=${encodeURIComponent(session.sessionId)}${more}`)
/** Lets a contact centre fail, until the test is over. */
async function failing(t, provider, operation, fault, times = 1) {
  t.after(() => control(provider, 'faults', undefined, 'DELETE'))
  await control(provider, 'faults', [{ on: 'request', operation, times, fault }])
}
const say = (session, text) => api('POST', `/transfers/${session.sessionId}/messages`, { messageId: `m-${Date.now()}`, text })

for (const provider of PROVIDERS) {
  test(`a message that ${provider} refuses is told where the session is asked why it is open, and why in the conversation`, async (t) => {
    await control(provider, 'script', { name: 'greet' })
    const session = await transfer({ provider })
    await status(session, 'active')
    await failing(t, provider, 'send', { kind: 'status', status: 400 })
    const page = await open(t, opened(session))
    await page.locator('.why').waitFor()
    await say(session, 'Hello?')
    await page.locator('.why').getByText(/One message was not delivered; the conversation says why\./).waitFor()
    await page.getByRole('tab', { name: /Conversation/ }).click()
    const message = page.locator('.message', { hasText: 'Hello?' })
    await message.getByText('Failed', { exact: true }).waitFor()
    assert.match(await message.locator('.warn').textContent(), /400/)
  })

  test(`a message that ${provider} does not take for now waits, its tries are folded, and it is tried at once from the details and from the table`, async (t) => {
    await control(provider, 'script', { name: 'greet' })
    const agent = `waits-${provider}-${Date.now()}`
    const session = await transfer({ provider, agent })
    await status(session, 'active')
    await failing(t, provider, 'send', { kind: 'status', status: 429, retryAfter: 30 }, 50)
    const page = await open(t, view('transfers', `&agent=${agent}`))
    const row = page.locator(`tr[data-id="${session.sessionId}"]`)
    await row.waitFor()
    assert.equal(await row.getByRole('button', { name: /^Retry/ }).count(), 0)
    await say(session, 'Is anybody there?')
    await row.getByRole('button', { name: /^Retry/ }).waitFor()
    await row.getByRole('link').click()
    await page.locator('.why').getByText(/One message waits to be delivered, the oldest was written .+ ago\./).waitFor()
    await page.locator('.why').getByText(/It was last answered: .*429/).waitFor()
    await page.getByRole('button', { name: 'Retry now' }).click()
    await page.getByRole('tab', { name: /Timeline/ }).click()
    await page.locator('.timeline > li', { hasText: 'could not be told a message' }).getByText(/^×[2-9]$/).waitFor()
    await control(provider, 'faults', undefined, 'DELETE')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog', { state: 'detached' })
    await row.getByRole('button', { name: /^Retry/ }).click()
    const from = Date.now()
    await until('it is delivered', async () => (await api('GET', `/transfers/${session.sessionId}/messages`)).body.items.some((one) => one.text === 'Is anybody there?' && one.delivery === 'delivered'))
    assert.ok(Date.now() - from < 10_000)
    await row.getByRole('button', { name: /^Retry/ }).waitFor({ state: 'detached' })
  })
}

test('what nobody confirmed is given up, a call without a sign is stale, and who writes nothing expires', { timeout: 240_000 }, async (t) => {
  const before = (await api('GET', '/settings/agent-transfer')).body
  t.after(() => api('PUT', '/settings/agent-transfer', before))
  const life = before.sessionLifecycle
  const set = await api('PUT', '/settings/agent-transfer', { ...before, sessionLifecycle: { ...life, voiceStaleAfterMinutes: 1, ttlMinutes: { ...life?.ttlMinutes, chat: 1 }, expiryWarningSeconds: { ...life?.expiryWarningSeconds, chat: 0 }, limits: { ...life?.limits, unconfirmedMinutes: 1 } } })
  assert.equal(set.status, 200, JSON.stringify(set.body))
  const agent = `rare-${Date.now()}`
  for (const provider of ['five9', 'servicenow', 'genesys']) await control(provider, 'script', { name: 'greet' })
  await failing(t, 'genesys', 'open', { kind: 'status', status: 503 })
  const unconfirmed = await transfer({ agent, channel: 'messaging' })
  const call = await transfer({ agent, provider: 'five9', channel: 'voice' })
  const quiet = await transfer({ agent, provider: 'servicenow' })
  const page = await open(t, view('transfers', `&agent=${agent}`))
  const row = (session) => page.locator(`tr[data-id="${session.sessionId}"]`)
  const badge = (session, word) => row(session).locator('.badge', { hasText: word })
  await badge(unconfirmed, 'Unconfirmed').waitFor()
  await row(unconfirmed).getByRole('button', { name: /^Retry/ }).waitFor()
  await badge(quiet, 'Active').waitFor()
  await row(quiet).locator('.c-left .number').getByText(/^\d+s$/).waitFor()
  assert.equal(await row(quiet).locator('.bar').getAttribute('data-low'), 'yes', 'what is about to run out is marked')
  await row(call).getByText('no expiry').waitFor()
  const [ofUnconfirmed, ofQuiet] = [await open(t, opened(unconfirmed)), await open(t, opened(quiet))]
  await ofUnconfirmed.locator('.why').getByText(/It was last answered: outcome unknown: 503/).waitFor()
  await ofQuiet.locator('.why').getByText(/Unless something happens, it expires in \d+ seconds/).waitFor()
  const timeout = 150_000
  await badge(quiet, 'Ended').waitFor({ timeout })
  await badge(call, 'Stale').waitFor({ timeout })
  await badge(unconfirmed, 'Ended').waitFor({ timeout })
  assert.deepEqual(await row(unconfirmed).locator('.badge').allTextContents(), ['Ended', 'Unconfirmed'])
  await ofUnconfirmed.locator('.why').getByText(/Nobody came to know whether Genesys had taken it\./).waitFor()
  await ofUnconfirmed.locator('.why').getByText(/Genesys answered: outcome unknown: 503/).waitFor()
  await ofQuiet.locator('.why').getByText(/Nobody wrote within its time to live\./).waitFor()
  await page.getByRole('button', { name: 'Stale' }).click()
  await page.getByText('1 shown', { exact: true }).waitFor()
  await row(call).waitFor()
})
