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

/** The shortest text of an amount, so that equal amounts are equal texts. */
export function shortestCredit(amount: string): string {
  return formatCredit(credit(amount))
}

/** The credits that a creation or a plan brings to a wallet: none at all, or an event. Zero makes a wallet and fills it with nothing. */
export function* creditsFor(command: Envelope, wallet: Wallet, amount: string | undefined): IterableIterator<Event> {
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
  const over = refusePast(expiresAt, at, ['expiresAt'])
  if (over) return reject(over)
  const amount = shortestCredit(command.amount)
  return accept(eventOf(command, 'CreditsAllocated', { wallet: { ...principal, incarnation }, amount, expiresAt }))
}

/** Amounts live in the ledger, so the state stays as it is but for its version. */
export function creditsAllocated(state: State): State {
  return state
}
