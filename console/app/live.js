import { Unreachable } from './client.js'

/**
 * Asks again and again: often while the page is seen, seldom while it is hidden, at once when `now` is called or the page
 * is seen again, and with growing pauses while it fails.
 */
export class Poll {
  #run
  #every
  #signal
  #failures = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  #running = false
  #again = false

  /**
   * @param {(signal: AbortSignal) => Promise<void>} run
   * @param {{seen: number, hidden?: number}} every milliseconds between an answer and the next question
   * @param {AbortSignal} signal
   */
  constructor(run, every, signal) {
    this.#run = run
    this.#every = { seen: every.seen, hidden: every.hidden ?? 60_000 }
    this.#signal = signal
    signal.addEventListener('abort', () => clearTimeout(this.#timer))
    document.addEventListener('visibilitychange', () => document.hidden ? this.#plan() : this.now(), { signal })
    addEventListener('online', () => this.now(), { signal })
    this.now()
  }

  /** Asks at once; if a question is under way, right after it. */
  now() {
    clearTimeout(this.#timer)
    if (this.#running) this.#again = true
    else this.#ask()
  }

  async #ask() {
    if (this.#signal.aborted) return
    this.#running = true
    this.#again = false
    try {
      await this.#run(this.#signal)
      this.#failures = 0
    } catch (error) {
      if (this.#signal.aborted) return
      this.#failures += 1
      if (!(error instanceof Unreachable) && !(error instanceof Error && 'status' in error)) console.error(error)
    } finally {
      this.#running = false
    }
    if (this.#again) this.#ask()
    else this.#plan()
  }

  #plan() {
    clearTimeout(this.#timer)
    if (this.#signal.aborted || this.#running) return
    const pause = document.hidden ? this.#every.hidden : this.#every.seen
    this.#timer = setTimeout(() => this.#ask(), Math.min(60_000, pause * 2 ** Math.min(this.#failures, 4)))
  }
}
