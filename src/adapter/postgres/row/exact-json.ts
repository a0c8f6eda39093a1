/*
 * JSON with amounts in it: a bigint is an array of one text, `["123"]` with a mark before, which nothing else that is kept
 * looks like, since what is kept are requests and answers.
 */
const mark = '\u0000bigint'

/** The text of a value in which amounts stay exact, whatever their size. */
export function writeExact(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? [mark, part.toString()] : part))
}

/** The value of a text that `writeExact` made. */
export function readExact(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) =>
    Array.isArray(part) && part.length === 2 && part[0] === mark ? BigInt(part[1] as string) : part,
  )
}
