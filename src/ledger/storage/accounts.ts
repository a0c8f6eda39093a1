import type { LedgerWallet } from '../../model/noun/wallet.ts'
import { buckets } from '../../port/bucket.ts'
import type { Account } from './account.ts'
import { AmountPool } from './amount-pool.ts'
import { IdMap } from './id-map.ts'
import { openAccount } from './open-account.ts'

/**
 * All accounts, found by wallet reference. Each wallet type has a map by id; accounts that differ only in incarnation
 * form a linked list. A lookup therefore needs no concatenated key.
 */
export class Accounts {
  readonly #users = new IdMap<Account>()
  readonly #teams = new IdMap<Account>()
  readonly #virtualAccounts = new IdMap<Account>()
  readonly #organizations = new IdMap<Account>()
  readonly #all: Account[] = []
  readonly #pool = new AmountPool(buckets.length)

  find(wallet: LedgerWallet): Account | undefined {
    const { incarnation } = wallet
    let account = this.#mapOf(wallet.type)?.get(wallet.id)
    while (account !== undefined && account.wallet.incarnation !== incarnation) account = account.next
    return account
  }

  /** Creates the account of a wallet. The wallet must not have an account yet. */
  open({ type, id, incarnation }: LedgerWallet): Account {
    const map = this.#mapOf(type) as IdMap<Account>
    const others = map.get(id)
    const account = openAccount(Object.freeze({ type, id, incarnation }), others, this.#pool)
    if (others !== undefined) map.delete(id)
    map.add(id, account)
    this.#all.push(account)
    return account
  }

  /** Every account, in order of creation. */
  all(): readonly Account[] {
    return this.#all
  }

  #mapOf(type: LedgerWallet['type']): IdMap<Account> | undefined {
    if (type === 'team') return this.#teams
    if (type === 'user') return this.#users
    if (type === 'virtualAccount') return this.#virtualAccounts
    return type === 'organization' ? this.#organizations : undefined
  }
}
