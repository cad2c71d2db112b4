/** @import { paths } from 'api' */
/** @import * as T from './types.js' */

const PROJECT = '/v1/projects/{projectId}'
const SESSION = /** @type {const} */ (`${PROJECT}/transfers/{sessionId}`)
const SETTINGS = /** @type {const} */ (`${PROJECT}/settings`)
const ENDPOINT = /** @type {const} */ (`${SETTINGS}/event-endpoints/{endpointId}`)
const FILTERS = /** @type {const} */ (['status', 'outcome', 'channel', 'provider', 'agent', 'queue', 'handback', 'createdAfter', 'createdBefore',
  'q', 'unconfirmed', 'stale'])

/** Every call that the page makes. A test holds each to docs/openapi.json. */
export const CALLS = /** @type {const} */ ({
  listTransfers: { method: 'GET', path: `${PROJECT}/transfers`, query: [...FILTERS, 'include', 'limit', 'cursor'] },
  countTransfers: { method: 'GET', path: `${PROJECT}/transfers/counts`, query: FILTERS },
  createTransfer: { method: 'POST', path: `${PROJECT}/transfers`, query: [] },
  getTransfer: { method: 'GET', path: SESSION, query: [] },
  getMessages: { method: 'GET', path: `${SESSION}/messages`, query: ['after', 'limit'] },
  sendMessage: { method: 'POST', path: `${SESSION}/messages`, query: [] },
  getTimeline: { method: 'GET', path: `${SESSION}/timeline`, query: ['after', 'limit', 'at'] },
  getEvents: { method: 'GET', path: `${SESSION}/events`, query: ['after', 'limit', 'waitSeconds'] },
  endTransfer: { method: 'POST', path: `${SESSION}/end`, query: [] },
  retryTransfer: { method: 'POST', path: `${SESSION}/retry`, query: [] },
  listTasks: { method: 'GET', path: `${PROJECT}/inbox/tasks`, query: ['status', 'include', 'limit', 'cursor'] },
  claimTask: { method: 'POST', path: `${PROJECT}/inbox/tasks/{taskId}/claim`, query: [] },
  resolveTask: { method: 'POST', path: `${PROJECT}/inbox/tasks/{taskId}/resolve`, query: [] },
  getSettings: { method: 'GET', path: `${SETTINGS}/agent-transfer`, query: [] },
  putSettings: { method: 'PUT', path: `${SETTINGS}/agent-transfer`, query: [] },
  getEffective: { method: 'GET', path: `${SETTINGS}/agent-transfer/effective`, query: ['channel', 'provider', 'queue', 'priority'] },
  listIntegrations: { method: 'GET', path: `${PROJECT}/integrations`, query: ['describe'] },
  getIntegration: { method: 'GET', path: `${PROJECT}/integrations/{provider}`, query: [] },
  putIntegration: { method: 'PUT', path: `${PROJECT}/integrations/{provider}`, query: [] },
  deleteIntegration: { method: 'DELETE', path: `${PROJECT}/integrations/{provider}`, query: [] },
  testIntegration: { method: 'POST', path: `${PROJECT}/integrations/{provider}/test`, query: [] },
  listEndpoints: { method: 'GET', path: `${SETTINGS}/event-endpoints`, query: [] },
  getEndpoint: { method: 'GET', path: ENDPOINT, query: [] },
  putEndpoint: { method: 'PUT', path: ENDPOINT, query: [] },
  deleteEndpoint: { method: 'DELETE', path: ENDPOINT, query: [] },
  listDeliveries: { method: 'GET', path: `${ENDPOINT}/deliveries`, query: ['state', 'after', 'limit'] },
  retryDelivery: { method: 'POST', path: `${ENDPOINT}/deliveries/{deliveryId}/retry`, query: [] },
  replayEvents: { method: 'POST', path: `${ENDPOINT}/replay`, query: [] },
  testEndpoint: { method: 'POST', path: `${ENDPOINT}/test`, query: [] },
})

/** The API refused. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {Partial<T.ProblemDocument> & {message?: string}} document the gateway's own answers have a message only
   */
  constructor(status, document) {
    super(document.detail ?? document.title ?? `The service answered ${status}.`)
    this.status = status
    this.title = document.title ?? document.message ?? `Status ${status}`
    this.slug = (document.type ?? '').split(':').pop() ?? ''
    /** @type {{pointer: string, detail: string}[]} */
    this.errors = document.errors ?? []
    this.openSessionId = document.openSessionId ?? null
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor() {
    super(navigator.onLine ? 'The service does not answer.' : 'You are offline.')
  }
}

/** @typedef {keyof typeof CALLS} Name */

/**
 * What the API describes of a call.
 * @template {Name} N
 * @typedef {(typeof CALLS)[N] extends {path: infer P extends keyof paths, method: infer M extends string} ? paths[P][Lowercase<M> & keyof paths[P]] : never} Described
 */

/**
 * @template O
 * @typedef {O extends {content: {'application/json': infer B}} ? B : null} Json
 */

/**
 * @template {Name} N
 * @typedef {{status: number, body: Described<N> extends {responses: infer R} ? Json<R[keyof R & (200 | 201 | 202 | 204)]> : never, etag: string | null, changed: boolean}} Answer
 */

/**
 * @template {Name} N
 * @typedef {{
 *   at?: Described<N> extends {parameters: {path: infer P}} ? Omit<P, 'projectId'> : never,
 *   query?: Partial<Record<(typeof CALLS)[N]['query'][number], string | readonly string[] | number | boolean | null | undefined>>,
 *   body?: Described<N> extends {requestBody?: infer B} ? Json<NonNullable<B>> : never,
 *   headers?: Record<string, string>,
 *   signal?: AbortSignal,
 * }} Particulars
 */

/** The public API, as one project sees it. Dispatches `answered` and `unreachable`. */
export class Client extends EventTarget {
  #project
  #token
  #refused
  /** What was answered last, to be asked for again only if it has changed. @type {Map<string, {etag: string, body: any}>} */
  #kept = new Map()
  /** How many requests were made. */
  requests = 0

  /**
   * @param {string} project
   * @param {() => string | null} token
   * @param {() => Promise<boolean>} refused a token was not taken; whether there is another to try
   */
  constructor(project, token, refused) {
    super()
    this.#project = project
    this.#token = token
    this.#refused = refused
  }

  /** The same as another project sees it. @param {string} project */
  of(project) {
    return new Client(project, this.#token, this.#refused)
  }

  /**
   * @template {Name} N
   * @param {N} name
   * @param {Particulars<N>} [how]
   * @returns {Promise<Answer<N>>}
   */
  async call(name, how = {}) {
    const { method, path } = CALLS[name]
    const query = new URLSearchParams()
    for (const [key, value] of Object.entries(how.query ?? {})) {
      for (const one of [value].flat()) if (one !== null && one !== undefined && one !== '') query.append(key, String(one))
    }
    const at = /** @type {Record<string, string>} */ ({ projectId: this.#project, ...how.at })
    const address = path.replace(/\{(\w+)\}/g, (_, key) => encodeURIComponent(at[key] ?? '')) + (query.size ? `?${query}` : '')
    return this.#send(method, address, how, true)
  }

  /**
   * @param {string} method
   * @param {string} address
   * @param {{body?: unknown, headers?: Record<string, string>, signal?: AbortSignal}} how
   * @param {boolean} mayRepeat
   * @returns {Promise<any>}
   */
  async #send(method, address, how, mayRepeat) {
    const headers = new Headers({ accept: 'application/json', ...how.headers })
    const token = this.#token()
    if (token) headers.set('authorization', `Bearer ${token}`)
    const kept = method === 'GET' ? this.#kept.get(address) : undefined
    if (kept) headers.set('if-none-match', kept.etag)
    if (how.body !== undefined) headers.set('content-type', 'application/json')
    this.requests += 1
    /** @type {Response} */
    let response
    /** @type {any} */
    let body = null
    try {
      response = await fetch(address, {
        method, headers, cache: 'no-store', credentials: 'omit', redirect: 'error',
        body: how.body === undefined ? undefined : JSON.stringify(how.body), signal: how.signal,
      })
      const text = await response.text()
      body = text === '' ? null : parsed(text)
    } catch (error) {
      if (how.signal?.aborted) throw error
      this.dispatchEvent(new Event('unreachable'))
      throw new Unreachable()
    }
    this.dispatchEvent(new Event('answered'))
    if (response.status === 401 && mayRepeat && await this.#refused()) return this.#send(method, address, how, false)
    const etag = response.headers.get('etag')
    if (response.status === 304 && kept) return { status: 304, body: kept.body, etag: kept.etag, changed: false }
    if (!response.ok) throw new Problem(response.status, body ?? {})
    if (method === 'GET' && etag) this.#keep(address, etag, body)
    return { status: response.status, body, etag, changed: true }
  }

  /**
   * Keeps the newest few, so that what was looked at long ago costs no memory.
   * @param {string} address
   * @param {string} etag
   * @param {any} body
   */
  #keep(address, etag, body) {
    this.#kept.delete(address)
    this.#kept.set(address, { etag, body })
    const oldest = this.#kept.keys().next().value
    if (this.#kept.size > 20 && oldest !== undefined) this.#kept.delete(oldest)
  }

  /** @param {string} sessionId */
  endTransfer(sessionId) { return this.call('endTransfer', { at: { sessionId }, body: { endedBy: 'operator' } }) }
  /** @param {string} sessionId */
  retryTransfer(sessionId) { return this.call('retryTransfer', { at: { sessionId } }) }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
