import type { WalletLevel } from '../model/noun/wallet.ts'
import { creditLimit } from '../model/value/credit.ts'
import { isId } from '../model/value/id.ts'
import type { Release, Reserve, Settle } from '../port/ledger-request.ts'
import { holdLimit } from './operation/reserve.ts'
import { levelRank, standsAlone } from './wallet-level.ts'

type Loose<T> = { readonly [K in keyof T]?: unknown }

/**
 * Validates a reserve request of the most common form without the schema, as a fast path. Returns `undefined` for any
 * other input, which the caller must validate with the schema.
 */
export function readReserve(input: unknown): Reserve | undefined {
  try {
    const { hold, wallet, path, amount, ttl, minAmount } = input as Loose<Reserve>
    if (typeof hold !== 'string' || typeof amount !== 'bigint') return undefined
    if (amount < 1n || amount > creditLimit || !isTtl(ttl) || !isId(hold)) return undefined
    for (const key in input as object) {
      if (
        key !== 'hold' &&
        key !== 'wallet' &&
        key !== 'path' &&
        key !== 'amount' &&
        key !== 'ttl' &&
        key !== 'minAmount'
      )
        return undefined
    }
    const whose = path === undefined ? readOwner(wallet) : wallet === undefined ? readLevels(path) : undefined
    if (whose === undefined) return undefined
    if (minAmount === undefined) return 'minAmount' in (input as object) ? undefined : { hold, ...whose, amount, ttl }
    if (typeof minAmount !== 'bigint' || minAmount < 1n || minAmount > amount) return undefined
    return { hold, ...whose, amount, ttl, minAmount }
  } catch {
    return undefined
  }
}

/**
 * Validates a settle request of the most common form without the schema, as a fast path. Returns `undefined` for any
 * other input, which the caller must validate with the schema.
 */
export function readSettle(input: unknown): Settle | undefined {
  try {
    const { hold, amount } = input as Loose<Settle>
    if (typeof hold !== 'string' || typeof amount !== 'bigint' || amount < 0n || amount > creditLimit || !isId(hold))
      return undefined
    for (const key in input as object) if (key !== 'hold' && key !== 'amount') return undefined
    return { hold, amount }
  } catch {
    return undefined
  }
}

/**
 * Validates a release request without the schema, as a fast path. Returns `undefined` for any other input, which the
 * caller must validate with the schema.
 */
export function readRelease(input: unknown): Release | undefined {
  try {
    const { hold } = input as Loose<Release>
    if (typeof hold !== 'string' || !isId(hold)) return undefined
    for (const key in input as object) if (key !== 'hold') return undefined
    return { hold }
  } catch {
    return undefined
  }
}

function readOwner(wallet: unknown): { readonly wallet: WalletLevel } | undefined {
  const read = readWallet(wallet)
  return read === undefined || !standsAlone(read) ? undefined : { wallet: read }
}

function readLevels(path: unknown): { readonly path: readonly WalletLevel[] } | undefined {
  const levels = readPath(path)
  return levels && { path: levels }
}

/** Reads a path with one level of each type at most, which therefore has no wallet twice. */
function readPath(input: unknown): readonly WalletLevel[] | undefined {
  if (!Array.isArray(input) || input.length === 0) return undefined
  const levels: WalletLevel[] = []
  let rank = -1
  for (const one of input) {
    const level = readWallet(one)
    if (level === undefined || levelRank(level) <= rank) return undefined
    rank = levelRank(level)
    levels.push(level)
  }
  return levels
}

type LooseWallet = Loose<{ type: string; id: string; team: string; user: string; incarnation: number }>

function readWallet(input: unknown): WalletLevel | undefined {
  const { type, id, team, user, incarnation } = input as LooseWallet
  if (typeof incarnation !== 'number' || !Number.isSafeInteger(incarnation) || incarnation < 0) return undefined
  if (type === 'member') {
    if (typeof team !== 'string' || !isId(team) || typeof user !== 'string' || !isId(user)) return undefined
    for (const key in input as object) {
      if (key !== 'type' && key !== 'team' && key !== 'user' && key !== 'incarnation') return undefined
    }
    return { type, team, user, incarnation }
  }
  if (!isTypeWithId(type) || typeof id !== 'string' || !isId(id)) return undefined
  for (const key in input as object) if (key !== 'type' && key !== 'id' && key !== 'incarnation') return undefined
  return { type, id, incarnation }
}

function isTypeWithId(type: unknown): type is Exclude<WalletLevel['type'], 'member'> {
  return (
    type === 'user' || type === 'team' || type === 'virtualAccount' || type === 'organization' || type === 'credential'
  )
}

function isTtl(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= holdLimit
}
