/**
 * The buckets of a wallet: four sources of credits, then five uses of credits. Stored entries and SQL columns refer to
 * a bucket by its position in this list. New buckets may therefore only be appended, up to ten in total.
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

/**
 * Whether a bucket is a source of credits, for example `granted`. A source grows when credits leave it. Any other
 * bucket grows when credits enter it.
 */
export function isSource(bucket: Bucket): boolean {
  return bucket === 'granted' || bucket === 'drawn' || bucket === 'overdraft' || bucket === 'writtenOff'
}

/** The types of ledger entries. Stored entries refer to a type by its position, so new types may only be appended. */
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
