import { creditLimit } from '../../model/credit.ts'
import { isId } from '../../model/id.ts'
import { instantLimit } from '../../model/instant.ts'
import type { Issue } from '../../model/issue.ts'
import { quote } from '../../model/quote.ts'
import type { Wallet } from '../../model/wallet.ts'
import type { Grant, Release, Reserve, Settle } from '../../port/simple-credit-ledger.ts'

/** What a field must be, and the words for it. */
interface Rule {
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
}
/** A field must keep its rule, or have fields of its own. */
interface Fields {
  readonly [name: string]: Rule | { readonly fields: Fields }
}
type FieldsFor<T> = { readonly [name in keyof T]-?: Fields[string] }

const id: Rule = {
  expected: 'printable text of 1 to 256 characters',
  accepts: (value) => typeof value === 'string' && isId(value),
}
const amount = (least: bigint, expected: string): Rule => ({
  expected,
  accepts: (value) => typeof value === 'bigint' && value >= least && value <= creditLimit,
})
const cost = amount(0n, 'an amount in units, a bigint from zero to 2^63 - 1')
const positive = amount(1n, 'an amount in units, a bigint from one to 2^63 - 1')
const instant: Rule = {
  expected: 'an instant in whole epoch milliseconds',
  accepts: (value) => isWhole(value) && value <= instantLimit,
}
const optionalInstant: Rule = {
  expected: instant.expected,
  accepts: (value) => value === undefined || instant.accepts(value),
}
const principals: readonly unknown[] = ['user', 'team', 'virtualAccount']
const wallet = {
  fields: {
    type: { expected: '`user`, `team` or `virtualAccount`', accepts: (value) => principals.includes(value) },
    id,
    incarnation: { expected: 'a whole number, not below zero', accepts: isWhole },
  },
} satisfies { fields: Fields }

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

const grant: FieldsFor<Grant> = { key: id, wallet, amount: positive, expiresAt: optionalInstant }
const reserve: FieldsFor<Reserve> = { hold: id, wallet, amount: positive, expiresAt: instant }
const settle: FieldsFor<Settle> = { hold: id, amount: cost }
const release: FieldsFor<Release> = { hold: id }

/** The most unknown keys that are listed. */
const issueLimit = 100

/** A request that can be trusted to stay as it is, or what is wrong with it. */
export type ReadRequest<T> =
  | { readonly ok: true; readonly request: T }
  | { readonly ok: false; readonly reason: 'request_invalid'; readonly issues: readonly Issue[] }

/** Reads what a caller sent to a write: total, and strict, so that a misspelt key is not taken for a missing one. */
export const readGrant = (input: unknown): ReadRequest<Grant> => read(input, grant)
export const readReserve = (input: unknown): ReadRequest<Reserve> => read(input, reserve)
export const readSettle = (input: unknown): ReadRequest<Settle> => read(input, settle)
export const readRelease = (input: unknown): ReadRequest<Release> => read(input, release)

/** The wallet that a caller asks about, if it is one. */
export function findWallet(input: unknown): Wallet | undefined {
  const reading = read<{ wallet: Wallet }>({ wallet: input }, { wallet })
  return reading.ok ? reading.request.wallet : undefined
}

function read<T>(input: unknown, fields: FieldsFor<T> & Fields): ReadRequest<T> {
  const issues: Issue[] = []
  try {
    const request = readFields(input, fields, [], issues)
    if (isObject(input)) issues.push(...unknownKeys(input, fields))
    if (issues.length === 0) return { ok: true, request: request as T }
  } catch {
    issues.push({ path: [], message: 'expected a request that can be read' })
  }
  return { ok: false, reason: 'request_invalid', issues }
}

/** Reads each field once: what is returned is a copy, and does not change when the caller's object does. */
function readFields(input: unknown, fields: Fields, path: Issue['path'], issues: Issue[]): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  if (!isObject(input)) {
    issues.push({ path, message: 'expected an object' })
    return copy
  }
  for (const [name, field] of Object.entries(fields)) {
    const value: unknown = Reflect.get(input, name)
    if ('fields' in field) copy[name] = readFields(value, field.fields, [...path, name], issues)
    else if (field.accepts(value)) copy[name] = value
    else issues.push({ path: [...path, name], message: `expected ${field.expected}` })
  }
  return copy
}

function unknownKeys(input: object, fields: Fields): readonly Issue[] {
  const unknown = Object.keys(input).filter((name) => !Object.hasOwn(fields, name))
  return unknown
    .slice(0, issueLimit)
    .map((name) => ({ path: [name], message: `unknown key ${quote(name)}, leave it out or correct it` }))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
