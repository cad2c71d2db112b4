/** @import { TimelineEntry } from './types.js' */

/** @typedef {{entry: TimelineEntry, times: number, first: string, sequences: number[]}} Folded */

/**
 * The same thing in a row is one line with a number.
 * @param {TimelineEntry[]} entries
 * @returns {Folded[]}
 */
export function folded(entries) {
  /** @type {Folded[]} */
  const lines = []
  for (const entry of entries) {
    const last = lines.at(-1)
    const same = last && last.entry.what === entry.what && last.entry.cause === entry.cause && last.entry.applied === entry.applied
      && last.entry.detail === entry.detail && last.entry.ignoredBecause === entry.ignoredBecause && !entry.statusAfter
    if (same) Object.assign(last, { entry: { ...entry, statusBefore: last.entry.statusBefore, statusAfter: last.entry.statusAfter }, times: last.times + entry.times, sequences: [...last.sequences, entry.sequence] })
    else lines.push({ entry, times: entry.times, first: entry.occurredAt, sequences: [entry.sequence] })
  }
  return lines
}
