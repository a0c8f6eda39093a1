import * as z from 'zod'
import { freeze } from '../../../model/value/freeze.ts'
import type { Settled } from '../../../port/ledger-result.ts'
import { readRequest } from '../../read-request.ts'
import type { IdempotencyRecord, IdempotentWrite } from '../../storage/books.ts'
import { withAmounts } from '../amount-field.ts'
import { amount, cost, expiry, id, instant, named, oneOf, plain } from './field.ts'
import type { Places } from './place.ts'
import { parse, problemOf, type ReadRow, type RecordCodec, recordOf } from './record.ts'
import { type ExportedSettled, settledField, unknownPlace, withPlaces, withWallets } from './settled.ts'

/** A known idempotency key with its request and result. */
export type ExportedKey = IdempotencyRecord

const raw = plain(z.unknown().optional())

type RawKey = Pick<ExportedKey, 'key' | 'type' | 'endedAt'> & { readonly request: unknown; readonly answer: unknown }
const rawRecord = recordOf<RawKey>('key', {
  key: id,
  type: oneOf(['putWallet', 'grant', 'revoke', 'putAllowance', 'extend', 'settle', 'refund']),
  endedAt: named('at', instant),
  request: raw,
  answer: raw,
})

/** The schema of each write's result, without the fields `ok` and `replay`. */
const answers: { readonly [Type in IdempotentWrite]: z.ZodType<object> } = {
  putWallet: z.object({}),
  grant: z.object({}),
  revoke: z.object({ revoked: cost.schema }),
  putAllowance: z.object({}),
  extend: z.object({ amount: amount.schema, expiresAt: expiry.schema }),
  settle: settledField.schema,
  refund: z.object({}),
}

/** Creates the codec of the records of idempotency keys. */
export function keyRecord(places: Places): RecordCodec<ExportedKey> {
  return { read: (value) => readKey(value, places), write: (row) => writeKey(row, places) }
}

function writeKey({ type, answer, ...row }: ExportedKey, places: Places): string {
  const { ok: _, replay: __, ...fields } = answer as { ok: boolean; replay: boolean }
  const written = type === 'settle' ? settledField.write(withPlaces(answer as Settled, places)) : fields
  return rawRecord.write({ ...row, type, answer: written })
}

function readKey(value: unknown, places: Places): ReadRow<ExportedKey> {
  const read = rawRecord.read(value)
  if (!read.ok) return read
  const { key, type, endedAt } = read.row
  const reading = readRequest<object>(type, withAmounts(read.row.request))
  if (!reading.ok) return { ok: false, problem: `has an invalid request: ${problemOf(reading.issues)}` }
  const { request } = reading
  const own: unknown = Reflect.get(request, type === 'settle' ? 'part' : 'key')
  if (own !== key) return { ok: false, problem: 'has a request with another key' }
  const fields = parse(answers[type], read.row.answer)
  if (!fields.ok) return { ok: false, problem: `has an invalid answer: ${fields.problem}` }
  const settled = type === 'settle' ? withWallets(fields.row as ExportedSettled, places) : undefined
  if (type === 'settle' && settled === undefined) return { ok: false, problem: unknownPlace }
  const answer = freeze(settled ?? { ok: true, replay: false, ...fields.row })
  return { ok: true, row: { key, type, request, answer, endedAt } }
}
