import { h, fill, refill } from './dom.js'
import { View } from './view.js'
import { failed, loading } from './parts.js'
import { openDetails } from './details.js'
import * as address from './address.js'

/** @import { Context } from './types.js' */

/** @type {Record<string, {label: string, load: () => Promise<(context: Context, place: Element, signal: AbortSignal) => Promise<void>>}>} */
const SECTIONS = {
  lifecycle: { label: 'Session lifecycle', load: () => import('./lifecycle.js').then(({ lifecycle }) => lifecycle) },
  integrations: { label: 'Integrations', load: () => import('./integrations.js').then(({ integrations }) => integrations) },
  endpoints: { label: 'Event endpoints', load: () => import('./endpoints.js').then(({ endpoints }) => endpoints) },
}

/** Settings › Agent Transfer. */
class Settings extends View {
  #side = h('nav', { class: 'side', 'aria-label': 'Settings' })
  #place = h('div', { class: 'stack' })
  #shown = ''
  #life = new AbortController()

  start() {
    fill(this, h('h1', { class: 'unseen' }, 'Settings: Agent Transfer'), h('div', { class: 'settings' }, this.#side, this.#place))
    this.signal.addEventListener('abort', () => this.#life.abort())
    this.update()
  }

  update() {
    const wanted = address.get('section') ?? ''
    const section = SECTIONS[wanted] ? wanted : 'lifecycle'
    refill(this.#side, Object.entries(SECTIONS).map(([key, { label }]) => h('a', {
      href: address.viewHref('settings', { project: this.context.project, section: key }), 'aria-current': key === section ? 'page' : null, 'data-key': key,
    }, label)))
    openDetails(this.context, () => {})
    const shown = `${section} ${address.get('item') ?? ''}`
    if (shown !== this.#shown) {
      this.#shown = shown
      void this.#show(section)
    }
  }

  /** @param {string} section */
  async #show(section) {
    this.#life.abort()
    this.#life = new AbortController()
    const { signal } = this.#life
    fill(this.#place, loading(8))
    try {
      const draw = await SECTIONS[section]?.load()
      if (!signal.aborted) await draw?.(this.context, this.#place, signal)
    } catch (error) {
      if (!signal.aborted) fill(this.#place, failed(error, () => { void this.#show(section) }))
    }
  }
}

export const TAG = 'settings-view'
customElements.define(TAG, Settings)
