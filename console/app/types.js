// What is on the wire, as docs/openapi.json describes it: `tests/console` makes the module `api` from there.

/** @typedef {import('api').components['schemas']} Schemas */
/** @typedef {Schemas['TransferPage']} TransferPage */
/** @typedef {Schemas['TransferRow']} TransferRow */
/** @typedef {Schemas['Transfer']} TransferRecord */
/** @typedef {Schemas['TransferDetail']} Transfer */
/** @typedef {Schemas['TransferCounts']} Counts */
/** @typedef {Schemas['TimelineEntry']} TimelineEntry */
/** @typedef {Schemas['TransferStanding']} RecordThen */
/** @typedef {Schemas['Message']} Message */
/** @typedef {Schemas['Part']} Part */
/** @typedef {Schemas['Task']} Task */
/** @typedef {Schemas['Integration']} Integration */
/** @typedef {Schemas['IntegrationList']} IntegrationList */
/** @typedef {Schemas['IntegrationTest']} IntegrationTest */
/** @typedef {Schemas['EventEndpoint']} EventEndpoint */
/** @typedef {Schemas['EventDelivery']} EventDelivery */
/** @typedef {Schemas['EffectiveSettings']} EffectiveSettings */
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
