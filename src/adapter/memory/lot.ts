import type { Instant } from '../../model/instant.ts'
import type { ExpiryHeap } from './expiry-heap.ts'

/** What a grant still has to give. */
export interface Lot {
  readonly grant: string
  /** `Infinity` when it never expires. */
  readonly expiresAt: Instant
  /** Its place among the grants of the wallet. */
  readonly order: number
  /** In units. */
  left: bigint
}

/** The lots with something left, in burn order: the earliest expiry first, then the oldest. */
export type Lots = ExpiryHeap<Lot>

/** A part of a lot that a call holds, or has spent. */
export interface Slice {
  readonly lot: Lot
  readonly amount: bigint
}

/** Takes an amount in burn order: at most what is left in all of the lots. */
export function takeFrom(lots: Lots, amount: bigint): readonly Slice[] {
  const slices: Slice[] = []
  let missing = amount
  for (let lot = lots.first(); lot !== undefined && missing > 0n; lot = lots.first()) {
    const taken = lesser(lot.left, missing)
    slices.push({ lot, amount: taken })
    lot.left -= taken
    missing -= taken
    if (lot.left > 0n) break
    lots.take()
  }
  return slices
}

/** Puts an amount, above zero, into a lot, and the lot back among the others when it had nothing left. */
export function putInto(lots: Lots, lot: Lot, amount: bigint): void {
  if (lot.left === 0n) lots.add(lot)
  lot.left += amount
}

/** The lesser of two amounts. */
export function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
