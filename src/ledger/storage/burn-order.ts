import type { Lot } from './account.ts'

/** The fields that determine when a lot burns. */
export type Burning = Pick<Lot, 'priority' | 'expiresAt' | 'order'>

/** A comparator in burn order: lowest priority, then earliest expiry, then oldest. */
export function burnOrder(one: Burning, other: Burning): number {
  if (one.priority !== other.priority) return one.priority - other.priority
  if (one.expiresAt !== other.expiresAt) return one.expiresAt < other.expiresAt ? -1 : 1
  return one.order - other.order
}
