import * as z from 'zod'
import type { WalletLevel } from '../model/noun/wallet.ts'
import { creditLimit } from '../model/value/credit.ts'
import { freeze } from '../model/value/freeze.ts'
import { Id } from '../model/value/id.ts'
import { faultOfInstant, Instant, isInstant } from '../model/value/instant.ts'
import { type Issue, issuesOf } from '../model/value/issue.ts'
import { KnownPeriod } from '../model/value/period.ts'
import { pathLimit } from './operation/put-wallet.ts'
import { holdLimit } from './operation/reserve.ts'
import { idTextOf, levelRank, standsAlone } from './wallet-level.ts'

/** The result of validating a request: the validated request, or the issues found. */
export type ReadRequest<T> =
  | { readonly ok: true; readonly request: T }
  | { readonly ok: false; readonly reason: 'request_invalid'; readonly issues: readonly Issue[] }

const amountFrom = (least: bigint, words: string) =>
  z
    .bigint({ error: `expected an amount in units, a bigint from ${words} to 2^63 - 1` })
    .min(least, { error: `expected an amount in units, from ${words} to 2^63 - 1` })
    .max(creditLimit, { error: `expected an amount in units, from ${words} to 2^63 - 1` })
const Cost = amountFrom(0n, 'zero')
const Positive = amountFrom(1n, 'one')
const Whole = z.int({ error: 'expected an integer' }).min(0, { error: 'expected an integer from 0' })

/** The schema of a wallet reference. */
export const WalletSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.enum(['user', 'team', 'virtualAccount', 'organization', 'credential']),
    id: Id,
    incarnation: Whole,
  }),
  z.strictObject({ type: z.literal('member'), team: Id, user: Id, incarnation: Whole }),
])

/** The schema of the path of a call: 1 to 8 wallets, ordered by type, no wallet twice. */
export const PathSchema = z
  .array(WalletSchema)
  .min(1, { error: 'expected at least one wallet' })
  .max(pathLimit, { error: `expected at most ${pathLimit} wallets` })
  .refine((path) => path.every((level, i) => i === 0 || levelRank(path[i - 1] as WalletLevel) <= levelRank(level)), {
    error: 'expected wallets in the order credential, member, principal, organization',
  })
  .refine((path) => new Set(path.map(textOf)).size === path.length, { error: 'expected no wallet twice' })

function textOf(wallet: WalletLevel): string {
  return JSON.stringify([wallet.type, idTextOf(wallet), wallet.incarnation])
}

/** The maximum rollover of an allowance, as a multiple of its amount. Bounds the periods in which unused credits grow. */
const rolloverLimit = 120n

/** The schema of a list of tags: 1 to 16 tags without duplicates. */
export const Tags = z
  .array(Id)
  .min(1, { error: 'expected at least one tag' })
  .max(16, { error: 'expected at most 16 tags' })
  .refine((tags) => new Set(tags).size === tags.length, { error: 'expected no tag twice' })

/** The fields of a request that name a call. `isOfCall` checks them together. */
const callFields = {
  path: PathSchema.optional(),
  wallet: WalletSchema.optional(),
  tags: Tags.optional(),
  note: Id.optional(),
}

const isOfCall = ({ path, wallet }: { readonly path?: unknown; readonly wallet?: WalletLevel | undefined }): boolean =>
  (path === undefined) === (wallet !== undefined) && (wallet === undefined || standsAlone(wallet))
const callError = { error: 'expected either `path`, or the `wallet` of a principal or an organization', path: ['path'] }

const Ttl = z
  .int({ error: 'expected an integer in milliseconds' })
  .min(1, { error: 'expected at least one millisecond' })
  .max(holdLimit, { error: `expected at most ${holdLimit} milliseconds` })

/** The schema of a priority: 0 to 1000. */
export const Priority = z
  .int({ error: 'expected an integer from 0 to 1000' })
  .min(0, { error: 'expected an integer from 0 to 1000' })
  .max(1000, { error: 'expected an integer from 0 to 1000' })

/** The schema of a cap. */
export const CapSchema = z.strictObject({
  amount: Cost,
  period: KnownPeriod.optional(),
  softLimits: z
    .array(Positive)
    .max(16, { error: 'expected at most 16 soft limits' })
    .refine((all) => all.every((limit, i) => limit > (all[i - 1] ?? 0n)), { error: 'expected ascending soft limits' })
    .optional(),
})

/** The schema of the low balances of a wallet: at most 16 ascending amounts. */
export const LowBalances = z
  .array(Positive)
  .max(16, { error: 'expected at most 16 low balances' })
  .refine((all) => all.every((one, i) => one > (all[i - 1] ?? 0n)), { error: 'expected ascending low balances' })

/** The schema of each kind of write. The schemas are strict: an unknown field is an error. */
const schemas = {
  putWallet: z
    .strictObject({
      key: Id,
      wallet: WalletSchema,
      funding: z.enum(['own', 'parent', 'postpaid']),
      parent: WalletSchema.optional(),
      cap: CapSchema.optional(),
      overdraftLimit: Cost.optional(),
      lowBalances: LowBalances.optional(),
      status: z.enum(['open', 'frozen', 'closed']).optional(),
    })
    .refine(({ wallet, funding, parent }) => funding !== 'parent' || parent !== undefined || !standsAlone(wallet), {
      error: 'expected a parent, which the wallet is funded by',
      path: ['parent'],
    })
    .refine(({ wallet, parent }) => parent === undefined || (standsAlone(wallet) && standsAlone(parent)), {
      error: 'expected no parent of a credential or membership, and neither as a parent',
      path: ['parent'],
    }),
  grant: z
    .strictObject({
      key: Id,
      wallet: WalletSchema,
      amount: Positive,
      kind: z.enum(['paid', 'promotional', 'adjustment']).optional(),
      priority: Priority.optional(),
      effectiveAt: Instant.optional(),
      expiresAt: Instant.optional(),
      only: Tags.optional(),
    })
    .refine(({ effectiveAt = -1, expiresAt = Number.POSITIVE_INFINITY }) => effectiveAt < expiresAt, {
      error: 'expected a grant that expires after it is effective',
      path: ['expiresAt'],
    }),
  revoke: z.strictObject({
    key: Id,
    wallet: WalletSchema,
    grant: Id,
    period: Instant.optional(),
    amount: Positive.optional(),
  }),
  putAllowance: z
    .strictObject({
      key: Id,
      wallet: WalletSchema,
      allowance: Id,
      amount: Cost,
      period: KnownPeriod,
      priority: Priority.optional(),
      only: Tags.optional(),
      rollover: Cost.optional(),
    })
    .refine(({ amount, rollover = 0n }) => amount === 0n || rollover <= amount * rolloverLimit, {
      error: `expected at most ${rolloverLimit} times the amount`,
      path: ['rollover'],
    }),
  reserve: z
    .strictObject({
      hold: Id,
      ...callFields,
      amount: Positive,
      minAmount: Positive.optional(),
      ttl: Ttl,
    })
    .refine(isOfCall, callError)
    .refine(({ amount, minAmount = 0n }) => minAmount <= amount, {
      error: 'expected at most the amount',
      path: ['minAmount'],
    }),
  extend: z
    .strictObject({
      key: Id,
      hold: Id,
      ttl: Ttl,
      increase: Positive.optional(),
      minIncrease: Positive.optional(),
    })
    .refine(({ increase = 0n, minIncrease = 0n }) => minIncrease <= increase, {
      error: 'expected at most the increase',
      path: ['minIncrease'],
    }),
  settle: z.strictObject({
    hold: Id,
    amount: Cost,
    part: Id.optional(),
    overrun: z.enum(['charge', 'cap', 'reject']).optional(),
    late: z.enum(['charge', 'reject']).optional(),
    ifUnknown: z
      .strictObject({ ...callFields, startedAt: Instant })
      .refine(isOfCall, callError)
      .optional(),
  }),
  release: z.strictObject({ hold: Id }),
  charge: z.strictObject({ hold: Id, ...callFields, amount: Cost }).refine(isOfCall, callError),
  refund: z
    .strictObject({
      key: Id,
      hold: Id.optional(),
      entry: z.strictObject({ wallet: WalletSchema, sequence: Whole }).optional(),
      amount: Positive,
      expiresAt: Instant.optional(),
    })
    .refine(({ hold, entry }) => (hold === undefined) !== (entry === undefined), {
      error: 'expected either a hold or an entry',
      path: ['hold'],
    }),
}

/** A kind of write, for example `reserve`. */
export type WriteType = keyof typeof schemas

/** Validates the input of a write. The returned request is a frozen copy of the caller's object. */
export function readRequest<T>(type: WriteType, input: unknown): ReadRequest<T> {
  try {
    const parsed = schemas[type].safeParse(input)
    if (parsed.success) return { ok: true, request: freeze(parsed.data) as T }
    return { ok: false, reason: 'request_invalid', issues: issuesOf(parsed.error) }
  } catch {
    return {
      ok: false,
      reason: 'request_invalid',
      issues: [{ path: [], message: 'expected a request that can be read' }],
    }
  }
}

/**
 * Parses the wallet reference of a read.
 * @throws {TypeError} when the value is not a wallet reference; the message names the field
 */
export function readWalletArgument(input: unknown): WalletLevel {
  return parseArgument(WalletSchema, input, 'wallet')
}

const ListingSchema = z.strictObject({
  type: z.enum(['credential', 'member', 'user', 'team', 'virtualAccount', 'organization']).optional(),
  isOwing: z.boolean().optional(),
  availableBelow: Cost.optional(),
  after: WalletSchema.optional(),
  limit: z
    .int({ error: 'expected an integer from 1 to 1,000' })
    .min(1, { error: 'expected an integer from 1 to 1,000' })
    .max(1_000, { error: 'expected an integer from 1 to 1,000' })
    .default(100),
})

/** A validated request of `listWallets`, with its defaults. */
export type Listing = z.infer<typeof ListingSchema>

/**
 * Parses the request of `listWallets`.
 * @throws {TypeError} when the value does not match the schema; the message names the field
 */
export function readListing(input: unknown): Listing {
  return parseArgument(ListingSchema, input === undefined ? {} : input, 'request')
}

function parseArgument<T>(schema: z.ZodType<T>, input: unknown, name: string): T {
  let issue: Issue | undefined
  try {
    const parsed = schema.safeParse(input)
    if (parsed.success) return parsed.data
    issue = issuesOf(parsed.error)[0]
  } catch {
    issue = undefined
  }
  const at = issue === undefined ? '' : issue.path.map((step) => `.${step}`).join('')
  throw new TypeError(`${issue?.message ?? 'expected a value that can be read'}, at \`${name}${at}\``)
}

/** The last entry that a past balance includes. The balance sums the entries whose field `by` is at most `most`. */
export interface Bound {
  readonly by: 'at' | 'sequence'
  readonly most: number
}

/**
 * Parses the `when` argument of a balance request. A `Date` is converted to its instant. A value that does not convert
 * to a number selects no entries.
 * @throws {RangeError} when `at` is a number outside the range of instants, such as seconds
 */
export function readWhen(when: unknown): Bound {
  const never: Bound = { by: 'sequence', most: 0 }
  if (typeof when !== 'object' || when === null) return never
  const bound = findBound(when)
  if (bound === undefined || Number.isNaN(bound.most)) return never
  // A fraction of a millisecond is accepted, since it divides the entries as well as an integer does.
  if (bound.by === 'at' && !isInstant(Math.floor(bound.most)))
    throw new RangeError(`${faultOfInstant(Math.floor(bound.most))}, not \`${bound.most}\``)
  return bound
}

/** Reads the bound from a `when` argument. Returns `undefined` when reading a property throws. */
function findBound(when: object): Bound | undefined {
  try {
    const by = 'at' in when ? 'at' : 'sequence'
    return { by, most: Number((when as Loose<Record<Bound['by'], number>>)[by]) }
  } catch {
    return undefined
  }
}

/**
 * Parses the `after` argument of a statement request. Returns infinity, which selects no entries, for a value that does
 * not convert to a number.
 */
export function readAfter(after: unknown): number {
  try {
    const number = Number(after)
    return Number.isNaN(number) ? Number.POSITIVE_INFINITY : number
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

type Loose<T> = { readonly [K in keyof T]?: unknown }
