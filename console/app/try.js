import { h, fill, refill, said } from './dom.js'
import { View } from './view.js'
import { badge, bounded, button, copyable, empty, picker, tell, textOf, when } from './parts.js'
import { named, CHANNELS } from './words.js'
import { Poll } from './live.js'
import { messageOf, readMessages } from './conversation.js'
import { Problem } from './client.js'
import { openDetails } from './details.js'
import { control, elsewhere } from './simulator.js'
import * as address from './address.js'

/** @import { Message, TransferRecord, TransferEvent } from './types.js' */

/** What the representative can do, in the order in which it is done, and in which phases of the conversation. */
const DEEDS = /** @type {const} */ ([
  ['accept', 'Accept', ['new']], ['queue', 'Queue', ['new', 'queued', 'offered', 'connected', 'left']], ['join', 'Join', ['new', 'queued', 'offered', 'left']],
  ['transfer', 'To another queue', ['connected']], ['leave', 'Leave', ['connected']], ['wrap_up', 'Wrap up', ['left']], ['end', 'End', ['new', 'queued', 'offered', 'connected', 'left']],
])
/** What can go wrong, once each time it is pressed. @type {[string, string, object][]} */
const FAULTS = [
  ['Drop a callback', 'The next callback is dropped.', { on: 'callback', kind: '*', fault: { kind: 'drop' } }],
  ['Delay one by 5 s', 'The next callback comes five seconds late.', { on: 'callback', kind: '*', fault: { kind: 'delay', ms: 5000 } }],
  ['Double one', 'The next callback comes twice.', { on: 'callback', kind: '*', fault: { kind: 'duplicate', copies: 2 } }],
  // With 429, after which every contact centre may be asked again: a 503 says nothing of whether it was taken.
  ['Refuse a message', 'The next message of the contact is refused with 429 at first.', { on: 'request', operation: 'send', fault: { kind: 'status', status: 429, retryAfter: 3 } }],
]
/** Transfers that go wrong from their beginning: what the simulator plays, and what it does to the opening. @type {[string, string, string, object[]][]} */
const FAILING = [
  ['Refused', 'The contact centre refuses the conversation', 'reject', []],
  ['Nobody there', 'Nobody is there: the contact centre closes it, and says why as far as it can', 'no_agents', []],
  ['Nobody comes', 'It waits in the queue, and nobody joins', 'queue_forever', []],
  ['No answer', 'The contact centre does not say whether it took the conversation', 'greet', [{ on: 'request', operation: 'open', fault: { kind: 'status', status: 503 } }]],
]
const ASKED = 'Where is my order 42? I want to talk to a human.'

/** A transfer to play: the contact on the left, the representative on the right, every event between them. */
class Try extends View {
  #start = h('div', { class: 'started' })
  #choice = h('span')
  #unconnected = h('div')
  #failing = h('div', { class: 'deeds' })
  /** The providers that the project can hand over to; null until that is known. @type {Set<string> | null} */
  #connected = null
  #phase = ''
  #usable = true
  /** Draws the choice of providers again. */
  #choose = () => {}
  /** The session is over, and the contact centre never had it. */
  #never = false
  #left = h('div', { class: 'talk', role: 'log', tabindex: 0, 'aria-label': 'What the contact sees' })
  #right = h('div', { class: 'talk', role: 'log', tabindex: 0, 'aria-label': 'What the representative sees' })
  #feed = h('ol', { class: 'feed' })
  #deeds = h('div', { class: 'deeds' })
  #state = h('div', { class: 'row wrap standing' })
  #provider = ''
  /** @type {TransferRecord['channel']} */
  #channel = 'chat'
  /** @type {TransferRecord | null} */
  #session = null
  /** @type {Message[]} */
  #messages = []
  /** @type {string | null} */
  #cursor = null
  #seen = new Set()
  #life = new AbortController()
  /** @type {Poll | null} */
  #poll = null
  #count = 0
  /** Whether the simulator was told another script than its usual one. */
  #scripted = false
  /** The session of the address that is being read. @type {string | null} */
  #wanted = null

  start() {
    this.#provider = address.get('provider') ?? this.context.config.simulators?.[0]?.provider ?? ''
    const simulators = this.context.config.simulators ?? []
    fill(this.#start,
      this.#choice,
      picker('Channel', CHANNELS.map((channel) => [channel, named(channel)]), this.#channel, (channel) => { this.#channel = /** @type {TransferRecord['channel']} */ (channel) }),
      button('Start a transfer', () => this.#begin('manual'), { kind: 'primary', title: 'You play the representative' }),
      button('Let the simulator play', () => this.#begin('greet'), { title: 'A scripted representative joins and answers' }),
      this.#state)
    this.#drawChoice(simulators.map(({ provider }) => provider))
    const contact = h('div', { class: 'stack tight' }, h('div', { class: 'deeds' }, button('The contact leaves', () => this.#leave())), this.#line('Write as the contact', (text) => this.#say(text)))
    const representative = this.#line('Write as the representative', (text) => this.#act('say', { text }))
    fill(this, h('h1', { class: 'unseen' }, 'Try it'), this.#start, this.#unconnected,
      h('div', { class: 'try' },
        h('section', { class: 'card side-of' }, h('h2', {}, 'Contact'), this.#left, contact),
        h('section', { class: 'card side-of' }, h('h2', {}, 'Events, as the agent runtime gets them'), h('div', { class: 'talk', role: 'log', tabindex: 0, 'aria-label': 'Events' }, this.#feed), h('div', { class: 'stack tight' },
          h('p', { class: 'quiet' }, 'Make something go wrong in it, once:'), h('div', { class: 'deeds' }, FAULTS.map(([label, text, fault]) => button(label, () => this.#fault(text, fault), { title: text }))),
          h('p', { class: 'quiet' }, 'Or start one that goes wrong:'), this.#failing)),
        h('section', { class: 'card side-of' }, h('h2', {}, 'Representative'), this.#right, h('div', { class: 'stack tight' }, this.#deeds, representative))))
    fill(this.#left, empty('Somebody needs a human', 'Start a transfer: the AI agent hands the conversation over, and you play both sides. Or let the simulator play the representative.'))
    fill(this.#right, empty('Nobody called yet', 'What the representative at the contact centre sees appears here.'))
    fill(this.#feed, h('li', {}, h('span'), h('span', { class: 'quiet' }, 'Every event appears here as it is published.')))
    fill(this.#deeds, DEEDS.map(([deed, label]) => button(label, () => this.#act(deed, {}))))
    fill(this.#failing, FAILING.map(([label, text, script, faults]) => button(label, () => this.#begin(script, faults), { title: text })))
    this.#drawState()
    this.signal.addEventListener('abort', () => this.#life.abort())
    this.update()
  }

  update() {
    const wanted = address.get('session')
    if (wanted && wanted !== this.#session?.sessionId && wanted !== this.#wanted) void this.#resume(wanted)
    openDetails(this.context, () => this.#poll?.now())
  }

  /** Asks which of the simulated contact centres the project is connected to. @param {string[]} providers */
  #drawChoice(providers) {
    const has = (/** @type {string} */ provider) => this.#connected === null || this.#connected.has(provider)
    const draw = () => {
      this.#usable = has(this.#provider)
      this.#drawState()
      refill(this.#choice, picker('Provider', providers.map((provider) => [provider, `${named(provider)}${has(provider) ? '' : ' (not connected)'}`]), this.#provider, (provider) => { this.#provider = provider; draw() }))
      fill(this.#unconnected, has(this.#provider) ? null : h('p', { class: 'card note' }, `This project is not connected to ${named(this.#provider)}, so nothing can be handed over to it. `,
        h('a', { href: address.viewHref('settings', { section: 'integrations', item: this.#provider }) }, `Connect ${named(this.#provider)}`)))
      const provider = this.#provider
      if (this.#connected?.has(provider)) void elsewhere(this.context, provider).then((other) => {
        if (other && provider === this.#provider) fill(this.#unconnected, h('p', { class: 'card note' }, `The simulated ${named(provider)} calls the project `, said(other), ' now, so nothing of what happens there is told here. ',
          h('a', { href: address.viewHref('settings', { section: 'integrations', item: provider }) }, 'Let it call here')))
      })
    }
    this.#choose = draw
    draw()
    this.context.client.call('listIntegrations', { signal: this.signal }).then(({ body }) => {
      this.#connected = new Set(body.items.map((/** @type {{provider: string}} */ item) => item.provider))
      if (!has(this.#provider) && !address.get('provider')) this.#provider = providers.find(has) ?? this.#provider
      draw()
    }).catch((error) => { if (!this.signal.aborted) tell(textOf(error), 'failure') })
  }

  get #simulator() {
    return this.context.config.simulators?.find(({ provider }) => provider === this.#session?.provider || (!this.#session && provider === this.#provider))
  }

  /**
   * A line to write in.
   * @param {string} label
   * @param {(text: string) => Promise<void>} send
   */
  #line(label, send) {
    const input = h('input', { type: 'text', 'aria-label': label, placeholder: label, maxlength: 2000, autocomplete: 'off' })
    return h('form', {
      class: 'say', onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault()
        const text = input.value.trim()
        if (text === '') return
        input.value = ''
        send(text).catch((error) => { input.value = text; tell(textOf(error), 'failure') })
      },
    }, input, h('button', { class: 'button', 'aria-label': `Send: ${label}` }, 'Send'))
  }

  /**
   * @param {string} script what the simulator plays; with `manual` the representative does only what is pressed
   * @param {object[]} faults what it does to the opening
   */
  async #begin(script, faults = []) {
    const { client } = this.context
    this.#life.abort()
    this.#life = new AbortController()
    this.#session = null
    this.#phase = ''
    // What was made ready for another one and did not happen is no part of this one.
    await this.#control('faults', undefined, { method: 'DELETE' })
    await this.#control('script', { name: script })
    if (faults.length > 0) await this.#control('faults', faults)
    this.#scripted = script !== 'greet'
    const id = `try-${crypto.randomUUID().slice(0, 8)}`
    const session = (await client.call('createTransfer', {
      body: {
        conversationSessionId: id, contactId: `contact-${id}`, channel: this.#channel, agent: 'demo-agent', provider: this.#provider,
        trigger: 'handoff', reason: 'Asks for a human.', summary: 'Wants to know where order 42 is. The agent found it, but not when it arrives.', metadata: { order: 42 },
      },
      headers: { 'idempotency-key': id },
    })).body
    this.#follow(session)
    // So that loading the page again goes on with it.
    address.set({ session: session.sessionId }, { replace: true })
  }

  /** Goes on with a session that was begun before. @param {string} sessionId */
  async #resume(sessionId) {
    this.#wanted = sessionId
    try {
      const { body } = await this.context.client.call('getTransfer', { at: { sessionId }, signal: this.signal })
      this.#life.abort()
      this.#life = new AbortController()
      this.#provider = body.provider
      this.#scripted = true
      this.#phase = ''
      this.#follow(body)
      this.#choose()
    } catch (error) {
      if (this.signal.aborted) return
      // It is over and gone.
      if (error instanceof Problem && error.status < 500) address.set({ session: null }, { replace: true })
      else tell(textOf(error), 'failure')
    } finally {
      this.#wanted = null
    }
  }

  /** @param {TransferRecord} session */
  #follow(session) {
    this.#session = session
    this.#never = false
    this.#messages = []
    this.#seen.clear()
    this.#cursor = null
    fill(this.#feed)
    this.#drawLeft()
    this.#right.dataset.drawn = ''
    fill(this.#right, h('p', { class: 'quiet' }, 'It rings …'))
    this.#drawState()
    const { signal } = this.#life
    void this.#listen(session.sessionId, signal)
    this.#poll = new Poll((stop) => this.#look(session.sessionId, stop), { seen: 1500 }, signal)
  }

  /**
   * Waits for events, one answer after the other.
   * @param {string} sessionId
   * @param {AbortSignal} signal
   */
  async #listen(sessionId, signal) {
    while (!signal.aborted) {
      try {
        const { body } = await this.context.client.call('getEvents', { at: { sessionId }, query: { after: this.#cursor, waitSeconds: 20 }, signal })
        this.#cursor = body.next
        for (const event of body.items) this.#show(event)
        if (body.items.length > 0) this.#poll?.now()
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof Problem && error.status < 500 && error.status !== 429) return tell(textOf(error), 'failure')
        await new Promise((resolve) => setTimeout(resolve, 2000))
      }
    }
  }

  /** @param {TransferEvent} event */
  #show(event) {
    if (this.#seen.has(event.id)) return
    this.#seen.add(event.id)
    const detail = /** @type {Record<string, any>} */ (event.detail)
    const text = detail.message?.text ?? (event['detail-type'] === 'typing' ? detail.on ? 'begun' : 'stopped' : null) ?? (detail.reason && named(detail.reason)) ?? (detail.endReason && named(detail.endReason)) ?? detail.representative?.name ?? ''
    this.#feed.append(h('li', { class: 'fresh' }, when(event.time), h('span', {}, h('strong', {}, event['detail-type']), ' ', detail.status ? badge(detail.status) : null, text ? h('div', { class: 'quiet short' }, bounded(text, event.id)) : null)))
    this.#feed.parentElement?.scrollTo({ top: this.#feed.parentElement.scrollHeight })
  }

  /**
   * @param {string} sessionId
   * @param {AbortSignal} signal
   */
  async #look(sessionId, signal) {
    const { client } = this.context
    const [session, messages, there] = await Promise.all([
      client.call('getTransfer', { at: { sessionId }, signal }), readMessages(client, sessionId, this.#messages, signal),
      this.#never ? null : this.#control(`conversations/${sessionId.split(':')[1]}`, undefined, { signal }).catch(() => null),
    ])
    this.#session = session.body
    this.#drawState()
    if (JSON.stringify(messages) !== JSON.stringify(this.#messages)) {
      this.#messages = messages
      this.#drawLeft()
    }
    // The script is of this one conversation; whoever comes next meets the usual one.
    if (this.#scripted && (there || session.body.status === 'ended')) {
      this.#scripted = false
      await this.#control('script', { name: 'greet' })
    }
    if (there) this.#drawThere(there)
    else if (session.body.status === 'ended' && !this.#never) {
      this.#never = true
      fill(this.#right, empty('It never came here', 'The contact centre has no such conversation. How it ended says why.'))
    }
  }

  #drawLeft() {
    refill(this.#left, h('ol', { class: 'conversation' }, h('li', { class: 'message', 'data-author': 'contact' }, h('div', { class: 'bubble' }, h('p', { class: 'words' }, ASKED)), h('div', { class: 'under quiet' }, 'Contact, to the AI agent')),
      this.#messages.map(messageOf)))
    this.#left.scrollTop = this.#left.scrollHeight
  }

  /** @param {{phase: string, transcript: {author: string, text: string}[], representative: {name: string} | null}} there */
  #drawThere(there) {
    if (this.#phase !== there.phase) {
      this.#phase = there.phase
      this.#drawState()
    }
    const drawn = `${there.phase} ${there.transcript.length} ${there.representative?.name}`
    if (this.#right.dataset.drawn === drawn) return
    this.#right.dataset.drawn = drawn
    fill(this.#right, h('p', { class: 'quiet' }, `${named(this.#session?.provider)}: ${named(there.phase)}${there.representative ? ` · ${there.representative.name}` : ''}`),
      // Seen from the other side of the desk: the representative's own words stand right.
      h('ol', { class: 'conversation' }, there.transcript.map((line) => h('li', { class: 'message', 'data-author': line.author === 'representative' ? 'contact' : 'representative' },
        h('div', { class: 'bubble' }, h('p', { dir: 'auto', class: 'words' }, line.text)), h('div', { class: 'under quiet' }, named(line.author))))))
    this.#right.scrollTop = this.#right.scrollHeight
  }

  #drawState() {
    const session = this.#session
    const over = !session || session.status === 'ended'
    fill(this.#state, session ? [badge(session.status), session.outcome ? badge(session.outcome) : null, session.unconfirmed && !over ? badge('unconfirmed') : null, copyable(session.sessionId.split(':')[1] ?? '', 'transfer id'),
      h('a', { href: address.href({ open: session.sessionId, tab: null }) }, over ? 'How it ended' : 'Why is it still open?'), h('a', { href: address.href({ open: session.sessionId, tab: 'timeline' }) }, 'Timeline')] : null)
    const able = (/** @type {Iterable<Element>} */ elements, /** @type {boolean} */ is) => { for (const one of elements) /** @type {HTMLButtonElement} */ (one).disabled = !is }
    able(this.querySelectorAll('.side-of button, .side-of input'), !over)
    for (const [index, [, , phases]] of DEEDS.entries()) able([...this.#deeds.children].slice(index, index + 1), !over && /** @type {readonly string[]} */ (phases).includes(this.#phase))
    able(this.#right.parentElement?.querySelectorAll('.say *') ?? [], !over && this.#phase === 'connected')
    able([...this.#failing.children, ...this.#start.querySelectorAll('button:not(.icon-button)')], this.#usable)
  }

  /** @param {string} text */
  async #say(text) {
    if (!this.#session) return
    this.#count += 1
    await this.context.client.call('sendMessage', { at: { sessionId: this.#session.sessionId }, body: { messageId: `try-${this.#count}-${crypto.randomUUID().slice(0, 8)}`, text } })
    this.#poll?.now()
  }

  async #leave() {
    if (!this.#session) return
    await this.context.client.call('endTransfer', { at: { sessionId: this.#session.sessionId }, body: { endedBy: 'contact' } })
    this.#poll?.now()
  }

  /**
   * @param {string} deed
   * @param {object} particulars
   */
  async #act(deed, particulars) {
    if (!this.#session) return
    await this.#control(`conversations/${this.#session.sessionId.split(':')[1]}/${deed}`, particulars)
    this.#poll?.now()
  }

  /**
   * @param {string} text
   * @param {object} fault
   */
  async #fault(text, fault) {
    await this.#control('faults', [fault])
    tell(text)
  }

  /**
   * @param {string} path
   * @param {unknown} [body]
   * @param {Parameters<typeof control>[3]} [how]
   */
  #control(path, body, how) {
    return control(this.#simulator, path, body, how)
  }
}

export const TAG = 'try-view'
customElements.define(TAG, Try)
