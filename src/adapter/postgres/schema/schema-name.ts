/** The default name of a ledger's schema. */
export const defaultSchema = 'portcullis'

/**
 * Quotes a schema name as an SQL identifier.
 * @throws {RangeError} when the name is not 1 to 63 bytes long, or contains a zero byte
 */
export function quoteSchema(name: string): string {
  if (
    typeof name !== 'string' ||
    name === '' ||
    name.includes('\u0000') ||
    new TextEncoder().encode(name).length > 63
  ) {
    throw new RangeError(`expected a schema name of 1 to 63 bytes, not \`${String(name)}\``)
  }
  return `"${name.replaceAll('"', '""')}"`
}
