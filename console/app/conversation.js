import { h, said } from './dom.js'
import { badge, bounded, empty, outside, when } from './parts.js'
import { spaced } from './words.js'

/** @import { Client } from './client.js' */
/** @import { Message, Part } from './types.js' */

/** How many of the newest messages are read again: how far they came, and whether they were read, is told later. */
const UNSETTLED = 50

/**
 * The messages of a session: those that are known and settled, and what came since.
 * @param {Client} client
 * @param {string} sessionId
 * @param {Message[]} known
 * @param {AbortSignal} signal
 */
export async function readMessages(client, sessionId, known, signal) {
  const waiting = known.findIndex((one) => one.delivery === 'pending')
  const settled = Math.max(0, known.length - UNSETTLED)
  const found = known.slice(0, waiting < 0 ? settled : Math.min(waiting, settled))
  let after = String(found.at(-1)?.sequence ?? 0)
  for (let more = true; more;) {
    const { body } = await client.call('getMessages', { at: { sessionId }, query: { after, limit: 100 }, signal })
    found.push(...body.items)
    after = body.next
    more = body.more
  }
  return found
}

/**
 * A message, with how far it came.
 * @param {Message} message
 */
export function messageOf(message) {
  // The text says all of the parts; what is only words is not said twice.
  const parts = message.content.filter((part) => part.type !== 'text')
  const plain = message.content.every((part) => part.type === 'text') || message.content.length === 0
  return h('li', { class: 'message', 'data-author': message.author, 'data-delivery': message.delivery },
    h('div', { class: 'bubble' },
      plain || parts.length === 0 ? h('p', { dir: 'auto', class: 'words' }, message.text || (message.attachments.length > 0 ? '' : '(no text)')) : message.content.map(partOf),
      message.reply ? h('p', { class: 'quiet' }, 'Chose ', said(message.reply.label ?? message.reply.value)) : null,
      // A file that is one of the parts is shown there.
      message.attachments.filter(({ url }) => !parts.some((part) => 'url' in part && part.url === url)).map((file) => h('p', { class: 'file' }, outside(file.url, file.name ?? file.url), file.contentType ? h('span', { class: 'quiet' }, ' ', said(file.contentType)) : null)),
      message.truncated ? h('p', { class: 'quiet' }, 'Cut: it was longer than what is kept.') : null),
    h('div', { class: 'under quiet' }, spaced(message.author), ' · ', when(message.sentAt ?? message.acceptedAt),
      message.direction === 'outbound' ? [' · ', badge(message.delivery)] : null,
      message.receipt ? ` · ${message.receipt}` : null,
      message.late ? ' · after the end' : null,
      message.failure ? h('div', { class: 'warn' }, ' · ', bounded(message.failure, `failure ${message.sequence}`)) : null))
}

/**
 * @param {Part} part
 * @returns {Node}
 */
function partOf(part) {
  const title = (/** @type {string | null | undefined} */ text) => text ? h('strong', {}, said(text)) : null
  const choices = (/** @type {{label: string, url?: string | null}[] | undefined} */ list) => list?.length
    ? h('ul', { class: 'choices' }, list.map((one) => h('li', {}, one.url ? outside(one.url, one.label) : said(one.label)))) : null
  switch (part.type) {
    case 'text': return h('p', { dir: 'auto', class: 'words' }, part.text)
    case 'link': return h('div', { class: 'part' }, outside(part.url, part.title), part.description ? h('div', {}, bounded(part.description, `link ${part.url}`)) : null)
    case 'image': return h('div', { class: 'part' }, 'Image: ', outside(part.url, part.alt))
    case 'file': return h('div', { class: 'part' }, 'File: ', outside(part.url, part.name))
    case 'card': return h('div', { class: 'part' }, title(part.title), part.text ? h('p', { dir: 'auto' }, part.text) : null,
      part.image ? h('p', {}, 'Image: ', outside(part.image)) : null, part.url ? h('p', {}, outside(part.url)) : null,
      part.fields?.length ? h('dl', { class: 'facts' }, part.fields.flatMap((field) => [h('dt', {}, said(field.label)), h('dd', {}, said(field.value))])) : null, choices(part.choices))
    case 'choices': return h('div', { class: 'part' }, part.text ? h('p', { dir: 'auto' }, part.text) : null, choices(part.choices))
    case 'form': return h('div', { class: 'part' }, title(part.title), h('ul', {}, part.fields.map((field) => h('li', {}, said(field.label)))))
    case 'table': return h('div', { class: 'part scroll' }, title(part.title), h('table', { class: 'plain' },
      part.headers?.length ? h('thead', {}, h('tr', {}, part.headers.map((one) => h('th', {}, said(one))))) : null,
      h('tbody', {}, part.rows.map((row) => h('tr', {}, row.map((one) => h('td', {}, said(one))))))))
    case 'location': return h('div', { class: 'part' }, 'Place: ', said(part.name ?? ''), ` ${part.latitude}, ${part.longitude}`)
    case 'citation': return h('blockquote', { class: 'part' }, part.text ? h('p', { dir: 'auto' }, part.text) : null, outside(part.url, part.title))
    case 'notice': return h('p', { class: 'quiet' }, said(part.text))
  }
}

/** @param {Message[]} messages */
export function conversation(messages) {
  if (messages.length === 0) return empty('No messages yet', 'What the contact and the representative write appears here.')
  return h('ol', { class: 'conversation' }, messages.map(messageOf))
}
