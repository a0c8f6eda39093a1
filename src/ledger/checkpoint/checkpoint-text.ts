/** Formats a value as a JSON string. A bigint becomes `{"$n":"…"}`, infinity `{"$n":"∞"}`. */
export function formatValue(value: unknown): string {
  return JSON.stringify(value, (_, field) => {
    if (typeof field === 'bigint') return { $n: field.toString() }
    return field === Number.POSITIVE_INFINITY ? { $n: '∞' } : field
  })
}

/**
 * Parses a string of `formatValue`.
 * @throws {SyntaxError} when the string is not JSON
 */
export function parseValue(text: string): unknown {
  return JSON.parse(text, (_, field: unknown) => {
    if (typeof field !== 'object' || field === null || !('$n' in field)) return field
    return field.$n === '∞' ? Number.POSITIVE_INFINITY : BigInt(String(field.$n))
  })
}
