import type { Lot } from './account.ts'

/** What decides when a lot burns. */
export type Burning = Pick<Lot, 'priority' | 'expiresAt' | 'order'>

/** Below zero when a lot burns before another: the lowest priority, then the earliest expiry, then the oldest. */
export function burnOrder(one: Burning, other: Burning): number {
  if (one.priority !== other.priority) return one.priority - other.priority
  if (one.expiresAt !== other.expiresAt) return one.expiresAt < other.expiresAt ? -1 : 1
  return one.order - other.order
}
