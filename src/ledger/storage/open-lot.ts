import type { Instant } from '../../model/value/instant.ts'
import type { Account, Lot } from './account.ts'
import type { AmountPool } from './amount-pool.ts'

/** The fields of a lot that never change after its creation. */
export type LotTerms = Pick<Lot, 'grant' | 'period' | 'kind' | 'priority' | 'effectiveAt' | 'expiresAt' | 'only'>

/** A lot whose amounts are stored in an `AmountPool`. */
export class PooledLot implements Lot {
  readonly account: Account
  readonly grant: string
  readonly period: Instant | undefined
  readonly kind: Lot['kind']
  readonly priority: number
  readonly effectiveAt: Instant
  readonly expiresAt: number
  readonly only: readonly string[] | undefined
  readonly order: number
  amount: bigint
  state: Lot['state']
  isOpen = false
  readonly #amounts: BigInt64Array
  readonly #place: number

  constructor(account: Account, terms: LotTerms, order: number, amount: bigint, state: Lot['state'], pool: AmountPool) {
    this.account = account
    this.grant = terms.grant
    this.period = terms.period
    this.kind = terms.kind
    this.priority = terms.priority
    this.effectiveAt = terms.effectiveAt
    this.expiresAt = terms.expiresAt
    this.only = terms.only
    this.order = order
    this.amount = amount
    this.state = state
    const { amounts, place } = pool.take()
    this.#amounts = amounts
    this.#place = place
  }

  get available(): bigint {
    return this.#amounts[this.#place] as bigint
  }
  set available(amount: bigint) {
    this.#amounts[this.#place] = amount
  }

  get reserved(): bigint {
    return this.#amounts[this.#place + 1] as bigint
  }
  set reserved(amount: bigint) {
    this.#amounts[this.#place + 1] = amount
  }
}
