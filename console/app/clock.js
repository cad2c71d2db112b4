const short = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
const long = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })
const dayAndTime = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'always' })

/** @param {string} at */
export const time = (at) => short.format(new Date(at))

/** @param {string} at */
export const moment = (at) => long.format(new Date(at))

/** @param {string} at */
export function near(at) {
  const date = new Date(at)
  return Math.abs(Date.now() - date.getTime()) < 12 * 3_600_000 ? short.format(date) : dayAndTime.format(date)
}

/**
 * A length of time in at most two units: `45s`, `3m 20s`, `2h 05m`, `3d 4h`.
 * @param {number} seconds
 */
export function length(seconds) {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0')
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`
  if (whole < 86400) return `${Math.floor(whole / 3600)}h ${two(Math.floor(whole / 60) % 60)}m`
  return `${Math.floor(whole / 86400)}d ${Math.floor(whole / 3600) % 24}h`
}

/**
 * How far a moment is from now, as a person says it.
 * @param {string} at
 */
export function relative(at) {
  const seconds = Math.round((Date.parse(at) - Date.now()) / 1000)
  const size = Math.abs(seconds)
  if (size < 90) return ago.format(seconds, 'second')
  if (size < 5400) return ago.format(Math.round(seconds / 60), 'minute')
  if (size < 129_600) return ago.format(Math.round(seconds / 3600), 'hour')
  return ago.format(Math.round(seconds / 86_400), 'day')
}

/**
 * Calls once a second while the page is seen, and at once.
 * @param {() => void} tick
 * @param {AbortSignal} signal
 */
export function everySecond(tick, signal) {
  const timer = setInterval(() => { if (!document.hidden) tick() }, 1000)
  signal.addEventListener('abort', () => clearInterval(timer))
  tick()
}
