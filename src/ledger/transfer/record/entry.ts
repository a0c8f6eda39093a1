import { buckets, entryTypes } from '../../../port/bucket.ts'
import type { CallDetails, Entry } from '../../../port/ledger-result.ts'
import { callField, type ExportedCall, impossiblePath, withLevelPlaces, withLevels } from './call.ts'
import { amount, count, id, instant, oneOf, optional, place, tags } from './field.ts'
import type { Place, Places } from './place.ts'
import { type RecordCodec, recordOf } from './record.ts'

/**
 * An exported entry. The sequence number is omitted: it is the position of the entry among the entries of its wallet.
 */
export interface ExportedEntry
  extends Omit<Entry, 'sequence' | 'grant' | 'period' | 'hold' | 'call' | 'only' | 'refunds'> {
  readonly wallet: Place
  readonly lot: Place | undefined
  readonly hold: string | undefined
  readonly call: CallDetails | undefined
  readonly only: readonly string[] | undefined
  readonly refunds: number | undefined
}

const placedRecord = recordOf<Omit<ExportedEntry, 'call'> & { readonly call: ExportedCall | undefined }>('entry', {
  wallet: place,
  at: instant,
  type: oneOf(entryTypes),
  from: oneOf(buckets),
  to: oneOf(buckets),
  amount,
  lot: optional(place),
  hold: optional(id),
  call: callField,
  only: tags,
  refunds: optional(count),
})

/** Creates the codec of entry records. */
export function entryRecord(places: Pick<Places, 'walletAt' | 'findPlace'>): RecordCodec<ExportedEntry> {
  return {
    read: (value) => {
      const read = placedRecord.read(value)
      if (!read.ok) return read
      const { call: placed, ...row } = read.row
      const call = placed && withLevels(placed, places)
      if (placed !== undefined && call === undefined) return { ok: false, problem: impossiblePath }
      return { ok: true, row: { ...row, call } }
    },
    write: ({ call, ...row }) => placedRecord.write({ ...row, call: withLevelPlaces(call, places) }),
  }
}
