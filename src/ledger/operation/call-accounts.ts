import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { CallLabels, CallWallets } from '../../port/ledger-request.ts'
import type { CallDetails, PathTooLong } from '../../port/ledger-result.ts'
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

/** The accounts at which a call is booked, and the details of the call, which its entries share. */
export interface CallAccounts {
  readonly ok: true
  readonly accounts: readonly Account[]
  readonly details: CallDetails
}

/**
 * Returns the accounts of a call. Levels without an account are left out, and each level is followed by its ancestors.
 * Refuses a path without the account of a principal, or with too many levels.
 */
export function findCallAccounts(
  books: Books,
  { wallet, path, tags, note }: CallWallets & CallLabels,
): CallAccounts | NoAccounts {
  if (wallet !== undefined) {
    const account = books.accounts.find(wallet)
    if (account === undefined) return unknown(wallet)
    return { ok: true, accounts: pathOf(books, account), details: detailsAt(account, tags, note) }
  }
  const callPath = books.callPaths.of(path)
  const refused = findLevels(books, callPath)
  return refused ?? { ok: true, accounts: callPath.accounts, details: callPath.detailsOf(tags, note) }
}

/** Returns the details of a call that names the wallet of an account alone. */
function detailsAt(account: Account, tags: readonly string[] | undefined, note: string | undefined): CallDetails {
  account.plainCall ??= Object.freeze({ path: Object.freeze([account.wallet]) })
  if (tags === undefined && note === undefined) return account.plainCall
  account.callPath ??= new CallPath(account.plainCall.path)
  return account.callPath.detailsOf(tags, note)
}

/** Finds the accounts of a path, unless the path has them already. Returns a refusal, or `undefined`. */
function findLevels(books: Books, callPath: CallPath): NoAccounts | undefined {
  const opened = books.accounts.all().length
  if (callPath.pathVersion === books.pathVersion && callPath.opened === opened) return undefined
  const accounts: Account[] = []
  for (const level of callPath.levels) {
    const account = books.accounts.find(level)
    if (account === undefined && isPrincipal(level)) return unknown(level)
    if (account === undefined) continue
    for (const one of pathOf(books, account)) if (!accounts.includes(one)) accounts.push(one)
  }
  if (accounts.length > pathLimit) return tooLong
  callPath.accounts = accounts
  callPath.pathVersion = books.pathVersion
  callPath.opened = opened
  return undefined
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
