import { type Kind, meaningOf } from '../../../ledger/storage/entry-log.ts'
import type { Bucket, Entry } from '../../../port/ledger-result.ts'

/*
 * How a movement is stored: 100 times the place of its type, 10 times that of the bucket it is from, and that of the bucket
 * it goes to. The lists only ever grow at their ends, since the database has numbers that mean them.
 */

/** The types of entries in the order that their numbers have. */
export const entryTypes: readonly Entry['type'][] = [
  'granted',
  'reserved',
  'settled',
  'released',
  'lapsed',
  'charged',
  'refunded',
  'expired',
  'revoked',
]
/** The buckets in the order that their columns have. */
export const bucketOrder: readonly Bucket[] = [
  'granted',
  'drawn',
  'overdraft',
  'writtenOff',
  'available',
  'reserved',
  'spent',
  'expired',
  'revoked',
]

const stored = new Map<Kind, number>()

/** The number that stands for a kind of movement in the database. */
export function entryCodeOf(kind: Kind): number {
  const known = stored.get(kind)
  if (known !== undefined) return known
  const { type, from, to } = meaningOf(kind)
  const movement = entryTypes.indexOf(type) * 100 + bucketOrder.indexOf(from) * 10 + bucketOrder.indexOf(to)
  stored.set(kind, movement)
  return movement
}

/** The movement that a number in the database stands for. */
export function readEntryCode(movement: number): Pick<Entry, 'type' | 'from' | 'to'> {
  return {
    type: entryTypes[Math.floor(movement / 100)] as Entry['type'],
    from: bucketOrder[Math.floor(movement / 10) % 10] as Bucket,
    to: bucketOrder[movement % 10] as Bucket,
  }
}
