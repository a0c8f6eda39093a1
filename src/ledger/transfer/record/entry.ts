import { buckets, entryTypes } from '../../../port/bucket.ts'
import type { Entry } from '../../../port/ledger-result.ts'
import { amount, count, id, instant, oneOf, optional, place, tags } from './field.ts'
import type { Place } from './place.ts'
import { recordOf } from './record.ts'

/**
 * An exported entry. The sequence number is omitted: it is the position of the entry among the entries of its wallet.
 */
export interface ExportedEntry extends Omit<Entry, 'sequence' | 'grant' | 'period' | 'hold' | 'only' | 'refunds'> {
  readonly wallet: Place
  readonly lot: Place | undefined
  readonly hold: string | undefined
  readonly only: readonly string[] | undefined
  readonly refunds: number | undefined
}

export const entryRecord = recordOf<ExportedEntry>('entry', {
  wallet: place,
  at: instant,
  type: oneOf(entryTypes),
  from: oneOf(buckets),
  to: oneOf(buckets),
  amount,
  lot: optional(place),
  hold: optional(id),
  only: tags,
  refunds: optional(count),
})
