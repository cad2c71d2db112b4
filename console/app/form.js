import { h, fill } from './dom.js'
import { Problem } from './client.js'

/**
 * A JSON Schema of one field, as far as settings use it.
 * @typedef {{type?: string | string[], enum?: unknown[], default?: unknown, description?: string, minimum?: number, maximum?: number,
 *   minLength?: number, maxLength?: number, pattern?: string, items?: Schema, writeOnly?: boolean, additionalProperties?: unknown}} Schema
 */

/**
 * A description, with what it puts between backticks as code.
 * @param {string} text
 */
export const marked = (text) => text.split('`').map((part, index) => index % 2 === 1 ? h('code', {}, part) : part)

/** A field of a form that knows its place in the body. */
export class Field {
  pointer
  /** What is to be sent; undefined leaves the field out. @type {() => unknown} */
  value
  element
  input
  #wrong = h('span', { class: 'wrong' })
  #name
  #label
  static #count = 0

  /**
   * @param {string} pointer JSON pointer into the body
   * @param {string} label
   * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} input
   * @param {() => unknown} value
   * @param {string} [hint]
   */
  constructor(pointer, label, input, value, hint) {
    this.pointer = pointer
    this.input = input
    this.value = value
    this.#label = label
    const id = `field-${Field.#count += 1}`
    input.id = id
    this.#wrong.id = `${id}-wrong`
    const check = input instanceof HTMLInputElement && input.type === 'checkbox'
    this.#name = h('label', { for: id, class: 'name' }, label)
    const name = this.#name
    const help = hint ? h('span', { class: 'hint', id: `${id}-hint` }, marked(hint)) : null
    input.setAttribute('aria-describedby', [this.#wrong.id, help?.id].filter(Boolean).join(' '))
    input.addEventListener('input', () => this.complain(''))
    this.element = h('div', { class: check ? 'field check' : 'field' }, check ? [input, name] : [name, input], help, this.#wrong)
  }

  /** Says whether it has to be filled in. @param {boolean} is */
  need(is) {
    this.#name.textContent = is ? `${this.#label} *` : this.#label
    this.input.setAttribute('aria-required', String(is))
  }

  /** @param {string} detail empty if nothing is wrong */
  complain(detail) {
    this.#wrong.textContent = detail
    if (detail) this.input.setAttribute('aria-invalid', 'true')
    else this.input.removeAttribute('aria-invalid')
  }
}

/**
 * A whole number with its unit, where an empty field means the default.
 * @param {string} pointer
 * @param {string} label
 * @param {number | undefined} value
 * @param {number} otherwise the default
 * @param {{unit: string, most: number, least?: number, zero?: string}} how
 */
export function numberField(pointer, label, value, otherwise, { unit, most, least = 0, zero }) {
  const input = h('input', { type: 'number', min: least, max: most, step: 1, inputmode: 'numeric', placeholder: String(otherwise), value: value === undefined || value === otherwise ? '' : value })
  return new Field(pointer, label, input, () => input.value === '' ? undefined : Number(input.value), `${unit}${zero ? `, 0 = ${zero}` : ''}; default ${otherwise}`)
}

/**
 * A choice of few words.
 * @param {string} pointer
 * @param {string} label
 * @param {string | null | undefined} value
 * @param {[string, string][]} options value and text; an empty value is left out of the body
 * @param {string} [hint]
 */
export function choiceField(pointer, label, value, options, hint) {
  const input = h('select', {}, options.map(([word, text]) => h('option', { value: word, selected: word === (value ?? '') }, text)))
  return new Field(pointer, label, input, () => input.value === '' ? undefined : input.value, hint)
}

/**
 * A line of text; an empty one is left out of the body.
 * @param {string} pointer
 * @param {string} label
 * @param {string | null | undefined} value
 * @param {{hint?: string, type?: string, placeholder?: string, most?: number, required?: boolean}} [how]
 */
export function textField(pointer, label, value, { hint, type = 'text', placeholder, most, required } = {}) {
  const input = h('input', { type, value: value ?? '', placeholder, maxlength: most, required, autocomplete: type === 'password' ? 'new-password' : 'off', spellcheck: 'false' })
  return new Field(pointer, label, input, () => input.value === '' ? undefined : input.value, hint)
}

/** @param {Schema} schema */
const typeOf = (schema) => [schema.type ?? 'string'].flat().find((one) => one !== 'null') ?? 'string'

/**
 * A secret, which goes in and never comes out; an empty one is left out of the body.
 * @param {string} pointer
 * @param {string} name
 * @param {{set: boolean, hint: string, lines?: boolean, empty?: string}} how `set`: it has a value already
 */
export function secretField(pointer, name, { set, hint, lines = false, empty = 'Not set' }) {
  const placeholder = set ? 'Set. Write to replace.' : empty
  const input = lines ? h('textarea', { rows: 3, autocomplete: 'off', spellcheck: 'false', placeholder }) : h('input', { type: 'password', autocomplete: 'new-password', placeholder })
  return new Field(pointer, name, input, () => input.value === '' ? undefined : input.value, hint)
}

/**
 * A field as its schema asks for it. What equals the default is left out of the body.
 * @param {string} pointer
 * @param {string} label
 * @param {Schema} schema
 * @param {unknown} value
 * @param {{required?: boolean, set?: boolean}} [how] `set`: a secret that has a value already
 */
export function schemaField(pointer, label, schema, value, { required, set = false } = {}) {
  const type = typeOf(schema)
  const otherwise = schema.default
  const plain = otherwise === undefined || /^(""|\{\}|\[\])$/.test(JSON.stringify(otherwise)) ? '' : typeof otherwise === 'string' ? otherwise : JSON.stringify(otherwise)
  const form = type === 'array' ? 'One a line.' : type === 'object' ? 'As JSON.' : ''
  const hint = [schema.description, form, plain && type !== 'array' && `Default: ${plain}`].filter(Boolean).join(' ')
  if (schema.writeOnly) return secretField(pointer, label, { set, hint, lines: /pem$/i.test(label) })
  if (type === 'boolean') {
    const input = h('input', { type: 'checkbox', checked: (value ?? otherwise) === true })
    return new Field(pointer, label, input, () => input.checked === (otherwise ?? false) ? undefined : input.checked, hint)
  }
  if (schema.enum) {
    const words = schema.enum.filter((one) => one !== null).map(String)
    const optional = otherwise === undefined && !required
    return choiceField(pointer, label, value === undefined || value === null ? String(otherwise ?? '') : String(value), [...(optional ? [/** @type {[string, string]} */ (['', '—'])] : []), ...words.map((one) => /** @type {[string, string]} */ ([one, one]))], hint)
  }
  if (type === 'integer' || type === 'number') {
    const input = h('input', { type: 'number', min: schema.minimum, max: schema.maximum, step: type === 'integer' ? 1 : 'any', placeholder: otherwise === undefined ? '' : String(otherwise), value: value === otherwise || value === undefined || value === null ? '' : String(value) })
    return new Field(pointer, label, input, () => input.value === '' ? undefined : Number(input.value), hint)
  }
  if (type === 'array') {
    // Its default stands in it, because an empty list is another wish than none.
    const list = [value, otherwise].find(Array.isArray) ?? []
    const numbers = schema.items ? typeOf(schema.items) === 'integer' : false
    const input = h('textarea', { rows: 2, spellcheck: 'false' }, list.join('\n'))
    return new Field(pointer, label, input, () => {
      const lines = input.value.split(numbers ? /[\n,]/ : '\n').map((one) => one.trim()).filter((one) => one !== '')
      const items = numbers ? lines.map((one) => Number.isNaN(Number(one)) ? one : Number(one)) : lines
      return JSON.stringify(items) === JSON.stringify(otherwise ?? []) ? undefined : items
    }, hint)
  }
  if (type === 'object') {
    const text = value && Object.keys(value).length > 0 ? JSON.stringify(value, null, 2) : ''
    const input = h('textarea', { rows: 2, spellcheck: 'false', placeholder: '{}' }, text)
    return new Field(pointer, label, input, () => {
      if (input.value.trim() === '') return undefined
      try {
        return JSON.parse(input.value)
      } catch {
        // As it is: the API says what is wrong with it.
        return input.value
      }
    }, hint)
  }
  return textField(pointer, label, value === null || value === undefined || value === otherwise ? '' : String(value), { hint, most: schema.maxLength, placeholder: otherwise ? String(otherwise) : '' })
}

/**
 * Puts the fields' values where their pointers lead; what no field shows stays as it was.
 * @param {Iterable<Field>} fields
 * @param {object} [before]
 */
export function bodyOf(fields, before = {}) {
  /** @type {any} */
  const body = structuredClone(before)
  for (const field of fields) {
    const value = field.value()
    const steps = field.pointer.split('/').slice(1).map((one) => one.replaceAll('~1', '/').replaceAll('~0', '~'))
    const name = steps.pop() ?? ''
    let at = body
    for (const step of steps) at = at[step] ??= {}
    if (value === undefined) delete at[name]
    else at[name] = value
  }
  return body
}

/**
 * Shows what the API refused where it stands; what belongs to no field stands above the button.
 * @param {unknown} error
 * @param {Iterable<Field>} fields
 * @param {Element} rest
 */
export function complain(error, fields, rest) {
  const list = [...fields]
  for (const field of list) field.complain('')
  fill(rest)
  if (!(error instanceof Problem)) return fill(rest, error instanceof Error ? error.message : String(error))
  if (error.status === 412) return fill(rest, 'Somebody else has changed it meanwhile. Load it again before you save.')
  /** @type {string[]} */
  const others = []
  /** @type {Field[]} */
  const wrong = []
  for (const { pointer, detail } of error.errors) {
    const field = list.find((one) => pointer === one.pointer || pointer.startsWith(`${one.pointer}/`))
    if (field) {
      field.complain(detail)
      const hidden = field.element.closest('details')
      if (hidden) hidden.open = true
      wrong.push(field)
    } else others.push(`${pointer} ${detail}`.trim())
  }
  // The first that somebody sees, in whatever order they were told.
  wrong.sort((a, b) => a.element.compareDocumentPosition(b.element) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1)
  wrong[0]?.input.focus()
  fill(rest, others.length > 0 ? others.join('; ') : error.errors.length === 0 ? error.message : 'Some fields are not right; it says beside them what.')
}
