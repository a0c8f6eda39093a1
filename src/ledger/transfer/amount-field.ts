/**
 * The names of the request fields that contain amounts. In JSON these amounts are decimal strings, because JSON has no
 * bigint.
 */
const amountFields: ReadonlySet<string> = new Set([
  'amount',
  'minAmount',
  'increase',
  'minIncrease',
  'overdraftLimit',
  'rollover',
  'softLimits',
  'lowBalances',
])

const decimal = /^(?:0|[1-9][0-9]{0,18})$/

/**
 * Converts the amount fields of a request that was parsed from JSON to bigint. Invalid amounts stay unchanged, so that
 * the schema refuses the request.
 */
export function withAmounts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withAmounts)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      amountFields.has(name) ? readAmounts(field) : withAmounts(field),
    ]),
  )
}

function readAmounts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readAmounts)
  return typeof value === 'string' && decimal.test(value) ? BigInt(value) : value
}
