import type { Instant } from '../../../../src/model/instant.ts'
import type { Wallet } from '../../../../src/model/wallet.ts'
import type { Balance, Grant, Reserve } from '../../../../src/port/simple-credit-ledger.ts'

/** One unit of credits, and where it is. */
interface Coin {
  readonly wallet: Wallet
  readonly expiresAt: Instant
  place: 'available' | 'reserved' | 'spent' | 'expired' | 'repaid'
  hold?: string
}

interface NaiveHold extends Reserve {
  state: 'held' | 'lapsed' | 'released' | 'settled'
}

/**
 * What a ledger means, one coin at a time and one millisecond after another. It shares nothing with the adapter: no lots,
 * no slices, no heap, no entries. Amounts and instants are to be small.
 */
export class NaiveLedger {
  readonly holds = new Map<string, NaiveHold>()
  /** Every coin, in the order of creation. */
  readonly #coins: Coin[] = []
  /** Every coin that was spent before it was there, by wallet. */
  readonly #owed: Wallet[] = []
  #at: Instant = 0

  /** Lets time pass, and what is due happen. */
  passTo(at: Instant): void {
    while (this.#at < at) {
      this.#at += 1
      for (const coin of this.#coins) {
        if (coin.place === 'available' && coin.expiresAt === this.#at) coin.place = 'expired'
      }
      for (const hold of this.holds.values()) {
        if (hold.state === 'held' && hold.expiresAt === this.#at) this.end(hold, 'lapsed')
      }
    }
  }

  get at(): Instant {
    return this.#at
  }

  grant({ wallet, amount, expiresAt = Number.POSITIVE_INFINITY }: Grant): void {
    for (let i = 0n; i < amount; i += 1n) {
      const coin: Coin = { wallet, expiresAt, place: 'available' }
      this.#coins.push(coin)
      this.#giveBack(coin)
    }
  }

  reserve(request: Reserve): 'reserved' | 'overdrawn' | 'credits_insufficient' {
    const { available, overdraft } = this.balance(request.wallet)
    if (overdraft > 0n) return 'overdrawn'
    if (available < request.amount) return 'credits_insufficient'
    for (const coin of this.#burnable(request.wallet).slice(0, Number(request.amount))) {
      coin.place = 'reserved'
      coin.hold = request.hold
    }
    this.holds.set(request.hold, { ...request, state: 'held' })
    return 'reserved'
  }

  /** How many coins came from the reservation, from what was available, and from nowhere. */
  settle(hold: NaiveHold, amount: bigint): readonly [bigint, bigint, bigint] {
    const from = [0n, 0n, 0n] as [bigint, bigint, bigint]
    const held = this.#heldBy(hold)
    for (let i = 0n; i < amount; i += 1n) {
      const coin = held.shift()
      const other = coin ?? this.#burnable(hold.wallet)[0]
      from[coin ? 0 : other ? 1 : 2] += 1n
      if (other) other.place = 'spent'
      else this.#owed.push(hold.wallet)
    }
    this.end(hold, 'settled')
    return from
  }

  /** Gives back what a reservation still holds, and says how many coins that were. */
  end(hold: NaiveHold, state: NaiveHold['state']): bigint {
    const held = this.#heldBy(hold)
    hold.state = state
    for (const coin of held) this.#giveBack(coin)
    return BigInt(held.length)
  }

  balance(wallet: Wallet): Balance {
    const coins = this.#coins.filter((coin) => coin.wallet === wallet)
    const count = (place: Coin['place']) => BigInt(coins.filter((coin) => coin.place === place).length)
    const owed = BigInt(this.#owed.filter((other) => other === wallet).length)
    return {
      granted: BigInt(coins.length),
      available: count('available'),
      reserved: count('reserved'),
      spent: count('spent') + owed,
      expired: count('expired'),
      revoked: 0n,
      overdraft: owed - count('repaid'),
    }
  }

  #giveBack(coin: Coin): void {
    if (coin.expiresAt <= this.#at) coin.place = 'expired'
    else coin.place = this.balance(coin.wallet).overdraft > 0n ? 'repaid' : 'available'
  }

  #heldBy({ hold }: NaiveHold): Coin[] {
    return inBurnOrder(this.#coins.filter((coin) => coin.place === 'reserved' && coin.hold === hold))
  }

  #burnable(wallet: Wallet): Coin[] {
    return inBurnOrder(this.#coins.filter((coin) => coin.place === 'available' && coin.wallet === wallet))
  }
}

/** The earliest expiry first; coins are in order of creation already, and the sort is stable. */
function inBurnOrder(coins: readonly Coin[]): Coin[] {
  return coins.toSorted((a, b) => (a.expiresAt === b.expiresAt ? 0 : a.expiresAt - b.expiresAt))
}
