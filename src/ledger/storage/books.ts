import type { Instant } from '../../model/value/instant.ts'
import type { Account, Hold } from './account.ts'
import { Accounts } from './accounts.ts'
import { AgeQueue } from './age-queue.ts'
import { AmountPool } from './amount-pool.ts'
import { CallPaths } from './call-path.ts'
import type { EntryStore } from './entry-store.ts'
import { HoldQueue } from './hold-queue.ts'
import type { HoldStore } from './hold-store.ts'

/**
 * The complete state of a ledger. Only `decideWrite` and the booking of due items change the state, and both are
 * deterministic. A refused request changes nothing except due items.
 */
export class Books<Log extends EntryStore = EntryStore, Known extends HoldStore = HoldStore> {
  readonly accounts = new Accounts()
  readonly lotAmounts = new AmountPool(2)
  readonly callPaths = new CallPaths()
  readonly keys = new Map<string, IdempotencyRecord>()
  /** The open holds, ordered by expiry. */
  readonly queue = new HoldQueue<Hold>()
  readonly log: Log
  readonly holds: Known
  readonly endedKeys = new AgeQueue<IdempotencyRecord>()
  idRetention: number
  /**
   * Holds that ended before this instant may already be forgotten, even if `idRetention` covers them: the retention may
   * have been shorter in the past.
   */
  knownSince: Instant = 0
  /** The current time of the books: the latest instant of any call. */
  at: Instant = 0
  /** The latest instant of a due item that was booked or that influenced a result. */
  latestDue: Instant = 0
  /** The number of entries that booked due items, such as expiries, and not a write. */
  dueEntries = 0
  /** The number of grants and holds ever created. */
  count = 0
  /** Incremented when the parent of any account changes. Invalidates the cached paths. */
  pathVersion = 0

  constructor(idRetention: number, log: Log, holds: Known) {
    this.idRetention = idRetention
    this.log = log
    this.holds = holds
  }
}

/** A recorded write: its key, request and result. */
export interface IdempotencyRecord {
  /** The kind of the write. All kinds share one namespace: two writes of different kinds may not use the same key. */
  readonly type: IdempotentWrite
  readonly key: string
  readonly request: object
  readonly answer: object
  readonly endedAt: Instant
}
export type IdempotentWrite = 'putWallet' | 'grant' | 'revoke' | 'putAllowance' | 'extend' | 'settle' | 'refund'

/** Advances `latestDue` to `at`. Call when a booking or a result depends on an item that is due at `at`. */
export function noteDue(books: Books, at: Instant): void {
  if (at > books.latestDue) books.latestDue = at
}

/** Returns the hold with an id. `undefined` when the hold is unknown or older than the id retention. */
export function findHold(books: Books, id: string): Hold | undefined {
  return books.holds.find(id, books.at - books.idRetention)
}

/** Returns the recorded write with a key. `undefined` when the key is unknown or older than the id retention. */
export function findIdempotencyRecord(books: Books, key: string): IdempotencyRecord | undefined {
  const keyed = books.keys.get(key)
  if (keyed === undefined || keyed.type === 'grant' || keyed.endedAt > books.at - books.idRetention) return keyed
  books.keys.delete(key)
  return undefined
}

/** Returns the path of an account: the account, its parent and so on, up to the root. */
export function pathOf(books: Books, account: Account): readonly Account[] {
  if (account.pathVersion === books.pathVersion) return account.path
  if (account.parent === undefined && account.path.length === 1) return account.path
  const path: Account[] = []
  for (let level: Account | undefined = account; level !== undefined; level = level.parent) path.push(level)
  account.path = path
  account.pathVersion = books.pathVersion
  return path
}
