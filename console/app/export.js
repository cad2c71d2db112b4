import { h, setText } from './dom.js'
import { button, textOf } from './parts.js'

/** @import { TransferPage, TransferRow } from './types.js' */

/** How many sessions are saved at most: a hundred questions of a hundred. */
const MOST = 10_000

/** @type {[string, (row: TransferRow) => unknown][]} */
const COLUMNS = [
  ['contact', (row) => row.contactId], ['agent', (row) => row.agent], ['provider', (row) => row.provider],
  ['channel', (row) => row.channel], ['status', (row) => row.status], ['queue', (row) => row.queue?.name],
  ['representative', (row) => row.representative], ['durationSeconds', (row) => row.durationSeconds],
  ['expiresAt', (row) => row.expiresAt], ['outcome', (row) => row.outcome], ['endReason', (row) => row.endReason],
  ['unconfirmed', (row) => row.unconfirmed], ['stale', (row) => row.stale], ['createdAt', (row) => row.createdAt],
  ['sessionId', (row) => row.sessionId],
]

/**
 * A cell of CSV. A spreadsheet takes what begins like a formula as one, so such a text gets an apostrophe before it.
 * @param {unknown} value
 */
export function cell(value) {
  const text = value === null || value === undefined ? '' : String(value)
  const safe = /^[\s\u0000]*[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** @param {TransferRow[]} rows */
export function csv(rows) {
  const lines = [COLUMNS.map(([name]) => name), ...rows.map((row) => COLUMNS.map(([, of]) => cell(of(row))))]
  return lines.map((line) => `${line.join(',')}\r\n`).join('')
}

/** @param {TransferRow[]} rows */
export const jsonLines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/**
 * Every session that matches, page by page, the newest first.
 * @param {(cursor: string | null) => Promise<TransferPage>} read
 * @param {(number: number) => void} progress
 * @returns {Promise<{rows: TransferRow[], more: boolean}>} whether there are more than can be saved
 */
async function all(read, progress) {
  /** @type {TransferRow[]} */
  const rows = []
  for (let cursor = null; rows.length < MOST;) {
    const page = await read(cursor)
    rows.push(...page.items)
    progress(rows.length)
    cursor = page.nextCursor
    if (!cursor) return { rows, more: false }
  }
  return { rows, more: true }
}

/**
 * Asks whether to save what is seen, or all that matches, of which the table shows a page; reads that, too.
 * @param {TransferRow[]} seen
 * @param {(cursor: string | null, signal: AbortSignal) => Promise<TransferPage>} read
 * @returns {Promise<{rows: TransferRow[], more: boolean} | null>} null if it was called off
 */
export function toSave(seen, read) {
  return new Promise((resolve) => {
    const life = new AbortController()
    /** @type {Awaited<ReturnType<typeof toSave>>} */
    let found = null
    const text = h('p', { role: 'status' }, `The table shows ${seen.length} sessions, and more match.`)
    const page = button(`These ${seen.length}`, () => { found = { rows: seen, more: false }; dialog.close() })
    const whole = button('All that match', async () => {
      page.disabled = true
      try {
        found = await all((cursor) => read(cursor, life.signal), (number) => setText(text, `Read ${number.toLocaleString()} sessions …`))
        dialog.close()
      } catch (error) {
        if (!life.signal.aborted) setText(text, textOf(error))
        page.disabled = false
      }
    }, { kind: 'primary' })
    const dialog = h('dialog', { class: 'ask', 'aria-labelledby': 'ask-title', onclose: () => { life.abort(); dialog.remove(); resolve(found) } },
      h('form', {}, h('h2', { id: 'ask-title' }, 'What is saved?'), text,
        h('div', { class: 'row end' }, button('Cancel', () => { dialog.close() }), page, whole)))
    document.body.append(dialog)
    dialog.showModal()
    whole.focus()
  })
}

/**
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
export function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
