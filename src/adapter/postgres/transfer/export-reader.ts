import { WalletMap } from '../../../ledger/storage/wallet-map.ts'
import { Checksum } from '../../../ledger/transfer/checksum.ts'
import { endRecord } from '../../../ledger/transfer/record/end.ts'
import { entryRecord } from '../../../ledger/transfer/record/entry.ts'
import { writeHeader } from '../../../ledger/transfer/record/header.ts'
import { holdRecord } from '../../../ledger/transfer/record/hold.ts'
import { keyRecord } from '../../../ledger/transfer/record/key.ts'
import { type ExportedLot, lotRecord } from '../../../ledger/transfer/record/lot.ts'
import type { Place, Places } from '../../../ledger/transfer/record/place.ts'
import type { ExportedAllowance } from '../../../ledger/transfer/record/wallet.ts'
import { walletRecord } from '../../../ledger/transfer/record/wallet.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import { firstInstant, type Instant } from '../../../model/value/instant.ts'
import { walletOf } from '../batch/statements.ts'
import type { SqlRow, SqlSession } from '../client/sql-client.ts'
import { readEntryCode } from '../row/entry-code.ts'
import {
  type Cells,
  parsed,
  readHold,
  readKey,
  readWallet,
  sqlHoldCells,
  sqlKeyCells,
  sqlLotCells,
  sqlWalletCells,
} from '../row/load-result.ts'
import type { LotRow, WalletRow } from '../row/row.ts'
import { readCall, StoredCalls } from '../row/stored-call.ts'

/** The maximum number of wallets, holds or keys that one query reads. */
const pageSize = 500
/** The approximate maximum number of entries per query for several wallets. */
const entriesPerPage = 5_000
/** The maximum number of entry blocks per query for a single wallet with many entries. */
const blocksPerPage = 50

/** Passes a page of records to the consumer. Resolves when the consumer is ready for the next page. */
export type PutPage = (page: readonly string[]) => Promise<void>

export interface ExportOptions {
  readonly idRetention: number
  readonly now: Instant
  /** Whether to export a snapshot that contains due items that are not booked. */
  readonly allowsDue: boolean
}

interface PlacedWallet {
  readonly number: number
  readonly wallet: WalletLevel
  /** The sequence number of the wallet's last entry. */
  readonly last: number
}

/**
 * Reads the records of an export from a snapshot, and passes them to the consumer in pages. When an item is due and
 * `allowsDue` is false, passes no page.
 */
export class ExportReader {
  readonly #schema: string
  readonly #session: SqlSession
  readonly #options: ExportOptions
  readonly #put: PutPage
  readonly #checksum = new Checksum()
  #records = 0
  /** The instant of the export. */
  #at: Instant = 0
  /** The exported wallets, in the order of their places: place `n` is at index `n - 1`. */
  readonly #wallets: PlacedWallet[] = []
  readonly #byNumber = new Map<number, Place>()
  readonly #byWallet = new WalletMap<Place>()
  /** The lot ordinals of each wallet, by wallet number. The lot with place `n` is at index `n - 1`. */
  readonly #lots = new Map<number, readonly number[]>()
  /** The wallet whose entries were exported last. `lots` maps the ordinals of the wallet's lots to their places. */
  #current: { readonly number: number; readonly lots: ReadonlyMap<number, Place> } | undefined
  readonly #places: Places = {
    placeOf: (wallet) => this.#byWallet.get(wallet) as Place,
    findPlace: (wallet) => this.#byWallet.get(wallet),
    walletAt: (place) => this.#wallets[place - 1]?.wallet,
  }

  readonly #holds = holdRecord(this.#places)
  readonly #keys = keyRecord(this.#places)
  readonly #entries = entryRecord(this.#places)

  constructor(schema: string, session: SqlSession, options: ExportOptions, put: PutPage) {
    this.#schema = schema
    this.#session = session
    this.#options = options
    this.#put = put
  }

  async run(): Promise<void> {
    const { idRetention, now, allowsDue } = this.#options
    const [totals] = await this.#query(
      `select coalesce(max(at), 0)::text as at, coalesce(least(min(due_at), (select min(expires_at) from {schema}.hold
          where state = 'held' and wallet is null)), -1)::text as due,
        coalesce((select known_since from {schema}.retention), 0)::text as known_since
       from {schema}.wallet where version > 0`,
      [],
    )
    const at = Math.max(now, Number(totals?.['at']))
    const due = Number(totals?.['due'])
    if (!allowsDue && due >= 0 && due <= at) return
    this.#at = at
    const endedAfter = at - idRetention
    const knownSince = Math.max(firstInstant, endedAfter, Number(totals?.['known_since']))
    await this.#putPage([writeHeader({ at, knownSince })])
    await this.#findWallets()
    for (let from = 0; from < this.#wallets.length; from += pageSize) await this.#exportWallets(from)
    await this.#exportHolds(endedAfter)
    await this.#exportKeys(endedAfter)
    await this.#exportEntries()
    await this.#put([endRecord.write({ records: this.#records + 1, checksum: this.#checksum.toString() })])
  }

  async #putPage(page: readonly string[]): Promise<void> {
    for (const text of page) this.#checksum.add(text)
    this.#records += page.length
    if (page.length > 0) await this.#put(page)
  }

  async #query(text: string, values: readonly (string | null)[]): Promise<readonly SqlRow[]> {
    return (await this.#session.query(text.replaceAll('{schema}', this.#schema), values)).rows
  }

  /** Assigns a place to every wallet: 1, 2 and so on, in the order of type, id and incarnation. */
  async #findWallets(): Promise<void> {
    const text = `select number::text as number, type, id, incarnation::text as incarnation, sequence::text as last
      from {schema}.wallet w where version > 0 and (w.type, w.id, w.incarnation) > ($1, $2, $3::bigint)
      order by w.type, w.id, w.incarnation limit ${pageSize}`
    for (let after: readonly string[] = ['', '', '-1']; ; ) {
      const rows = await this.#query(text, after)
      for (const row of rows) {
        const [number, wallet] = [Number(row['number']), walletOf(row)]
        this.#wallets.push({ number, wallet, last: Number(row['last']) })
        this.#byNumber.set(number, this.#wallets.length)
        this.#byWallet.set(wallet, this.#wallets.length)
      }
      if (rows.length < pageSize) return
      const end = rows.at(-1) as SqlRow
      after = [String(end['type']), String(end['id']), String(end['incarnation'])]
    }
  }

  async #exportWallets(from: number): Promise<void> {
    const numbers = this.#wallets.slice(from, from + pageSize).map(({ number }) => number)
    // A grant that was revoked before it took effect has no entries, and is left out.
    const lots = `(select json_agg(${sqlLotCells} order by l.ordinal)
      from {schema}.lot l where l.wallet = w.number and (l.state <> 'revoked'
        or exists (select from {schema}.entry_block b where b.wallet = l.wallet and l.ordinal = any (b.lot))))`
    const rows = await this.#query(
      `select ${sqlWalletCells('null', lots)}::text as cells
       from unnest($1::bigint[]) with ordinality n (number, place) join {schema}.wallet w on w.number = n.number
       order by n.place`,
      [`{${numbers.join(',')}}`],
    )
    await this.#putPage(parsed(() => rows.flatMap(({ cells }) => this.#walletRecords(readWallet(parseCells(cells))))))
  }

  #walletRecords({ number, wallet, parent, terms, sequence, amounts, allowances, lots }: WalletRow): readonly string[] {
    const ordinals = lots.map(({ order }) => order)
    if (lots.length > 0) this.#lots.set(number, ordinals)
    const exported = allowances.map((allowance): ExportedAllowance => {
      const place = allowance.lot === undefined ? 0 : ordinals.indexOf(allowance.lot) + 1
      return { ...allowance, lot: place === 0 ? undefined : place }
    })
    const place = parent === undefined ? undefined : this.#byNumber.get(parent)
    const row = { wallet, parent: place, terms, balance: { sequence, ...amounts }, allowances: exported }
    return [walletRecord.write(row), ...lots.map((lot) => lotRecord.write(this.#exportedLot(lot)))]
  }

  /** Returns the row of a lot. A lot that is not open may still be called live after its expiry. */
  #exportedLot(lot: LotRow): ExportedLot {
    return lot.state === 'live' && !lot.isOpen && lot.expiresAt <= this.#at ? { ...lot, state: 'expired' } : lot
  }

  async #exportHolds(endedAfter: Instant): Promise<void> {
    const text = `select id, ${sqlHoldCells}::text as cells from {schema}.hold h
      where h.id > $1 and (h.state = 'held' or h.ended_at > $2::bigint) order by h.id limit ${pageSize}`
    for await (const page of this.#pages(text, endedAfter)) {
      await this.#putPage(parsed(() => page.map((cells) => this.#holdRecord(parseCells(cells)))))
    }
  }

  #holdRecord(cells: Cells): string {
    const wallets = {
      get: (number: number) => this.#wallets[(this.#byNumber.get(number) ?? 0) - 1]?.wallet,
    }
    const hold = readHold(cells, wallets)
    const path = hold.path.map((number) => this.#byNumber.get(number) as Place)
    return this.#holds.write({ ...hold, path })
  }

  async #exportKeys(endedAfter: Instant): Promise<void> {
    const text = `select key as id, ${sqlKeyCells}::text as cells from {schema}.key k
      where k.key > $1 and (k.type = 'grant' or k.ended_at > $2::bigint) order by k.key limit ${pageSize}`
    for await (const page of this.#pages(text, endedAfter)) {
      await this.#putPage(parsed(() => page.map((cells) => this.#keys.write(readKey(parseCells(cells))))))
    }
  }

  async *#pages(text: string, endedAfter: Instant): AsyncGenerator<readonly unknown[], undefined> {
    for (let after = ''; ; ) {
      const rows = await this.#query(text, [after, String(endedAfter)])
      yield rows.map(({ cells }) => cells)
      if (rows.length < pageSize) return
      after = String(rows.at(-1)?.['id'])
    }
  }

  /**
   * Exports all entries. Reads wallets with few entries together, and each wallet with many entries alone, in pages.
   */
  async #exportEntries(): Promise<void> {
    for (let from = 0; from < this.#wallets.length; ) {
      let [to, count] = [from, 0]
      for (; to < this.#wallets.length && to - from < pageSize; to += 1) {
        count += this.#wallets[to]?.last ?? 0
        if (count > entriesPerPage) break
      }
      const wallets = this.#wallets.slice(from, Math.max(to, from + 1))
      const [first] = wallets
      if (wallets.length === 1 && first !== undefined) {
        for (let after = 0; after < first.last; ) after = await this.#exportBlocks([first.number], after)
      } else
        await this.#exportBlocks(
          wallets.map(({ number }) => number),
          0,
        )
      from += wallets.length
    }
  }

  /**
   * Exports the entries of wallets, starting with the first block with a sequence number above `after`. For a single
   * wallet, exports at most `blocksPerPage` blocks. Returns the sequence number of the last exported entry, or infinity
   * when no block was found.
   */
  async #exportBlocks(numbers: readonly number[], after: number): Promise<number> {
    const limit = numbers.length === 1 ? blocksPerPage : Number.MAX_SAFE_INTEGER
    const rows = await this.#query(
      `select b.wallet::text as wallet, b.last::text as last,
         json_build_array(b.at, b.code, b.amount::text[], b.lot, b.hold, b.details::json)::text as columns, b.calls
       from unnest($1::bigint[]) with ordinality n (number, place) cross join lateral (
         select * from {schema}.entry_block where wallet = n.number and last > $2::bigint order by last limit $3::bigint) b
       order by n.place, b.last`,
      [`{${numbers.join(',')}}`, String(after), String(limit)],
    )
    if (rows.length === 0) return Number.POSITIVE_INFINITY
    await this.#putPage(parsed(() => rows.flatMap((row) => this.#blockRecords(row))))
    return Number(rows.at(-1)?.['last'])
  }

  /**
   * Returns the places of a wallet's lots, by ordinal. Caches the map of the latest wallet, because its blocks are
   * exported consecutively.
   */
  #lotsOf(number: number): ReadonlyMap<number, Place> {
    if (this.#current?.number !== number) {
      this.#current = { number, lots: new Map(this.#lots.get(number)?.map((ordinal, i) => [ordinal, i + 1])) }
    }
    return this.#current.lots
  }

  #blockRecords({ wallet, last, columns, calls: callsText }: SqlRow): readonly string[] {
    const number = Number(wallet)
    const place = this.#byNumber.get(number) as Place
    const lots = this.#lotsOf(number)
    const [ats, codes, amounts, ordinals, holds, details] = JSON.parse(String(columns)) as [
      readonly number[],
      readonly number[],
      readonly string[],
      readonly number[],
      readonly (string | null)[],
      Readonly<Record<number, readonly [only: readonly string[] | null, refunds: number | null]>> | null,
    ]
    const calls = new StoredCalls(callsText === null ? null : String(callsText))
    return amounts.map((amount, i) => {
      const [only, refunds] = details?.[Number(last) - amounts.length + i + 1] ?? []
      const hold = holds[i] ?? undefined
      const call = hold === undefined ? undefined : calls.at(i)
      return this.#entries.write({
        wallet: place,
        at: ats[i] as number,
        ...readEntryCode(codes[i] as number),
        amount: BigInt(amount),
        lot: lots.get(ordinals[i] as number),
        hold,
        call: call && readCall(call, (one) => this.#wallets[(this.#byNumber.get(one) ?? 0) - 1]?.wallet),
        only: only ?? undefined,
        refunds: refunds ?? undefined,
      })
    })
  }
}

function parseCells(text: unknown): Cells {
  return JSON.parse(String(text)) as Cells
}
