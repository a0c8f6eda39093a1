import { isId } from './id.ts'

const quoteLimit = 64

/**
 * Formats a caller's string for use in a message: in backticks, shortened to 64 characters, without control characters.
 */
export function quote(text: string): string {
  const short = text.length <= quoteLimit ? text : `${text.slice(0, quoteLimit - 1).replace(/[\ud800-\udbff]$/, '')}…`
  const printable = isId(short)
    ? short
    : JSON.stringify(short)
        .slice(1, -1)
        .replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '')
  return `\`${printable.replaceAll('`', "'")}\``
}
