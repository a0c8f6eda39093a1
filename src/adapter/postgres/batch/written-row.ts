import type { Account, Hold, Lot } from '../../../ledger/storage/account.ts'
import { byBucket } from '../../../port/bucket.ts'
import type {
  AllowanceRow,
  Amounts,
  CostRow,
  DebtRow,
  DebtsRow,
  HoldRow,
  LotRow,
  SliceRow,
  WalletRow,
} from '../row/row.ts'

/** Returns the database row of a lot. */
export function lotRow(lot: Lot): LotRow {
  return {
    order: lot.order,
    grant: lot.grant,
    period: lot.period,
    kind: lot.kind,
    priority: lot.priority,
    effectiveAt: lot.effectiveAt,
    expiresAt: lot.expiresAt,
    only: lot.only,
    amount: lot.amount,
    available: lot.available,
    reserved: lot.reserved,
    state: lot.state,
    isOpen: lot.isOpen,
  }
}

/** Whether a lot equals its database row in every field that can change. */
export function isSameLot(lot: Lot, row: LotRow): boolean {
  return (
    lot.available === row.available &&
    lot.reserved === row.reserved &&
    lot.state === row.state &&
    lot.isOpen === row.isOpen &&
    lot.amount === row.amount
  )
}

/**
 * Returns the database row of a hold. `path` contains the wallet number of each account in the path, `head` the start of the
 * body, and `costs` the costs of the hold so far.
 */
export function holdRow(
  hold: Hold,
  { path: numbers, head }: Pick<HoldRow, 'path' | 'head'>,
  costs: readonly CostRow[],
): HoldRow {
  const { path } = hold
  const slices: SliceRow[] = []
  for (let slice = hold.slices; slice !== undefined; slice = slice.next) {
    if (slice.amount > 0n) slices.push([path.indexOf(slice.account), slice.lot?.order ?? null, slice.amount])
  }
  // Lists every field, because this function is hot and an object rest would double its cost.
  return {
    id: hold.id,
    origin: hold.origin,
    path: numbers,
    call: hold.call,
    head,
    requested: hold.requested,
    minAmount: hold.minAmount,
    ttl: hold.ttl,
    createdAt: hold.createdAt,
    order: hold.order,
    expiresAt: hold.expiresAt,
    state: hold.state,
    first: hold.first,
    amount: hold.amount,
    held: hold.held,
    spent: hold.spent,
    refunded: hold.refunded,
    slices,
    costs,
    endedAt: hold.endedAt,
    final: hold.final,
    overrun: hold.overrun,
    late: hold.late,
    answer: hold.answer,
    returned: hold.returned,
  }
}

/** Whether a hold equals its database row in every field that can change. */
export function isSameHold(hold: Hold, row: HoldRow): boolean {
  return (
    hold.state === row.state &&
    hold.held === row.held &&
    hold.spent === row.spent &&
    hold.amount === row.amount &&
    hold.refunded === row.refunded &&
    hold.expiresAt === row.expiresAt &&
    hold.endedAt === row.endedAt
  )
}

/** Returns the amount in each bucket of an account. */
export function amountsOf(account: Account): Amounts {
  return byBucket((bucket) => account[bucket])
}

/**
 * Returns the database rows of an account's allowances. Returns `row.allowances` itself when no allowance has changed.
 */
export function allowanceRows(account: Account, row: WalletRow): readonly AllowanceRow[] {
  const rows = account.allowances.map((allowance): AllowanceRow => ({ ...allowance, lot: allowance.lot?.order }))
  const isSame =
    rows.length === row.allowances.length &&
    rows.every((allowance, i) => {
      const before = row.allowances[i] as AllowanceRow
      return (Object.keys(allowance) as (keyof AllowanceRow)[]).every((name) => allowance[name] === before[name])
    })
  return isSame ? row.allowances : rows
}

/** Returns the database row of an account's debts. Returns `row.debts` itself when nothing has changed. */
export function debtsRow({ debts, tagEnds }: Account, row: WalletRow): DebtsRow {
  const { debts: before, tagEnds: endsBefore } = row.debts
  const isSame =
    debts.length === before.length &&
    (tagEnds?.size ?? 0) === endsBefore.length &&
    debts.every(({ owed, repaidBy }, i) => owed === before[i]?.owed && repaidBy?.order === before[i]?.repaidBy) &&
    endsBefore.every(([tag, end]) => tagEnds?.get(tag) === end)
  if (isSame) return row.debts
  const rows = debts.map(({ only, owed, repaidBy }): DebtRow => ({ only, owed, repaidBy: repaidBy?.order }))
  return { debts: rows, tagEnds: [...(tagEnds ?? [])] }
}
