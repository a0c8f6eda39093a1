import { firstInstant, type Instant } from '../../model/value/instant.ts'
import { advanceTo, bookDue } from '../operation/due.ts'
import type { Account, Allowance, Hold, Lot } from '../storage/account.ts'
import type { IdempotencyRecord } from '../storage/books.ts'
import { meaningOf } from '../storage/entry-kind.ts'
import type { EntryStore } from '../storage/entry-store.ts'
import type { MemoryBooks } from '../storage/open-books.ts'
import { WalletMap } from '../storage/wallet-map.ts'
import { balanceOf } from '../view.ts'
import { withEndRecord } from './end-record.ts'
import { compareText, compareWallet } from './order.ts'
import { entryRecord } from './record/entry.ts'
import { writeHeader } from './record/header.ts'
import type { ExportedHold } from './record/hold.ts'
import { holdRecord } from './record/hold.ts'
import { keyRecord } from './record/key.ts'
import { type ExportedLot, lotRecord } from './record/lot.ts'
import type { Place, Places } from './record/place.ts'
import type { ExportedAllowance } from './record/wallet.ts'
import { walletRecord } from './record/wallet.ts'

/**
 * Returns the records of an export as of instant `now`. Serializes the wallets, lots, holds and keys immediately, in
 * time proportional to the number of lots, entries and known ids. Serializes the immutable entries lazily. Reads the whole archive of entries.
 */
export function exportBooks(books: MemoryBooks, now: Instant): Iterable<string> {
  const at = advanceTo(books, now)
  const accounts = [...books.accounts.all()].sort((one, other) => compareWallet(one.wallet, other.wallet))
  for (const account of accounts) bookDue(books, account, at)
  const byAccount = new Map<Account, Place>(accounts.map((account, i) => [account, i + 1]))
  const lots = new Map<Lot, Place>()
  const before = at - books.idRetention
  const log = books.log.complete()
  const texts = [writeHeader({ at, knownSince: Math.max(firstInstant, before, books.knownSince) })]
  for (const account of accounts) {
    const own = lotsOf(log, account)
    for (const [i, lot] of own.entries()) lots.set(lot, i + 1)
    const { wallet, terms, parent } = account
    const allowances = account.allowances.map((one) => exportedAllowance(one, lots))
    const place = parent && byAccount.get(parent)
    texts.push(
      walletRecord.write({ wallet, parent: place, terms, balance: balanceOf(account), allowances }),
      ...own.map((lot) => lotRecord.write(exportedLot(lot, at))),
    )
  }
  const places = placesOf(accounts)
  const holds = holdRecord(places)
  for (const hold of holdsOf(books, log, before)) texts.push(holds.write(exportedHold(hold, byAccount)))
  const keys = keyRecord(places)
  for (const key of keysOf(books, before)) texts.push(keys.write(key))
  // Captured now, so that later entries are not exported.
  const ends = accounts.map(({ lastRow }) => lastRow)
  return withEndRecord(texts, entriesOf(log, ends, lots, places))
}

/** Returns the places of the accounts. Wallets that are created later have no place. */
function placesOf(accounts: readonly Account[]): Places {
  const byWallet = new WalletMap<Place>()
  for (const [i, { wallet }] of accounts.entries()) byWallet.set(wallet, i + 1)
  return {
    placeOf: (wallet) => byWallet.get(wallet) as Place,
    findPlace: (wallet) => byWallet.get(wallet),
    walletAt: (place) => accounts[place - 1]?.wallet,
  }
}

/** Returns the lots of an account that are scheduled or have entries, in order of creation. */
function lotsOf(log: EntryStore, { lastRow, grants }: Account): readonly Lot[] {
  const lots = new Set(grants.filter(({ state }) => state === 'scheduled'))
  for (let row = lastRow; row >= 0; row = log.before(row)) {
    const lot = log.lotOf(row)
    if (lot !== undefined) lots.add(lot)
  }
  return [...lots].sort((one, other) => one.order - other.order)
}

/** Returns the row of a lot. A lot that is not open may still be called live after its expiry. */
function exportedLot(lot: Lot, at: Instant): ExportedLot {
  const { grant, period, kind, priority, effectiveAt, expiresAt, only, amount, available, reserved } = lot
  const state = lot.state === 'live' && !lot.isOpen && expiresAt <= at ? 'expired' : lot.state
  return { grant, period, kind, priority, effectiveAt, expiresAt, only, state, amount, available, reserved }
}

function exportedAllowance(one: Allowance, lots: ReadonlyMap<Lot, Place>): ExportedAllowance {
  const { left: _, lot, ...rest } = one
  return { ...rest, lot: lot && lots.get(lot) }
}

function holdsOf(books: MemoryBooks, log: EntryStore, before: Instant): readonly Hold[] {
  const known = [...books.holds.values(log)].filter(({ endedAt }) => endedAt < 0 || endedAt > before)
  return known.sort((one, other) => compareText(one.id, other.id))
}

function exportedHold(hold: Hold, byAccount: ReadonlyMap<Account, Place>): ExportedHold {
  return { ...hold, path: hold.path.map((account) => byAccount.get(account) as Place) }
}

function keysOf(books: MemoryBooks, before: Instant): readonly IdempotencyRecord[] {
  const known = [...books.keys.values()].filter(({ type, endedAt }) => type === 'grant' || endedAt > before)
  return known.sort((one, other) => compareText(one.key, other.key))
}

function* entriesOf(
  log: EntryStore,
  ends: readonly number[],
  lots: ReadonlyMap<Lot, Place>,
  places: Places,
): Generator<string, undefined> {
  const entries = entryRecord(places)
  for (const [i, end] of ends.entries()) {
    const rows: number[] = []
    for (let row = end; row >= 0; row = log.before(row)) rows.push(row)
    for (let row = rows.pop(); row !== undefined; row = rows.pop()) {
      const lot = log.lotOf(row)
      const hold = log.holdOf(row)
      const refunded = log.refundsOf(row)
      yield entries.write({
        wallet: i + 1,
        at: log.instantOf(row),
        ...meaningOf(log.kindOf(row)),
        amount: log.amountOf(row),
        lot: lot && lots.get(lot),
        hold,
        call: log.callOf(row),
        only: log.onlyOf(row),
        refunds: refunded === undefined ? undefined : log.sequenceOf(refunded),
      })
    }
  }
}
