import type { Bound } from '../../../ledger/read-request.ts'
import { addAmount, emptyBalance } from '../../../ledger/view.ts'
import type { Balance, Bucket, Entry } from '../../../port/ledger-result.ts'
import type { Store } from '../batch/statements.ts'
import type { SqlRow } from '../client/sql-client.ts'
import { readEntryCode } from '../row/entry-code.ts'

/** How many sheets are read at once, each with the entries of a batch. */
const pageSize = 50

/** The balance of a wallet after the entries that took effect by an instant, or up to a number. */
export async function pastBalance(store: Store, number: number, { by, most }: Bound): Promise<Balance> {
  const rows = await store.ask(
    `select movement::text as movement, sum(amount)::text as amount, max(sequence)::text as sequence
     from ${store.schema}.entry where wallet = $1 and ${by} <= $2::text::float8 group by movement`,
    [String(number), String(most)],
  )
  const balance: Record<Bucket, bigint> & { sequence: number } = { ...emptyBalance }
  for (const row of rows) {
    const { from, to } = readEntryCode(Number(row['movement']))
    const amount = BigInt(String(row['amount']))
    addAmount(balance, from, to, amount)
    balance.sequence = Math.max(balance.sequence, Number(row['sequence']))
  }
  return Object.freeze(balance)
}

/** The entries of a wallet after one number and up to another, oldest first. */
export async function* entriesAfter(
  store: Store,
  number: number,
  after: number,
  last: number,
): AsyncGenerator<Entry, undefined> {
  const text = `select e.sequence::text as sequence, e.at::text as at, e.movement::text as movement, e.amount::text as amount,
      l.name, l.period::text as period, e.hold
    from (
      select s.last - cardinality(s.amount) + e.place as sequence, e.at, e.movement, e.amount, e.lot, e.hold from (
        select * from ${store.schema}.sheet where wallet = $1 and last > $2 order by last limit ${pageSize}) s
      cross join lateral unnest(s.at, s.movement, s.amount, s.lot, s.hold) with ordinality
        e (at, movement, amount, lot, hold, place)) e
    left join ${store.schema}.lot l on l.wallet = $1 and l.ordinal = e.lot
    where e.sequence > $2 and e.sequence <= $3 order by e.sequence`
  // Any number may be given, and a whole one is what the index can find.
  for (let from = Math.max(0, Math.floor(after)); from < last; ) {
    const rows = await store.ask(text, [String(number), String(from), String(last)])
    if (rows.length === 0) return
    for (const row of rows) yield readEntry(row)
    from = Number(rows.at(-1)?.['sequence'])
  }
}

function readEntry({ sequence, at, movement, amount, name, period, hold }: SqlRow): Entry {
  return Object.freeze({
    sequence: Number(sequence),
    at: Number(at),
    ...readEntryCode(Number(movement)),
    amount: BigInt(String(amount)),
    ...(name === null ? {} : { grant: String(name) }),
    ...(period === null ? {} : { period: Number(period) }),
    ...(hold === null ? {} : { hold: String(hold) }),
  })
}
