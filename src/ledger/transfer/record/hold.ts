import type { Settled } from '../../../port/ledger-result.ts'
import { holdLimit } from '../../operation/reserve.ts'
import type { Hold } from '../../storage/account.ts'
import {
  amount,
  count,
  expiry,
  id,
  instant,
  list,
  named,
  oneOf,
  optional,
  orDefault,
  place,
  sum,
  tags,
} from './field.ts'
import type { Place, Places } from './place.ts'
import { type RecordCodec, recordOf } from './record.ts'
import { type ExportedSettled, settledField, unknownPlace, withPlaces, withWallets } from './settled.ts'

/**
 * An exported hold or charge. The slices are omitted: they follow from the entries of the hold. The amount of the final
 * settle is omitted: it follows from `answer`.
 */
export interface ExportedHold
  extends Readonly<Omit<Hold, 'path' | 'order' | 'place' | 'slices' | 'lastRow' | 'archiveRow' | 'final'>> {
  readonly path: readonly Place[]
  readonly answer: Settled | undefined
}

const path = list(place)
const ttl = { ...count, schema: count.schema.refine((value) => value <= holdLimit) }

const placedRecord = recordOf<Omit<ExportedHold, 'answer'> & { readonly answer: ExportedSettled | undefined }>('hold', {
  id: named('hold', id),
  origin: oneOf(['reserve', 'charge', 'unknown', 'tombstone']),
  path: { ...path, schema: path.schema.refine(({ length }) => length <= 8) },
  state: oneOf(['held', 'lapsed', 'settled', 'released']),
  requested: sum,
  minAmount: optional(amount),
  ttl: orDefault(ttl, 0),
  tags,
  createdAt: instant,
  expiresAt: expiry,
  endedAt: orDefault(instant, -1),
  first: sum,
  amount: sum,
  held: sum,
  spent: sum,
  refunded: sum,
  returned: sum,
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
      const { answer: placed, ...row } = read.row
      const answer = placed && withWallets(placed, places)
      if (placed !== undefined && answer === undefined) return { ok: false, problem: unknownPlace }
      return { ok: true, row: { ...row, answer } }
    },
    write: ({ answer, ...row }) => placedRecord.write({ ...row, answer: answer && withPlaces(answer, places) }),
  }
}
