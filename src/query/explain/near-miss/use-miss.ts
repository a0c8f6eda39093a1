import type { Restriction } from '../../../model/noun/restriction.ts'
import { getRow } from '../../../model/table/table.ts'
import type { Selector } from '../../../model/value/selector.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { overlapOf } from '../trace/fact-caller.ts'
import { authorOf, availabilityOf, denyingIn } from '../trace/fact-use.ts'
import { grantMisses } from './grant-miss.ts'
import { hiddenMisses } from './hidden-miss.ts'
import { aliasMisses, retiredMisses, unknownNameMisses } from './name-miss.ts'
import type { NearMiss } from './near-miss.ts'
import { teamMisses } from './team-miss.ts'

/**
 * Returns the near misses of a denied request to use a model. The denial reason selects which near misses are searched.
 * Empty for an allow.
 */
export function useMisses(trace: DecisionTrace): readonly NearMiss[] {
  const { decision } = trace
  return decision.effect === 'allow' ? [] : (missesOf[decision.reason]?.(trace) ?? [])
}

const missesOf: { readonly [R in DenialReason]?: (trace: DecisionTrace) => readonly NearMiss[] } = {
  credential_expired: overlapMisses,
  team_unknown: teamMisses,
  team_not_member: teamMisses,
  team_suspended: teamMisses,
  organization_suspended: teamMisses,
  model_unknown: unknownNameMisses,
  model_retired: (trace) => [...retiredMisses(trace), ...hiddenMisses(trace)],
  model_not_granted: (trace) => [
    ...hiddenMisses(trace),
    ...grantMisses(trace),
    ...aliasMisses(trace),
    ...teamMisses(trace),
  ],
  model_restricted: (trace) => [...restrictionMisses(trace), ...teamMisses(trace)],
  operation_out_of_scope: operationMisses,
  credential_out_of_scope: scopeMisses,
  model_unavailable: (trace) => [...hiddenMisses(trace), ...routeMisses(trace), ...teamMisses(trace)],
}

function overlapMisses({ request, state, credential }: DecisionTrace): readonly NearMiss[] {
  const endedAt = overlapOf(request.who, state)
  const isOver = endedAt !== undefined && endedAt <= request.at
  return credential === undefined || !isOver ? [] : [{ type: 'overlapEnded', credential: credential.id, endedAt }]
}

/** Converts a restriction in force to a near miss. */
export function restrictionMiss({ id, subject, selector, window, note }: Restriction): NearMiss {
  const until = window.expiresAt === undefined ? {} : { until: window.expiresAt }
  const noted = note === undefined ? {} : { note }
  return { type: 'restrictionWins', restriction: id, subject, selector, ...until, ...noted }
}

function restrictionMisses(trace: DecisionTrace): readonly NearMiss[] {
  const restricted = trace.contexts.filter(
    ({ outcome }) => outcome?.ok === false && outcome.reason === 'model_restricted',
  )
  const ids = new Set(restricted.flatMap((one) => denyingIn(one, trace)))
  return [...ids].sort().map((id) => restrictionMiss(getRow(trace.state.restrictions, id)))
}

function operationMisses({ credential, request: { operation } }: DecisionTrace): readonly NearMiss[] {
  if (credential === undefined) return []
  const miss = { type: 'operationMissing', credential: credential.id, operations: credential.operations } as const
  return [operation === undefined ? miss : { ...miss, operation }]
}

function scopeMisses(trace: DecisionTrace): readonly NearMiss[] {
  const { credential, request, input } = trace
  if (credential === undefined) return []
  const { id, team } = credential
  if (input?.isOtherTeam === true && team !== undefined && request.team !== undefined)
    return [{ type: 'otherTeamNamed', credential: id, team, named: request.team }]
  return selectorsFor(trace).map((selector) => ({ type: 'selectorMissing', credential: id, selector }))
}

/**
 * Returns the narrowest scope selectors that admit the requested name: a selector of the alias, or of the concrete
 * model.
 */
export function selectorsFor({ resolved }: DecisionTrace): readonly Selector[] {
  if (resolved === undefined) return []
  const { alias, targets } = resolved
  if (alias !== undefined) return [{ type: 'alias', alias: alias.id }]
  return targets.map(({ providerAccount, model }) => ({ type: 'model', providerAccount, model }))
}

function routeMisses({ resolved, state }: DecisionTrace): readonly NearMiss[] {
  const alias = resolved?.alias
  if (alias?.targets.length === 0) return [{ type: 'targetsMissing', alias: alias.id }]
  return (resolved?.targets ?? []).flatMap((route): readonly NearMiss[] => {
    const availability = availabilityOf(route, state)
    return availability === 'available'
      ? []
      : [{ type: 'routeUnavailable', route, availability, ...authorOf(route, state) }]
  })
}
