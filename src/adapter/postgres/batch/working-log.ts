import type { Account, Hold, Lot } from '../../../ledger/storage/account.ts'
import { EntryLog, type Kind } from '../../../ledger/storage/entry-log.ts'
import type { Instant } from '../../../model/value/instant.ts'

interface Row {
  readonly account: Account
  readonly kind: Kind
  readonly amount: bigint
  readonly at: Instant
  readonly lot: Lot | undefined
  readonly hold: string | undefined
  readonly before: number
  readonly beforeOfHold: number
}

/** An entry log for the few entries of one batch, without the column storage of the complete log. */
export class WorkingLog extends EntryLog {
  readonly #rows: Row[] = []

  override add(
    account: Account,
    kind: Kind,
    amount: bigint,
    at: Instant,
    lot: Lot | undefined,
    hold: Hold | undefined,
  ): void {
    const row = this.length
    const before = account.lastRow
    const beforeOfHold = hold === undefined ? -1 : hold.lastRow
    this.#rows.push({ account, kind, amount, at, lot, hold: hold?.id, before, beforeOfHold })
    account.lastRow = row
    account.sequence += 1
    if (hold !== undefined) hold.lastRow = row
    this.length = row + 1
  }

  override before(row: number): number {
    return this.#rows[row]?.before ?? -1
  }

  override beforeOfHold(row: number): number {
    return this.#rows[row]?.beforeOfHold ?? -1
  }

  override accountOf(row: number): Account | undefined {
    return this.#rows[row]?.account
  }

  override kindOf(row: number): Kind {
    return this.#rows[row]?.kind ?? 0
  }

  override amountOf(row: number): bigint {
    return this.#rows[row]?.amount ?? 0n
  }

  override instantOf(row: number): Instant {
    return this.#rows[row]?.at ?? 0
  }

  override lotOf(row: number): Lot | undefined {
    return this.#rows[row]?.lot
  }

  override holdOf(row: number): string | undefined {
    return this.#rows[row]?.hold
  }
}
