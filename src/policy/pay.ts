import type { Credential } from '../model/noun/credential.ts'
import type { Wallet, WalletLevel } from '../model/noun/wallet.ts'
import { formatCredit, signedCredit } from '../model/value/credit.ts'
import type { Context, ContextPrincipal } from './context/context.ts'
import type { Payer } from './decision/decision.ts'
import type { UseRequest } from './request/request.ts'

/**
 * Returns the payer of a call: the wallet of the context's paying principal, or `noPayer` if that principal is not
 * metered.
 */
export function payerOf({ type, row }: ContextPrincipal): Payer {
  if (!row.metered) return noPayer
  return { type: 'wallet', wallet: { type, id: row.id, incarnation: row.incarnation } }
}

/** The payer of a call that is free. */
export const noPayer: Payer = Object.freeze({ type: 'none' })

/** Returns the first level of a wallet path: the wallet of the credential. Empty for a request without a credential. */
export function credentialLevel(credential: Credential | undefined): WalletLevel[] {
  if (credential === undefined) return []
  return [{ type: 'credential', id: credential.id, incarnation: credential.incarnation }]
}

/**
 * Returns the wallet path of a call: the wallets whose limits apply, from the narrowest (the credential's) to the
 * widest (the organization's).
 */
export function walletPathOf(
  payer: Payer,
  { holders, payer: principal, organization }: Context,
  credential: Credential | undefined,
): readonly WalletLevel[] {
  const path = credentialLevel(credential)
  const [first] = holders
  if (first?.type === 'member') {
    const incarnation = Math.max(principal.row.incarnation, first.userIncarnation)
    path.push({ type: 'member', team: first.row.team, user: first.user, incarnation })
  }
  if (payer.type === 'wallet') path.push(payer.wallet)
  if (organization !== undefined) {
    path.push({ type: 'organization', id: organization.id, incarnation: organization.incarnation })
  }
  return path
}

/** A wallet with too few credits for a call. The available and the needed amounts are exact decimal strings. */
export interface Shortage {
  readonly wallet: Wallet
  readonly available: string
  readonly needed?: string
}

/**
 * Returns the shortage if the payer's wallet has too few credits for the call, otherwise `undefined`. The available
 * credits must reach the estimate or, without an estimate, be above zero. Free calls and requests without `credits`
 * give `undefined`.
 */
export function findShortage(payer: Payer, credits: UseRequest['credits']): Shortage | undefined {
  if (credits === undefined || payer.type === 'none') return undefined
  const available = unitsOf(credits.available)
  const needed = credits.estimate === undefined ? undefined : unitsOf(credits.estimate)
  if (needed === undefined ? available > 0n : available >= needed) return undefined
  const shortage = { wallet: payer.wallet, available: formatCredit(available) }
  return needed === undefined ? shortage : { ...shortage, needed: formatCredit(needed) }
}

const unitsOf = (amount: bigint | string): bigint => (typeof amount === 'bigint' ? amount : signedCredit(amount))
