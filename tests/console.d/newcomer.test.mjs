// Somebody who has nothing but the page: connects a contact centre, makes a transfer, follows it, finds out why one failed,
// changes how long they live, and ends one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api, control, open, ORIGIN, until } from './support.mjs'

test('a newcomer with only the running page', { timeout: 180_000 }, async (t) => {
  const project = `somebody-${process.pid}`
  const provider = 'servicenow'
  t.after(async () => {
    await fetch(`${ORIGIN}/v1/projects/${project}/integrations/${provider}`, { method: 'DELETE' })
    const { settings } = (await api('GET', `/integrations/${provider}`)).body
    const { body } = await api('PUT', `/integrations/${provider}`, { settings, retireNewSecrets: true, rotateSecrets: true })
    await control(provider, 'webhook', { url: body.webhookUrl, secret: body.signingSecret })
    await control(provider, 'relay', { url: body.relayUrl, secret: body.relaySecret })
    await control(provider, 'script', { name: 'greet' })
    assert.equal((await api('PUT', `/integrations/${provider}`, { settings, retireOldSecrets: true })).status, 200)
  })
  const page = await open(t, '/', { allowed: ['404'] })
  const button = (name) => page.getByRole('button', { name, exact: true })
  const link = (name) => page.getByRole('link', { name, exact: true })
  await page.getByLabel('Project', { exact: true }).selectOption('Another …')
  await page.getByRole('textbox', { name: 'Project' }).fill(project)
  await button('Open').click()
  await page.getByText('No transfers yet').waitFor()

  // Connects a contact centre.
  await link('Try one').click()
  await page.getByText('This project is not connected to Genesys').waitFor()
  await page.getByRole('combobox', { name: 'Provider' }).selectOption(provider)
  await link('Connect ServiceNow').click()
  await button('Connect the simulated one').click()
  await button('Test').click()
  await page.getByRole('heading', { name: 'The test passed' }).waitFor()
  await link('Try a transfer').click()

  // Makes a transfer and follows it.
  await button('Let the simulator play').click()
  await page.locator('.started .badge', { hasText: 'Active' }).waitFor()
  await page.locator('.feed').getByText('message.received').first().waitFor()
  await link('Timeline').click()
  await page.locator('.timeline').getByText('A representative joined.').waitFor()
  await button('Close').click()

  // Finds out why another one failed.
  await button('Refused').click()
  await page.locator('.started .badge', { hasText: 'Rejected' }).waitFor()
  await link('How it ended').click()
  await page.locator('.why').getByText('ServiceNow refused the conversation.').waitFor()
  await page.locator('.why').getByText('ServiceNow answered:').waitFor()
  await button('Close').click()

  // Changes how long a chat lives: of the next one that is told.
  await link('Settings').click()
  await page.getByRole('group', { name: /^Time to live/ }).getByLabel('Chat').fill('45')
  await button('Save').click()
  await page.getByText('Saved. It holds').waitFor()
  await link('Try it').click()
  await until('the one that is connected is chosen', async () => await page.getByRole('combobox', { name: 'Provider' }).inputValue() === provider)
  await button('Let the simulator play').click()
  await page.locator('.started .badge', { hasText: 'Active' }).waitFor()

  // Ends it from the table.
  await link('Transfers').click()
  const rows = page.locator('tbody tr')
  await until('all three are there', async () => await rows.count() === 3)
  await rows.first().getByText('Active').waitFor()
  await rows.first().getByRole('link').click()
  await page.getByRole('tab', { name: 'Settings' }).click()
  await page.locator('.panel tr', { hasText: 'Time to live' }).getByText('45m 00s').waitFor()
  await button('Close').click()
  await rows.first().getByRole('button', { name: /^End/ }).click()
  await button('End session').click()
  await rows.first().getByText('Ended', { exact: true }).waitFor()
  await rows.first().getByRole('link').click()
  await page.locator('.why').getByText('An operator ended it.').waitFor()
})
