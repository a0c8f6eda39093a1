/**
 * The buckets of a wallet: the four sources of credits first, then where credits go. Stored entries and SQL columns refer to
 * buckets by their position, so the list may only grow at its end, up to ten.
 */
export const buckets = [
  'granted',
  'drawn',
  'overdraft',
  'writtenOff',
  'available',
  'reserved',
  'spent',
  'expired',
  'revoked',
] as const
export type Bucket = (typeof buckets)[number]

/** The types of an entry. Stored entries refer to types by their position, so the list may only grow at its end. */
export const entryTypes = [
  'granted',
  'reserved',
  'settled',
  'released',
  'lapsed',
  'charged',
  'refunded',
  'expired',
  'revoked',
] as const
export type EntryType = (typeof entryTypes)[number]
