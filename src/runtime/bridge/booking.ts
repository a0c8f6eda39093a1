import type { Event } from '../../change/message/event.ts'
import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import { credit } from '../../model/value/credit.ts'
import type { Grant, PutAllowance } from '../../port/ledger-request.ts'

/** A write to the ledger that an event causes. `key` is the same for every engine that books the event. */
export type Booking =
  | { readonly type: 'grant'; readonly request: Grant }
  | { readonly type: 'putAllowance'; readonly request: PutAllowance }
  /** Closes the wallet of a deleted principal, if the wallet exists. */
  | { readonly type: 'close'; readonly key: string; readonly wallet: WalletLevel }

/**
 * Returns the write to the ledger that an event causes, if any. The key is made of the log, the version and the instant of
 * the event. Events of different logs have different keys, and so have two events at one version of a log that was restored
 * from a backup between them.
 */
export function bookingOf(event: Event, before: State, log: string, version: number): Booking | undefined {
  const key = `portcullis ${log} ${version} ${event.at}`
  if (event.type === 'CreditsAllocated') {
    const { wallet, expiresAt } = event
    const expiry = expiresAt === undefined ? {} : { expiresAt }
    return { type: 'grant', request: { key, wallet, amount: credit(event.amount), ...expiry } }
  }
  if (event.type === 'AllowanceSet') {
    const { wallet, allowance, period } = event
    return { type: 'putAllowance', request: { key, wallet, allowance, amount: credit(event.amount), period } }
  }
  const wallet = deletedWallet(event, before)
  return wallet === undefined ? undefined : { type: 'close', key, wallet }
}

function deletedWallet(event: Event, before: State): WalletLevel | undefined {
  if (event.type === 'UserDeleted') return walletOf('user', findRow(before.users, event.user))
  if (event.type === 'TeamDeleted') return walletOf('team', findRow(before.teams, event.team))
  if (event.type === 'VirtualAccountDeleted')
    return walletOf('virtualAccount', findRow(before.virtualAccounts, event.virtualAccount))
  if (event.type === 'OrganizationDeleted')
    return walletOf('organization', findRow(before.organizations, event.organization))
  return undefined
}

function walletOf<T extends 'user' | 'team' | 'virtualAccount' | 'organization'>(
  type: T,
  row: { readonly id: string; readonly incarnation: number } | undefined,
): WalletLevel | undefined {
  return row === undefined ? undefined : { type, id: row.id, incarnation: row.incarnation }
}
