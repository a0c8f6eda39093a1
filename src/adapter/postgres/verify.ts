import type { LedgerWallet } from '../../model/wallet.ts'
import type { Violation } from '../../port/ledger-result.ts'
import type { Store } from './store.ts'

/*
 * Recounts by the database alone, which knows nothing of the kernel. Each question is one statement, so that it sees one
 * moment, and writes that go on meanwhile look like no violation.
 */

interface Question {
  readonly invariant: string
  readonly message: string
  /** Selects the numbers of wallets for which it does not hold. `w` is among those asked about. */
  readonly wallets: string
}

const sumOf = (place: number, column: string) => {
  const isSource = place < 4
  const plus = isSource ? `movement / 10 % 10` : `movement % 10`
  const minus = isSource ? `movement % 10` : `movement / 10 % 10`
  return `w.${column} <> coalesce(sum(e.amount) filter (where ${plus} = ${place}), 0) - coalesce(sum(e.amount) filter (where ${minus} = ${place}), 0)`
}
const columns = ['granted', 'drawn', 'overdraft', 'written_off', 'available', 'reserved', 'spent', 'expired', 'revoked']

const questions = (schema: string): readonly Question[] => [
  {
    invariant: 'I1',
    message: 'what came in is not what became of it',
    wallets: `select w.number from asked w
      where w.granted::numeric + w.drawn + w.overdraft + w.written_off <> w.available::numeric + w.reserved + w.spent + w.expired + w.revoked`,
  },
  {
    invariant: 'I2',
    message: 'there is overdraft and something available to repay it',
    wallets: `select w.number from asked w where w.overdraft > 0 and exists (
      select from ${schema}.lot l where l.wallet = w.number and l.is_open and l.tags is null and l.available > 0)`,
  },
  {
    invariant: 'I3',
    message: 'what is reserved is not what holds hold',
    wallets: `select w.number from asked w where w.reserved <> (
      select coalesce(sum(h.held), 0) from ${schema}.hold h where h.state = 'held' and h.wallet = w.number) + (
      select coalesce(sum(h.held), 0) from ${schema}.hold_above a join ${schema}.hold h on h.id = a.hold
        where a.wallet = w.number and h.state = 'held')`,
  },
  {
    invariant: 'I3',
    message: 'the levels above do not know of a hold, or know of one that has ended',
    wallets: `select w.number from asked w join (
        select coalesce(a.wallet, p.wallet) as wallet from ${schema}.hold_above a
        full join (
          select h.id, h.expires_at, way.number::bigint as wallet from ${schema}.hold h,
            unnest(string_to_array(h.path, ',')) with ordinality way (number, place)
          where h.state = 'held' and way.place > 1) p
        on p.id = a.hold and p.wallet = a.wallet and p.expires_at = a.expires_at
        where a.hold is null or p.id is null) odd on odd.wallet = w.number`,
  },
  {
    invariant: 'I4',
    message: 'what is available is not what its grants have',
    wallets: `select w.number from asked w left join ${schema}.lot l on l.wallet = w.number
      group by w.number, w.available having w.available <> coalesce(sum(l.available), 0)`,
  },
  {
    invariant: 'I4',
    message: 'what is held of its grants is not what holds hold of them',
    wallets: `select w.number from asked w join ${schema}.lot l on l.wallet = w.number and l.is_open
      where l.reserved <> (
        select coalesce(sum((slice ->> 2)::bigint), 0) from (
          select h.path, h.body from ${schema}.hold h where h.state = 'held' and h.wallet = w.number
          union all
          select h.path, h.body from ${schema}.hold_above a join ${schema}.hold h on h.id = a.hold where a.wallet = w.number) h
        cross join json_array_elements(h.body::json -> 11) slice
        where (slice ->> 1)::bigint = l.ordinal
          and split_part(h.path, ',', (slice ->> 0)::integer + 1) = w.number::text)`,
  },
  {
    invariant: 'I8',
    message: 'the balance is not the sum of the entries',
    wallets: `select w.number from asked w left join ${schema}.entry e on e.wallet = w.number
      group by w.number, ${columns.map((column) => `w.${column}`).join(', ')}
      having ${columns.map((column, place) => sumOf(place, column)).join(' or ')}`,
  },
  {
    invariant: 'I9',
    message: 'an entry is missing, or there are more than the wallet knows of',
    wallets: `select w.number from asked w left join ${schema}.entry e on e.wallet = w.number
      group by w.number, w.sequence having count(e.sequence) <> w.sequence or coalesce(max(e.sequence), 0) <> w.sequence`,
  },
]

/** What does not add up at a wallet, or anywhere. */
export async function verifyStore(store: Store, wallet: LedgerWallet | undefined): Promise<readonly Violation[]> {
  const { schema } = store
  const asked = `with asked as materialized (select * from ${schema}.wallet where version > 0 and
    ($1::text is null or (type = $1::text and id = $2::text and incarnation = $3::bigint)))`
  const values = [wallet?.type ?? null, wallet?.id ?? null, wallet === undefined ? null : String(wallet.incarnation)]
  const violations: Violation[] = []
  for (const { invariant, message, wallets } of questions(schema)) {
    const rows = await store.ask(
      `${asked} select distinct w.type, w.id, w.incarnation::text as incarnation
       from ${schema}.wallet w where w.number in (${wallets})`,
      values,
    )
    for (const { type, id, incarnation } of rows) {
      const whose = { type: type as LedgerWallet['type'], id: String(id), incarnation: Number(incarnation) }
      violations.push({ invariant, wallet: whose, message })
    }
  }
  if (wallet === undefined) violations.push(...(await verifyHolds(store)))
  return violations
}

async function verifyHolds(store: Store): Promise<readonly Violation[]> {
  const rows = await store.ask(
    `select id from ${store.schema}.hold where held < 0 or held > amount or refunded > spent or (state <> 'held' and held <> 0)
     order by id`,
    [],
  )
  return rows.map(({ id }) => ({ invariant: 'I5', hold: String(id), message: 'a hold holds what it cannot hold' }))
}
