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

/**
 * A simulated contact centre calls one project at a time; the page remembers to which it was given here.
 * @param {string | undefined} provider
 */
const place = (provider) => `simulated ${provider}`

/** @param {string} provider @param {string} project */
export const given = (provider, project) => localStorage.setItem(place(provider), project)

/**
 * The projects that a simulated contact centre may be calling, beside the one that asks.
 * @param {import('./types.js').Context} context
 * @param {string} provider
 */
export const others = ({ config, project }, provider) => [...new Set([localStorage.getItem(place(provider)) ?? '', ...config.projects])].filter((one) => one !== '' && one !== project)

/**
 * The project that a simulated contact centre was given to, if that is another one which still has it.
 * @param {import('./types.js').Context} context
 * @param {string} provider
 */
export async function elsewhere({ client, project }, provider) {
  const other = localStorage.getItem(place(provider))
  if (!other || other === project) return null
  try {
    await client.of(other).call('getIntegration', { at: { provider } })
    return other
  } catch {
    // The stack was started again since, and calls its own project.
    localStorage.removeItem(place(provider))
    return null
  }
}
