import type { Lot } from './account.ts'

/** The fields of a lot that determine its place in the burn order (the order in which lots are spent). */
export type Burning = Pick<Lot, 'priority' | 'expiresAt' | 'order'>

/** Compares two lots in burn order: lowest priority first, then earliest expiry, then oldest. */
export function burnOrder(one: Burning, other: Burning): number {
  if (one.priority !== other.priority) return one.priority - other.priority
  if (one.expiresAt !== other.expiresAt) return one.expiresAt < other.expiresAt ? -1 : 1
  return one.order - other.order
}
