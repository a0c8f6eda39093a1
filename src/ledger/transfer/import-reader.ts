import type { Instant } from '../../model/value/instant.ts'
import { quote } from '../../model/value/quote.ts'
import type { Grant, Settle } from '../../port/ledger-request.ts'
import type { Settled } from '../../port/ledger-result.ts'
import { defaultPriority } from '../operation/grant.ts'
import { pathLimit } from '../operation/put-wallet.ts'
import { isSameCall, isSameTags, isSameWallet } from '../same.ts'
import { WalletMap } from '../storage/wallet-map.ts'
import { idTextOf, isPrincipal } from '../wallet-level.ts'
import { Checksum } from './checksum.ts'
import { faultOfEntry } from './entry-rule.ts'
import { faultOfAnswer, faultOfHold, ImportedHold } from './imported-hold.ts'
import { type ImportedLot, ImportedWallet } from './imported-wallet.ts'
import { compareText, compareWallet } from './order.ts'
import { orderOfHolds } from './order-of-holds.ts'
import { type ExportedEnd, endRecord } from './record/end.ts'
import type { ExportedEntry } from './record/entry.ts'
import { entryRecord } from './record/entry.ts'
import { type ExportedHeader, exportFormat, exportVersion, headerRecord } from './record/header.ts'
import type { ExportedHold } from './record/hold.ts'
import { holdRecord } from './record/hold.ts'
import type { ExportedKey } from './record/key.ts'
import { keyRecord } from './record/key.ts'
import type { ExportedLot } from './record/lot.ts'
import { lotRecord } from './record/lot.ts'
import type { Place, Places } from './record/place.ts'
import type { RecordCodec } from './record/record.ts'
import type { ExportedWallet } from './record/wallet.ts'
import { walletRecord } from './record/wallet.ts'

/** Callbacks that `ImportReader` calls while it reads an export. */
export interface ImportListener {
  /** Called when all wallets, lots, holds and keys were read. After this call, only entries follow. */
  opened(): void
  /**
   * Called for each valid entry. `sequence` is the number of the entry within its wallet. `hold` is the hold to which
   * the entry belongs, if this hold is known.
   */
  entry(row: ExportedEntry, sequence: number, hold: ImportedHold | undefined): void
}

type RecordKind = 'header' | 'wallet' | 'lot' | 'hold' | 'key' | 'entry' | 'end'
/**
 * The kinds of records in the order of an export. The kind `lot` is absent, because lot records follow the record of
 * their wallet.
 */
const order: readonly RecordKind[] = ['header', 'wallet', 'hold', 'key', 'entry', 'end']
const wallets = order.indexOf('wallet')

/**
 * Reads and validates an export, record by record.
 *
 * The checksum only detects accidental damage, and `verify` only compares amounts. The checks here also reject an
 * export with a recomputed checksum that `verify` would accept, when it contains:
 * - records in another order or form, so that every export has exactly one form;
 * - references to missing wallets, lots or keys;
 * - results of settles that contradict the entries, because `verify` does not read results;
 * - histories that the kernel cannot produce.
 *
 * Example: the result of a final settle whose `returned` was raised by one passes `verify`, and a retry of the settle
 * would report the raised amount. The forgery law in `test/law/ledger/transfer.test.ts` changes every field and lists
 * the fields that can change unnoticed.
 */
export class ImportReader {
  header: Pick<ExportedHeader, 'at' | 'knownSince'> = { at: 0, knownSince: 0 }
  readonly wallets: ImportedWallet[] = []
  readonly holds = new Map<string, ImportedHold>()
  readonly keys: ExportedKey[] = []
  /** The open holds, sorted into a possible order of creation. Empty until the end record is read. */
  held: readonly ImportedHold[] = []
  /** The number of records read. */
  records = 0
  readonly #listener: ImportListener
  readonly #checksum = new Checksum()
  #phase = -1
  #lastHold = ''
  #lastKey = ''
  #lastWallet: Place = 1
  #isOpened = false
  /** The imported lots that still need a matching key record, by grant key. */
  readonly #granted = new Map<string, readonly [ImportedWallet, ExportedLot]>()
  /** For each wallet, its open holds in the order of their first entries. */
  readonly #heldAt = new Map<Place, ImportedHold[]>()
  /** The places of the wallets read so far. */
  readonly places: Places = {
    walletAt: (place) => this.wallets[place - 1]?.row.wallet,
    placeOf: (wallet) => this.#byWallet.get(wallet) ?? 0,
    findPlace: (wallet) => this.#byWallet.get(wallet),
  }
  readonly #byWallet = new WalletMap<Place>()
  readonly #entryRecord = entryRecord(this.places)
  readonly #holdRecord = holdRecord(this.places)
  readonly #keyRecord = keyRecord(this.places)

  constructor(listener: ImportListener) {
    this.#listener = listener
  }

  /** Whether the end record was read. */
  get isDone(): boolean {
    return this.#phase === order.length - 1
  }

  /** Reads the next record. Returns the problem with an invalid record, or `undefined`. */
  take(text: unknown): string | undefined {
    this.records += 1
    if (typeof text !== 'string') return 'is not a string'
    const value = parseJson(text)
    if (value === undefined) return 'is not a JSON object'
    const kind = Reflect.get(value, 'record')
    const phase = order.indexOf(kind === 'lot' ? 'wallet' : kind)
    if (phase < 0) return `is of an unknown kind: ${quote(String(kind))}`
    if (this.isDone) return 'comes after the end'
    if (phase < this.#phase || (this.#phase < 0 && phase > 0) || (phase === 0 && this.#phase === 0))
      return 'is out of order'
    const fault = this.#enter(phase) ?? this.#takeRecord(kind as RecordKind, value, text)
    this.#checksum.add(text)
    return fault
  }

  #takeRecord(kind: RecordKind, value: object, text: string): string | undefined {
    if (kind === 'header') return takeRow(headerRecord, value, text, (row) => this.#takeHeader(row))
    if (kind === 'wallet') return takeRow(walletRecord, value, text, (row) => this.#takeWallet(row))
    if (kind === 'lot') return takeRow(lotRecord, value, text, (row) => this.#takeLot(row))
    if (kind === 'hold') return takeRow(this.#holdRecord, value, text, (row) => this.#takeHold(row))
    if (kind === 'key') return takeRow(this.#keyRecord, value, text, (row) => this.#takeKey(row))
    if (kind === 'entry') return takeRow(this.#entryRecord, value, text, (row) => this.#takeEntry(row))
    return takeRow(endRecord, value, text, (row) => this.#takeEnd(row))
  }

  /**
   * Starts reading records of the kind `order[phase]`. Checks the wallets and their parents after the last wallet and
   * lot. Returns the problem, or `undefined`.
   */
  #enter(phase: number): string | undefined {
    const before = this.#phase
    this.#phase = phase
    if (phase > wallets && before <= wallets) return this.#closeWallets()
    return undefined
  }

  #takeHeader(row: ExportedHeader): string | undefined {
    const { format, version } = row
    if (format !== exportFormat) return 'is not the header of a ledger export'
    if (version !== exportVersion) return `is of version ${version}, which this ledger does not know`
    this.header = row
    return row.knownSince > row.at ? 'has an instant outside the allowed time' : undefined
  }

  #takeWallet(row: ExportedWallet): string | undefined {
    const before = this.wallets.at(-1)
    if (before !== undefined && compareWallet(before.row.wallet, row.wallet) >= 0) return misplaced
    this.wallets.push(new ImportedWallet(row, this.header.at))
    this.#byWallet.set(row.wallet, this.wallets.length)
    return undefined
  }

  #takeLot(row: ExportedLot): string | undefined {
    const wallet = this.wallets.at(-1)
    if (wallet === undefined) return misplaced
    if (row.kind !== 'allowance' && row.kind !== 'refund') {
      if (this.#granted.has(row.grant)) return 'occurs twice'
      this.#granted.set(row.grant, [wallet, row])
    }
    return wallet.addLot(row)
  }

  #closeWallets(): string | undefined {
    for (const { row } of this.wallets) {
      let depth = 1
      for (let above = row.parent; above !== undefined; above = this.wallets[above - 1]?.row.parent) {
        depth += 1
        if (depth > pathLimit || this.wallets[above - 1] === undefined)
          return `finds wallet ${quote(idTextOf(row.wallet))} below a missing parent, or below too many levels`
      }
    }
    return undefined
  }

  #takeHold(row: ExportedHold): string | undefined {
    if (compareText(this.#lastHold, row.id) >= 0) return misplaced
    this.#lastHold = row.id
    if (row.path.some((place) => this.wallets[place - 1] === undefined))
      return 'names a wallet that is not in the export'
    const { answer } = row
    const hold = new ImportedHold(row)
    this.holds.set(row.id, hold)
    const fault = faultOfHold(row, this.header.at) ?? this.#findFaultOfCall(row)
    if (fault !== undefined || answer === undefined) return fault
    return this.#isOfPath(answer, row) ? faultOfAnswer(answer, hold.final) : 'has a result for another path'
  }

  /** Checks that a hold is booked at wallets that its call names, and at the wallet of each principal that it names. */
  #findFaultOfCall({ path, call }: ExportedHold): string | undefined {
    if (call === undefined) return undefined
    const places = call.path.map((level) => this.#byWallet.get(level) ?? 0)
    const isBooked = call.path.every((level, i) => !isPrincipal(level) || path.includes(places[i] ?? 0))
    const [lowest = 0] = path
    return isBooked && (path.length === 0 || places.includes(lowest))
      ? undefined
      : 'has a path that its call does not name'
  }

  #isOfPath({ levels }: Settled, { path }: ExportedHold): boolean {
    return (
      levels.length === path.length &&
      levels.every(({ wallet }, level) => wallet === this.places.walletAt(path[level] ?? 0))
    )
  }

  #takeKey(row: ExportedKey): string | undefined {
    const { key, type, request, answer, endedAt } = row
    if (compareText(this.#lastKey, key) >= 0) return misplaced
    this.#lastKey = key
    if (endedAt > this.header.at) return 'has an instant outside the allowed time'
    this.keys.push(row)
    if (type === 'grant') return this.#takeGrant(request as Grant, endedAt)
    if (type !== 'settle') return undefined
    const { hold, amount } = request as Settle
    const imported = this.holds.get(hold)
    const settled = answer as Settled
    // A hold that was created later than the settle is a different hold with a reused id.
    if (imported !== undefined && imported.row.createdAt <= endedAt) {
      if (!this.#isOfPath(settled, imported.row)) return 'has a result for another path'
      imported.addPart(settled)
    }
    return faultOfAnswer(settled, amount)
  }

  /**
   * Returns the problem if the request of a grant differs from the imported lot of the grant. Otherwise returns
   * `undefined`.
   */
  #takeGrant(request: Grant, madeAt: Instant): string | undefined {
    const found = this.#granted.get(request.key)
    if (found === undefined) return undefined
    this.#granted.delete(request.key)
    const [wallet, lot] = found
    const { amount, kind = 'paid', priority = defaultPriority, effectiveAt = madeAt, expiresAt, only } = request
    const isSame =
      isSameWallet(wallet.row.wallet, request.wallet) &&
      lot.amount === amount &&
      lot.kind === kind &&
      lot.priority === priority &&
      lot.effectiveAt === Math.max(madeAt, effectiveAt) &&
      lot.expiresAt === (expiresAt ?? Number.POSITIVE_INFINITY) &&
      isSameTags(lot.only, only)
    if (!isSame) return 'has a request that differs from its lot'
    return lot.expiresAt <= madeAt ? 'is of a grant that had already expired' : undefined
  }

  #takeEntry(row: ExportedEntry): string | undefined {
    const wallet = this.wallets[row.wallet - 1]
    if (wallet === undefined || row.wallet < this.#lastWallet) return misplaced
    this.#lastWallet = row.wallet
    if (row.at > this.header.at) return 'has an instant outside the allowed time'
    const fault = faultOfEntry(row) ?? wallet.add(row)
    if (fault !== undefined) return fault
    const found = row.hold === undefined ? undefined : this.holds.get(row.hold)
    const hold = found?.isOwn(row) === true ? found : undefined
    if (hold !== undefined && !this.#addToHold(hold, row, wallet.sums.sequence))
      return 'names a hold whose path does not include its wallet'
    if (hold !== undefined && !isSameCall(hold.row.call, row.call)) return 'names another call than its hold'
    this.#open()
    this.#listener.entry(row, wallet.sums.sequence, hold)
    return undefined
  }

  #addToHold(hold: ImportedHold, { wallet, ...entry }: ExportedEntry, sequence: number): boolean {
    const level = hold.row.path.indexOf(wallet)
    if (level < 0) return false
    if (hold.row.state === 'held' && hold.entries.every((one) => one.level !== level)) {
      const made = this.#heldAt.get(wallet)
      if (made === undefined) this.#heldAt.set(wallet, [hold])
      else made.push(hold)
    }
    hold.entries.push({ ...entry, level, sequence })
    return true
  }

  #takeEnd({ records, checksum }: ExportedEnd): string | undefined {
    if (records !== this.records) return `ends an export of ${records} records, but ${this.records} were read`
    if (checksum !== this.#checksum.toString()) return 'has another checksum: records were changed'
    const fault = this.#findFault()
    if (fault === undefined) this.#open()
    return fault
  }

  /** Checks all records against each other. Returns the first contradiction, or `undefined`. */
  #findFault(): string | undefined {
    const reserved = new Map<Place, bigint>()
    const ofLots = new Map<ImportedLot, bigint>()
    for (const hold of this.holds.values()) {
      const fault = hold.findFault(this.wallets) ?? this.#findFaultOfSlices(hold)
      if (fault !== undefined) return `finds that hold ${quote(hold.row.id)} ${fault}`
      for (const place of hold.row.path) reserved.set(place, (reserved.get(place) ?? 0n) + hold.row.held)
      for (const { level, lot: place, amount } of hold.slices) {
        const lot = this.wallets[(hold.row.path[level] ?? 0) - 1]?.lots[(place ?? 0) - 1]
        if (lot !== undefined) ofLots.set(lot, (ofLots.get(lot) ?? 0n) + amount)
      }
    }
    for (const [i, wallet] of this.wallets.entries()) {
      const isHeld =
        wallet.row.balance.reserved === (reserved.get(i + 1) ?? 0n) &&
        wallet.lots.every((lot) => lot.row.reserved === (ofLots.get(lot) ?? 0n))
      const fault = isHeld ? wallet.findFault() : 'has a reserved amount that differs from its open holds'
      if (fault !== undefined) return `finds that wallet ${quote(idTextOf(wallet.row.wallet))} ${fault}`
    }
    const [unnamed] = this.#granted.keys()
    if (unnamed !== undefined) return `finds no key of grant ${quote(unnamed)}`
    const underWay = [...this.holds.values()].filter(({ row }) => row.state === 'held')
    const held = orderOfHolds(underWay, [...this.#heldAt.values()])
    if (held === undefined) return 'finds holds with contradictory orders of creation'
    this.held = held
    return undefined
  }

  #findFaultOfSlices({ row, slices }: ImportedHold): string | undefined {
    if (row.state !== 'held') return slices.length === 0 ? undefined : 'has ended and still holds credits'
    const isOver = row.path.some((place) => row.expiresAt <= (this.wallets[place - 1]?.lastAt ?? 0))
    return isOver ? 'must have lapsed already' : undefined
  }

  #open(): void {
    if (this.#isOpened) return
    this.#isOpened = true
    this.#listener.opened()
  }
}

const misplaced = 'is out of order, or occurs twice'
const strange = 'is not in the form that a ledger writes'

/**
 * Parses a record and passes the row to `take`. Rejects a record that differs from the serialized form of its row.
 * Every row therefore has exactly one form, and no field is ignored.
 */
function takeRow<Row>(
  codec: RecordCodec<Row>,
  value: object,
  text: string,
  take: (row: Row) => string | undefined,
): string | undefined {
  const read = codec.read(value)
  if (!read.ok) return read.problem
  return codec.write(read.row) === text ? take(read.row) : strange
}

function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
