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

/** Builds a record with one value per bucket, in the order of `buckets`. */
export function byBucket<Value>(compute: (bucket: Bucket) => Value): Record<Bucket, Value> {
  return Object.fromEntries(buckets.map((bucket) => [bucket, compute(bucket)])) as Record<Bucket, Value>
}

/** Whether a bucket is a source of credits: it grows by what leaves it, where the other buckets grow by what enters them. */
export function isSource(bucket: Bucket): boolean {
  return bucket === 'granted' || bucket === 'drawn' || bucket === 'overdraft' || bucket === 'writtenOff'
}

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
