import { z } from 'zod'
import { creditLimit } from '../../model/value/credit.ts'
import { Id } from '../../model/value/id.ts'
import { Instant } from '../../model/value/instant.ts'
import { type Issue, issuesOf } from '../../model/value/issue.ts'
import { buckets, entryTypes } from '../../port/bucket.ts'
import { holdLimit } from '../operation/reserve.ts'

/** A row that can be trusted to be one, or what is wrong with it. */
export type ReadRow<Row> = { readonly ok: true; readonly row: Row } | { readonly ok: false; readonly problem: string }

const words = 'expected an amount as decimal text, from zero to 2^63 - 1'
const Amount = z
  .string({ error: words })
  .regex(/^[1-9][0-9]{0,18}$/, { error: words })
  .transform((text) => BigInt(text))
  .refine((amount) => amount <= creditLimit, { error: words })
const Cost = z
  .string({ error: words })
  .regex(/^(?:0|[1-9][0-9]{0,18})$/, { error: words })
  .transform((text) => BigInt(text))
  .refine((amount) => amount <= creditLimit, { error: words })
/** An amount that is left out when it is zero. */
const Sum = Amount.default(0n)
const Place = z.int({ error: 'expected a place, from 1 on' }).min(1, { error: 'expected a place, from 1 on' })
const Whole = z.int({ error: 'expected a whole number' }).min(0, { error: 'expected a whole number, not below zero' })
const Never = Instant.default(Number.POSITIVE_INFINITY)
const Tags = z.array(Id).min(1).max(16).optional()

/** The shape of a record. */
export const HeaderShape = z.object({ format: z.string(), version: z.number(), at: Instant, knownSince: Instant })
/** The shape of a record. */
export const EndShape = z.object({ records: Whole, checksum: z.string() })

/** The shape of a record. */
export const WalletShape = z.object({
  wallet: z.unknown().optional(),
  parent: Place.optional(),
  funding: z.unknown().optional(),
  cap: z.unknown().optional(),
  overdraftLimit: z.unknown().optional(),
  status: z.enum(['open', 'frozen', 'closed']),
  balance: z.object({
    sequence: Whole,
    granted: Sum,
    drawn: Sum,
    overdraft: Sum,
    writtenOff: Sum,
    available: Sum,
    reserved: Sum,
    spent: Sum,
    expired: Sum,
    revoked: Sum,
  }),
  allowances: z
    .array(
      z.object({
        allowance: z.unknown().optional(),
        amount: z.unknown().optional(),
        period: z.unknown().optional(),
        priority: z.unknown().optional(),
        only: z.unknown().optional(),
        rollover: Sum,
        rollsAt: Never,
        endedAt: Instant.default(0),
        lot: Place.optional(),
      }),
    )
    .default([]),
})

/** The shape of a record. */
export const LotShape = z.object({
  grant: Id,
  period: Instant.optional(),
  kind: z.enum(['paid', 'promotional', 'adjustment', 'allowance', 'refund']),
  priority: Whole.max(1000),
  effectiveAt: Instant,
  expiresAt: Never,
  only: Tags,
  state: z.enum(['scheduled', 'live', 'expired', 'revoked']),
  amount: Sum,
  available: Sum,
  reserved: Sum,
})

const Taken = z.object({
  wallet: Place,
  fromReserved: Sum,
  fromAvailable: Sum,
  fromDrawn: Sum,
  fromOverdraft: Sum,
  fromWrittenOff: Sum,
  returned: Sum,
  lost: Sum,
})
/** The shape of the answer to a settle or charge. */
export const SettledShape = z.object({
  isLate: z.boolean(),
  levels: z.array(Taken).min(1).max(8),
  crossed: z.array(z.object({ wallet: Place, softLimit: Amount, used: Amount })).default([]),
})

/** The shape of a record. */
export const HoldShape = z.object({
  hold: Id,
  origin: z.enum(['reserve', 'charge', 'unknown', 'tombstone']),
  path: z.array(Place).max(8),
  state: z.enum(['held', 'lapsed', 'settled', 'released']),
  asked: Sum,
  minAmount: Amount.optional(),
  ttl: Whole.max(holdLimit).default(0),
  tags: Tags,
  createdAt: Instant,
  expiresAt: Instant,
  endedAt: Instant.default(-1),
  first: Sum,
  amount: Sum,
  held: Sum,
  spent: Sum,
  refunded: Sum,
  returned: Sum,
  overrun: z.enum(['charge', 'cap', 'reject']).optional(),
  late: z.enum(['charge', 'reject']).optional(),
  answer: SettledShape.optional(),
})

/** The shape of a record. */
export const KeyShape = z.object({
  key: Id,
  type: z.enum(['putWallet', 'grant', 'revoke', 'putAllowance', 'extend', 'settle', 'refund']),
  at: Instant,
  request: z.unknown().optional(),
  answer: z.unknown().optional(),
})
/** What there is in the answer to each kind of write, but for what is in every one. */
export const answerShapes = {
  putWallet: z.object({}),
  grant: z.object({}),
  revoke: z.object({ revoked: Cost }),
  putAllowance: z.object({}),
  extend: z.object({ amount: Amount, expiresAt: Instant }),
  settle: SettledShape,
  refund: z.object({}),
}

const bucket = z.enum(buckets)
/** The shape of a record. */
export const EntryShape = z.object({
  wallet: Place,
  at: Instant,
  type: z.enum(entryTypes),
  from: bucket,
  to: bucket,
  amount: Amount,
  lot: Place.optional(),
  hold: Id.optional(),
})

/** Reads a value by a shape. */
export function parse<Row>(schema: z.ZodType<Row>, value: unknown): ReadRow<Row> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, row: parsed.data }
  return { ok: false, problem: problemOf(issuesOf(parsed.error)) }
}

/** The first of several issues, in one line. */
export function problemOf(issues: readonly Issue[]): string {
  const [first] = issues
  if (first === undefined) return 'cannot be read'
  return first.path.length === 0 ? first.message : `${first.message} at \`${first.path.join('.')}\``
}
