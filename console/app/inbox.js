import { h, fill, refill, said, setText } from './dom.js'
import { View } from './view.js'
import { Poll } from './live.js'
import { badge, bounded, button, confirmedEnd, empty, failed, loading, MARKS, notUpdated, tell, textOf, when } from './parts.js'
import { named, spaced } from './words.js'
import { everySecond, length } from './clock.js'
import { openDetails } from './details.js'
import * as address from './address.js'

/** @import { Task } from './types.js' */

/**
 * What each part shows: groups of statuses, each asked for by itself, so that the most pressing ones come first however
 * many others there are.
 * @type {Record<string, {label: string, groups: string[][]}>}
 */
const PARTS = {
  open: { label: 'Open', groups: [['failed'], ['pending', 'in_progress']] },
  failed: { label: 'Failed', groups: [['failed']] },
  closed: { label: 'Closed', groups: [['completed', 'expired', 'cancelled']] },
}
const EVERY = 5000
/** How many tasks an answer holds at most, and how many answers of a group are asked for to hear of all that are shown. */
const PAGE = 100
const PAGES = 5

/**
 * Tasks of some statuses: those that are asked for again and again, and what was read beyond them, once.
 * @typedef {{statuses: string[], heard: Task[], further: Task[], next: string | null, whole: boolean}} Group
 */

/** The escalation tasks, failed hand-offs first. */
class Inbox extends View {
  #parts = h('div', { class: 'statuses', role: 'group', 'aria-label': 'Which tasks' })
  #place = h('div')
  #more = h('div', { class: 'foot row' })
  #missed = notUpdated()
  #news = h('button', { type: 'button', class: 'news', hidden: true, onclick: () => this.#draw() })
  /** What is shown, in its order. @type {Map<string, {task: Task, element: HTMLElement}>} */
  #lines = new Map()
  /** @type {Group[]} */
  #groups = []
  #part = ''
  /** What the tasks are about. It never changes, and costs reading the records, so it is asked for once each. @type {Map<string, string | null>} */
  #about = new Map()
  #drawn = ''
  /** @type {Poll | null} */
  #poll = null

  /** @param {AbortSignal} signal */
  start(signal) {
    fill(this, h('h1', { class: 'unseen' }, 'Inbox'), h('div', { class: 'bar-top' }, this.#parts,
      h('p', { class: 'quiet' }, 'Each hand-off is a task until somebody has taken care of it. Failed ones reached nobody.')),
      h('div', { class: 'news-place' }, this.#news), this.#place, this.#more, h('div', { class: 'bottom' }, this.#missed.element))
    this.addEventListener('key', (event) => this.#key(/** @type {CustomEvent} */ (event)), { signal })
    everySecond(() => this.#tick(), signal)
    this.update()
    this.#poll = new Poll((stop) => this.#ask(stop), { seen: EVERY }, signal)
  }

  update() {
    const wanted = address.get('tasks') ?? ''
    const part = PARTS[wanted] ? wanted : 'open'
    refill(this.#parts, Object.entries(PARTS).map(([key, { label }]) => h('button', {
      type: 'button', class: 'chip', 'data-key': key, 'aria-pressed': String(key === part), onclick: () => address.set({ tasks: key === 'open' ? null : key }),
    }, label)))
    if (part !== this.#part) {
      this.#part = part
      this.#groups = PARTS[part]?.groups.map((statuses) => ({ statuses, heard: [], further: [], next: null, whole: false })) ?? []
      this.#drawn = ''
      this.#lines.clear()
      this.#news.hidden = true
      this.#missed.heard()
      fill(this.#place, loading(5))
      fill(this.#more)
      this.#poll?.now()
    }
    openDetails(this.context, () => this.#poll?.now())
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const groups = this.#groups
    try {
      const answers = await Promise.all(groups.map((group) => this.#hear(group, signal)))
      if (groups !== this.#groups) return
      for (const [index, group] of groups.entries()) {
        const { tasks = [], next = null } = answers[index] ?? {}
        const last = tasks.at(-1)?.createdAt ?? ''
        group.heard = tasks
        group.whole = next === null
        group.further = group.whole ? [] : group.further.filter((task) => task.createdAt < last)
        if (group.further.length === 0) group.next = next
      }
      this.#missed.heard()
      const drawn = JSON.stringify(groups)
      if (drawn !== this.#drawn) this.#take()
      this.#drawn = drawn
    } catch (error) {
      if (signal.aborted || groups !== this.#groups) throw error
      if (this.#drawn === '') fill(this.#place, failed(error, () => { fill(this.#place, loading(5)); this.#poll?.now() }))
      else this.#missed.failed(error)
      throw error
    }
  }

  /**
   * Asks for all of a group that is shown. What is new comes on top, so more is asked for to still hear of the last one.
   * @param {Group} group
   * @param {AbortSignal} signal
   */
  async #hear(group, signal) {
    const shown = [...this.#lines.values()].filter(({ task }) => group.statuses.includes(task.status)).length
    const fresh = group.heard.filter(({ taskId }) => !this.#lines.has(taskId)).length
    const wanted = Math.min(PAGES * PAGE, Math.max(PAGE, shown + fresh))
    /** @type {Task[]} */
    const tasks = []
    /** @type {string | null} */
    let next = null
    do {
      const page = await this.#read(group, next, Math.min(PAGE, wanted - tasks.length), signal)
      tasks.push(...page.items)
      next = page.nextCursor
    } while (next && tasks.length < wanted)
    return { tasks, next }
  }

  /**
   * A page of a group. What its tasks are about is asked for only if there are some of which it is not known.
   * @param {Group} group
   * @param {string | null} cursor
   * @param {number} limit
   * @param {AbortSignal} signal
   * @param {boolean} [unknown] nothing is known of its tasks
   */
  async #read(group, cursor, limit, signal, unknown = group.heard.length === 0) {
    const ask = async (/** @type {string | null} */ include) => {
      const { body } = await this.context.client.call('listTasks', { query: { status: group.statuses, include, limit, cursor }, signal })
      for (const { taskId, summary } of body.items) if (summary !== undefined) this.#about.set(taskId, summary)
      return body
    }
    const page = await ask(unknown ? 'summary' : null)
    return page.items.every((task) => this.#about.has(task.taskId)) ? page : ask('summary')
  }

  async #readMore() {
    const group = this.#groups.find(({ next }) => next)
    if (!group) return
    const page = await this.#read(group, group.next, PAGE, this.signal, true)
    group.further.push(...page.items)
    group.next = page.nextCursor
    // Below what is shown, where it moves nothing.
    const list = this.#place.querySelector('.tasks')
    for (const task of page.items) if (!this.#lines.has(task.taskId)) list?.append(this.#keep(task).element)
    this.#drawMore()
    this.#tick()
  }

  #drawMore() {
    refill(this.#more, this.#groups.some(({ next }) => next) ? button('More', () => this.#readMore()) : null)
  }

  /** Brings what was answered into the list: what is shown changes in its place, what is new waits. */
  #take() {
    if (this.#lines.size === 0) return this.#draw()
    const tasks = new Map(this.#tasks().map((task) => [task.taskId, task]))
    let left = 0
    for (const [id, line] of this.#lines) {
      const task = tasks.get(id)
      if (!task) {
        const group = this.#groups.find(({ statuses }) => statuses.includes(line.task.status))
        const oldest = group?.heard.at(-1)
        // There is so much that is new that it was not asked for.
        const unheard = !group || (!group.whole && oldest !== undefined && line.task.createdAt < oldest.createdAt)
        mark(line.element, unheard ? 'old' : 'gone')
        if (!unheard) left += 1
      } else if (JSON.stringify(task) !== JSON.stringify(line.task)) {
        const now = this.#line(task)
        for (const name of ['data-word', 'class']) line.element.setAttribute(name, now.getAttribute(name) ?? '')
        refill(line.element, [...now.childNodes])
        line.task = task
      } else mark(line.element, '')
    }
    // So many are shown that these were not asked for again.
    for (const { further } of this.#groups) for (const { taskId } of further) mark(this.#lines.get(taskId)?.element, 'old')
    let fresh = 0
    const list = this.#place.querySelector('.tasks')
    for (const task of tasks.values()) {
      if (this.#lines.has(task.taskId)) continue
      const group = this.#groups.find(({ statuses }) => statuses.includes(task.status))
      const older = [...this.#lines.values()].some((line) => group?.statuses.includes(line.task.status)) && [...this.#lines.values()].every((line) => !group?.statuses.includes(line.task.status) || line.task.createdAt > task.createdAt)
      if (older) list?.append(this.#keep(task).element)
      else fresh += 1
    }
    const parts = [fresh > 0 ? `${fresh} new` : '', left > 0 ? `${left} no longer here` : '']
    this.#news.hidden = fresh === 0 && left === 0
    setText(this.#news, `${parts.filter(Boolean).join(' · ')} — show`)
    this.#drawMore()
    this.#tick()
  }

  /** @param {Task} task */
  #keep(task) {
    const line = { task, element: this.#line(task) }
    this.#lines.set(task.taskId, line)
    return line
  }

  /** What somebody is done with here goes at once. @param {Task} task */
  #drop(task) {
    const line = this.#lines.get(task.taskId)
    const next = line?.element.nextElementSibling ?? line?.element.previousElementSibling
    this.#lines.delete(task.taskId)
    line?.element.remove()
    if (this.#lines.size === 0) this.#drawn = ''
    else if (document.activeElement === document.body) /** @type {HTMLElement | null} */ (next?.querySelector('a') ?? null)?.focus()
  }

  /** @returns {Task[]} what is shown, in its order */
  #tasks() {
    return this.#groups.flatMap(({ heard, further }) => {
      const seen = new Set(heard.map((one) => one.taskId))
      const tasks = [...heard, ...further.filter((one) => !seen.has(one.taskId))]
      const rank = (/** @type {Task} */ task) => task.status === 'pending' ? 0 : 1
      return this.#part === 'closed' ? tasks : tasks.sort((a, b) => rank(a) - rank(b) || b.priority - a.priority || a.createdAt.localeCompare(b.createdAt))
    })
  }

  #draw() {
    const tasks = this.#tasks()
    this.#lines.clear()
    this.#news.hidden = true
    refill(this.#place, tasks.length === 0
      ? this.#part === 'failed' ? empty('Nothing failed', 'Every hand-off has reached somebody, or is on its way.') : empty(this.#part === 'closed' ? 'Nothing closed yet' : 'All done', this.#part === 'closed' ? 'Tasks that are done with appear here.' : 'No hand-off waits for anybody.')
      : h('ol', { class: 'tasks' }, tasks.map((one) => this.#keep(one).element)))
    this.#drawMore()
    this.#tick()
  }

  /** @param {Task} task */
  #line(task) {
    const closed = task.closedAt !== null
    return h('li', { class: 'task', 'data-task': task.taskId, 'data-word': task.status },
      h('div', { class: 'badges' }, badge(task.status), h('span', { class: 'unheard' })),
      h('div', { class: 'about' },
        h('div', { class: 'line' }, h('a', { class: 'contact', href: address.href({ open: task.sessionId }), 'data-key': `open ${task.taskId}` }, said(task.contactId)),
          h('span', { class: 'quiet who' }, said(task.agent), ` → ${named(task.provider)}`),
          h('span', { class: 'quiet' }, `Priority ${task.priority}`),
          closed ? h('span', { class: 'quiet' }, 'closed ', when(task.closedAt)) : h('span', { class: 'quiet number', 'data-age': task.createdAt }, ''),
          // There from the beginning: what comes to be known moves no other task.
          h('span', { class: 'quiet taken' }, task.assignee ? ['Taken by ', said(task.assignee)] : null, task.assignee && task.reason ? ' · ' : null, task.reason ? `Ended: ${spaced(task.reason).toLowerCase()}` : null)),
        h('div', { class: 'sum', dir: 'auto' }, bounded(this.#about.get(task.taskId) ?? 'No summary.', `summary ${task.taskId}`)),
        task.resolution ? h('div', { class: 'quiet' }, 'Noted: ', bounded(task.resolution, `note ${task.taskId}`)) : null),
      h('div', { class: 'deeds' }, closed ? null : [
        task.assignee ? null : button('Claim', () => this.#claim(task), { key: `claim ${task.taskId}` }),
        button('Resolve', () => this.#resolve(task), { key: `resolve ${task.taskId}`, ...(task.status === 'failed' ? { kind: 'primary' } : {}) })]))
  }

  #tick() {
    for (const node of this.querySelectorAll('[data-age]')) {
      const age = `${length((Date.now() - Date.parse(/** @type {HTMLElement} */ (node).dataset.age ?? '')) / 1000)} old`
      if (node.textContent !== age) node.textContent = age
    }
  }

  /** @param {Task} task */
  async #claim(task) {
    const { client, config } = this.context
    // Without a sign-in nobody is known, so the name is asked for.
    const assignee = config.signIn ? undefined : await asked('Who takes it?', 'Your name', localStorage.getItem('name') ?? '', 'Claim', 256)
    if (assignee === null) return
    if (assignee) localStorage.setItem('name', assignee)
    await client.call('claimTask', { at: { taskId: task.taskId }, body: assignee ? { assignee } : {} })
    tell(`${task.contactId} is yours.`)
    this.#poll?.now()
  }

  /** @param {Task} task */
  async #resolve(task) {
    const note = await asked('What was done about it?', 'Note (optional)', '', 'Resolve', 4000)
    if (note === null) return
    await this.context.client.call('resolveTask', { at: { taskId: task.taskId }, body: note ? { resolution: note } : {} })
    tell(`Resolved ${task.contactId}.`)
    this.#drop(task)
    this.#poll?.now()
  }

  /** @param {Task} task */
  async #end(task) {
    if (!await confirmedEnd(task.contactId)) return
    await this.context.client.endTransfer(task.sessionId)
    tell(`Ended ${task.contactId}.`)
    this.#poll?.now()
  }

  /** @param {CustomEvent<string>} event */
  #key(event) {
    if (event.detail === 'r' && !this.#news.hidden) {
      this.#draw()
      return event.preventDefault()
    }
    const links = /** @type {HTMLElement[]} */ ([...this.querySelectorAll('.task a')])
    const at = links.findIndex((link) => link.closest('.task')?.contains(document.activeElement))
    const to = event.detail === 'j' ? Math.min(at + 1, links.length - 1) : event.detail === 'k' ? Math.max(at - 1, 0) : -1
    const task = [...this.#lines.values()].find(({ element }) => element.contains(document.activeElement))?.task
    if (event.detail === 'e' && (task?.status === 'pending' || task?.status === 'in_progress')) void this.#end(task).catch((error) => tell(textOf(error), 'failure'))
    else if (to < 0) return
    else links[to]?.focus()
    event.preventDefault()
  }
}

/**
 * Says in words, too, that a task was not told of.
 * @param {Element | undefined} line
 * @param {'' | keyof typeof MARKS} how
 */
function mark(line, how) {
  line?.classList.remove('gone', 'old')
  if (how) line?.classList.add(how)
  const words = line?.querySelector('.unheard')
  if (words) setText(words, how && MARKS[how])
}

/**
 * Asks for a line of text.
 * @param {string} title
 * @param {string} label
 * @param {string} value
 * @param {string} yes
 * @param {number} most characters
 * @returns {Promise<string | null>} null if it was called off
 */
function asked(title, label, value, yes, most) {
  return new Promise((resolve) => {
    const input = most > 1000 ? h('textarea', { maxlength: most, rows: 3 }, value) : h('input', { type: 'text', value, maxlength: most, autocomplete: 'name' })
    const dialog = h('dialog', { class: 'ask', 'aria-labelledby': 'ask-title', onclose: () => { dialog.remove(); resolve(dialog.returnValue === 'yes' ? input.value.trim() : null) } },
      h('form', { method: 'dialog' }, h('h2', { id: 'ask-title' }, title), h('label', { class: 'field' }, h('span', {}, label), input),
        h('div', { class: 'row end' }, h('button', { class: 'button', value: 'no', formnovalidate: true, type: 'button', onclick: () => dialog.close('no') }, 'Cancel'), h('button', { class: 'button primary', value: 'yes' }, yes))))
    document.body.append(dialog)
    dialog.showModal()
    input.focus()
  })
}


export const TAG = 'inbox-view'
customElements.define(TAG, Inbox)
