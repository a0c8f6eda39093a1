import type { WalletLevel } from '../../model/noun/wallet.ts'
import { buckets } from '../../port/bucket.ts'
import { copyWallet } from '../wallet-level.ts'
import type { Account } from './account.ts'
import { AmountPool } from './amount-pool.ts'
import { IdMap } from './id-map.ts'
import { openAccount } from './open-account.ts'

/**
 * All accounts, found by wallet reference. Each wallet type has a map by id, and the memberships have a map by team and
 * user; accounts that differ only in incarnation form a linked list. A lookup therefore needs no concatenated key.
 */
export class Accounts {
  readonly #users = new IdMap<Account>()
  readonly #teams = new IdMap<Account>()
  readonly #virtualAccounts = new IdMap<Account>()
  readonly #organizations = new IdMap<Account>()
  readonly #credentials = new IdMap<Account>()
  /** For each team, the accounts of its memberships by user. */
  readonly #members = new IdMap<IdMap<Account>>()
  readonly #all: Account[] = []
  readonly #pool = new AmountPool(buckets.length)

  find(wallet: WalletLevel): Account | undefined {
    const { incarnation } = wallet
    let account =
      wallet.type === 'member'
        ? this.#members.get(wallet.team)?.get(wallet.user)
        : this.#mapOf(wallet.type)?.get(wallet.id)
    while (account !== undefined && account.wallet.incarnation !== incarnation) account = account.next
    return account
  }

  /** Creates the account of a wallet. The wallet must not have an account yet. */
  open(wallet: WalletLevel): Account {
    const isMember = wallet.type === 'member'
    const map = isMember ? this.#membersOf(wallet.team) : (this.#mapOf(wallet.type) as IdMap<Account>)
    const id = isMember ? wallet.user : wallet.id
    const others = map.get(id)
    const account = openAccount(copyWallet(wallet), others, this.#pool)
    if (others !== undefined) map.delete(id)
    map.add(id, account)
    this.#all.push(account)
    return account
  }

  /** Every account, in order of creation. */
  all(): readonly Account[] {
    return this.#all
  }

  #membersOf(team: string): IdMap<Account> {
    const known = this.#members.get(team)
    if (known !== undefined) return known
    const members = new IdMap<Account>()
    this.#members.add(team, members)
    return members
  }

  #mapOf(type: Exclude<WalletLevel['type'], 'member'>): IdMap<Account> | undefined {
    if (type === 'team') return this.#teams
    if (type === 'user') return this.#users
    if (type === 'credential') return this.#credentials
    if (type === 'virtualAccount') return this.#virtualAccounts
    return type === 'organization' ? this.#organizations : undefined
  }
}
