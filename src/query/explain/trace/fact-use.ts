import type { Target } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow, getRow } from '../../../model/table/table.ts'
import { isAvailable } from '../../../policy/availability.ts'
import type { Route } from '../../../policy/decision/decision.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { payerOf } from '../../../policy/pay.ts'
import { reachedTargets } from '../../../policy/route/reach.ts'
import { denyName, denyRoute, restrictionsOn } from '../../../policy/route/restrict.ts'
import { passesName, passesRoute } from '../../../policy/route/scope.ts'
import { outcomeOf } from './context-trace.ts'
import type { DecisionTrace, Tried } from './decision-trace.ts'
import type { Availability, Fact } from './fact.ts'
import { heldFacts } from './held-group.ts'
import { textOf } from './trial.ts'

/** The facts of the guards that look at a model and at money. */
export function useFacts(reason: DenialReason, inquiry: DecisionTrace): readonly Fact[] {
  switch (reason) {
    case 'model_unknown':
      return [nameFact(inquiry)]
    case 'model_retired':
      return [lifecycleFact(inquiry)]
    case 'model_not_granted':
      return [...contextFacts(inquiry), ...heldFacts(inquiry)]
    case 'model_restricted':
      return [...contextFacts(inquiry), ...restrictionFacts(inquiry)]
    case 'credential_out_of_scope':
      return [...contextFacts(inquiry), ...scopeFacts(inquiry)]
    case 'model_unavailable':
      return [...contextFacts(inquiry), ...routeFacts(inquiry)]
    case 'payer_ambiguous':
      return payerFacts(inquiry)
    case 'credits_exhausted':
      return [...payerFacts(inquiry), creditFact(inquiry)]
    default:
      return []
  }
}

function nameFact({ request: { model }, resolved }: DecisionTrace): Fact {
  if (resolved === undefined) return { type: 'name', name: model, is: 'nothing', routes: [] }
  return { type: 'name', name: model, is: resolved.alias === undefined ? 'model' : 'alias', routes: resolved.targets }
}

function lifecycleFact(inquiry: DecisionTrace): Fact {
  const alias = inquiry.resolved?.alias
  if (alias === undefined) return nameFact(inquiry)
  const { lifecycle } = alias
  if (lifecycle.type === 'active') return { type: 'lifecycle', alias: alias.id, lifecycle: 'active' }
  const { successor } = lifecycle
  return {
    type: 'lifecycle',
    alias: alias.id,
    lifecycle: lifecycle.type,
    ...(lifecycle.type === 'deprecated' ? { sunsetAt: lifecycle.sunsetAt } : {}),
    ...(successor === undefined ? {} : { successor }),
  }
}

function contextFacts({ tried }: DecisionTrace): readonly Fact[] {
  return tried.flatMap(({ outcome }, context) =>
    outcome === undefined ? [] : [{ type: 'context', context, outcome: outcomeOf(outcome) } as const],
  )
}

/** The restrictions in force that deny the name, or a route of it that is reached, in one of the contexts. */
export function denyingIn({ context, reach }: Tried, { resolved, state, request }: DecisionTrace): readonly string[] {
  const sets = resolved && restrictionsOn(context, resolved, state)
  if (resolved === undefined || sets === undefined) return []
  const moment = evaluationTimeOf(request.at)
  const reached = reachedTargets(reach, resolved.targets)
  const ids = [denyName(sets, resolved, moment), ...reached.map((target) => denyRoute(sets, target, moment))].flat()
  return [...new Set(ids)].sort()
}

function restrictionFacts(inquiry: DecisionTrace): readonly Fact[] {
  const ids = new Set(inquiry.tried.flatMap((one) => (one.reach.length === 0 ? [] : denyingIn(one, inquiry))))
  return [...ids].sort().map((restriction) => {
    const { subject, selector, window } = getRow(inquiry.state.restrictions, restriction)
    return { type: 'restriction', restriction, subject, selector, window }
  })
}

function scopeFacts({ credential, request, resolved }: DecisionTrace): readonly Fact[] {
  if (credential === undefined || resolved === undefined) return []
  const { id, scope, team } = credential
  const isNamed = passesName(scope, resolved)
  const routes: readonly Route[] = isNamed
    ? resolved.targets
    : resolved.targets.filter((target) => passesRoute(scope, target))
  const said: Fact = { type: 'scope', credential: id, scope, passesName: isNamed, routes }
  const { team: named } = request
  return team === undefined || named === undefined
    ? [said]
    : [said, { type: 'credentialTeam', credential: id, team, named }]
}

function routeFacts({ resolved, state }: DecisionTrace): readonly Fact[] {
  return (resolved?.targets ?? []).map((route) => ({
    type: 'route',
    route,
    availability: availabilityOf(route, state),
  }))
}

/** Whether a route can serve, and if not, why. */
export function availabilityOf(target: Target, state: State): Availability {
  if (isAvailable(target, state)) return 'available'
  const account = findRow(state.providerAccounts, target.providerAccount)
  if (account === undefined) return 'accountAbsent'
  if (account.status !== 'active') return 'accountSuspended'
  return findRow(account.models, target.model) === undefined ? 'modelNotListed' : 'modelSuspended'
}

function payerFacts({ tried }: DecisionTrace): readonly Fact[] {
  return tried.flatMap(({ context, isChosen }, i) =>
    isChosen ? [{ type: 'payer', context: i, payer: payerOf(context.payer) } as const] : [],
  )
}

function creditFact({ request: { credits } }: DecisionTrace): Fact {
  if (credits === undefined) return { type: 'moneyNotAsked' }
  const { available, estimate } = credits
  return {
    type: 'credits',
    available: textOf(available),
    ...(estimate === undefined ? {} : { estimate: textOf(estimate) }),
  }
}
