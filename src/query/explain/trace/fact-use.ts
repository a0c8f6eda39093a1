import type { Target } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow, getRow } from '../../../model/table/table.ts'
import type { Authority } from '../../../model/value/authority.ts'
import type { Route } from '../../../policy/decision/decision.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { payerOf } from '../../../policy/pay.ts'
import { isAvailable } from '../../../policy/route/effective-alias.ts'
import { denyName, denyRoute, restrictionsOn } from '../../../policy/route/restrict.ts'
import { passesName, passesRoute } from '../../../policy/route/scope.ts'
import { outcomeCodeOf } from './context-trace.ts'
import type { DecisionTrace, EvaluatedContext } from './decision-trace.ts'
import type { Availability, Fact } from './fact.ts'
import { heldFacts } from './held-group.ts'
import { restrictionFact } from './restriction-fact.ts'
import { creditText } from './what-if.ts'

/** Returns the facts for one guard (check) about the model, the routes or the credits of a use request. */
export function useFacts(reason: DenialReason, trace: DecisionTrace): readonly Fact[] {
  switch (reason) {
    case 'model_unknown':
      return [nameFact(trace)]
    case 'model_retired':
      return [lifecycleFact(trace)]
    case 'model_not_granted':
      return [...contextFacts(trace), ...heldFacts(trace)]
    case 'model_restricted':
      return [...contextFacts(trace), ...restrictionFacts(trace)]
    case 'operation_out_of_scope':
      return [...contextFacts(trace), ...operationFacts(trace)]
    case 'credential_out_of_scope':
      return [...contextFacts(trace), ...scopeFacts(trace)]
    case 'model_unavailable':
      return [...contextFacts(trace), ...routeFacts(trace)]
    case 'payer_ambiguous':
      return payerFacts(trace)
    case 'credits_exhausted':
      return [...payerFacts(trace), creditFact(trace)]
    default:
      return []
  }
}

function nameFact({ request: { model }, resolved }: DecisionTrace): Fact {
  if (resolved === undefined) return { type: 'name', name: model, resolvesTo: 'nothing', routes: [] }
  return {
    type: 'name',
    name: model,
    resolvesTo: resolved.alias === undefined ? 'model' : 'alias',
    routes: resolved.targets,
  }
}

function lifecycleFact(trace: DecisionTrace): Fact {
  const alias = trace.resolved?.alias
  if (alias === undefined) return nameFact(trace)
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

function contextFacts({ contexts }: DecisionTrace): readonly Fact[] {
  return contexts.flatMap(({ outcome }, context) =>
    outcome === undefined ? [] : [{ type: 'context', context, outcome: outcomeCodeOf(outcome) } as const],
  )
}

/**
 * Returns the ids of the restrictions in force that deny the requested name, or deny a route that the context reaches.
 */
export function denyingIn(
  { context, targets }: EvaluatedContext,
  { resolved, credential, state, request }: DecisionTrace,
): readonly string[] {
  if (resolved === undefined) return []
  const input = { resolved, credential, state, moment: evaluationTimeOf(request.at) }
  const sets = restrictionsOn(context, input)
  if (sets === undefined) return []
  const ids = [denyName(sets, input), ...targets.map((target) => denyRoute(sets, target, input))].flat()
  return [...new Set(ids)].sort()
}

function restrictionFacts(trace: DecisionTrace): readonly Fact[] {
  const ids = new Set(trace.contexts.flatMap((one) => (one.reach.length === 0 ? [] : denyingIn(one, trace))))
  return [...ids].sort().map((id) => restrictionFact(getRow(trace.state.restrictions, id)))
}

function operationFacts({ credential, request: { operation } }: DecisionTrace): readonly Fact[] {
  if (credential === undefined) return []
  const fact = { type: 'operations', credential: credential.id, operations: credential.operations } as const
  return [operation === undefined ? fact : { ...fact, operation }]
}

function scopeFacts({ credential, request, resolved }: DecisionTrace): readonly Fact[] {
  if (credential === undefined || resolved === undefined) return []
  const { id, scope, team } = credential
  const isNamed = passesName(scope, resolved)
  const routes: readonly Route[] = isNamed
    ? resolved.targets
    : resolved.targets.filter((target) => passesRoute(scope, target))
  const fact: Fact = { type: 'scope', credential: id, scope, passesName: isNamed, routes }
  const { team: named } = request
  return team === undefined || named === undefined
    ? [fact]
    : [fact, { type: 'credentialTeam', credential: id, team, named }]
}

function routeFacts({ resolved, state }: DecisionTrace): readonly Fact[] {
  return (resolved?.targets ?? []).map((route) => ({
    type: 'route',
    route,
    availability: availabilityOf(route, state),
    ...authorOf(route, state),
  }))
}

/** Returns who suspended a route's account, or else who suspended the route's model. Empty if neither is suspended. */
export function authorOf(route: Target, state: State): { readonly suspendedBy?: Authority } {
  const account = findRow(state.providerAccounts, route.providerAccount)
  const suspendedBy = account?.suspendedBy ?? (account && findRow(account.models, route.model)?.suspendedBy)
  return suspendedBy === undefined ? {} : { suspendedBy }
}

/** Returns `available` if a route can serve calls, or else the reason why not. */
export function availabilityOf(target: Target, state: State): Availability {
  if (isAvailable(target, state)) return 'available'
  const account = findRow(state.providerAccounts, target.providerAccount)
  if (account === undefined) return 'accountAbsent'
  if (account.status !== 'active') return 'accountSuspended'
  return findRow(account.models, target.model) === undefined ? 'modelNotListed' : 'modelSuspended'
}

function payerFacts({ contexts }: DecisionTrace): readonly Fact[] {
  return contexts.flatMap(({ context, isChosen }, i) =>
    isChosen ? [{ type: 'payer', context: i, payer: payerOf(context.payer) } as const] : [],
  )
}

function creditFact({ request: { credits } }: DecisionTrace): Fact {
  if (credits === undefined) return { type: 'creditsNotGiven' }
  const { available, estimate } = credits
  return {
    type: 'credits',
    available: creditText(available),
    ...(estimate === undefined ? {} : { estimate: creditText(estimate) }),
  }
}
