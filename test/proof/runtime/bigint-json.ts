/** The value as JSON, with each bigint as `{ "$bigint": "1" }`. */
export function toJson(root: unknown): string {
  return JSON.stringify(root, (_key, value: unknown) =>
    typeof value === 'bigint' ? { $bigint: value.toString() } : value,
  )
}

/** The value whose JSON `toJson` returned. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && '$bigint' in value ? BigInt(String(value.$bigint)) : value,
  )
}
