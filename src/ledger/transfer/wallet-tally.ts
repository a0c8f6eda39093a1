import { creditLimit } from '../../model/value/credit.ts'
import type { Instant } from '../../model/value/instant.ts'
import { type Bucket, buckets } from '../../port/bucket.ts'
import { periodSpanAt } from '../period.ts'
import { addAmount, emptyBalance } from '../view.ts'
import type { ExportedEntry } from './record/entry.ts'
import type { ExportedLot } from './record/lot.ts'
import type { ExportedAllowance, ExportedWallet } from './record/wallet.ts'

/** A lot that is being read: what its record says, and what its entries come to. */
export interface LotTally {
  readonly row: ExportedLot
  granted: bigint
  available: bigint
  reserved: bigint
  hasEntry: boolean
}

/** A wallet that is being read: what its records say, and what its entries come to. */
export class WalletTally {
  readonly row: ExportedWallet
  readonly lots: LotTally[] = []
  readonly sums: Record<Bucket, bigint> & { sequence: number } = { ...emptyBalance }
  /** When the last entry took effect. */
  lastAt: Instant = 0
  /** What its cap counts, and in which turn of its period. */
  capSpent = 0n
  readonly capStartsAt: Instant
  readonly capEndsAt: number
  readonly #names = new Set<string>()

  constructor(row: ExportedWallet, at: Instant) {
    this.row = row
    const period = row.terms.cap?.period
    const turn = period === undefined ? { startsAt: 0, endsAt: Number.POSITIVE_INFINITY } : periodSpanAt(period, at)
    this.capStartsAt = turn.startsAt
    this.capEndsAt = turn.endsAt
  }

  /** Counts a lot. Says what is wrong with it. */
  addLot(row: ExportedLot): string | undefined {
    const { grant, period, kind, state, effectiveAt, expiresAt, amount, available, reserved } = row
    const name = `${period ?? ''} ${grant}`
    if (this.#names.has(name)) return 'is there twice'
    this.#names.add(name)
    if ((period !== undefined) !== (kind === 'allowance')) return 'has a period, or none, against its kind'
    if (amount === 0n || available + reserved > amount) return 'has more than it brought'
    if (state !== 'live' && available > 0n) return 'is over or to come, and something of it is available'
    if (state === 'scheduled' && (reserved > 0n || effectiveAt >= expiresAt))
      return 'is to come, and is held or never will'
    this.lots.push({ row, granted: 0n, available: 0n, reserved: 0n, hasEntry: false })
    return undefined
  }

  /** Counts an entry. Says what is wrong with it. */
  add({ at, from, to, amount, lot: place }: ExportedEntry): string | undefined {
    if (at < this.lastAt) return 'took effect before the one before it'
    this.lastAt = at
    const { sums } = this
    sums.sequence += 1
    addAmount(sums, from, to, amount)
    if (sums[from] < 0n || sums[to] < 0n) return 'takes what is not there'
    if (sums[from] > creditLimit || sums[to] > creditLimit) return 'moves more than can be counted'
    if (at >= this.capStartsAt && this.row.terms.cap !== undefined) {
      if (to === 'spent') this.capSpent += amount
      if (from === 'spent') this.capSpent -= amount
    }
    return place === undefined ? undefined : this.#addToLot(place, from, to, amount)
  }

  #addToLot(place: number, from: Bucket, to: Bucket, amount: bigint): string | undefined {
    const lot = this.lots[place - 1]
    if (lot === undefined) return 'is of a lot that is not there'
    lot.hasEntry = true
    if (from === 'granted') lot.granted += amount
    for (const bucket of ['available', 'reserved'] as const) {
      if (from === bucket) lot[bucket] -= amount
      if (to === bucket) lot[bucket] += amount
    }
    return lot.available < 0n || lot.reserved < 0n ? 'takes from a lot what is not in it' : undefined
  }

  /** What its records say that its entries do not. */
  findFault(): string | undefined {
    const { row, sums, lots } = this
    const { balance, terms, allowances } = row
    if (sums.sequence !== balance.sequence) return 'has sequence of another amount than its entries come to'
    for (const bucket of buckets) {
      if (sums[bucket] !== balance[bucket]) return `has ${bucket} of another amount than its entries come to`
    }
    if (balance.overdraft > 0n && lots.some((lot) => lot.available > 0n && lot.row.only === undefined))
      return 'owes, and has something available to repay it'
    let coming = balance.granted
    for (const lot of lots) {
      const fault = this.#findFaultOfLot(lot)
      if (fault !== undefined) return `has lot \`${lot.row.grant}\`, which ${fault}`
      if (lot.row.state === 'scheduled') coming += lot.row.amount
    }
    if (coming > creditLimit) return 'is to get more than can be counted'
    if (terms.funding === 'parent' && row.parent === undefined) return 'has no parent, which it is funded by'
    for (const allowance of allowances) {
      const fault = this.#findFaultOfAllowance(allowance)
      if (fault !== undefined) return `has allowance \`${allowance.id}\`, which ${fault}`
    }
    return undefined
  }

  #findFaultOfLot({ row, granted, available, reserved, hasEntry }: LotTally): string | undefined {
    const { state, amount, kind, expiresAt, effectiveAt } = row
    if (available !== row.available || reserved !== row.reserved) return 'has another amount than its entries come to'
    if (hasEntry === (state === 'scheduled')) return 'has no entries, or has some and is to come'
    if (state !== 'scheduled' && kind !== 'refund' && granted !== amount) return 'brought another amount'
    const isLate = state === 'live' ? expiresAt <= this.lastAt : state === 'scheduled' && effectiveAt <= this.lastAt
    return isLate ? 'is not what it must be by now' : undefined
  }

  #findFaultOfAllowance({ id, lot: place, rollsAt, endedAt }: ExportedAllowance): string | undefined {
    if (this.row.allowances.filter((one) => one.id === id).length > 1) return 'is there twice'
    if (rollsAt <= this.lastAt) return 'must have rolled by now'
    if (place === undefined) return undefined
    const lot = this.lots[place - 1]?.row
    const isItsOwn = lot?.grant === id && lot.kind === 'allowance' && lot.expiresAt === rollsAt
    return isItsOwn && endedAt <= lot.effectiveAt ? undefined : 'has the lot of something else'
  }
}
