import { credit, formatCredit } from '../model/credit.ts'
import { quote } from '../model/quote.ts'
import type { State } from '../model/state.ts'
import type { Wallet } from '../model/wallet.ts'
import type { AllocateCredits } from './command/credit.ts'
import { accept, type Decided, happened, reject } from './decided.ts'
import type { Event } from './event.ts'
import type { Heading } from './heading.ts'
import { refuseUnknownPrincipal, wordOf } from './reference.ts'
import { rejection } from './rejection.ts'
import { principalRow } from './row.ts'
import { refusePast } from './window.ts'

/** The shortest text of an amount, so that equal amounts are equal texts. */
export function shortestCredit(amount: string): string {
  return formatCredit(credit(amount))
}

/** The credits that a creation or a plan brings to a wallet: none at all, or an event. Zero makes a wallet and fills it with nothing. */
export function* creditsFor(command: Heading, wallet: Wallet, amount: string | undefined): IterableIterator<Event> {
  if (amount === undefined || credit(amount) === 0n) return
  yield happened(command, 'CreditsAllocated', { wallet, amount: shortestCredit(amount) })
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
  return accept(happened(command, 'CreditsAllocated', { wallet: { ...principal, incarnation }, amount, expiresAt }))
}

/** Amounts live in the ledger, so the state stays as it is but for its version. */
export function creditsAllocated(state: State): State {
  return state
}
