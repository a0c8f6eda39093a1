import type { ExportedEntry, Place } from '../../../ledger/transfer/exported.ts'
import { ImportReader } from '../../../ledger/transfer/import-reader.ts'
import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { ImportResult } from '../../../port/ledger-result.ts'
import { feed, invalid, notEmpty } from '../../transfer/feed.ts'
import { leave, readAhead } from '../../transfer/read-ahead.ts'
import type { ChangeSet } from '../batch/change-set.ts'
import { encodeChangeSet, type Preconditions, texts } from '../batch/encode.ts'
import { Store } from '../batch/statements.ts'
import { DatabaseClock } from '../client/database-clock.ts'
import { disableTimeouts } from '../client/disable-timeouts.ts'
import { failureOfWrite } from '../client/failure.ts'
import type { SqlClient, SqlSession } from '../client/sql-client.ts'
import { verifyStore } from '../read/verify.ts'
import { emptyChangeSet, entryRow, holdRow, lotRows, walletChange } from './transfer-change-set.ts'

/** How many rows are written by one statement. */
const rowsAtOnce = 500

const noPreconditions: Preconditions = { seen: [], absentHolds: [], absentKeys: [] }

/** Whether nothing ever happened in a schema. */
async function isUntouchedStore(schema: string, session: SqlSession): Promise<boolean> {
  const text = `select (not exists (select from ${schema}.wallet where version > 0)
    and not exists (select from ${schema}.hold) and not exists (select from ${schema}.key))::text as answer`
  const { rows } = await session.query(text, [])
  return rows[0]?.['answer'] === 'true'
}

/** Nothing is to be written after all. */
class ImportRefusedError extends Error {
  override readonly name = 'Refused'
  readonly answer: ImportResult

  constructor(answer: ImportResult) {
    super('the export is refused')
    this.answer = answer
  }
}

/**
 * Writes an export into an empty schema, in one transaction, for which whoever else writes waits. Its memory grows with the
 * wallets, the grants and the ids that are known, not with the entries.
 */
export async function importStore(client: SqlClient, schema: string, records: unknown): Promise<ImportResult> {
  if (!(await isUntouchedStore(schema, client))) {
    await leave(records)
    return notEmpty
  }
  const ahead = await readAhead(records)
  try {
    return await client.transaction(async (session) => {
      await disableTimeouts(session)
      const answer = await importInto(schema, session, ahead.rest)
      if (!answer.ok) throw new ImportRefusedError(answer)
      return answer
    })
  } catch (error) {
    if (error instanceof ImportRefusedError) return error.answer
    throw ahead.failure === undefined ? failureOfWrite(error) : ahead.failure.error
  } finally {
    await ahead.leave()
  }
}

async function importInto(schema: string, session: SqlSession, records: unknown): Promise<ImportResult> {
  const store = new Store(
    { query: (text, values) => session.query(text, values), transaction: (run) => run(session) },
    new DatabaseClock(),
    schema,
  )
  await session.query(`lock table ${schema}.wallet, ${schema}.hold, ${schema}.key in exclusive mode`, [])
  if (!(await isUntouchedStore(schema, session))) return notEmpty
  const writer = new ImportWriter(store, session)
  const refusal = await feed(records, writer.intake, () => writer.step())
  if (refusal !== undefined) return refusal
  await writer.finish()
  const [violation] = await verifyStore(store, undefined)
  const { records: count } = writer.intake
  if (violation === undefined) return { ok: true, records: count }
  return invalid(count, `the record ends what is no ledger: ${violation.message}`)
}

class ImportWriter {
  readonly intake: ImportReader
  readonly #store: Store
  readonly #session: SqlSession
  #isOpened = false
  /** The numbers of the wallets, by place, once they are there. */
  #numbers: readonly number[] = []
  #entries: (readonly [row: ExportedEntry, sequence: number])[] = []

  constructor(store: Store, session: SqlSession) {
    this.#store = store
    this.#session = session
    this.intake = new ImportReader({
      opened: () => {
        this.#isOpened = true
      },
      entry: (row, sequence) => {
        this.#entries.push([row, sequence])
      },
    })
  }

  /** Writes what has piled up, when it is enough for a statement. */
  step(): Promise<undefined> | undefined {
    return this.#entries.length < rowsAtOnce ? undefined : this.#writeEntries().then(() => undefined)
  }

  async finish(): Promise<void> {
    await this.#writeEntries()
    const { wallets, holds, held, keys, header } = this.intake
    const most = wallets.reduce((count, { lots }) => Math.max(count, lots.length), 0)
    const orders = new Map(held.map((tally, i) => [tally, most + i + 1]))
    const nextLapse = new Map<Place, number>()
    for (const { row } of held) {
      for (const place of row.path) nextLapse.set(place, Math.min(nextLapse.get(place) ?? row.expiresAt, row.expiresAt))
    }
    const arrival = { at: header.at, ordinal: most + held.length, numbers: this.#numbers, nextLapse }
    const drafts = wallets.map((tally, i) => walletChange(tally, i + 1, arrival))
    await this.#write(drafts, (some) => ({ wallets: some }))
    const lots = wallets.flatMap((tally, i) => lotRows(tally, this.#numbers[i] as number))
    await this.#write(lots, (some) => ({ openedLots: some }))
    const rows = [...holds.values()].map((tally) => holdRow(tally, orders.get(tally) ?? 0, this.#numbers))
    await this.#write(rows, (some) => ({ openedHolds: some }))
    await this.#write(keys, (some) => ({ keys: some }))
    await this.#session.query(
      `update ${this.#store.schema}.retention set known_since = greatest(known_since, $1::bigint)`,
      [String(header.knownSince)],
    )
  }

  async #writeEntries(): Promise<void> {
    if (this.#isOpened && this.#numbers.length === 0) await this.#openWallets()
    const entries = this.#entries.map(([row, sequence]) => entryRow(row, sequence, this.#numbers))
    this.#entries = []
    await this.#write(entries, (some) => ({ entries: some }))
  }

  async #write<Row>(rows: readonly Row[], draft: (some: readonly Row[]) => Partial<ChangeSet>): Promise<void> {
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      const some = rows.slice(from, from + rowsAtOnce)
      await this.#store.commit(this.#session, encodeChangeSet(noPreconditions, { ...emptyChangeSet, ...draft(some) }))
    }
  }

  /** Makes the rows of all wallets, and learns their numbers. */
  async #openWallets(): Promise<void> {
    const numbers: number[] = []
    const wallets = this.intake.wallets.map(({ row }) => row.wallet)
    for (let from = 0; from < wallets.length; from += rowsAtOnce) {
      const some = wallets.slice(from, from + rowsAtOnce)
      await this.#store.openWallets(this.#session, some)
      numbers.push(...(await this.#findNumbers(some)))
    }
    this.#numbers = numbers
  }

  async #findNumbers(wallets: readonly LedgerWallet[]): Promise<readonly number[]> {
    const { rows } = await this.#session.query(
      `select w.number::text as number from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality
         a (type, id, incarnation, place)
       join ${this.#store.schema}.wallet w on w.type = a.type and w.id = a.id and w.incarnation = a.incarnation
       order by a.place`,
      [
        texts(wallets.map(({ type }) => type)),
        texts(wallets.map(({ id }) => id)),
        `{${wallets.map(({ incarnation }) => incarnation).join(',')}}`,
      ],
    )
    return rows.map(({ number }) => Number(number))
  }
}
