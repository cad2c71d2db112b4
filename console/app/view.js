import * as address from './address.js'

/** A part of the page with a life: `start` when it comes, its signal aborts when it goes. */
export class View extends HTMLElement {
  /** @type {import('./types.js').Context} */
  context = /** @type {any} */ (null)
  #life = new AbortController()

  connectedCallback() {
    this.#life = new AbortController()
    this.start(this.#life.signal)
    address.onChange(() => this.update(), this.#life.signal)
  }

  disconnectedCallback() {
    this.#life.abort()
  }

  get signal() {
    return this.#life.signal
  }

  /**
   * Builds what is shown.
   * @param {AbortSignal} _signal
   */
  start(_signal) {}

  /** The address has changed. */
  update() {}
}
