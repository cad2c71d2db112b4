/**
 * A condition over the fields of an integration, as the API describes it: `x-required-when` and `x-taken-when` of a field,
 * `when` of where something is entered. Of `is` a switch is `true` or `false` in words.
 * @typedef {boolean | {is: Record<string, string[]>} | {has: string} | {not: Condition} | {all: Condition[]} | {any: Condition[]}} Condition
 */

/**
 * @param {Condition} when
 * @param {(name: string) => unknown} valueOf what a setting is, or whether a credential is there
 * @returns {boolean}
 */
export function holds(when, valueOf) {
  if (typeof when === 'boolean') return when
  if ('is' in when) return Object.entries(when.is).every(([name, words]) => { const value = valueOf(name); return words.includes(typeof value === 'string' ? value : String(value === true)) })
  if ('has' in when) { const value = valueOf(when.has); return value !== undefined && value !== null && value !== '' }
  if ('not' in when) return !holds(when.not, valueOf)
  return 'all' in when ? when.all.every((one) => holds(one, valueOf)) : when.any.some((one) => holds(one, valueOf))
}

/**
 * What a setting is where nothing is said of it.
 * @param {{default?: unknown, 'x-default-by'?: Record<string, Record<string, unknown>>} | undefined} schema
 * @param {(name: string) => unknown} valueOf
 */
export function presetOf(schema, valueOf) {
  const [[other, words] = []] = Object.entries(schema?.['x-default-by'] ?? {})
  return other && words ? words[String(valueOf(other))] : schema?.default
}

/**
 * The names that a condition looks at, and whether a word of theirs decides it, rather than being one way among others.
 * @param {Condition} when
 * @returns {{name: string, word: boolean}[]}
 */
export function looksAt(when) {
  if (typeof when === 'boolean') return []
  if ('is' in when) return Object.keys(when.is).map((name) => ({ name, word: true }))
  if ('has' in when) return [{ name: when.has, word: false }]
  if ('any' in when) return when.any.flatMap(looksAt).map(({ name }) => ({ name, word: false }))
  return ('not' in when ? [when.not] : when.all).flatMap(looksAt)
}
