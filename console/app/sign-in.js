// Authorization Code with PKCE. Tokens stay in memory; what the way back needs stands in the session's storage meanwhile.

const STORED = 'sign-in'

/** Signing in did not succeed. */
export class SignInFailed extends Error {}

/**
 * @typedef {{issuer: string, authorization_endpoint: string, token_endpoint: string, end_session_endpoint?: string}} Discovery
 * @typedef {{access_token: string, refresh_token?: string, id_token?: string, expires_in?: number}} Tokens
 */

/** @param {Uint8Array} bytes */
const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))

/**
 * What a token claims. It is not proven here: the service checks each request, the page only reads names.
 * @param {string | undefined} token
 * @returns {Record<string, any>}
 */
export function claims(token) {
  try {
    const text = atob((token?.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))
    const found = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.charCodeAt(0))))
    return found !== null && typeof found === 'object' ? found : {}
  } catch {
    return {}
  }
}

export class SignIn {
  #settings
  /** @type {Discovery | null} */
  #discovery = null
  /** @type {Tokens | null} */
  #tokens = null
  #renewAt = Infinity
  /** @type {Promise<boolean> | null} */
  #renewing = null
  /** @type {Promise<void> | null} */
  #leaving = null
  #signedInAt = 0

  /** @param {NonNullable<import('./types.js').Config['signIn']>} settings */
  constructor(settings) {
    this.#settings = settings
  }

  get token() {
    if (Date.now() > this.#renewAt) this.renew()
    return this.#tokens?.access_token ?? null
  }

  get claims() {
    return claims(this.#tokens?.access_token)
  }

  /** Whether somebody has signed in only just now. */
  get isFresh() {
    return Date.now() - this.#signedInAt < 30_000
  }

  /** Who signed in, for display. */
  get who() {
    const of = { ...this.claims, ...claims(this.#tokens?.id_token) }
    return String(of.name ?? of.email ?? of.preferred_username ?? of.sub ?? '')
  }

  /**
   * Comes back from the issuer if that is where the page was called from.
   * @returns {Promise<boolean>} whether somebody is signed in now
   */
  async complete() {
    const answer = new URLSearchParams(location.search)
    const state = answer.get('state')
    if (!state || !(answer.has('code') || answer.has('error'))) return false
    const stored = JSON.parse(sessionStorage.getItem(STORED) ?? 'null')
    sessionStorage.removeItem(STORED)
    history.replaceState(null, '', stored?.returnTo?.startsWith('/?') ? stored.returnTo : '/')
    if (!stored || stored.state !== state) throw new SignInFailed('The answer of the sign-in belongs to another request.')
    const error = answer.get('error')
    if (error) throw new SignInFailed(answer.get('error_description') ?? error)
    const from = answer.get('iss')
    if (from && from !== this.#settings.issuer) throw new SignInFailed('The answer is of another issuer.')
    await this.#exchange({
      grant_type: 'authorization_code', code: answer.get('code') ?? '', redirect_uri: here(), code_verifier: stored.verifier,
    })
    const id = claims(this.#tokens?.id_token)
    if (this.#tokens?.id_token && id.nonce !== stored.nonce) {
      this.#tokens = null
      throw new SignInFailed('The answer of the sign-in is of another request.')
    }
    this.#signedInAt = Date.now()
    return true
  }

  /** Leaves for the issuer; comes back to what is shown now. */
  start() {
    this.#leaving ??= this.#leave().finally(() => { this.#leaving = null })
    return this.#leaving
  }

  async #leave() {
    const found = await this.#discover()
    const [state, nonce, verifier] = [random(), random(), random()]
    sessionStorage.setItem(STORED, JSON.stringify({ state, nonce, verifier, returnTo: `/${location.search}` }))
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
    const to = new URL(found.authorization_endpoint)
    for (const [name, value] of Object.entries({
      response_type: 'code', client_id: this.#settings.clientId, redirect_uri: here(), scope: this.#settings.scopes.join(' '),
      state, nonce, code_challenge: base64url(new Uint8Array(digest)), code_challenge_method: 'S256',
    })) to.searchParams.set(name, value)
    location.assign(to)
  }

  /**
   * Gets another token without leaving the page, if the issuer gave the means.
   * @returns {Promise<boolean>} whether there is one
   */
  renew() {
    this.#renewing ??= this.#renew().finally(() => { this.#renewing = null })
    return this.#renewing
  }

  async #renew() {
    const refresh = this.#tokens?.refresh_token
    if (!refresh) return false
    this.#renewAt = Infinity
    try {
      await this.#exchange({ grant_type: 'refresh_token', refresh_token: refresh })
      return true
    } catch {
      return false
    }
  }

  /** Forgets the tokens, and tells the issuer where it can be told. */
  async end() {
    const hint = this.#tokens?.id_token
    this.#tokens = null
    const to = this.#discovery?.end_session_endpoint
    if (!to) return location.assign('/')
    const address = new URL(to)
    if (hint) address.searchParams.set('id_token_hint', hint)
    address.searchParams.set('client_id', this.#settings.clientId)
    address.searchParams.set('post_logout_redirect_uri', here())
    location.assign(address)
  }

  /** @returns {Promise<Discovery>} */
  async #discover() {
    if (this.#discovery) return this.#discovery
    const response = await fetch(`${this.#settings.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, { credentials: 'omit' })
      .catch(() => null)
    if (!response?.ok) throw new SignInFailed('The issuer of the sign-in does not answer.')
    /** @type {Discovery} */
    const found = await response.json()
    if (found.issuer !== this.#settings.issuer) throw new SignInFailed('The issuer names itself otherwise than it is configured.')
    this.#discovery = found
    return found
  }

  /** @param {Record<string, string>} grant */
  async #exchange(grant) {
    const found = await this.#discover()
    const response = await fetch(found.token_endpoint, {
      method: 'POST', credentials: 'omit', body: new URLSearchParams({ ...grant, client_id: this.#settings.clientId }),
    }).catch(() => null)
    if (!response?.ok) throw new SignInFailed('The issuer gave no token.')
    /** @type {Tokens} */
    const tokens = await response.json()
    this.#tokens = { ...this.#tokens, ...tokens }
    // A minute before it is over, so that no request meets its end.
    this.#renewAt = tokens.refresh_token && tokens.expires_in ? Date.now() + Math.max(5, tokens.expires_in - 60) * 1000 : Infinity
  }
}

const here = () => `${location.origin}/`
