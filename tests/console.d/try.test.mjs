import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api, control, moving, open, ORIGIN, PROJECT, PROVIDERS, status, transfer, until, view } from './support.mjs'

const NAMES = { genesys: 'Genesys', salesforce: 'Salesforce', servicenow: 'ServiceNow', five9: 'Five9', smartassist: 'Kore SmartAssist' }
/** What the page says where nobody was there: not every contact centre can tell that. */
const NOBODY = Object.fromEntries(PROVIDERS.map((provider) => [provider, ['Nobody there', ...({ genesys: ['Failed', 'Genesys closed the conversation by itself.'], five9: ['Declined', 'The representative closed the conversation.', 'transfer.ended'] }[provider] ?? ['Nobody there', `${NAMES[provider]} had nobody to take it.`])]]))

for (const provider of PROVIDERS) {
  test(`somebody plays both sides of a transfer at ${provider}, and sees every event`, async (t) => {
    const page = await open(t, view('try', `&provider=${provider}`), { allowed: ['404', '409'] })
    await page.getByRole('button', { name: 'Start a transfer' }).click()
    const feed = page.locator('.feed')
    await feed.getByText('transfer.requested').waitFor()
    await feed.getByText('transfer.accepted').or(page.getByText('It rings …')).first().waitFor()
    const contact = page.locator('section', { has: page.getByRole('heading', { name: 'Contact', exact: true }) })
    const desk = page.locator('section', { has: page.getByRole('heading', { name: 'Representative', exact: true }) })
    await until('the contact centre knows of it', async () => (await desk.locator('.message').count()) > 0 || (await desk.getByText('It rings').count()) === 0)
    await desk.getByRole('button', { name: 'Accept' }).click()
    await desk.getByRole('button', { name: 'Queue', exact: true }).click()
    await desk.getByRole('button', { name: 'Join' }).click()
    await feed.getByText('transfer.representative_joined').first().waitFor()
    await until('what makes no sense now cannot be pressed', () => desk.getByRole('button', { name: 'Join' }).isDisabled())
    await page.getByLabel('Write as the contact', { exact: true }).fill('Where is order 42?')
    await page.keyboard.press('Enter')
    await desk.locator('.bubble', { hasText: 'Where is order 42?' }).waitFor()
    await page.getByLabel('Write as the representative', { exact: true }).fill('It is on its way.')
    await page.keyboard.press('Enter')
    await contact.locator('.bubble', { hasText: 'It is on its way.' }).waitFor()
    await feed.getByText('message.received').first().waitFor()
    const write = async (text) => {
      await page.getByLabel('Write as the representative', { exact: true }).fill(text)
      await page.keyboard.press('Enter')
      await desk.locator('.bubble', { hasText: text }).waitFor()
    }
    const comes = (text) => feed.locator('li', { hasText: text }).first().waitFor()
    const wrong = async (name, told) => {
      await page.getByRole('button', { name, exact: true }).click()
      await page.getByText(told).last().waitFor()
    }
    await wrong('Drop a callback', 'The next callback is dropped.')
    await write('This one is lost.')
    await write('This one is not.')
    await comes('This one is not.')
    assert.equal(await feed.getByText('This one is lost.').count(), 0)
    await wrong('Delay one by 5 s', 'The next callback comes five seconds late.')
    const from = Date.now()
    await write('This one is late.')
    await comes('This one is late.')
    assert.ok(Date.now() - from >= 5000, `${Date.now() - from}`)
    await wrong('Double one', 'The next callback comes twice.')
    await write('This one comes twice.')
    await comes('This one comes twice.')
    await wrong('Refuse a message', 'The next message of the contact is refused with 429 at first.')
    await page.getByLabel('Write as the contact', { exact: true }).fill('This one is refused at first.')
    await page.keyboard.press('Enter')
    const refused = contact.locator('.message', { hasText: 'This one is refused at first.' })
    await refused.getByText('Pending').waitFor()
    await refused.getByText('Delivered').waitFor({ timeout: 40_000 })
    assert.equal(await feed.locator('li', { hasText: 'This one comes twice.' }).count(), 1)
    await wrong('Double one', 'The next callback comes twice.')
    await desk.getByRole('button', { name: 'To another queue' }).click()
    await page.getByRole('link', { name: 'Timeline' }).click()
    await page.getByRole('button', { name: 'All', exact: true }).last().click()
    // Where what comes twice has a name, the second one is known by it and leaves no trace.
    await page.locator('.timeline > li', { hasText: ['genesys', 'salesforce'].includes(provider) ? /(Queued|Representative left).*ignored: / : 'Queued' }).first().waitFor()
    await page.keyboard.press('Escape')
    await desk.getByRole('button', { name: 'End', exact: true }).click()
    await feed.getByText('transfer.ended').waitFor()
    await contact.getByLabel('Write as the contact', { exact: true }).and(page.locator(':disabled')).waitFor()
  })
}

for (const provider of PROVIDERS) {
  for (const [label, outcome, why, event = 'transfer.failed'] of [['Refused', 'Rejected', `${NAMES[provider]} refused the conversation.`], NOBODY[provider]]) {
    test(`a transfer to ${provider} that goes wrong (${label}) tells why`, async (t) => {
      const page = await open(t, view('try', `&provider=${provider}`), { allowed: ['404'] })
      await page.getByRole('button', { name: label, exact: true }).click()
      await page.locator('.started .badge', { hasText: outcome }).waitFor()
      await page.locator('.feed').getByText(event).waitFor()
      await page.getByRole('link', { name: 'How it ended' }).click()
      await page.locator('.why strong', { hasText: why }).waitFor()
    })
  }

  test(`one of which nobody knows whether ${provider} took it says what was answered, and nothing moves`, async (t) => {
    const page = await open(t, view('try', `&provider=${provider}`), { allowed: ['404'] })
    const talk = page.locator('.try')
    await talk.waitFor()
    const before = await talk.boundingBox()
    await page.getByRole('button', { name: 'No answer', exact: true }).click()
    await page.locator('.started .badge', { hasText: 'Unconfirmed' }).waitFor()
    assert.deepEqual(await talk.boundingBox(), before)
    await page.getByRole('link', { name: 'Why is it still open?' }).click()
    await page.locator('.why').getByText(/It was last answered: outcome unknown: 503/).waitFor()
  })

  test(`one for whom nobody comes at ${provider} waits, and the contact may leave`, async (t) => {
    const page = await open(t, view('try', `&provider=${provider}`), { allowed: ['404'] })
    await page.getByRole('button', { name: 'Nobody comes', exact: true }).click()
    await page.locator('.started .badge', { hasText: 'Queued' }).waitFor()
    await page.getByRole('button', { name: 'The contact leaves' }).click()
    await page.locator('.started .badge', { hasText: 'Abandoned' }).waitFor()
  })
}

test('a project of one\'s own is begun from the page alone, and left again', async (t) => {
  const project = `begun-${process.pid}`
  const page = await open(t, view('try'))
  await page.locator('.try').waitFor()
  await page.getByLabel('Project', { exact: true }).selectOption('Another …')
  await page.getByRole('heading', { name: 'Which project?' }).waitFor()
  await page.goBack()
  await page.locator('.try').waitFor()
  await page.getByLabel('Project', { exact: true }).selectOption('Another …')
  await page.getByRole('textbox', { name: 'Project' }).fill(project)
  await page.keyboard.press('Enter')
  await page.getByText('This project is not connected to Genesys').waitFor()
  assert.equal(new URL(page.url()).searchParams.get('project'), project)
  await page.getByLabel('Project', { exact: true }).selectOption(PROJECT)
  await until('back', () => new URL(page.url()).searchParams.get('project') === PROJECT)
  await page.locator('.try').waitFor()
  assert.equal(await page.getByText('This project is not connected').count(), 0)
})

test('what the project is not connected to is said, with the way there', async (t) => {
  const page = await open(t, `/?project=newcomer-${process.pid}&view=try`, { allowed: ['404'] })
  await page.getByText('This project is not connected to Genesys').waitFor()
  assert.match(await page.getByRole('combobox', { name: 'Provider' }).locator('option').first().textContent(), /not connected/)
  await page.getByRole('link', { name: 'Connect Genesys' }).click()
  await page.getByRole('button', { name: 'Connect', exact: true }).waitFor()
})

test('a new project is connected to a simulated contact centre and plays with it; the other one gets it back by rotating', async (t) => {
  const project = `newcomer-${process.pid}`
  const { settings } = (await api('GET', '/integrations/servicenow')).body
  t.after(() => fetch(`${ORIGIN}/v1/projects/${project}/integrations/servicenow`, { method: 'DELETE' }))
  let back = false
  t.after(async () => {
    if (back) return
    const { body } = await api('PUT', '/integrations/servicenow', { settings, retireNewSecrets: true, rotateSecrets: true })
    await control('servicenow', 'webhook', { url: body.webhookUrl, secret: body.signingSecret })
    await control('servicenow', 'relay', { url: body.relayUrl, secret: body.relaySecret })
  })
  const page = await open(t, `/?project=${project}&view=settings&section=integrations&item=servicenow`, { allowed: ['404'] })
  await page.getByLabel('instanceUrl *').fill(settings.instanceUrl)
  await page.getByLabel('appInboundId *').fill(settings.appInboundId)
  await page.getByLabel('clientId *').fill('local-client')
  await page.getByLabel('clientSecret *').fill('local-client-secret')
  await page.getByLabel('signingSecret').fill(`my own secret ${process.pid}`)
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByRole('button', { name: 'Enter them at the simulated one' }).click()
  await page.getByText('The simulated ServiceNow calls this project now.').waitFor()
  await page.getByRole('link', { name: 'Try it' }).click()
  assert.equal(await page.getByText('is not connected to').count(), 0)
  await until('the one that is connected is chosen', async () => await page.getByRole('combobox', { name: 'Provider' }).inputValue() === 'servicenow')
  await page.getByRole('button', { name: 'Let the simulator play' }).click()
  await page.locator('.started .badge', { hasText: 'Active' }).waitFor()
  await page.goto(`${ORIGIN}${view('settings', '&section=integrations&item=servicenow')}`)
  await page.getByRole('button', { name: 'Rotate secrets' }).click()
  await page.getByRole('button', { name: 'Enter them at the simulated one' }).click()
  await page.getByText('The simulated ServiceNow calls this project now.').waitFor()
  await page.getByRole('button', { name: 'Retire old secrets' }).click()
  await page.getByText('The old secrets are gone.').waitFor()
  await status(await transfer({ provider: 'servicenow' }), 'active')
  back = true
})

test('a transfer that is being played goes on when the page is loaded again', async (t) => {
  const page = await open(t, view('try', '&provider=servicenow'), { allowed: ['404', '409'] })
  await page.getByRole('button', { name: 'Let the simulator play' }).click()
  await page.locator('.started .badge', { hasText: 'Active' }).waitFor()
  const events = await page.locator('.feed strong').allTextContents()
  await page.reload()
  await page.locator('.started .badge', { hasText: 'Active' }).waitFor()
  await until('its events are there again', async () => (await page.locator('.feed strong').count()) >= events.length)
  assert.equal(await page.getByRole('combobox', { name: 'Provider' }).inputValue(), 'servicenow')
  await page.getByLabel('Write as the contact', { exact: true }).fill('Are you still there?')
  await page.keyboard.press('Enter')
  await page.locator('section', { has: page.getByRole('heading', { name: 'Representative', exact: true }) }).locator('.bubble', { hasText: 'Are you still there?' }).first().waitFor()
  await page.goto(`${ORIGIN}${view('try', '&session=agent_transfer%3A01a228cf-633a-7a10-a854-105b4da4cf68%3Anone%3Achat')}`)
  await until('one that is gone is forgotten', () => new URL(page.url()).searchParams.get('session') === null)
  await page.getByText('Somebody needs a human').waitFor()
})

for (const [width, height] of [[1360, 860], [360, 780]]) {
  test(`while a transfer is played, nothing moves that is not part of the talk, at ${width}`, async (t) => {
    const page = await open(t, view('try', '&provider=genesys'), { width, height, allowed: ['404', '409'] })
    const places = () => page.locator('.side-of, .say, .deeds button').evaluateAll((all) => all.map((one) => { const { x, y } = one.getBoundingClientRect(); return [one.matches('button') ? one.textContent : one.className, x, y + scrollY] }))
    await page.locator('.deeds button').first().waitFor()
    await until('it is known what is connected', async () => await page.getByRole('combobox', { name: 'Provider' }).locator('option').count() === 5)
    await until('nothing draws', async () => { const one = JSON.stringify(await places()); await page.waitForTimeout(300); return JSON.stringify(await places()) === one })
    const before = await places()
    const moved = await moving(page)
    await page.getByRole('button', { name: 'Start a transfer' }).click()
    const deed = (name) => page.locator('.deeds').getByRole('button', { name, exact: true }).click()
    await deed('Queue')
    await page.locator('.started .badge', { hasText: 'Queued' }).waitFor()
    await deed('Join')
    await page.locator('.started .badge', { hasText: 'Active' }).waitFor()
    await page.getByLabel('Write as the representative', { exact: true }).fill('How can I help?')
    await page.keyboard.press('Enter')
    await page.locator('.feed').getByText('message.received').first().waitFor()
    await deed('End')
    await page.locator('.started .badge', { hasText: 'Ended' }).waitFor()
    assert.deepEqual(await places(), before)
    assert.deepEqual(await moved(), [])
  })
}
