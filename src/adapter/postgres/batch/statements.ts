import { pathLimit } from '../../../ledger/operation/put-wallet.ts'
import { walletOfText } from '../../../ledger/wallet-level.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { buckets } from '../../../port/bucket.ts'
import { LedgerError } from '../../../port/ledger-error.ts'
import type { Revoke } from '../../../port/ledger-request.ts'
import type { DatabaseClock } from '../client/database-clock.ts'
import { ConflictError, failureOfRead, failureOfWrite } from '../client/failure.ts'
import type { SqlClient, SqlRow, SqlSession } from '../client/sql-client.ts'
import { textArray } from '../client/text-array.ts'
import { noNumber } from '../row/change-set-part.ts'
import { readEntryCode, sqlIsCost, sqlSourceOf, sqlTargetOf } from '../row/entry-code.ts'
import { type Cells, type LoadResult, parsed, readLoadResult, readLot, sqlLotCells } from '../row/load-result.ts'
import type { CostEntryRow, LotRow } from '../row/row.ts'
import type { StoredCall } from '../row/stored-call.ts'
import { encodePreconditions, type Preconditions, walletArrays } from './encode.ts'

/** The rows to load: wallets by name or number, holds by id, and idempotency keys. */
export interface Lookup {
  readonly wallets: readonly WalletLevel[]
  readonly numbers: readonly number[]
  readonly holds: readonly string[]
  readonly keys: readonly string[]
}

/**
 * The `due_limit` argument of the SQL function `load`. After this number of lapsed holds, the function may skip holds
 * that lapsed later.
 */
const lapseLimit = 1_000
/** The maximum number of tries of a read outside a transaction. Each try can conflict with concurrent writers. */
const maxReadTries = 3
/**
 * The maximum number of path levels that a query reads. One more than `pathLimit`, to detect a path that is too long.
 */
const maxLevels = pathLimit + 1

/**
 * The SQL statements of the adapter. Each method is one round trip. Failures are thrown as `LedgerError` or
 * `ConflictError`.
 */
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

  /** The session for statements outside a transaction. Each statement may run on a different connection. */
  get session(): SqlSession {
    return this.#client
  }

  async transaction<T>(run: (session: SqlSession) => Promise<T>): Promise<T> {
    try {
      return await this.#client.transaction(run)
    } catch (cause) {
      throw failureOfWrite(cause)
    }
  }

  /** Reads the database's time, and updates the estimate of the database's clock. */
  async readClock(): Promise<void> {
    const sentAt = this.#clock.start()
    const rows = await this.#read(
      this.session,
      'select floor(extract(epoch from clock_timestamp()) * 1000)::text as now',
      [],
    )
    this.#clock.observe(sentAt, Number(rows[0]?.['now']))
  }

  /**
   * Loads the rows of a lookup: wallets with their ancestors, holds with the wallets of their paths, and keys. Also
   * loads the holds over any loaded wallet that lapse by `until`, subject to `lapseLimit`.
   */
  async load(session: SqlSession, { wallets, numbers, holds, keys }: Lookup, until: Instant): Promise<LoadResult> {
    const sentAt = this.#clock.start()
    const rows = await this.#read(session, `select ${this.schema}.load($1, $2, $3, $4, $5, $6, $7, $8) as result`, [
      ...walletArrays(wallets),
      `{${numbers.join(',')}}`,
      textArray(holds),
      textArray(keys),
      String(until),
      String(lapseLimit),
    ])
    const result = readLoadResult(String(rows[0]?.['result']))
    this.#clock.observe(sentAt, result.now)
    return result
  }

  /** Creates a placeholder row for each wallet that has no row, so that the wallet can be locked. */
  async createWalletRows(session: SqlSession, wallets: readonly WalletLevel[]): Promise<void> {
    await this.#read(session, `select ${this.schema}.create_wallet_rows($1, $2, $3)`, walletArrays(wallets))
  }

  /** Locks wallets until the end of the transaction, in the given order. */
  async lock(session: SqlSession, numbers: readonly number[]): Promise<void> {
    const text = `select w.number from unnest($1::bigint[]) with ordinality s (number, place)
      join ${this.schema}.wallet w on w.number = s.number order by s.place for no key update of w`
    await this.#read(session, text, [`{${numbers.join(',')}}`])
  }

  /**
   * Checks the preconditions of a batch that writes nothing.
   * @throws {ConflictError} when a precondition does not hold
   */
  async checkPreconditions(session: SqlSession, preconditions: Preconditions): Promise<void> {
    const text = `select ${this.schema}.check_preconditions($1, $2, $3, $4, $5, $6, $7, $8, $9)::text as answer`
    const rows = await this.#read(session, text, encodePreconditions(preconditions))
    if (rows[0]?.['answer'] !== 'true') throw preconditionFailed()
  }

  /**
   * Writes a change set that `encodeChangeSet` encoded. Writes everything or nothing.
   * @throws {ConflictError} when a precondition does not hold
   */
  async commit(session: SqlSession, changeSet: readonly string[]): Promise<void> {
    const sentAt = this.#clock.start()
    const text = `select ${this.schema}.commit($1, $2)::text as now`
    let rows: readonly SqlRow[]
    try {
      rows = (await session.query(text, changeSet)).rows
    } catch (cause) {
      throw failureOfWrite(cause)
    }
    const now = Number(rows[0]?.['now'])
    if (now < 0) throw preconditionFailed()
    this.#clock.observe(sentAt, now)
  }

  /** Returns the amount that a wallet has spent since an instant, minus the amount refunded since that instant. */
  async spentSince(session: SqlSession, number: number, since: Instant): Promise<bigint> {
    const spent = buckets.indexOf('spent')
    const text = `select coalesce(sum(case when ${sqlTargetOf('e.code')} = ${spent} then e.amount else 0 end)
        - sum(case when ${sqlSourceOf('e.code')} = ${spent} then e.amount else 0 end), 0)::text as spent
      from ${this.schema}.entry_block b cross join lateral unnest(b.at, b.code, b.amount) e (at, code, amount)
      where b.wallet = $1 and e.at >= $2::bigint and b.last > coalesce((select last from ${this.schema}.entry_block
        where wallet = $1 and at[cardinality(at)] < $2::bigint order by last desc limit 1), 0)`
    const rows = await this.#read(session, text, [String(number), String(since)])
    return BigInt(String(rows[0]?.['spent']))
  }

  /**
   * Returns the wallet numbers on the longest path from a wallet down to a descendant. The first number is the wallet's
   * own.
   */
  async findDeepest(session: SqlSession, number: number): Promise<readonly number[]> {
    const text = `with recursive descendant (number, path) as (
        select $1::bigint, array[$1::bigint]
        union all
        select w.number, d.path || w.number from descendant d join ${this.schema}.wallet w on w.parent = d.number
        where cardinality(d.path) < ${maxLevels})
      select array_to_string(path, ',') as path from descendant order by cardinality(path) desc, path limit 1`
    const rows = await this.#read(session, text, [String(number)])
    return String(rows[0]?.['path']).split(',').map(Number)
  }

  /** Returns lots of a wallet, by ordinal. */
  async lots(session: SqlSession, number: number, ordinals: readonly number[]): Promise<readonly LotRow[]> {
    const text = `select ${sqlLotCells}::text as cells from ${this.schema}.lot l where l.wallet = $1 and l.ordinal = any ($2::bigint[])`
    return readLots(await this.#read(session, text, [String(number), `{${ordinals.join(',')}}`]))
  }

  /** Returns the newest live lot of a wallet with this name that is not open. Reads every lot of the wallet. */
  async findClosedLot(session: SqlSession, number: number, { grant, period }: Revoke): Promise<LotRow | undefined> {
    const text = `select ${sqlLotCells}::text as cells from ${this.schema}.lot l
      where l.wallet = $1 and l.name = $2 and l.period is not distinct from $3::bigint and not l.is_open and l.state = 'live'
      order by l.ordinal desc limit 1`
    const rows = await this.#read(session, text, [String(number), grant, period === undefined ? null : String(period)])
    return readLots(rows)[0]
  }

  /**
   * Returns the entries of the cost to which an entry belongs, at every level: those of the same hold at the same instant.
   * Returns none when the wallet has no such entry, or the entry books no cost.
   */
  async costOf(session: SqlSession, number: number, sequence: number): Promise<readonly CostEntryRow[]> {
    const { schema } = this
    const columns =
      'unnest(b.at, b.code, b.amount, b.lot, b.hold) with ordinality e (at, code, amount, lot, hold, place)'
    const place = 'b.last - cardinality(b.amount) + e.place'
    const text = `with named as materialized (
        select e.at, e.hold from (
          select * from ${schema}.entry_block where wallet = $1 and last >= $2 order by last limit 1) b
        cross join lateral ${columns} where ${place} = $2 and ${sqlIsCost('e.code')})
      select b.wallet::text as wallet, (${place})::text as sequence, e.at::text as at, e.code::text as code,
        e.amount::text as amount, nullif(e.lot, ${noNumber})::text as lot, e.hold, coalesce(r.amount, 0)::text as refunded,
        (b.details::json -> (${place})::text -> 0)::text as only_tags,
        (b.calls::json -> 0 -> coalesce((b.calls::json -> 1 ->> (e.place - 1)::integer)::integer, 0))::text as call
      from named n join ${schema}.entry_block b on b.at[1] = n.at
      cross join lateral ${columns}
      left join ${schema}.refunded r on r.wallet = b.wallet and r.sequence = ${place}
      where e.hold = n.hold and e.at = n.at and ${sqlIsCost('e.code')} order by b.wallet, b.last, e.place`
    const rows = await this.#read(session, text, [String(number), String(sequence)])
    return parsed(() => rows.map(readCostEntry))
  }

  /** Returns at most `limit` wallets that have an item due by an instant, such as a lapse or an expiry. */
  async findDue(limit: number, at: Instant): Promise<readonly WalletLevel[]> {
    const text = `select type, id, incarnation::text as incarnation from ${this.schema}.wallet where due_at <= $1::bigint
      order by due_at limit $2::bigint`
    const rows = await this.#read(this.session, text, [String(at), String(limit)])
    return rows.map(walletOf)
  }

  /** Returns the latest time of any write, or 0. Reads every wallet. */
  async latestAt(): Promise<Instant> {
    const rows = await this.#read(
      this.session,
      `select coalesce(max(at), 0)::text as at from ${this.schema}.wallet`,
      [],
    )
    return Number(rows[0]?.['at'])
  }

  /** Lapses the holds that are booked at no wallet and expire by an instant. No other row depends on them. */
  async lapseUnbooked(at: Instant): Promise<void> {
    await this.#read(
      this.session,
      `update ${this.schema}.hold set state = 'lapsed', held = 0, ended_at = expires_at
       where state = 'held' and wallet is null and expires_at <= $1::bigint`,
      [String(at)],
    )
  }

  /** Runs a statement outside a transaction, and retries after a conflict. The statement must be safe to repeat. */
  async query(text: string, values: readonly (string | null)[]): Promise<readonly SqlRow[]> {
    return this.#read(this.session, text, values)
  }

  async #read(session: SqlSession, text: string, values: readonly (string | null)[]): Promise<readonly SqlRow[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        return (await session.query(text, values)).rows
      } catch (cause) {
        const failure = failureOfRead(cause)
        // A conflict aborts a transaction, so only the caller of the transaction can retry.
        if (!(failure instanceof ConflictError) || session !== this.#client || tries === maxReadTries) throw failure
      }
    }
  }
}

function readLots(rows: readonly SqlRow[]): readonly LotRow[] {
  return parsed(() => rows.map(({ cells }) => readLot(JSON.parse(String(cells)) as Cells)))
}

function readCostEntry(row: SqlRow): CostEntryRow {
  const { lot, only_tags: only } = row
  return {
    wallet: Number(row['wallet']),
    sequence: Number(row['sequence']),
    at: Number(row['at']),
    from: readEntryCode(Number(row['code'])).from,
    lot: lot === null ? null : Number(lot),
    amount: BigInt(String(row['amount'])),
    refunded: BigInt(String(row['refunded'])),
    only: only === null ? undefined : ((JSON.parse(String(only)) as readonly string[] | null) ?? undefined),
    hold: String(row['hold']),
    call: JSON.parse(String(row['call'])) as StoredCall,
  }
}

/** Builds a wallet reference from the columns `type`, `id` and `incarnation` of a row. */
export function walletOf({ type, id, incarnation }: SqlRow): WalletLevel {
  return walletOfText(type as WalletLevel['type'], String(id), Number(incarnation))
}

function preconditionFailed(): ConflictError {
  return new ConflictError('a precondition of the batch no longer holds')
}

/** Creates the error of a call to a closed ledger. */
export function closed(): LedgerError {
  return new LedgerError('ledger_closed', 'not_applied', 'the ledger is closed')
}
