import type { Instant } from '../../../src/model/value/instant.ts'
import type { Period } from '../../../src/model/value/period.ts'
import { periodSpanOf } from '../../../src/testing/reference/ledger-calendar.ts'

/*
 * A naive model of one wallet with one allowance: it books every period at its start, one after another. So it shows what a
 * ledger must hold that books unused periods later, as one entry.
 */

interface ModelLot {
  readonly expiresAt: number
  amount: bigint
  available: bigint
}

/** The settings of the model's allowance. */
export interface ModelTerms {
  readonly amount: bigint
  readonly period: Period
  readonly rollover: bigint
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other)

/** The wallet at the instant `at`. Every period up to `at` has been booked. */
export class AllowanceModel {
  at: Instant
  granted = 0n
  expired = 0n
  revoked = 0n
  spent = 0n
  overdraft = 0n
  isClosed = false
  rollsAt = Number.POSITIVE_INFINITY
  lots: ModelLot[] = []
  #terms: ModelTerms | undefined
  #current: ModelLot | undefined
  #brought: { readonly amount: bigint; readonly endsAt: number }[] = []

  constructor(at: Instant) {
    this.at = at
  }

  get available(): bigint {
    return this.lots.reduce((sum, { available }) => sum + available, 0n)
  }

  pass(milliseconds: number): void {
    const until = this.at + milliseconds
    for (;;) {
      const next = Math.min(this.rollsAt, ...this.lots.map(({ expiresAt }) => expiresAt))
      if (next > until) break
      this.at = next
      this.#book()
    }
    this.at = until
  }

  put(terms: ModelTerms): void {
    const old = this.#terms
    const isRunning = this.rollsAt !== Number.POSITIVE_INFINITY
    if (terms.amount === 0n) {
      this.#terms = { ...terms, period: (isRunning && old?.period) || terms.period }
      return
    }
    const isSame = isRunning && JSON.stringify(old?.period) === JSON.stringify(terms.period)
    this.#terms = terms
    this.rollsAt = periodSpanOf(terms.period, this.at).endsAt
    if (!isSame) this.#current = undefined
    const bring = this.#missing()
    if (bring > 0n) this.#bring(bring, bring)
  }

  /** Books a cost: from the lot that expires first, then as overdraft. */
  charge(amount: bigint): void {
    let missing = amount
    for (const lot of [...this.lots].sort((a, b) => a.expiresAt - b.expiresAt)) {
      const part = least(lot.available, missing)
      lot.available -= part
      missing -= part
    }
    this.spent += amount
    this.overdraft += missing
  }

  /** Revokes the lot of the current period. Returns whether there is one. */
  revoke(): boolean {
    const lot = this.#current
    if (lot === undefined) return false
    this.revoked += lot.available
    lot.available = 0n
    this.lots = this.lots.filter((one) => one !== lot)
    this.#current = undefined
    return true
  }

  #book(): void {
    const { at } = this
    const carried = this.#current?.available ?? 0n
    for (const lot of this.lots) if (lot.expiresAt <= at) this.expired += lot.available
    this.lots = this.lots.filter(({ expiresAt }) => expiresAt > at)
    if (this.rollsAt > at || this.#terms === undefined) return
    this.#current = undefined
    const { amount, rollover, period } = this.#terms
    this.rollsAt = amount === 0n ? Number.POSITIVE_INFINITY : periodSpanOf(period, at).endsAt
    if (amount === 0n || this.isClosed) return
    const bring = this.#missing()
    this.#bring(bring, bring + least(carried, rollover))
  }

  #missing(): bigint {
    this.#brought = this.#brought.filter(({ endsAt }) => endsAt > this.at)
    const sum = this.#brought.reduce((total, one) => total + one.amount, 0n)
    const amount = this.#terms?.amount ?? 0n
    return sum < amount ? amount - sum : 0n
  }

  #bring(bring: bigint, amount: bigint): void {
    if (amount === 0n) return
    this.#brought.push({ amount: bring, endsAt: this.rollsAt })
    if (this.#current === undefined) {
      this.#current = { expiresAt: this.rollsAt, amount: 0n, available: 0n }
      this.lots.push(this.#current)
    }
    this.#current.amount += amount
    this.granted += amount
    const repaid = least(this.overdraft, amount)
    this.overdraft -= repaid
    this.#current.available += amount - repaid
  }
}
