/** @import { Schema } from './form.js' */

/**
 * What a field is needed for, as its description says it: a list of which everything must hold, each a list of which one
 * must. `{name: 'product', is: 'byoc'}` holds if that setting has that value, without `is` if it has any.
 * @typedef {{not: boolean, all: {name: string, is?: string}[][]}} Need
 */

/**
 * Reads `It is required with product byoc.`, `Needed: with authMethod basic or oauthGrant password.` and the like.
 * @param {Schema} schema
 * @param {Record<string, unknown>} settings those there are
 * @returns {Need | null} null if it is never needed, or for what no setting says
 */
export function needOf(schema, settings) {
  const [, words] = /(?:It is required|Needed:) ([^.]+)\./.exec(schema.description ?? '') ?? []
  if (words === 'always') return { not: false, all: [] }
  const [, not, conditions] = /^(not )?(with .+)$/.exec(words ?? '') ?? []
  if (!conditions) return null
  const all = conditions.split(' and ').map((part) => {
    let name = ''
    return part.replace(/^with /, '').split(' or ').map((one) => {
      const [first = '', second] = one.split(' ')
      const named = first in settings
      if (named) name = first
      return named ? { name, is: second } : { name, is: first }
    })
  })
  return all.flat().every((one) => one.name) ? { not: Boolean(not), all } : null
}

/**
 * @param {Need | null} need
 * @param {(name: string) => unknown} valueOf
 */
export function isNeeded(need, valueOf) {
  if (!need) return false
  const holds = need.all.every((some) => some.some(({ name, is }) => is === undefined ? Boolean(valueOf(name)) : valueOf(name) === is))
  return holds !== need.not
}
