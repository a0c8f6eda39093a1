/** The fields of requests that are amounts: decimal text wherever a request is written down, since JSON has no bigint. */
const amountFields: ReadonlySet<string> = new Set([
  'amount',
  'minAmount',
  'increase',
  'minIncrease',
  'overdraftLimit',
  'rollover',
  'softLimits',
])

const decimal = /^(?:0|[1-9][0-9]{0,18})$/

/** A request out of JSON: its amounts are bigint again, and what is no amount stays as it is, for the schema to refuse. */
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
