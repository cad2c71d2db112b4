import { h, icon, fill, said } from './dom.js'
import * as address from './address.js'
import { Client } from './client.js'
import { SignIn, SignInFailed } from './sign-in.js'
import { iconButton, button, textOf } from './parts.js'
import { help, takeKeys } from './keys.js'

/** @import * as T from './types.js' */

/** @type {Record<string, {label: string, load: () => Promise<string>}>} */
const VIEWS = {
  transfers: { label: 'Transfers', load: () => import('./transfers.js').then(({ TAG }) => TAG) },
  inbox: { label: 'Inbox', load: () => import('./inbox.js').then(({ TAG }) => TAG) },
  settings: { label: 'Settings', load: () => import('./settings.js').then(({ TAG }) => TAG) },
  try: { label: 'Try it', load: () => import('./try.js').then(({ TAG }) => TAG) },
}

const main = h('main', { id: 'main', tabindex: -1 })
// In the layer above everything: it moves nothing, and no dialog covers it.
const offline = h('div', { class: 'offline', role: 'status', popover: 'manual' })

start().catch((error) => {
  document.body.replaceChildren(main)
  fill(main, h('div', { class: 'empty', role: 'alert' },
    h('h1', {}, error instanceof SignInFailed ? 'Not signed in' : 'The console did not start'),
    h('p', {}, said(textOf(error))),
    button('Try again', () => location.assign('/'), { kind: 'primary' })))
})

async function start() {
  theme(localStorage.getItem('theme'))
  const response = await fetch('/console/config.json', { credentials: 'omit' }).catch(() => null)
  if (!response?.ok) throw new Error('The service does not answer.')
  /** @type {T.Config} */
  const config = await response.json()
  const signIn = config.signIn ? new SignIn(config.signIn) : null
  if (signIn && !await signIn.complete()) return signIn.start()
  const projects = signIn ? granted(signIn.claims[config.projectClaim], config.projects) : config.projects
  address.takeLinks()
  takeKeys()
  shell(config, signIn, projects)
}

/**
 * The projects of a token: a text with blanks, or a list.
 * @param {unknown} claim
 * @param {string[]} otherwise
 */
function granted(claim, otherwise) {
  const names = typeof claim === 'string' ? claim.split(/[\s,]+/) : Array.isArray(claim) ? claim.map(String) : []
  const found = names.filter((name) => name !== '' && name !== '*')
  return found.length > 0 ? found : otherwise
}

/**
 * @param {T.Config} config
 * @param {SignIn | null} signIn
 * @param {string[]} projects
 */
function shell(config, signIn, projects) {
  const links = Object.entries(VIEWS).filter(([name]) => name !== 'try' || config.simulators !== null)
    .map(([name, { label }]) => ({ name, link: h('a', { href: '/' }, label) }))
  const project = h('div', { class: 'project' })
  document.body.replaceChildren(
    h('a', { class: 'skip', href: '#main', onclick: (/** @type {Event} */ event) => { event.preventDefault(); main.focus() } }, 'Skip to content'),
    h('header', { class: 'top' },
      h('a', { class: 'brand', href: '/' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), h('span', {}, 'Agent Transfer')),
      h('nav', { 'aria-label': 'Views' }, links.map(({ link }) => link)),
      h('div', { class: 'tools' }, project,
        iconButton('Light or dark', 'theme', () => switchTheme()),
        h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Keyboard shortcuts', title: 'Keyboard shortcuts (?)', onclick: help }, '?'),
        signIn ? h('button', { type: 'button', class: 'icon-button', title: `Sign out ${signIn.who}`, 'aria-label': `Sign out ${signIn.who}`, onclick: () => signIn.end() }, icon('person')) : null)),
    offline, main)

  /** @type {Client | null} */
  let client = null
  let shown = ''
  const show = async () => {
    const name = address.get('project') ?? projects[0] ?? ''
    const view = VIEWS[address.get('view') ?? ''] && (address.get('view') !== 'try' || config.simulators) ? address.get('view') ?? '' : 'transfers'
    if (name === '') {
      shown = ''
      fill(project)
      return askForProject(signIn !== null)
    }
    for (const one of links) {
      one.link.setAttribute('href', address.viewHref(one.name, { project: name }))
      if (one.name === view) one.link.setAttribute('aria-current', 'page')
      else one.link.removeAttribute('aria-current')
    }
    document.querySelector('.brand')?.setAttribute('href', address.viewHref('transfers', { project: name }))
    document.title = `${VIEWS[view]?.label} · ${name} · Agent Transfer`
    const wanted = `${name} ${view}`
    if (wanted === shown) return
    shown = wanted
    // At once, so that the view that goes does not take the new address for its own.
    fill(main)
    client = clientOf(name, signIn)
    fill(project, projectPicker(name, projects, signIn === null))
    const tag = await VIEWS[view]?.load()
    if (shown !== wanted || !tag) return
    const made = /** @type {import('./view.js').View} */ (document.createElement(tag))
    made.context = { config, client, project: name }
    fill(main, made)
  }
  address.onChange(show, new AbortController().signal)
  show().catch((error) => fill(main, h('div', { class: 'empty', role: 'alert' }, h('h1', {}, 'Not available'), h('p', {}, said(textOf(error))))))

  // What opens later stands above it, until it is raised again.
  document.addEventListener('toggle', (event) => { if (event.target instanceof HTMLDialogElement && event.target.open) raise(event.target) }, true)
  addEventListener('offline', () => unreachable(true))
  addEventListener('online', () => unreachable(false))
  unreachable(!navigator.onLine)
}

/**
 * @param {string} project
 * @param {SignIn | null} signIn
 */
function clientOf(project, signIn) {
  const refused = async () => {
    if (!signIn) return false
    if (await signIn.renew()) return true
    // What was just given and is refused would be refused again: that is told instead of going round in a circle.
    if (!signIn.isFresh) await signIn.start()
    return false
  }
  const client = new Client(project, () => signIn?.token ?? null, refused)
  client.addEventListener('answered', () => unreachable(false))
  client.addEventListener('unreachable', () => unreachable(true))
  return client
}

/** @param {boolean} is */
function unreachable(is) {
  if (offline.matches(':popover-open') === is) return
  if (!is) offline.hidePopover()
  offline.textContent = is ? (navigator.onLine ? 'The service does not answer. What is shown is as it was; trying again.' : 'You are offline. What is shown is as it was.') : ''
  if (is) offline.showPopover()
  for (const place of document.querySelectorAll('.offline-heard')) place.textContent = offline.textContent
}

/**
 * A dialog has come: the line is raised above it, and said in it, because what is outside of it is not heard.
 * @param {HTMLDialogElement} dialog
 */
function raise(dialog) {
  const place = h('p', { class: 'offline-heard unseen', role: 'status' })
  dialog.append(place)
  if (!offline.matches(':popover-open')) return
  offline.hidePopover()
  offline.showPopover()
  // What came together with its place would not be heard.
  setTimeout(() => { place.textContent = offline.textContent }, 50)
}

/**
 * @param {string} name
 * @param {string[]} projects
 * @param {boolean} any whether every name is a project of whoever asks
 */
function projectPicker(name, projects, any) {
  const go = (/** @type {string} */ to) => address.go(address.viewHref(address.get('view') ?? 'transfers', { project: to }))
  const names = projects.includes(name) ? projects : [name, ...projects]
  if (names.length === 1 && !any) return h('span', { class: 'project-name', title: 'Project' }, said(name))
  return h('select', { 'aria-label': 'Project', onchange: (/** @type {any} */ event) => go(event.target.value) },
    names.map((one) => h('option', { value: one, selected: one === name }, one)), any ? h('option', { value: '' }, 'Another …') : null)
}

/** @param {boolean} signIn */
function askForProject(signIn) {
  const name = h('input', { name: 'project', required: true, pattern: '[A-Za-z0-9._~\\-]{1,64}', title: 'At most 64 letters, digits, dots, hyphens, underscores and tildes', autocomplete: 'off' })
  fill(main, h('form', {
    class: 'empty', onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); address.set({ project: name.value }) },
  }, h('h1', {}, 'Which project?'), h('p', {}, signIn ? 'Neither the sign-in nor the address names one.' : 'A project owns its contact centres, settings and transfers. Here any name will do: it is one as soon as something is saved in it.'),
  h('label', { class: 'field' }, h('span', {}, 'Project'), name), h('button', { class: 'button primary' }, 'Open')))
}

/** @param {string | null} name */
function theme(name) {
  if (name) document.documentElement.dataset.theme = name
}

function switchTheme() {
  const dark = (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark'
  const next = dark ? 'light' : 'dark'
  localStorage.setItem('theme', next)
  theme(next)
}
