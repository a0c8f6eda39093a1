import type { Credential } from '../model/noun/credential.ts'
import type { WalletLevel } from '../model/noun/wallet.ts'
import { formatCredit, signedCredit } from '../model/value/credit.ts'
import type { Context, ContextPrincipal } from './context/context.ts'
import type { Payer, UseDecision } from './decision/decision.ts'
import { deny } from './decision/deny.ts'
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

/**
 * Applies the credits of a request to a decision that was made without them. An allow becomes the denial
 * `credits_exhausted` if the payer's wallet has too few credits: less than the estimate or, without an estimate, none.
 * A denial, a free call and a request without `credits` keep their decision.
 */
export function checkCredits(decision: UseDecision, credits: UseRequest['credits']): UseDecision {
  if (credits === undefined || decision.effect === 'deny' || decision.payer.type === 'none') return decision
  const available = unitsOf(credits.available)
  const needed = credits.estimate === undefined ? undefined : unitsOf(credits.estimate)
  if (needed === undefined ? available > 0n : available >= needed) return decision
  const { payer, credential, until } = decision
  const { wallet } = payer
  return {
    ...deny('credits_exhausted', { type: 'wallet', wallet }, [{ type: 'add_credits', wallet }], decision),
    available: formatCredit(available),
    ...(needed === undefined ? undefined : { needed: formatCredit(needed) }),
    ...(credential === undefined ? undefined : { credential }),
    ...(until === undefined ? undefined : { until }),
  }
}

const unitsOf = (amount: bigint | string): bigint => (typeof amount === 'bigint' ? amount : signedCredit(amount))
