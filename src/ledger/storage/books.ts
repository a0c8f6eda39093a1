import type { Instant } from '../../model/value/instant.ts'
import type { Account, Hold } from './account.ts'
import { Accounts } from './accounts.ts'
import { AgeQueue } from './age-queue.ts'
import { AmountPool } from './amount-pool.ts'
import type { EntryStore } from './entry-store.ts'
import { HoldQueue } from './hold-queue.ts'
import type { HoldStore } from './hold-store.ts'

/**
 * All that a ledger knows. Only `decide` changes it, never a clock nor chance: the same requests at the same instants make
 * the same books, and a request that is refused leaves them as they were, but for what had come due.
 */
export class Books {
  readonly accounts = new Accounts()
  readonly lotAmounts = new AmountPool(2)
  readonly keys = new Map<string, IdempotencyRecord>()
  /** The holds under way. */
  readonly queue = new HoldQueue<Hold>()
  readonly log: EntryStore
  readonly holds: HoldStore
  readonly endedKeys = new AgeQueue<IdempotencyRecord>()
  idRetention: number
  /** A hold that ended before this may be forgotten, however long ids are kept for by now. */
  knownSince: Instant = 0
  /** The latest instant that anything was asked at. */
  at: Instant = 0
  /** The latest instant at which something came due that was booked since, or that an answer rests on. */
  latestDue: Instant = 0
  /** How many entries are of what came due, and not of a write. */
  dueEntries = 0
  /** How many grants and holds there have been. */
  count = 0
  /** How often a parent was changed. */
  pathVersion = 0

  constructor(idRetention: number, log: EntryStore, holds: HoldStore) {
    this.idRetention = idRetention
    this.log = log
    this.holds = holds
  }
}

/** A write that was done under a key. */
export interface IdempotencyRecord {
  /** Which write it was: a key belongs to one of any kind. */
  readonly type: IdempotentWrite
  readonly key: string
  readonly request: object
  readonly answer: object
  readonly endedAt: Instant
}
export type IdempotentWrite = 'putWallet' | 'grant' | 'revoke' | 'putAllowance' | 'extend' | 'settle' | 'refund'

/** Notes an instant that answers rest on from now on. */
export function noteDue(books: Books, at: Instant): void {
  if (at > books.latestDue) books.latestDue = at
}

/** A hold that is known: one that ended long enough ago is not. */
export function findHold(books: Books, id: string): Hold | undefined {
  return books.holds.find(id, books.at - books.idRetention)
}

/** A write that is known to have been done under a key. */
export function findIdempotencyRecord(books: Books, key: string): IdempotencyRecord | undefined {
  const keyed = books.keys.get(key)
  if (keyed === undefined || keyed.type === 'grant' || keyed.endedAt > books.at - books.idRetention) return keyed
  books.keys.delete(key)
  return undefined
}

/** A wallet and its parents, the lowest first. */
export function pathOf(books: Books, account: Account): readonly Account[] {
  if (account.pathVersion === books.pathVersion) return account.path
  if (account.parent === undefined && account.path.length === 1) return account.path
  const path: Account[] = []
  for (let level: Account | undefined = account; level !== undefined; level = level.parent) path.push(level)
  account.path = path
  account.pathVersion = books.pathVersion
  return path
}
