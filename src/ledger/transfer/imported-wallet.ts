import { creditLimit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'
import { type Bucket, buckets } from '../../port/bucket.ts'
import { mayRepay } from '../operation/debt.ts'
import { periodSpanAt } from '../period.ts'
import { isSameTags } from '../same.ts'
import type { Debt } from '../storage/account.ts'
import { addAmount, emptyBalance } from '../view.ts'
import { standsAlone } from '../wallet-level.ts'
import type { ExportedEntry } from './record/entry.ts'
import type { ExportedLot } from './record/lot.ts'
import type { Place } from './record/place.ts'
import type { ExportedAllowance, ExportedWallet } from './record/wallet.ts'

/** A lot during an import: its record, and the sums of its entries read so far. */
export interface ImportedLot {
  readonly row: ExportedLot
  granted: bigint
  available: bigint
  reserved: bigint
  hasEntry: boolean
}

/** A wallet during an import: its record, its lots, and the sums of its entries read so far. */
export class ImportedWallet {
  readonly row: ExportedWallet
  readonly lots: ImportedLot[] = []
  readonly sums: Record<Bucket, bigint> & { sequence: number } = { ...emptyBalance }
  /** The debts of the wallet, in the order of creation. `repaidBy` is the place of the lot that last repaid each. */
  readonly debts: (Omit<Debt, 'repaidBy'> & { repaidBy: Place | undefined })[] = []
  /** The instant of the most recently read entry. */
  lastAt: Instant = 0
  /**
   * The amount spent, less refunds, in the current cap period. `capStartsAt` and `capEndsAt` are the bounds of this
   * period.
   */
  capSpent = 0n
  readonly capStartsAt: Instant
  readonly capEndsAt: number
  readonly #names = new Set<string>()

  constructor(row: ExportedWallet, at: Instant) {
    this.row = row
    const period = row.terms.cap?.period
    const span = period === undefined ? { startsAt: 0, endsAt: Number.POSITIVE_INFINITY } : periodSpanAt(period, at)
    this.capStartsAt = span.startsAt
    this.capEndsAt = span.endsAt
  }

  /** Adds a lot to the wallet. Returns the problem with an invalid lot, or `undefined`. */
  addLot(row: ExportedLot): string | undefined {
    const { grant, period, kind, state, effectiveAt, expiresAt, amount, available, reserved } = row
    const name = `${period ?? ''} ${grant}`
    // One refund can create several grants.
    if (this.#names.has(name) && kind !== 'refund') return 'occurs twice'
    this.#names.add(name)
    if ((period !== undefined) !== (kind === 'allowance')) return 'has a period that does not match its kind'
    if (amount === 0n || available + reserved > amount) return 'has more credits than its amount'
    if (state !== 'live' && available > 0n) return 'is not live and has available credits'
    if (state === 'scheduled' && (reserved > 0n || effectiveAt >= expiresAt))
      return 'is scheduled, and has held credits or an impossible start'
    this.lots.push({ row, granted: 0n, available: 0n, reserved: 0n, hasEntry: false })
    return undefined
  }

  /** Adds an entry to the sums. Returns the problem with an invalid entry, or `undefined`. */
  add({ at, from, to, amount, lot: place, only, refunds }: ExportedEntry): string | undefined {
    if (at < this.lastAt) return 'took effect before its predecessor'
    this.lastAt = at
    const { sums } = this
    if (refunds !== undefined && (refunds < 1 || refunds > sums.sequence))
      return 'refunds an entry that is not before it'
    sums.sequence += 1
    addAmount(sums, from, to, amount)
    if (sums[from] < 0n || sums[to] < 0n) return 'makes a bucket negative'
    if (sums[from] > creditLimit || sums[to] > creditLimit) return 'makes a bucket exceed 2^63 - 1'
    if (at >= this.capStartsAt && this.row.terms.cap !== undefined) {
      if (to === 'spent') this.capSpent += amount
      if (from === 'spent') this.capSpent -= amount
    }
    if (from === 'overdraft' || to === 'overdraft') {
      const debt = this.#debtFor(only)
      debt.owed += from === 'overdraft' ? amount : -amount
      if (place !== undefined) debt.repaidBy = place
      if (debt.owed < 0n) return 'repays more overdraft than is owed'
    }
    return place === undefined ? undefined : this.#addToLot(place, from, to, amount)
  }

  #debtFor(only: readonly string[] | undefined) {
    const known = this.debts.find((debt) => isSameTags(debt.only, only))
    if (known !== undefined) return known
    const debt = { only, owed: 0n, repaidBy: undefined as Place | undefined }
    this.debts.push(debt)
    return debt
  }

  #addToLot(place: number, from: Bucket, to: Bucket, amount: bigint): string | undefined {
    const lot = this.lots[place - 1]
    if (lot === undefined) return 'names a missing lot'
    lot.hasEntry = true
    if (from === 'granted') lot.granted += amount
    for (const bucket of ['available', 'reserved'] as const) {
      if (from === bucket) lot[bucket] -= amount
      if (to === bucket) lot[bucket] += amount
    }
    return lot.available < 0n || lot.reserved < 0n ? 'makes an amount of its lot negative' : undefined
  }

  /**
   * Compares the wallet record and its lot records with the entries. Returns the first contradiction, or `undefined`.
   */
  findFault(): string | undefined {
    const { row, sums, lots } = this
    const { balance, terms, allowances } = row
    if (sums.sequence !== balance.sequence) return 'has a sequence that differs from its number of entries'
    for (const bucket of buckets) {
      if (sums[bucket] !== balance[bucket]) return `has a balance whose ${bucket} differs from its entries`
    }
    const owed = this.debts.filter((debt) => debt.owed > 0n)
    if (lots.some((lot) => lot.available > 0n && owed.some((debt) => mayRepay(lot.row.only, debt))))
      return 'owes overdraft although credits are available to repay it'
    let coming = balance.granted
    for (const lot of lots) {
      const fault = this.#findFaultOfLot(lot)
      if (fault !== undefined) return `has lot \`${lot.row.grant}\`, which ${fault}`
      if (lot.row.state === 'scheduled') coming += lot.row.amount
    }
    if (coming > creditLimit) return 'has grants that exceed 2^63 - 1'
    if (terms.funding === 'parent' && row.parent === undefined && standsAlone(row.wallet))
      return 'has `funding: parent` and no parent'
    for (const allowance of allowances) {
      const fault = this.#findFaultOfAllowance(allowance)
      if (fault !== undefined) return `has allowance \`${allowance.id}\`, which ${fault}`
    }
    return undefined
  }

  #findFaultOfLot({ row, granted, available, reserved, hasEntry }: ImportedLot): string | undefined {
    const { state, amount, kind, expiresAt, effectiveAt } = row
    if (available !== row.available || reserved !== row.reserved) return 'has an amount that differs from its entries'
    if (hasEntry === (state === 'scheduled')) return 'has entries that do not match its state'
    if (state !== 'scheduled' && kind !== 'refund' && granted !== amount)
      return 'has a granted amount that differs from its entries'
    const isLate = state === 'live' ? expiresAt <= this.lastAt : state === 'scheduled' && effectiveAt <= this.lastAt
    return isLate ? 'has a state that does not match the time' : undefined
  }

  #findFaultOfAllowance({ id, lot: place, rollsAt, endedAt }: ExportedAllowance): string | undefined {
    if (this.row.allowances.filter((one) => one.id === id).length > 1) return 'occurs twice'
    if (rollsAt <= this.lastAt) return 'must have rolled already'
    if (place === undefined) return undefined
    const lot = this.lots[place - 1]?.row
    const isItsOwn = lot?.grant === id && lot.kind === 'allowance' && lot.expiresAt === rollsAt
    return isItsOwn && endedAt <= lot.effectiveAt ? undefined : 'names a lot that is not its own'
  }
}
