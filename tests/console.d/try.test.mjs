import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, PROVIDERS, until, view } from './support.mjs'

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
    await page.getByRole('button', { name: 'Drop a callback' }).click()
    await page.getByText('The next callback is dropped.').waitFor()
    await page.getByLabel('Write as the representative', { exact: true }).fill('This one is lost, or told again.')
    await page.keyboard.press('Enter')
    await desk.getByRole('button', { name: 'End', exact: true }).click()
    await feed.getByText('transfer.ended').waitFor()
    await contact.getByLabel('Write as the contact', { exact: true }).and(page.locator(':disabled')).waitFor()
  })
}

for (const [label, outcome, why] of [['Refused', 'Rejected', /^ServiceNow refused the conversation\./], ['Nobody there', 'Nobody there', /^ServiceNow had nobody to take it\./]]) {
  test(`a transfer that goes wrong (${label}) tells why`, async (t) => {
    const page = await open(t, view('try', '&provider=servicenow'), { allowed: ['404'] })
    await page.getByRole('button', { name: label, exact: true }).click()
    await page.locator('.started .badge', { hasText: outcome }).waitFor()
    await page.locator('.feed').getByText('transfer.failed').waitFor()
    await page.getByRole('link', { name: 'How it ended' }).click()
    await page.locator('.why').getByText(why).waitFor()
  })
}

test('one for whom nobody comes waits, and the contact may leave', async (t) => {
  const page = await open(t, view('try', '&provider=five9'), { allowed: ['404'] })
  await page.getByRole('button', { name: 'Nobody comes', exact: true }).click()
  await page.locator('.started .badge', { hasText: 'Queued' }).waitFor()
  await page.getByRole('button', { name: 'The contact leaves' }).click()
  await page.locator('.started .badge', { hasText: 'Abandoned' }).waitFor()
})

test('what the project is not connected to is said, with the way there', async (t) => {
  const page = await open(t, `/?project=newcomer-${process.pid}&view=try`, { allowed: ['404'] })
  await page.getByText('This project is not connected to Genesys').waitFor()
  assert.match(await page.getByRole('combobox', { name: 'Provider' }).locator('option').first().textContent(), /not connected/)
  await page.getByRole('link', { name: 'Connect Genesys' }).click()
  await page.getByRole('button', { name: 'Connect', exact: true }).waitFor()
})
