// What is on the wire, as docs/openapi.json describes it: `tests/console` makes the module `api` from there.

/** @typedef {import('api').components['schemas']} Schemas */
/** @typedef {Schemas['TransferPage']} TransferPage */
/** @typedef {Schemas['TransferRow']} TransferRow */
/** @typedef {Schemas['Transfer'] & {
 *   nextDue: {at: string, what: string} | null,
 *   lastProviderEventAt: string | null,
 *   undelivered: {messages: number, oldestAt: string | null},
 *   actions: string[],
 * }} Transfer */
/** @typedef {{total: number, byStatus: Record<string, number>, byOutcome: Record<string, number>, complete: boolean}} Counts */
/** @typedef {Schemas['TimelineEntry'] & {statusBefore: string | null, statusAfter: string | null}} TimelineEntry */
/** @typedef {{status: string, queue: Schemas['Queue'] | null, representative: Schemas['Representative'] | null,
 *   providerSessionId: string | null, endReason: string | null, endedBy: string | null, outcome: string | null,
 *   unconfirmed: boolean}} RecordThen */
/** @typedef {{items: TimelineEntry[], next: string, more: boolean, record?: RecordThen | null}} TimelinePage */
/** @typedef {Schemas['Message']} Message */
/** @typedef {Schemas['MessagePage']} MessagePage */
/** @typedef {Schemas['Part']} Part */
/** @typedef {Schemas['Task']} Task */
/** @typedef {Schemas['TaskPage']} TaskPage */
/** @typedef {Schemas['Integration']} Integration */
/** @typedef {Schemas['IntegrationList']} IntegrationList */
/** @typedef {Schemas['IntegrationTest']} IntegrationTest */
/** @typedef {Schemas['EventEndpoint']} EventEndpoint */
/** @typedef {Schemas['EventDelivery']} EventDelivery */
/** @typedef {Schemas['EventDeliveryPage']} EventDeliveryPage */
/** @typedef {Schemas['TransferSettings']} TransferSettings */
/** @typedef {Schemas['EffectiveSettings']} EffectiveSettings */
/** @typedef {Schemas['EventPage']} EventPage */
/** @typedef {Schemas['TransferEvent']} TransferEvent */
/** @typedef {Schemas['Problem']} ProblemDocument */

/**
 * What the page is told at its start.
 * @typedef {{
 *   signIn: {issuer: string, clientId: string, scopes: string[]} | null,
 *   projectClaim: string,
 *   projects: string[],
 *   simulators: {provider: string, path: string, integration: object}[] | null,
 * }} Config
 */

/**
 * What every view works with.
 * @typedef {{config: Config, client: import('./client.js').Client, project: string}} Context
 */

export {}
