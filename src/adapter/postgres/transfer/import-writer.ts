import { ImportReader } from '../../../ledger/transfer/import-reader.ts'
import type { ExportedEntry } from '../../../ledger/transfer/record/entry.ts'
import type { Place } from '../../../ledger/transfer/record/place.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import { type ChangeSet, emptyChangeSet } from '../batch/change-set.ts'
import { encodeChangeSet, type Preconditions, walletArrays } from '../batch/encode.ts'
import type { Store } from '../batch/statements.ts'
import type { SqlSession } from '../client/sql-client.ts'
import { importedEntry, importedHold, importedLots, importedWallet } from './imported-row.ts'

/** The maximum number of rows that one statement writes. */
const rowsPerStatement = 500

const noPreconditions: Preconditions = {
  versions: [],
  absentWallets: [],
  unbookedHolds: [],
  absentHolds: [],
  absentKeys: [],
}

/** Writes an import to the database. Writes entries while records are read, and all other rows at the end. */
export class ImportWriter {
  readonly reader: ImportReader
  readonly #store: Store
  readonly #session: SqlSession
  #areWalletsRead = false
  /** The database numbers of the wallets, in the order of the export. Empty until the wallet rows are created. */
  #numbers: readonly number[] = []
  #entries: (readonly [row: ExportedEntry, sequence: number])[] = []

  readonly #findPlace = (wallet: WalletLevel): Place | undefined => this.reader.places.findPlace(wallet)

  constructor(store: Store, session: SqlSession) {
    this.#store = store
    this.#session = session
    this.reader = new ImportReader({
      opened: () => {
        this.#areWalletsRead = true
      },
      entry: (row, sequence) => {
        this.#entries.push([row, sequence])
      },
    })
  }

  /** Writes the buffered entries if they are enough for a full statement. Otherwise returns `undefined`. */
  flushWhenFull(): Promise<undefined> | undefined {
    return this.#entries.length < rowsPerStatement ? undefined : this.#flush().then(() => undefined)
  }

  async finish(): Promise<void> {
    await this.#flush()
    const { wallets, holds, held, keys, header } = this.reader
    const most = wallets.reduce((count, { lots }) => Math.max(count, lots.length), 0)
    const orders = new Map(held.map((hold, i) => [hold, most + i + 1]))
    const nextLapse = new Map<Place, number>()
    for (const { row } of held) {
      for (const place of row.path) nextLapse.set(place, Math.min(nextLapse.get(place) ?? row.expiresAt, row.expiresAt))
    }
    const context = { at: header.at, ordinal: most + held.length, numbers: this.#numbers, nextLapse }
    const changes = wallets.map((wallet, i) => importedWallet(wallet, i + 1, context))
    await this.#write(changes, (page) => ({ wallets: page }))
    const lots = wallets.flatMap((wallet, i) => importedLots(wallet, this.#numbers[i] as number))
    await this.#write(lots, (page) => ({ insertedLots: page }))
    const rows = [...holds.values()].map((hold) =>
      importedHold(hold, orders.get(hold) ?? 0, this.#numbers, this.#findPlace),
    )
    await this.#write(rows, (page) => ({ insertedHolds: page }))
    await this.#write(keys, (page) => ({ insertedKeys: page }))
    const { schema } = this.#store
    await this.#session.query(
      `insert into ${schema}.refunded (wallet, sequence, amount)
       select e.wallet, (e.details ->> 1)::bigint, sum(e.amount) from ${schema}.entry e where e.details ->> 1 is not null
       group by 1, 2`,
      [],
    )
    await this.#session.query(
      `update ${this.#store.schema}.retention set known_since = greatest(known_since, $1::bigint)`,
      [String(header.knownSince)],
    )
  }

  async #flush(): Promise<void> {
    if (this.#areWalletsRead && this.#numbers.length === 0) await this.#createWalletRows()
    const entries = this.#entries.map(([row, sequence]) => importedEntry(row, sequence, this.#numbers, this.#findPlace))
    this.#entries = []
    await this.#write(entries, (page) => ({ entries: page }))
  }

  async #write<Row>(rows: readonly Row[], changes: (page: readonly Row[]) => Partial<ChangeSet>): Promise<void> {
    for (let from = 0; from < rows.length; from += rowsPerStatement) {
      const page = rows.slice(from, from + rowsPerStatement)
      const changeSet = encodeChangeSet(noPreconditions, { ...emptyChangeSet, ...changes(page) })
      await this.#store.commit(this.#session, changeSet)
    }
  }

  async #createWalletRows(): Promise<void> {
    const numbers: number[] = []
    const wallets = this.reader.wallets.map(({ row }) => row.wallet)
    for (let from = 0; from < wallets.length; from += rowsPerStatement) {
      const page = wallets.slice(from, from + rowsPerStatement)
      await this.#store.createWalletRows(this.#session, page)
      numbers.push(...(await this.#findNumbers(page)))
    }
    this.#numbers = numbers
  }

  async #findNumbers(wallets: readonly WalletLevel[]): Promise<readonly number[]> {
    const { rows } = await this.#session.query(
      `select w.number::text as number from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality
         a (type, id, incarnation, place)
       join ${this.#store.schema}.wallet w on w.type = a.type and w.id = a.id and w.incarnation = a.incarnation
       order by a.place`,
      walletArrays(wallets),
    )
    return rows.map(({ number }) => Number(number))
  }
}
