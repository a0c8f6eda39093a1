import * as z from 'zod'
import { Instant } from '../../model/value/instant.ts'
import { type Bucket, buckets, entryTypes } from '../../port/bucket.ts'
import type { Balance, CallDetails, Entry } from '../../port/ledger-result.ts'
import { namedWire } from './component.ts'
import { type FieldsOf, shapeOf } from './shape.ts'
import { WalletLevelShape } from './value.ts'

const text = z.string()
const amounts = Object.fromEntries(buckets.map((bucket) => [bucket, z.bigint()])) as unknown as FieldsOf<
  Record<Bucket, bigint>
>

export const BalanceBody = namedWire('Balance', shapeOf<Balance>({ sequence: z.int(), ...amounts }))

export const EntryBody = namedWire(
  'LedgerEntry',
  shapeOf<Entry>({
    sequence: z.int(),
    at: Instant,
    type: z.enum(entryTypes),
    from: z.enum(buckets),
    to: z.enum(buckets),
    amount: z.bigint(),
    grant: text.optional(),
    period: Instant.optional(),
    hold: text.optional(),
    call: shapeOf<CallDetails>({
      path: z.array(WalletLevelShape),
      tags: z.array(text).optional(),
      note: text.optional(),
    }).optional(),
    only: z.array(text).optional(),
    refunds: z.int().optional(),
  }),
)
