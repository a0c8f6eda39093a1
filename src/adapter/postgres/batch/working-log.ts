import type { Account, Lot } from '../../../ledger/storage/account.ts'
import type { EntryKind } from '../../../ledger/storage/entry-kind.ts'
import type { EntryStore, HoldOfEntry } from '../../../ledger/storage/entry-store.ts'
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
}

/** The entry log of one batch. Stores entries as objects, because a batch has few entries. */
export class WorkingLog implements EntryStore {
  readonly #rows: Row[] = []

  get length(): number {
    return this.#rows.length
  }

  add(
    account: Account,
    kind: EntryKind,
    amount: bigint,
    at: Instant,
    lot: Lot | undefined,
    hold: HoldOfEntry | undefined,
  ): void {
    const row = this.length
    const before = account.lastRow
    const beforeOfHold = hold === undefined ? -1 : hold.lastRow
    this.#rows.push({ account, kind, amount, at, lot, hold, before, beforeOfHold })
    account.lastRow = row
    account.sequence += 1
    if (hold !== undefined) hold.lastRow = row
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
}
