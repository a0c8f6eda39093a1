const formats = new Map<string, Intl.DateTimeFormat | undefined>()
const formatLimit = 1_000

const zoneName = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/

/** Whether a string has the form of a time zone name, as in `Europe/Berlin` or `UTC`. The zone may not exist. */
export function isTimeZoneName(text: string): boolean {
  return zoneName.test(text)
}

/** Whether `text` is a time zone name that this runtime knows. Offsets such as `+01:00` are not names. */
export function isTimeZone(text: string): boolean {
  return isTimeZoneName(text) && findDateFormat(text) !== undefined
}

/**
 * Returns a format that writes the local date of an instant as `month/day/year`, or `undefined` for a time zone that
 * this runtime does not know. Up to 1,000 formats are cached, since making one is costly.
 */
export function findDateFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  if (formats.has(timeZone)) return formats.get(timeZone)
  if (formats.size >= formatLimit) formats.clear()
  const format = makeDateFormat(timeZone)
  formats.set(timeZone, format)
  return format
}

function makeDateFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    const parts = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
    return new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', { timeZone, ...parts })
  } catch {
    return undefined
  }
}
