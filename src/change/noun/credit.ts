import type { Wallet } from '../../model/noun/wallet.ts'
import type { State } from '../../model/state/state.ts'
import { credit, formatCredit } from '../../model/value/credit.ts'
import { quote } from '../../model/value/quote.ts'
import type { AllocateCredits } from '../message/command/credit.ts'
import type { Envelope } from '../message/envelope.ts'
import type { Event } from '../message/event.ts'
import { rejection } from '../message/rejection.ts'
import { accept, type Decided, eventOf, reject } from '../rule/decided.ts'
import { refuseUnknownPrincipal, wordOf } from '../rule/reference.ts'
import { principalRow } from '../rule/row.ts'
import { refusePast } from '../rule/window.ts'

/** Converts an amount to its shortest decimal string, so that equal amounts are equal strings. */
export function shortestCredit(amount: string): string {
  return formatCredit(credit(amount))
}

/**
 * Yields the event that allocates credits to the wallet of a principal that is created or put on a plan. Yields nothing
 * for `undefined` or zero: with zero credits, the principal only gets a wallet.
 */
export function* creditsAllocatedBy(
  command: Envelope,
  wallet: Wallet,
  amount: string | undefined,
): IterableIterator<Event> {
  if (amount === undefined || credit(amount) === 0n) return
  yield eventOf(command, 'CreditsAllocated', { wallet, amount: shortestCredit(amount) })
}

export function allocateCredits(command: AllocateCredits, state: State): Decided {
  const { at, principal, expiresAt } = command
  const unknown = refuseUnknownPrincipal(principal, ['principal'], state)
  if (unknown) return reject(unknown)
  const { metered, incarnation } = principalRow(state, principal)
  if (!metered) {
    const message = `${wordOf(principal.type)} ${quote(principal.id)} has no wallet, make it metered first`
    return reject(rejection('wallet_unknown', ['principal'], message, { reference: principal }))
  }
  const past = refusePast(expiresAt, at, ['expiresAt'])
  if (past) return reject(past)
  const amount = shortestCredit(command.amount)
  return accept(eventOf(command, 'CreditsAllocated', { wallet: { ...principal, incarnation }, amount, expiresAt }))
}

/** Returns the state unchanged, since the ledger holds the amounts. `evolve` raises the version of the state. */
export function creditsAllocated(state: State): State {
  return state
}
