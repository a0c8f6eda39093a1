const midnight = Date.UTC(2025, 9, 15)

/**
 * Returns the instant of a time on the demo's day, such as `'09:30'` or `'14:59:59.999'`. The day is a Wednesday in
 * UTC.
 */
export function today(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
  return midnight + Math.round(((hours * 60 + minutes) * 60 + seconds) * 1000)
}

/** Formats an instant as a time of day, without trailing zeros. */
export function timeOf(at: number): string {
  return new Date(at)
    .toISOString()
    .slice(11, 23)
    .replace(/\.000$/, '')
    .replace(/:00$/, '')
}

/** The instant at which the platform was set up: two weeks before the demo's day. */
export const earlier = midnight - 14 * 24 * 60 * 60 * 1000

export const opening = today('07:00')
export const closing = today('19:00')
