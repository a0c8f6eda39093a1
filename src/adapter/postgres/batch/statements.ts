import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { LedgerError } from '../../../port/ledger-error.ts'
import type { DatabaseClock } from '../client/database-clock.ts'
import { ConflictError, failureOfRead, failureOfWrite } from '../client/failure.ts'
import type { SqlClient, SqlRow, SqlSession } from '../client/sql-client.ts'
import { readLoadResult } from '../row/load-result.ts'
import type { LoadResult } from '../row/row.ts'
import { encodePreconditions, type Preconditions, texts } from './encode.ts'

/** What is to be looked up. */
export interface Lookup {
  readonly wallets: readonly LedgerWallet[]
  readonly numbers: readonly number[]
  readonly holds: readonly string[]
  readonly keys: readonly string[]
}

/** So many holds that have lapsed are dealt with at once, and those that lapsed at the same instant as the last of them. */
const lapseLimit = 1_000

/** The statements of the adapter, each one round trip. */
export class Store {
  readonly #client: SqlClient
  readonly #clock: DatabaseClock
  /** The quoted name of the schema. */
  readonly schema: string

  constructor(client: SqlClient, clock: DatabaseClock, schema: string) {
    this.#client = client
    this.#clock = clock
    this.schema = schema
  }

  get session(): SqlSession {
    return this.#client
  }

  /** Runs statements in one transaction. */
  async transaction<T>(run: (session: SqlSession) => Promise<T>): Promise<T> {
    try {
      return await this.#client.transaction(run)
    } catch (cause) {
      throw failureOfWrite(cause)
    }
  }

  /** Reads the database's clock. */
  async readClock(): Promise<void> {
    const sentAt = this.#clock.start()
    const rows = await this.#read(
      this.session,
      'select floor(extract(epoch from clock_timestamp()) * 1000)::text as now',
      [],
    )
    this.#clock.observe(sentAt, Number(rows[0]?.['now']))
  }

  /** Reads wallets with their parents, holds with their wallets, and holds over any of these that lapse by an instant. */
  async load(session: SqlSession, { wallets, numbers, holds, keys }: Lookup, until: Instant): Promise<LoadResult> {
    const sentAt = this.#clock.start()
    const rows = await this.#read(session, `select ${this.schema}.load($1, $2, $3, $4, $5, $6, $7, $8) as sight`, [
      ...writeWallets(wallets),
      `{${numbers.join(',')}}`,
      texts(holds),
      texts(keys),
      String(until),
      String(lapseLimit),
    ])
    const sight = readLoadResult(String(rows[0]?.['sight']))
    this.#clock.observe(sentAt, sight.now)
    return sight
  }

  async openWallets(session: SqlSession, wallets: readonly LedgerWallet[]): Promise<void> {
    await this.#read(session, `select ${this.schema}.open_wallets($1, $2, $3)`, writeWallets(wallets))
  }

  /** Locks wallets until the end of the transaction, in the order they are given. */
  async lock(session: SqlSession, numbers: readonly number[]): Promise<void> {
    const text = `select w.number from unnest($1::bigint[]) with ordinality s (number, place)
      join ${this.schema}.wallet w on w.number = s.number order by s.place for no key update of w`
    await this.#read(session, text, [`{${numbers.join(',')}}`])
  }

  /** @throws {ConflictError} when something that a decision rests on is not true any more */
  async confirm(session: SqlSession, belief: Preconditions): Promise<void> {
    const text = `select ${this.schema}.still_true($1, $2, $3, $4)::text as answer`
    const rows = await this.#read(session, text, encodePreconditions(belief))
    if (rows[0]?.['answer'] !== 'true') throw new ConflictError('something has changed meanwhile')
  }

  /**
   * Writes all of a draft, which `writeDraft` has made arguments of, or nothing.
   * @throws {ConflictError} when something that it rests on is not true any more
   */
  async commit(session: SqlSession, draft: readonly string[]): Promise<void> {
    const sentAt = this.#clock.start()
    const text = `select ${this.schema}.commit($1, $2)::text as now`
    let rows: readonly SqlRow[]
    try {
      rows = (await session.query(text, draft)).rows
    } catch (cause) {
      throw failureOfWrite(cause)
    }
    const now = Number(rows[0]?.['now'])
    if (now < 0) throw new ConflictError('something has changed meanwhile')
    this.#clock.observe(sentAt, now)
  }

  /** What was spent at a wallet since an instant, less what was refunded. */
  async spentSince(session: SqlSession, number: number, since: Instant): Promise<bigint> {
    const text = `select coalesce(sum(case when e.movement % 10 = 6 then e.amount else 0 end)
        - sum(case when e.movement / 10 % 10 = 6 then e.amount else 0 end), 0)::text as spent
      from ${this.schema}.sheet s cross join lateral unnest(s.at, s.movement, s.amount) e (at, movement, amount)
      where s.wallet = $1 and e.at >= $2::bigint and s.last > coalesce((select last from ${this.schema}.sheet
        where wallet = $1 and at[cardinality(at)] < $2::bigint order by last desc limit 1), 0)`
    const rows = await this.#read(session, text, [String(number), String(since)])
    return BigInt(String(rows[0]?.['spent']))
  }

  /** The numbers of the longest way down from a wallet, itself included. */
  async findDeepest(session: SqlSession, number: number): Promise<readonly number[]> {
    const text = `with recursive below (number, way) as (
        select $1::bigint, array[$1::bigint]
        union all
        select w.number, b.way || w.number from below b join ${this.schema}.wallet w on w.parent = b.number
        where cardinality(b.way) < 9)
      select array_to_string(way, ',') as way from below order by cardinality(way) desc, way limit 1`
    const rows = await this.#read(session, text, [String(number)])
    return String(rows[0]?.['way']).split(',').map(Number)
  }

  /** Wallets at which something is due, of itself or because holds have lapsed: as many as asked for. */
  async findDue(limit: number, at: Instant): Promise<readonly LedgerWallet[]> {
    const text = `select type, id, incarnation::text as incarnation from ${this.schema}.wallet where due_at <= $1::bigint
      order by due_at limit $2::bigint`
    const rows = await this.#read(this.session, text, [String(at), String(limit)])
    return rows.map(({ type, id, incarnation }) => ({
      type: type as LedgerWallet['type'],
      id: String(id),
      incarnation: Number(incarnation),
    }))
  }

  /** Asks something that changes nothing. */
  async ask(text: string, values: readonly (string | null)[]): Promise<readonly SqlRow[]> {
    return this.#read(this.session, text, values)
  }

  async #read(session: SqlSession, text: string, values: readonly (string | null)[]): Promise<readonly SqlRow[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        return (await session.query(text, values)).rows
      } catch (cause) {
        const failure = failureOfRead(cause)
        // Outside a transaction nothing else rests on it, so it is asked again.
        if (!(failure instanceof ConflictError) || session !== this.#client || tries === 3) throw failure
      }
    }
  }
}

function writeWallets(wallets: readonly LedgerWallet[]): [string, string, string] {
  return [
    `{${wallets.map(({ type }) => type).join(',')}}`,
    texts(wallets.map(({ id }) => id)),
    `{${wallets.map(({ incarnation }) => incarnation).join(',')}}`,
  ]
}

/** What a call to a closed ledger throws. */
export function closed(): LedgerError {
  return new LedgerError('ledger_closed', 'not_applied', 'the ledger was closed')
}
