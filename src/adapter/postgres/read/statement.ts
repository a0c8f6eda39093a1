import type { Bound } from '../../../ledger/read-request.ts'
import { addAmount, emptyBalance } from '../../../ledger/view.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Bucket } from '../../../port/bucket.ts'
import type { Balance, CallDetails, Entry } from '../../../port/ledger-result.ts'
import { type Store, walletOf } from '../batch/statements.ts'
import type { SqlRow } from '../client/sql-client.ts'
import { readEntryCode } from '../row/entry-code.ts'
import { readCall, type StoredCall, StoredCalls } from '../row/stored-call.ts'

/** The maximum number of entry blocks that one query reads. */
const pageSize = 50

/**
 * Returns the past balance of a wallet: the sum of the entries up to and including `most`, an instant or a sequence
 * number.
 */
export async function pastBalance(store: Store, number: number, { by, most }: Bound): Promise<Balance> {
  const rows = await store.query(
    `select code::text as code, sum(amount)::text as amount, max(sequence)::text as sequence
     from ${store.schema}.entry where wallet = $1 and ${by} <= $2::text::float8 group by code`,
    [String(number), String(most)],
  )
  const balance: Record<Bucket, bigint> & { sequence: number } = { ...emptyBalance }
  for (const row of rows) {
    const { from, to } = readEntryCode(Number(row['code']))
    const amount = BigInt(String(row['amount']))
    addAmount(balance, from, to, amount)
    balance.sequence = Math.max(balance.sequence, Number(row['sequence']))
  }
  return Object.freeze(balance)
}

/**
 * Yields the entries of a wallet with a sequence above `after` and at most `last`, oldest first. Reads the entries in
 * pages.
 */
export async function* entriesAfter(
  store: Store,
  number: number,
  after: number,
  last: number,
): AsyncGenerator<Entry, undefined> {
  const text = `select e.sequence::text as sequence, e.at::text as at, e.code::text as code, e.amount::text as amount,
      l.name, l.period::text as period, e.hold, e.details::text as details, e.place::text as place, e.calls
    from (
      select b.last - cardinality(b.amount) + e.place as sequence, e.at, e.code, e.amount, e.lot, e.hold, e.place,
        b.details::json -> (b.last - cardinality(b.amount) + e.place)::text as details,
        case when e.place = greatest($2 + cardinality(b.amount) - b.last, 0) + 1 then coalesce(b.calls, '') end as calls from (
        select * from ${store.schema}.entry_block where wallet = $1 and last > $2 order by last limit ${pageSize}) b
      cross join lateral unnest(b.at, b.code, b.amount, b.lot, b.hold) with ordinality
        e (at, code, amount, lot, hold, place)) e
    left join ${store.schema}.lot l on l.wallet = $1 and l.ordinal = e.lot
    where e.sequence > $2 and e.sequence <= $3 order by e.sequence`
  const reader = new EntryReader(store)
  // `after` may be any number; rounded down to an integer, it can be compared with the index.
  for (let from = Math.max(0, Math.floor(after)); from < last; ) {
    const rows = await store.query(text, [String(number), String(from), String(last)])
    if (rows.length === 0) return
    await reader.loadWallets(rows)
    for (const row of rows) yield reader.read(row)
    from = Number(rows.at(-1)?.['sequence'])
  }
}

/** Parses the details of an entry: the tags of overdraft, and the number of the refunded entry. */
function readDetails(text: unknown): Pick<Entry, 'only' | 'refunds'> {
  if (text === null || text === undefined) return {}
  const [only, refunds] = JSON.parse(String(text)) as readonly [readonly string[] | null, number | null]
  return { ...(only === null ? {} : { only: Object.freeze(only) }), ...(refunds === null ? {} : { refunds }) }
}

/** Reads the rows of a statement in order. The first row of each block has the calls of the block. */
class EntryReader {
  readonly #store: Store
  readonly #wallets = new Map<number, WalletLevel>()
  readonly #details = new Map<StoredCall, CallDetails>()
  #calls = new StoredCalls(null)

  constructor(store: Store) {
    this.#store = store
  }

  /** Loads the wallets that the calls in the rows refer to, unless they are known. */
  async loadWallets(rows: readonly SqlRow[]): Promise<void> {
    const missing = new Set<number>()
    for (const { calls } of rows) {
      if (calls === null || calls === '') continue
      for (const number of new StoredCalls(String(calls)).numbers()) if (!this.#wallets.has(number)) missing.add(number)
    }
    if (missing.size === 0) return
    const found = await this.#store.query(
      `select number::text as number, type, id, incarnation::text as incarnation from ${this.#store.schema}.wallet
       where number = any ($1::bigint[])`,
      [`{${[...missing].join(',')}}`],
    )
    for (const row of found) this.#wallets.set(Number(row['number']), walletOf(row))
  }

  read({ sequence, at, code, amount, name, period, hold, place, calls, details }: SqlRow): Entry {
    if (calls !== null) {
      this.#calls = new StoredCalls(calls === '' ? null : String(calls))
      this.#details.clear()
    }
    return Object.freeze({
      sequence: Number(sequence),
      at: Number(at),
      ...readEntryCode(Number(code)),
      amount: BigInt(String(amount)),
      ...(name === null ? {} : { grant: String(name) }),
      ...(period === null ? {} : { period: Number(period) }),
      ...(hold === null ? {} : { hold: String(hold), call: this.#callAt(Number(place) - 1) }),
      ...readDetails(details),
    })
  }

  /** Returns the call of an entry. The entries of one call in a block share one object. */
  #callAt(index: number): CallDetails {
    const stored = this.#calls.at(index) as StoredCall
    const known = this.#details.get(stored)
    if (known !== undefined) return known
    const details = readCall(stored, (number) => this.#wallets.get(number))
    this.#details.set(stored, details)
    return details
  }
}
