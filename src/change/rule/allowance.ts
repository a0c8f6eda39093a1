import type { PlanCredits } from '../../model/noun/plan.ts'
import type { Team } from '../../model/noun/team.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Period } from '../../model/value/period.ts'
import type { Envelope } from '../message/envelope.ts'
import type { Event } from '../message/event.ts'
import { eventOf } from './decided.ts'
import { isSame } from './row.ts'

/** The recurring credits that a team's wallet receives from the team's plan. */
export interface Allowance {
  readonly amount: string
  readonly period: Period
}

/** A team's wallet: the fields of the team that identify the wallet. */
type TeamWallet = Pick<Team, 'id' | 'incarnation'>

/**
 * Returns the allowance of a team on a plan with these credits. `undefined` if the team is not metered, since it has no
 * wallet, or if the credits come once.
 */
export function allowanceBy(credits: PlanCredits | undefined, metered: boolean): Allowance | undefined {
  if (!metered || credits?.period === undefined) return undefined
  return { amount: credits.amount, period: credits.period }
}

/** The allowance that a state gives to a team, or `undefined` if it gives none. */
export function allowanceOf({ metered, plan }: Pick<Team, 'metered' | 'plan'>, state: State): Allowance | undefined {
  return allowanceBy(plan === undefined ? undefined : findRow(state.plans, plan)?.credits, metered)
}

/**
 * Yields the event that sets the allowance of a team's wallet from `before` to `after`, or ends it. Yields nothing if
 * the two are equal.
 */
export function* allowanceChanged(
  command: Envelope,
  { id, incarnation }: TeamWallet,
  before: Allowance | undefined,
  after: Allowance | undefined,
): IterableIterator<Event> {
  const next = after ?? (before && { amount: '0', period: before.period })
  if (next === undefined || isSame(before, after)) return
  yield eventOf(command, 'AllowanceSet', { wallet: { type: 'team', id, incarnation }, allowance: 'plan', ...next })
}
