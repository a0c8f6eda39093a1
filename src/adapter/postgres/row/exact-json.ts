/*
 * JSON that keeps bigints exact: a bigint is written as an array of a marker and its digits. Only requests and results are
 * stored this way, and neither contains the marker.
 */
const mark = '\u0000bigint'

/** Serializes a value, which may contain bigints of any size, to JSON. `readExact` restores the bigints exactly. */
export function writeExact(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? [mark, part.toString()] : part))
}

/** Parses JSON written by `writeExact`. */
export function readExact(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) =>
    Array.isArray(part) && part.length === 2 && part[0] === mark ? BigInt(part[1] as string) : part,
  )
}
