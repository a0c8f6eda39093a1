/** The schema unless another is named. */
export const defaultSchema = 'portcullis'

/**
 * The name of a schema as it stands in a statement.
 * @throws {RangeError} when it is no name of 1 to 63 bytes
 */
export function quoteSchema(name: string): string {
  if (
    typeof name !== 'string' ||
    name === '' ||
    name.includes('\u0000') ||
    new TextEncoder().encode(name).length > 63
  ) {
    throw new RangeError(`expected the name of a schema of 1 to 63 bytes, not \`${String(name)}\``)
  }
  return `"${name.replaceAll('"', '""')}"`
}
