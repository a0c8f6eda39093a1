import type { Plan, PlanCredits } from '../../model/noun/plan.ts'
import type { Team } from '../../model/noun/team.ts'
import type { Wallet } from '../../model/noun/wallet.ts'
import type { State } from '../../model/state/state.ts'
import { credit, formatCredit } from '../../model/value/credit.ts'
import { quote } from '../../model/value/quote.ts'
import type { AllocateCredits } from '../message/command/credit.ts'
import type { Envelope } from '../message/envelope.ts'
import type { CreditsAllocated } from '../message/event/credit.ts'
import type { Event } from '../message/event.ts'
import { rejection } from '../message/rejection.ts'
import { accept, type Decided, eventOf, reject } from '../rule/decided.ts'
import { refuseUnknownPrincipal, wordOf } from '../rule/reference.ts'
import { changeRow, principalRow } from '../rule/row.ts'
import { refusePast } from '../rule/window.ts'

/** Converts an amount to its shortest decimal string, so that equal amounts are equal strings. */
function shortestCredit(amount: string): string {
  return formatCredit(credit(amount))
}

/**
 * Returns equal credits of a plan in one form: the shortest amount, and no `startsOn` where the period starts on day 1.
 */
export function shortestPlanCredits({ amount, period }: PlanCredits): PlanCredits {
  if (period === undefined) return { amount: shortestCredit(amount) }
  const { every, timeZone, startsOn = 1 } = period
  const first = startsOn === 1 ? {} : { startsOn }
  return { amount: shortestCredit(amount), period: { every, timeZone, ...first } }
}

/**
 * Yields the event that allocates credits to the wallet of a principal that is created. Yields nothing for `undefined`
 * or zero: with zero credits, the principal only gets a wallet.
 */
export function* creditsAllocatedBy(
  command: Envelope,
  wallet: Wallet,
  amount: string | undefined,
): IterableIterator<Event> {
  if (amount === undefined || credit(amount) === 0n) return
  yield eventOf(command, 'CreditsAllocated', { wallet, amount: shortestCredit(amount) })
}

/**
 * Yields the event that allocates a plan's credits to a team that is put on the plan. Yields nothing if the credits
 * recur, or if the team has received credits of the plan before, even if the plan's amount was lower then.
 */
export function* planCreditsAllocated(
  command: Envelope,
  { id, incarnation, creditedPlans }: Pick<Team, 'id' | 'incarnation' | 'creditedPlans'>,
  { id: plan, credits }: Plan,
): IterableIterator<Event> {
  if (credits === undefined || credits.period !== undefined || creditedPlans.includes(plan)) return
  yield eventOf(command, 'CreditsAllocated', {
    wallet: { type: 'team', id, incarnation },
    amount: credits.amount,
    plan,
  })
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

/**
 * Records in the team that it has received a plan's credits. Otherwise returns the state unchanged, since the ledger
 * holds the amounts. `evolve` raises the version of the state.
 */
export function creditsAllocated(state: State, { wallet, plan }: CreditsAllocated): State {
  if (plan === undefined) return state
  return changeRow(state, 'teams', wallet.id, (draft, { creditedPlans }) => {
    draft.creditedPlans = [...creditedPlans, plan]
  })
}

/** Returns the state unchanged: the team's plan determines the allowance, and the ledger holds the amounts. */
export function allowanceSet(state: State): State {
  return state
}
