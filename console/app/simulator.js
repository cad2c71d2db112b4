/** @import { Config } from './types.js' */

/** @typedef {NonNullable<Config['simulators']>[number]} Simulator */

/**
 * Asks a simulated contact centre's own control API, which exists on a laptop only.
 * @param {Simulator | undefined} simulator
 * @param {string} path
 * @param {unknown} [body] what is posted; nothing asks
 * @param {{signal?: AbortSignal, method?: string}} [how]
 */
export async function control(simulator, path, body, { signal, method = body === undefined ? 'GET' : 'POST' } = {}) {
  const response = await fetch(`${simulator?.path}/${path}`, {
    method, headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body), signal,
  })
  const text = await response.text()
  const answer = text ? JSON.parse(text) : null
  if (!response.ok) throw new Error(`The simulated contact centre refuses: ${answer?.error ?? response.status}`)
  return answer
}
