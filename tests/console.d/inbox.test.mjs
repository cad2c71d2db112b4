import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api, control, open, transfer, until, view } from './support.mjs'

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
  const page = await open(t, view('inbox'))
  const line = (session) => page.locator(`[data-task="${session.sessionId.split(':')[1]}"]`)
  await line(waits).getByText('Wants a human for the invoice.').waitFor()
  await line(waits).getByText('Priority 9').waitFor()
  await line(waits).getByText(/\d+s old/).waitFor()
  assert.equal(await page.locator('.task').first().getAttribute('data-word'), 'failed')
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
