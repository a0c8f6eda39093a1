import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { CallWallets } from '../../port/ledger-request.ts'
import type { PathTooLong } from '../../port/ledger-result.ts'
import { isSamePath, isSameWallet } from '../same.ts'
import type { Account } from '../storage/account.ts'
import { type Books, pathOf } from '../storage/books.ts'
import { CallPath } from '../storage/call-path.ts'
import { isPrincipal } from '../wallet-level.ts'
import { pathLimit } from './put-wallet.ts'

/** Why a call has no accounts. `wallet_unknown`: the wallet must exist and does not. */
export type NoAccounts =
  | PathTooLong
  | { readonly ok: false; readonly reason: 'wallet_unknown'; readonly wallet: WalletLevel }

const tooLong: PathTooLong = Object.freeze({ ok: false, reason: 'path_too_long' })

/**
 * Returns the path of a call, with the accounts at which the call is booked. Levels without an account are left out,
 * and each level is followed by its ancestors. Refuses a path without the account of a principal, or with too many
 * levels.
 */
export function findCallPath(books: Books, { wallet, path }: CallWallets): CallPath | NoAccounts {
  if (wallet !== undefined) {
    const account = books.accounts.find(wallet)
    if (account === undefined) return unknown(wallet)
    account.callPath ??= new CallPath(Object.freeze([account.wallet]))
    account.callPath.accounts = pathOf(books, account)
    return account.callPath
  }
  const callPath = books.callPaths.of(path)
  const opened = books.accounts.all().length
  if (callPath.pathVersion === books.pathVersion && callPath.opened === opened) return callPath
  const accounts: Account[] = []
  for (const level of path) {
    const account = books.accounts.find(level)
    if (account === undefined && isPrincipal(level)) return unknown(level)
    if (account === undefined) continue
    for (const one of pathOf(books, account)) if (!accounts.includes(one)) accounts.push(one)
  }
  if (accounts.length > pathLimit) return tooLong
  callPath.accounts = accounts
  callPath.pathVersion = books.pathVersion
  callPath.opened = opened
  return callPath
}

function unknown(wallet: WalletLevel): NoAccounts {
  return { ok: false, reason: 'wallet_unknown', wallet }
}

/** Whether a request names the same levels as an earlier call. A `wallet` equals a path of this one level. */
export function namesPath(levels: readonly WalletLevel[] | undefined, { wallet, path }: CallWallets): boolean {
  if (levels === undefined) return false
  if (path === undefined) return levels.length === 1 && isSameWallet(levels[0], wallet)
  return isSamePath(levels, path)
}
