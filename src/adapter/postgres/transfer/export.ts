import { Checksum } from '../../../ledger/transfer/checksum.ts'
import type { ExportedAllowance, Place, Places } from '../../../ledger/transfer/exported.ts'
import {
  writeEnd,
  writeEntry,
  writeHeader,
  writeHold,
  writeKey,
  writeLot,
  writeWallet,
} from '../../../ledger/transfer/write-record.ts'
import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { LedgerError } from '../../../port/ledger-error.ts'
import { inStep } from '../../transfer/in-step.ts'
import { disableTimeouts } from '../client/disable-timeouts.ts'
import { failureOfRead } from '../client/failure.ts'
import type { SqlClient, SqlRow, SqlSession } from '../client/sql-client.ts'
import { readEntryCode } from '../row/entry-code.ts'
import { type Cells, readHold, readKey, readWallet } from '../row/load-result.ts'
import type { WalletRow } from '../row/row.ts'
import { WalletMap } from '../row/wallet-map.ts'

/** How many wallets, holds or keys are read at once, and about how many entries. */
const pageSize = 500
const entriesAtOnce = 5_000
/** How many sheets of a wallet with many entries are read at once. */
const sheetsAtOnce = 50

type Put = (page: readonly string[]) => Promise<void>

/** What is exported, and from where. */
export interface ExportSource {
  readonly client: SqlClient
  /** The quoted name of the schema. */
  readonly schema: string
  readonly idRetention: number
  readonly now: () => Instant
  /** Books everything that is due by an instant. */
  readonly book: (at: Instant) => Promise<void>
}

/** How often everything due is booked anew because something else came due before the snapshot, until that is carried as it is. */
const bookings = 8

/**
 * The texts of an export, as of one snapshot. Its memory grows with the wallets and the grants, not with the holds or the
 * entries; but where nobody else has a connection, all texts are made before the first is given, so that whoever reads them
 * may ask the ledger meanwhile.
 */
export async function* exportStore(source: ExportSource): AsyncGenerator<string, undefined> {
  const { client, schema, idRetention } = source
  for (let tries = 1; ; tries += 1) {
    const now = source.now()
    await source.book(now)
    const options = { idRetention, now, mayBeDue: tries === bookings }
    const run = (put: Put) => inSnapshot(client, (session) => new ExportReader(schema, session, options, put).run())
    let isOut = false
    for await (const page of client.isShared === false ? await gathered(run) : inStep(run)) {
      isOut = true
      yield* page
    }
    if (isOut) return
  }
}

async function inSnapshot(client: SqlClient, run: (session: SqlSession) => Promise<void>): Promise<void> {
  try {
    await client.transaction(async (session) => {
      // The first statement, so that all that follow see one moment.
      await session.query('set transaction isolation level repeatable read', [])
      await disableTimeouts(session)
      await run(session)
    })
  } catch (cause) {
    throw failureOfRead(cause)
  }
}

async function gathered(run: (put: Put) => Promise<void>): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = []
  await run(async (page) => {
    pages.push(page)
  })
  return pages
}

interface ExportRun {
  readonly idRetention: number
  readonly now: Instant
  /** Whether what is due at the moment of the snapshot may stay unbooked. */
  readonly mayBeDue: boolean
}

/** Puts out an export, page by page: nothing at all where something is due that may not be. */
class ExportReader {
  readonly #schema: string
  readonly #session: SqlSession
  readonly #options: ExportRun
  readonly #put: Put
  readonly #seal = new Checksum()
  #records = 0
  /** The wallets by place. */
  readonly #wallets: { readonly number: number; readonly wallet: LedgerWallet; readonly last: number }[] = []
  readonly #byNumber = new Map<number, Place>()
  readonly #byName = new WalletMap<Place>()
  /** The ordinals of the lots of each wallet that has some, in the order of their places. */
  readonly #lots = new Map<number, readonly number[]>()
  #current: { readonly number: number; readonly lots: ReadonlyMap<number, Place> } | undefined
  readonly #places: Places = {
    placeOf: (wallet) => this.#byName.get(wallet) as Place,
    walletAt: (place) => this.#wallets[place - 1]?.wallet,
  }

  constructor(schema: string, session: SqlSession, options: ExportRun, put: Put) {
    this.#schema = schema
    this.#session = session
    this.#options = options
    this.#put = put
  }

  async run(): Promise<void> {
    const { idRetention, now, mayBeDue } = this.#options
    const [moment] = await this.#ask(
      `select coalesce(max(at), 0)::text as at, coalesce(min(due_at), -1)::text as due,
        coalesce((select known_since from {schema}.retention), 0)::text as known_since
       from {schema}.wallet where version > 0`,
      [],
    )
    const at = Math.max(now, Number(moment?.['at']))
    const due = Number(moment?.['due'])
    if (!mayBeDue && due >= 0 && due <= at) return
    const before = at - idRetention
    await this.#putOut([writeHeader({ at, knownSince: Math.max(0, before, Number(moment?.['known_since'])) })])
    await this.#findWallets()
    for (let from = 0; from < this.#wallets.length; from += pageSize) await this.#carryWallets(from)
    await this.#carryHolds(before)
    await this.#carryKeys(before)
    await this.#carryEntries()
    await this.#put([writeEnd(this.#records + 1, this.#seal.toString())])
  }

  async #putOut(page: readonly string[]): Promise<void> {
    for (const text of page) this.#seal.add(text)
    this.#records += page.length
    if (page.length > 0) await this.#put(page)
  }

  async #ask(text: string, values: readonly (string | null)[]): Promise<readonly SqlRow[]> {
    return (await this.#session.query(text.replaceAll('{schema}', this.#schema), values)).rows
  }

  /** Gives every wallet its place. */
  async #findWallets(): Promise<void> {
    const text = `select number::text as number, type, id, incarnation::text as incarnation, sequence::text as last
      from {schema}.wallet w where version > 0 and (w.type, w.id, w.incarnation) > ($1, $2, $3::bigint)
      order by w.type, w.id, w.incarnation limit ${pageSize}`
    for (let after: readonly string[] = ['', '', '-1']; ; ) {
      const rows = await this.#ask(text, after)
      for (const { number, type, id, incarnation, last } of rows) {
        const wallet = { type: type as LedgerWallet['type'], id: String(id), incarnation: Number(incarnation) }
        this.#wallets.push({ number: Number(number), wallet, last: Number(last) })
        this.#byNumber.set(Number(number), this.#wallets.length)
        this.#byName.set(wallet, this.#wallets.length)
      }
      if (rows.length < pageSize) return
      const end = rows.at(-1) as SqlRow
      after = [String(end['type']), String(end['id']), String(end['incarnation'])]
    }
  }

  async #carryWallets(from: number): Promise<void> {
    const numbers = this.#wallets.slice(from, from + pageSize).map(({ number }) => number)
    // A grant that was revoked before it was effective never brought anything, and nothing is said of it anywhere.
    const rows = await this.#ask(
      `select json_build_array(
        w.number, w.type, w.id, w.incarnation, w.version, w.sequence, w.granted::text, w.drawn::text, w.overdraft::text,
        w.written_off::text, w.available::text, w.reserved::text, w.spent::text, w.expired::text, w.revoked::text,
        w.at, w.ordinal, w.parent, w.terms, w.allowances, w.cap_spent::text, w.cap_starts_at, w.cap_ends_at, null,
        (select json_agg(json_build_array(
          l.ordinal, l.name, l.period, l.kind, l.priority, l.effective_at, l.expires_at, l.tags, l.amount::text,
          l.available::text, l.reserved::text, l.state) order by l.ordinal)
          from {schema}.lot l where l.wallet = w.number and (l.state <> 'revoked'
            or exists (select from {schema}.sheet s where s.wallet = l.wallet and l.ordinal = any (s.lot)))))::text as cells
       from unnest($1::bigint[]) with ordinality n (number, place) join {schema}.wallet w on w.number = n.number
       order by n.place`,
      [`{${numbers.join(',')}}`],
    )
    await this.#putOut(read(() => rows.flatMap(({ cells }) => this.#walletTexts(readWallet(cellsOf(cells))))))
  }

  #walletTexts({ number, wallet, parent, terms, sequence, amounts, allowances, lots }: WalletRow): readonly string[] {
    const ordinals = lots.map(({ order }) => order)
    if (lots.length > 0) this.#lots.set(number, ordinals)
    const carried = allowances.map((one): ExportedAllowance => {
      const lot = one.lot === undefined ? -1 : ordinals.indexOf(one.lot)
      return { ...one, lot: lot < 0 ? undefined : lot + 1 }
    })
    const place = parent === undefined ? undefined : this.#byNumber.get(parent)
    const row = { wallet, parent: place, terms, balance: { sequence, ...amounts }, allowances: carried }
    return [writeWallet(row), ...lots.map(writeLot)]
  }

  async #carryHolds(before: Instant): Promise<void> {
    const text = `select id, json_build_array(
        h.id, h.path, h.state, h.amount::text, h.held::text, h.spent::text, h.refunded::text, h.created_at,
        h.expires_at, h.ended_at, h.body)::text as cells
      from {schema}.hold h where h.id > $1 and (h.state = 'held' or h.ended_at > $2::bigint) order by h.id limit ${pageSize}`
    for await (const cells of this.#pages(text, before)) {
      await this.#putOut(read(() => cells.map((one) => this.#holdText(cellsOf(one)))))
    }
  }

  #holdText(cells: Cells): string {
    const wallets = {
      get: (number: number) => this.#wallets[(this.#byNumber.get(number) ?? 0) - 1]?.wallet,
    }
    const hold = readHold(cells, wallets)
    const path = hold.path.map((number) => this.#byNumber.get(number) as Place)
    return writeHold({ ...hold, path }, this.#places)
  }

  async #carryKeys(before: Instant): Promise<void> {
    const text = `select key as id, json_build_array(k.key, k.type, k.request, k.answer, k.ended_at)::text as cells
      from {schema}.key k where k.key > $1 and (k.type = 'grant' or k.ended_at > $2::bigint) order by k.key limit ${pageSize}`
    for await (const cells of this.#pages(text, before)) {
      await this.#putOut(read(() => cells.map((one) => writeKey(readKey(cellsOf(one)), this.#places))))
    }
  }

  async *#pages(text: string, before: Instant): AsyncGenerator<readonly unknown[], undefined> {
    for (let after = ''; ; ) {
      const rows = await this.#ask(text, [after, String(before)])
      yield rows.map(({ cells }) => cells)
      if (rows.length < pageSize) return
      after = String(rows.at(-1)?.['id'])
    }
  }

  /** The entries of several wallets at once, where they are few, or of one wallet in pages. */
  async #carryEntries(): Promise<void> {
    for (let from = 0; from < this.#wallets.length; ) {
      let [to, count] = [from, 0]
      for (; to < this.#wallets.length && to - from < pageSize; to += 1) {
        count += this.#wallets[to]?.last ?? 0
        if (count > entriesAtOnce) break
      }
      const wallets = this.#wallets.slice(from, Math.max(to, from + 1))
      const [first] = wallets
      if (wallets.length === 1 && first !== undefined) {
        for (let after = 0; after < first.last; ) after = await this.#carrySheets([first.number], after)
      } else
        await this.#carrySheets(
          wallets.map(({ number }) => number),
          0,
        )
      from += wallets.length
    }
  }

  /** Carries the entries of wallets after a number. Says which was the last of the last wallet. */
  async #carrySheets(numbers: readonly number[], after: number): Promise<number> {
    const limit = numbers.length === 1 ? sheetsAtOnce : Number.MAX_SAFE_INTEGER
    const rows = await this.#ask(
      `select s.wallet::text as wallet, s.last::text as last,
         json_build_array(s.at, s.movement, s.amount::text[], s.lot, s.hold)::text as columns
       from unnest($1::bigint[]) with ordinality n (number, place) cross join lateral (
         select * from {schema}.sheet where wallet = n.number and last > $2::bigint order by last limit $3::bigint) s
       order by n.place, s.last`,
      [`{${numbers.join(',')}}`, String(after), String(limit)],
    )
    if (rows.length === 0) return Number.POSITIVE_INFINITY
    await this.#putOut(read(() => rows.flatMap((row) => this.#sheetTexts(row))))
    return Number(rows.at(-1)?.['last'])
  }

  /** The places of the lots of a wallet, by ordinal: kept for the sheets that follow. */
  #lotsOf(number: number): ReadonlyMap<number, Place> {
    if (this.#current?.number !== number) {
      this.#current = { number, lots: new Map(this.#lots.get(number)?.map((ordinal, i) => [ordinal, i + 1])) }
    }
    return this.#current.lots
  }

  #sheetTexts({ wallet, columns }: SqlRow): readonly string[] {
    const number = Number(wallet)
    const place = this.#byNumber.get(number) as Place
    const lots = this.#lotsOf(number)
    const [at, movement, amount, lot, hold] = JSON.parse(String(columns)) as [
      readonly number[],
      readonly number[],
      readonly string[],
      readonly number[],
      readonly (string | null)[],
    ]
    return amount.map((moved, i) => {
      const id = hold[i] ?? undefined
      return writeEntry({
        wallet: place,
        at: at[i] as number,
        ...readEntryCode(movement[i] as number),
        amount: BigInt(moved),
        lot: lots.get(lot[i] as number),
        ...(id === undefined ? {} : { hold: id }),
      })
    })
  }
}

function cellsOf(text: unknown): Cells {
  return JSON.parse(String(text)) as Cells
}

/** @throws {LedgerError} when what the database holds cannot be read */
function read<T>(rows: () => T): T {
  try {
    return rows()
  } catch (cause) {
    throw new LedgerError('ledger_corrupt', 'not_applied', 'the database holds what no ledger wrote', { cause })
  }
}
