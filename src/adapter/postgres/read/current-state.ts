import type { Books } from '../../../ledger/storage/books.ts'
import { accountNow, holdState } from '../../../ledger/view.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { HoldState } from '../../../port/ledger-state.ts'
import type { Store } from '../batch/statements.ts'
import { WorkingSet } from '../batch/working-set.ts'

/** The account of a wallet at the time of a read, with all due items booked. */
export interface CurrentAccount {
  /** The number of the wallet in the database. */
  readonly number: number
  readonly account: NonNullable<ReturnType<typeof accountNow>>
  /** The books that contain the account. */
  readonly books: Books
}

export interface AccountSource {
  readonly store: Store
  readonly idRetention: number
  readonly now: () => Instant
  /** Books the due items of a wallet, and writes the resulting entries to the database. */
  readonly book: (wallet: WalletLevel) => Promise<unknown>
  /** Lapses the holds that are booked at no wallet and expire by an instant. */
  readonly lapseUnbooked: (at: Instant) => Promise<void>
}

/**
 * The maximum number of times that one read writes due items to the database. Items that become due afterwards are
 * booked in memory only.
 */
const maxBookings = 3

const nothingSpent: ReadonlyMap<number, bigint> = new Map()

/**
 * Returns the account of a wallet, or `undefined` for a wallet without any write. First books the due items of the
 * wallet, and writes the resulting entries to the database.
 */
export async function findAccount(source: AccountSource, wallet: WalletLevel): Promise<CurrentAccount | undefined> {
  const { store, idRetention, now } = source
  for (let bookings = 0; ; bookings += 1) {
    const at = now()
    const loaded = await store.load(store.session, { wallets: [wallet], numbers: [], holds: [], keys: [] }, at)
    const workingSet = new WorkingSet({ ...loaded, spentInPeriod: nothingSpent }, idRetention)
    const { books, firstRow, rows } = workingSet
    const account = accountNow(books, wallet, Math.max(at, books.at))
    if (account === undefined) return undefined
    const isStored = books.log.length === firstRow && loaded.lapsedUntil === undefined
    if (isStored || bookings === maxBookings) return { number: rows.get(account)?.number ?? 0, account, books }
    await source.book(wallet)
  }
}

/**
 * Returns the current state of a hold or charge, or `undefined` for an unknown id. First stores an expired hold as
 * lapsed, so that a process with a slower clock also sees a lapsed hold.
 */
export async function findHoldState(source: AccountSource, id: string): Promise<HoldState | undefined> {
  const { store, idRetention, now, book, lapseUnbooked } = source
  for (let bookings = 0; ; bookings += 1) {
    const at = now()
    const loaded = await store.load(store.session, { wallets: [], numbers: [], holds: [id], keys: [] }, at)
    const holds = loaded.holds.filter((row) => row.id === id)
    const rows = { wallets: loaded.wallets, holds, keys: [], spentInPeriod: nothingSpent }
    const found = holdState(new WorkingSet(rows, idRetention).books, id, at)
    const isStored = found?.state !== 'lapsed' || holds[0]?.state !== 'held'
    const lowest = found?.path[0]
    if (isStored || bookings === maxBookings) return found
    await (lowest === undefined ? lapseUnbooked(at) : book(lowest))
  }
}
