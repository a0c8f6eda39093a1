import { type Bucket, buckets, entryTypes } from '../../port/bucket.ts'
import type { Entry } from '../../port/ledger-result.ts'

/** The type, source bucket and destination bucket of an entry, packed into one number. */
export type EntryKind = number

/**
 * Packs the type, source bucket and destination bucket of an entry into one number. Callers compute each kind once and
 * reuse it.
 */
export function kindOf(type: Entry['type'], from: Bucket, to: Bucket): EntryKind {
  return (entryTypes.indexOf(type) << 8) | (buckets.indexOf(from) << 4) | buckets.indexOf(to)
}

/** Unpacks a kind into the entry type, the source bucket and the destination bucket. */
export function meaningOf(kind: EntryKind): Pick<Entry, 'type' | 'from' | 'to'> {
  return {
    type: entryTypes[kind >> 8] as Entry['type'],
    from: buckets[(kind >> 4) & 15] as Bucket,
    to: buckets[kind & 15] as Bucket,
  }
}
