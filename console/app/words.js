// The API's words as people read them. A word that is not here is shown as it is, with blanks for its underscores.

/** @type {Record<string, string>} */
const WORDS = {
  // Status.
  pending: 'Pending', queued: 'Queued', active: 'Active', post_agent: 'Wrap-up', ended: 'Ended',
  // Providers.
  smartassist: 'Kore SmartAssist', salesforce: 'Salesforce', servicenow: 'ServiceNow', five9: 'Five9', genesys: 'Genesys',
  // Outcomes.
  served: 'Served', no_representatives: 'Nobody there', outside_hours: 'Outside hours', declined: 'Declined',
  abandoned: 'Abandoned', expired: 'Expired', cancelled: 'Cancelled', rejected: 'Rejected', unreachable: 'Unreachable',
  unconfirmed: 'Unconfirmed', dropped: 'Dropped', failed: 'Failed',
  // What comes due.
  expiry: 'it expires', no_confirmation: 'it is given up, because the contact centre said nothing more',
  nobody_came: 'it is given up, because nobody came', wrap_up: 'the wrap-up is taken as done',
  warning: 'its expiry is announced', no_reply: 'the silence of its representative is announced',
  staleness: 'it counts as stale', check: 'it is checked at the contact centre',
  handback: 'its open hand-back is announced', removal: 'its record is removed',
}

/** @param {string | null | undefined} word */
export function spaced(word) {
  const text = (word ?? '').replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** @param {string | null | undefined} word */
export function named(word) {
  return word ? WORDS[word] ?? spaced(word) : '—'
}

/**
 * What comes due, as the end of a sentence.
 * @param {string} what
 */
export function due(what) {
  return what === 'unconfirmed' ? 'it is given up as unconfirmed' : WORDS[what] ?? what.replaceAll('_', ' ')
}

export const STATUSES = ['pending', 'queued', 'active', 'post_agent', 'ended']
export const OUTCOMES = ['served', 'no_representatives', 'outside_hours', 'declined', 'abandoned', 'expired', 'cancelled',
  'rejected', 'unreachable', 'unconfirmed', 'dropped', 'failed']
export const CHANNELS = ['chat', 'messaging', 'email', 'campaign', 'voice']
export const PROVIDERS = ['genesys', 'salesforce', 'servicenow', 'five9', 'smartassist']
