import type { UseDecision } from './decision.ts'

/**
 * Returns a deeply frozen decision that is equal to the given one, so that several callers can have the same object.
 * Copies what is not frozen and keeps what is, since that can belong to the state. `undefined` for a decision that is
 * not plain data, which only a damaged state causes.
 */
export function shareDecision(decision: UseDecision): UseDecision | undefined {
  try {
    return share(decision)
  } catch {
    return undefined
  }
}

function share<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const isList = Array.isArray(value)
  if (Object.getPrototypeOf(value) !== (isList ? Array.prototype : Object.prototype)) throw new TypeError('not plain')
  const from = value as Readonly<Record<string, unknown>>
  const copy: Record<string, unknown> = isList ? ([] as unknown as Record<string, unknown>) : {}
  let isKept = Object.isFrozen(value)
  for (const key of Object.keys(value)) {
    const part = from[key]
    copy[key] = share(part)
    if (copy[key] !== part) isKept = false
  }
  return isKept ? value : (Object.freeze(copy) as T)
}
