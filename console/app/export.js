/** @import { TransferRow } from './types.js' */

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
