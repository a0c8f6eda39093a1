import { isFiltered, scanLimit } from '../../../ledger/list-wallets.ts'
import type { Listing } from '../../../ledger/read-request.ts'
import { idTextOf } from '../../../ledger/wallet-level.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { buckets, byBucket } from '../../../port/bucket.ts'
import type { Balance } from '../../../port/ledger-result.ts'
import type { WalletPage } from '../../../port/ledger-state.ts'
import { type Store, walletOf } from '../batch/statements.ts'
import type { SqlRow } from '../client/sql-client.ts'
import { bucketColumns } from '../row/bucket-column.ts'

export interface ListingSource {
  readonly store: Store
  readonly now: () => Instant
  /** Books the due items of wallets, and writes the resulting entries to the database. */
  readonly book: (wallets: readonly WalletLevel[]) => Promise<unknown>
}

/** The maximum number of times that one page writes due items. Each later time, other writers have added due items. */
const maxBookings = 3

/**
 * Returns one page of the wallets. First books the due items of every wallet that the page examines. One round trip when
 * nothing is due.
 */
export async function listStoredWallets({ store, now, book }: ListingSource, listing: Listing): Promise<WalletPage> {
  const at = now()
  for (let bookings = 0; ; bookings += 1) {
    const rows = await store.query(sqlOf(store.schema, listing), valuesOf(listing, at))
    const due = rows.filter(({ part }) => part === 'due').map(walletOf)
    if (due.length === 0 || bookings === maxBookings) return pageOf(rows, listing)
    await book(due)
  }
}

function windowOf(listing: Listing): number {
  return isFiltered(listing) ? scanLimit : listing.limit
}

function pageOf(rows: readonly SqlRow[], listing: Listing): WalletPage {
  const matches = rows.filter(({ part }) => part === 'match')
  const wallets = matches.map((row) => ({ wallet: walletOf(row), balance: balanceOf(row) }))
  const lastMatch = matches.length < listing.limit ? undefined : matches.at(-1)
  const last = lastMatch ?? rows.find(({ part }) => part === 'last')
  return last === undefined || Number(last['place']) >= Number(last['scanned'])
    ? { wallets }
    : { wallets, next: walletOf(last) }
}

function balanceOf(row: SqlRow): Balance {
  const amounts = byBucket((bucket) => BigInt(String(row[bucketColumns[buckets.indexOf(bucket)] ?? ''])))
  return Object.freeze({ sequence: Number(row['sequence']), ...amounts })
}

const columns = ['type', 'id', 'incarnation', 'sequence', 'place', ...bucketColumns]

/**
 * SQL that reads the wallets after the cursor in order, one more than the page examines. Returns the wallets with due items
 * (`due`), the first wallets that meet the conditions (`match`), and the last wallet that the page examines (`last`).
 */
function sqlOf(schema: string, { type, isOwing, availableBelow, after }: Listing): string {
  const where = [
    'version > 0',
    ...(type === undefined ? [] : ['type = $5']),
    ...(after === undefined ? [] : ['(type, id, incarnation) > ($6, $7, $8::bigint)']),
  ]
  const match = [
    'place <= $1::bigint',
    ...(isOwing === undefined ? [] : [isOwing ? 'overdraft > 0' : 'overdraft = 0']),
    ...(availableBelow === undefined ? [] : ['available < $4::bigint']),
  ]
  const fields = columns.map((column) => `s.${column}::text as ${column}`).join(', ')
  const part = (name: string, condition: string) =>
    `select '${name}' as part, ${fields}, (select count(*) from scanned)::text as scanned from scanned s where ${condition}`
  return `with given as (select $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text),
    scanned as materialized (
      select w.*, row_number() over (order by type, id, incarnation) as place from (
        select * from ${schema}.wallet where ${where.join(' and ')}
        order by type, id, incarnation limit $1::bigint + 1) w)
    ${part('due', 'place <= $1::bigint and due_at <= $2::bigint')}
    union all
    select * from (${part('match', match.join(' and '))} order by s.place limit $3::bigint) matching
    union all
    ${part('last', 'place = $1::bigint')}`
}

function valuesOf(listing: Listing, at: Instant): (string | null)[] {
  const { type, availableBelow, after, limit } = listing
  return [
    String(windowOf(listing)),
    String(at),
    String(limit),
    availableBelow === undefined ? null : String(availableBelow),
    type ?? null,
    after?.type ?? null,
    after === undefined ? null : idTextOf(after),
    after === undefined ? null : String(after.incarnation),
  ]
}
