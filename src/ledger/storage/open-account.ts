import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { CallDetails } from '../../port/ledger-result.ts'
import { type Account, type Allowance, type Debt, defaultTerms, type Lot, type Terms } from './account.ts'
import type { AmountPool } from './amount-pool.ts'
import type { CallPath } from './call-path.ts'
import type { QueuedLot } from './lot-queue.ts'

/** The list of every account without allowances. Shared, so that each write reads one list from the processor's cache. */
const noAllowances: readonly Allowance[] = Object.freeze([])

/** Opens an account with zero amounts. */
export function openAccount(wallet: WalletLevel, next: Account | undefined, pool: AmountPool): Account {
  return new PooledAccount(wallet, next, pool)
}

class PooledAccount implements Account {
  readonly wallet: WalletLevel
  readonly next: Account | undefined
  readonly #amounts: BigInt64Array
  readonly #place: number
  terms: Terms = defaultTerms
  parent: Account | undefined = undefined
  path: readonly Account[]
  pathVersion = -1
  plainCall: CallDetails | undefined = undefined
  callPath: CallPath | undefined = undefined
  sequence = 0
  lastRow = -1
  lots: Lot[] = []
  queue: QueuedLot[] = []
  coming = 0n
  grants: Lot[] = []
  closed: Map<string, Lot> | undefined = undefined
  allowances: readonly Allowance[] = noAllowances
  dueAt = Number.POSITIVE_INFINITY
  hasTags = false
  debts: Debt[] = []
  tagEnds: Map<string, number> | undefined = undefined
  capSpent = 0n
  capStartsAt: Instant = 0
  capEndsAt = Number.POSITIVE_INFINITY

  constructor(wallet: WalletLevel, next: Account | undefined, pool: AmountPool) {
    this.wallet = wallet
    this.next = next
    this.path = [this]
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

  get spent(): bigint {
    return this.#amounts[this.#place + 2] as bigint
  }
  set spent(amount: bigint) {
    this.#amounts[this.#place + 2] = amount
  }

  get granted(): bigint {
    return this.#amounts[this.#place + 3] as bigint
  }
  set granted(amount: bigint) {
    this.#amounts[this.#place + 3] = amount
  }

  get drawn(): bigint {
    return this.#amounts[this.#place + 4] as bigint
  }
  set drawn(amount: bigint) {
    this.#amounts[this.#place + 4] = amount
  }

  get overdraft(): bigint {
    return this.#amounts[this.#place + 5] as bigint
  }
  set overdraft(amount: bigint) {
    this.#amounts[this.#place + 5] = amount
  }

  get writtenOff(): bigint {
    return this.#amounts[this.#place + 6] as bigint
  }
  set writtenOff(amount: bigint) {
    this.#amounts[this.#place + 6] = amount
  }

  get expired(): bigint {
    return this.#amounts[this.#place + 7] as bigint
  }
  set expired(amount: bigint) {
    this.#amounts[this.#place + 7] = amount
  }

  get revoked(): bigint {
    return this.#amounts[this.#place + 8] as bigint
  }
  set revoked(amount: bigint) {
    this.#amounts[this.#place + 8] = amount
  }
}
