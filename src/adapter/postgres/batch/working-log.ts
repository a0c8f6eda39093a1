import type { Account, Lot } from '../../../ledger/storage/account.ts'
import { type EntryKind, meaningOf } from '../../../ledger/storage/entry-kind.ts'
import type { EntryDetails, EntryStore, HoldOfEntry } from '../../../ledger/storage/entry-store.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { CallDetails } from '../../../port/ledger-result.ts'

interface Row {
  readonly account: Account
  readonly kind: EntryKind
  readonly amount: bigint
  readonly at: Instant
  readonly lot: Lot | undefined
  readonly hold: HoldOfEntry | undefined
  readonly before: number
  readonly beforeOfHold: number
  readonly sequence: number
  readonly details: EntryDetails | undefined
  refunded: bigint
}

/** A stored cost entry: what a new entry has, and its number and the sum of its refunds. */
interface StoredCost extends Pick<Row, 'account' | 'kind' | 'amount' | 'at' | 'lot' | 'sequence' | 'refunded'> {
  readonly only: readonly string[] | undefined
}

/** The entry log of one batch. Stores entries as objects, because a batch has few entries. */
export class WorkingLog implements EntryStore {
  readonly #rows: Row[] = []
  /** The rows of the stored cost entries, by sequence. */
  readonly #stored = new Map<Account, Map<number, number>>()
  /** The stored costs that requests name by an entry, by the sequence of this entry. */
  readonly #costs = new Map<Account, Map<number, NamedRows>>()
  /** The rows of the costs that the batch itself has booked. */
  readonly #own: number[] = []

  get length(): number {
    return this.#rows.length
  }

  endImport(): void {}

  add(
    account: Account,
    kind: EntryKind,
    amount: bigint,
    at: Instant,
    lot: Lot | undefined,
    hold: HoldOfEntry | undefined,
    details?: EntryDetails,
  ): void {
    const row = this.length
    const before = account.lastRow
    const beforeOfHold = hold === undefined ? -1 : hold.lastRow
    account.lastRow = row
    account.sequence += 1
    const { sequence } = account
    const refunded = 0n
    this.#rows.push({
      account,
      kind,
      amount,
      at,
      lot,
      hold,
      before,
      beforeOfHold,
      sequence,
      details,
      refunded,
    })
    if (hold !== undefined) hold.lastRow = row
    if (meaningOf(kind).to === 'spent') this.#own.push(row)
    const cost = details?.refunds === undefined ? undefined : this.#rows[details.refunds]
    if (cost !== undefined) cost.refunded += amount
  }

  /**
   * Adds a cost entry that the database contains, which is not an entry of the batch, and returns its row. An entry that was
   * added before is not added again.
   */
  addStored({ only, ...cost }: StoredCost, hold: HoldOfEntry): number {
    const { account, sequence } = cost
    const known = this.#stored.get(account)?.get(sequence)
    if (known !== undefined) return known
    const row = this.length
    const details = only === undefined ? undefined : { only }
    this.#rows.push({ ...cost, hold, before: -1, beforeOfHold: hold.lastRow, details })
    hold.lastRow = row
    put(this.#stored, account, sequence, row)
    return row
  }

  /** Returns the row of a stored cost entry that was added. */
  storedRow(account: Account, sequence: number): number | undefined {
    return this.#stored.get(account)?.get(sequence)
  }

  /** Records the stored rows of the cost of an entry, which `costRows` then returns. */
  addCost(account: Account, sequence: number, cost: NamedRows): void {
    put(this.#costs, account, sequence, cost)
  }

  before(row: number): number {
    return this.#rows[row]?.before ?? -1
  }

  beforeOfHold(row: number): number {
    return this.#rows[row]?.beforeOfHold ?? -1
  }

  accountOf(row: number): Account | undefined {
    return this.#rows[row]?.account
  }

  kindOf(row: number): EntryKind {
    return this.#rows[row]?.kind ?? 0
  }

  amountOf(row: number): bigint {
    return this.#rows[row]?.amount ?? 0n
  }

  instantOf(row: number): Instant {
    return this.#rows[row]?.at ?? 0
  }

  lotOf(row: number): Lot | undefined {
    return this.#rows[row]?.lot
  }

  holdOf(row: number): string | undefined {
    return this.#rows[row]?.hold?.id
  }

  callOf(row: number): CallDetails | undefined {
    return this.#rows[row]?.hold?.call
  }

  sequenceOf(row: number): number {
    return this.#rows[row]?.sequence ?? 0
  }

  onlyOf(row: number): readonly string[] | undefined {
    return this.#rows[row]?.details?.only
  }

  refundsOf(row: number): number | undefined {
    return this.#rows[row]?.details?.refunds
  }

  refundedOf(row: number): bigint {
    return this.#rows[row]?.refunded ?? 0n
  }

  /** Finds a cost that was loaded for a request, or that the batch has booked. */
  costRows(account: Account, sequence: number): readonly number[] | undefined {
    const cost = this.#costs.get(account)?.get(sequence) ?? this.#findOwn(account, sequence)
    if (cost === undefined) return undefined
    const own = this.#own.filter((row) => this.instantOf(row) === cost.at && this.holdOf(row) === cost.hold)
    return [...cost.rows, ...own]
  }

  #findOwn(account: Account, sequence: number): NamedRows | undefined {
    const row = this.#own.find((one) => this.accountOf(one) === account && this.sequenceOf(one) === sequence)
    return row === undefined ? undefined : { rows: [], at: this.instantOf(row), hold: this.holdOf(row) ?? '' }
  }
}

/** The stored rows of a cost, with the instant and the hold that its entries have in common. */
interface NamedRows {
  readonly rows: readonly number[]
  readonly at: Instant
  readonly hold: string
}

function put<Value>(maps: Map<Account, Map<number, Value>>, account: Account, sequence: number, value: Value): void {
  const own = maps.get(account)
  if (own === undefined) maps.set(account, new Map([[sequence, value]]))
  else own.set(sequence, value)
}
