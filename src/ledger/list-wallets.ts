import type { WalletLevel } from '../model/noun/wallet.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Balance } from '../port/ledger-result.ts'
import type { WalletPage } from '../port/ledger-state.ts'
import { advanceTo, bookDue } from './operation/due.ts'
import type { Listing } from './read-request.ts'
import type { Account } from './storage/account.ts'
import type { Books } from './storage/books.ts'
import { compareWallet } from './transfer/order.ts'
import { balanceOf } from './view.ts'

/** The maximum number of wallets that one page examines. */
export const scanLimit = 10_000

/** Whether the balance of a wallet meets the conditions of a listing on amounts. */
function isListed({ isOwing, availableBelow }: Listing, { overdraft, available }: Balance): boolean {
  if (isOwing !== undefined && overdraft > 0n !== isOwing) return false
  return availableBelow === undefined || available < availableBelow
}

/** Whether a listing may leave out wallets because of their amounts. */
export function isFiltered({ isOwing, availableBelow }: Listing): boolean {
  return isOwing !== undefined || availableBelow !== undefined
}

/** The accounts of books in order of wallet. Sorts only the accounts that were opened since the last listing. */
export class AccountOrder {
  #sorted: Account[] = []

  /** Returns every account in order. Costs O(n) after new accounts, and O(1) otherwise. */
  of(all: readonly Account[]): readonly Account[] {
    if (this.#sorted.length === all.length) return this.#sorted
    const added = all.slice(this.#sorted.length).sort(byWallet)
    const merged: Account[] = []
    let at = 0
    for (const account of this.#sorted) {
      for (let next = added[at]; next !== undefined && byWallet(next, account) < 0; next = added[at]) {
        merged.push(next)
        at += 1
      }
      merged.push(account)
    }
    this.#sorted = merged.concat(added.slice(at))
    return this.#sorted
  }
}

const byWallet = (one: Account, other: Account): number => compareWallet(one.wallet, other.wallet)

/** Returns one page of the wallets of the books, after booking the due items of every wallet that it examines. */
export function listWallets(books: Books, order: AccountOrder, listing: Listing, now: Instant): WalletPage {
  const at = advanceTo(books, now)
  const accounts = order.of(books.accounts.all())
  const { type, limit } = listing
  const first = type === undefined ? 0 : indexAfter(accounts, ({ wallet }) => wallet.type < type)
  const { after } = listing
  const start = after === undefined ? 0 : indexAfter(accounts, ({ wallet }) => compareWallet(wallet, after) <= 0)
  const isPast = (account: Account | undefined) =>
    account === undefined || (type !== undefined && account.wallet.type !== type)

  const wallets: { wallet: WalletLevel; balance: Balance }[] = []
  let place = Math.max(first, start)
  let last: WalletLevel | undefined
  for (let scanned = 0; scanned < scanLimit && wallets.length < limit; scanned += 1) {
    const account = accounts[place]
    if (account === undefined || isPast(account)) break
    bookDue(books, account, at)
    const balance = balanceOf(account)
    if (isListed(listing, balance)) wallets.push({ wallet: account.wallet, balance })
    last = account.wallet
    place += 1
  }
  return last === undefined || isPast(accounts[place]) ? { wallets } : { wallets, next: last }
}

/** Returns the number of accounts at the start of a sorted list for which `isBefore` is true, by binary search. */
function indexAfter(accounts: readonly Account[], isBefore: (account: Account) => boolean): number {
  let low = 0
  let high = accounts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(accounts[middle] as Account)) low = middle + 1
    else high = middle
  }
  return low
}
