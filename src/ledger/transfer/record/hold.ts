import type { Settled } from '../../../port/ledger-result.ts'
import { holdLimit } from '../../operation/reserve.ts'
import type { Hold } from '../../storage/account.ts'
import { callField, type ExportedCall, impossiblePath, withLevelPlaces, withLevels } from './call.ts'
import { amount, count, expiry, id, instant, list, named, oneOf, optional, orDefault, place, sum } from './field.ts'
import type { Place, Places } from './place.ts'
import { type RecordCodec, recordOf } from './record.ts'
import { type ExportedSettled, settledField, unknownPlace, withPlaces, withWallets } from './settled.ts'

/**
 * An exported hold or charge. The slices are omitted: they follow from the entries of the hold. The amount of the final
 * settle is omitted where it follows from `answer`: for a hold with at least one level. The tags are part of `call`.
 */
export interface ExportedHold
  extends Readonly<Omit<Hold, 'path' | 'tags' | 'order' | 'place' | 'slices' | 'lastRow' | 'archiveRow'>> {
  readonly path: readonly Place[]
  readonly answer: Settled | undefined
}

const path = list(place)
const ttl = { ...count, schema: count.schema.refine((value) => value <= holdLimit) }

interface PlacedHold extends Omit<ExportedHold, 'answer' | 'call'> {
  readonly answer: ExportedSettled | undefined
  readonly call: ExportedCall | undefined
}

const placedRecord = recordOf<PlacedHold>('hold', {
  id: named('hold', id),
  origin: oneOf(['reserve', 'charge', 'unknown', 'tombstone']),
  path: { ...path, schema: path.schema.refine(({ length }) => length <= 8) },
  state: oneOf(['held', 'lapsed', 'settled', 'released']),
  requested: sum,
  minAmount: optional(amount),
  ttl: orDefault(ttl, 0),
  call: callField,
  createdAt: instant,
  expiresAt: expiry,
  endedAt: orDefault(instant, -1),
  first: sum,
  amount: sum,
  held: sum,
  spent: sum,
  refunded: sum,
  returned: sum,
  final: sum,
  overrun: optional(oneOf(['charge', 'cap', 'reject'])),
  late: optional(oneOf(['charge', 'reject'])),
  answer: optional(settledField),
})

/** Creates the codec of hold and charge records. */
export function holdRecord(places: Places): RecordCodec<ExportedHold> {
  return {
    read: (value) => {
      const read = placedRecord.read(value)
      if (!read.ok) return read
      const { answer: placed, call: placedCall, ...row } = read.row
      const answer = placed && withWallets(placed, places)
      if (placed !== undefined && answer === undefined) return { ok: false, problem: unknownPlace }
      const call = placedCall && withLevels(placedCall, places)
      if (placedCall !== undefined && call === undefined) return { ok: false, problem: impossiblePath }
      return { ok: true, row: { ...row, answer, call } }
    },
    write: ({ answer, call, final, ...row }) =>
      placedRecord.write({
        ...row,
        answer: answer && withPlaces(answer, places),
        call: withLevelPlaces(call, places),
        final: row.path.length === 0 ? final : 0n,
      }),
  }
}
