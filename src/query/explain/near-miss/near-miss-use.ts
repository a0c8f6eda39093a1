import { getRow } from '../../../model/table/table.ts'
import type { Selector } from '../../../model/value/selector.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { overlapOf } from '../trace/fact-caller.ts'
import { availabilityOf, denyingIn } from '../trace/fact-use.ts'
import type { NearMiss } from './near-miss.ts'
import { grantMisses } from './near-miss-grant.ts'
import { aliasMisses, retiredMisses, unknownNameMisses } from './near-miss-name.ts'
import { teamMisses } from './near-miss-team.ts'

/** Something that would have let a use come further, by the reason of its denial; nothing for an allow. */
export function useMisses(inquiry: DecisionTrace): readonly NearMiss[] {
  const { decision } = inquiry
  return decision.effect === 'allow' ? [] : (missesOf[decision.reason]?.(inquiry) ?? [])
}

const missesOf: { readonly [R in DenialReason]?: (inquiry: DecisionTrace) => readonly NearMiss[] } = {
  credential_expired: overlapMisses,
  team_unknown: teamMisses,
  team_not_member: teamMisses,
  team_suspended: teamMisses,
  organization_suspended: teamMisses,
  model_unknown: unknownNameMisses,
  model_retired: retiredMisses,
  model_not_granted: (inquiry) => [...grantMisses(inquiry), ...aliasMisses(inquiry), ...teamMisses(inquiry)],
  model_restricted: (inquiry) => [...restrictionMisses(inquiry), ...teamMisses(inquiry)],
  credential_out_of_scope: scopeMisses,
  model_unavailable: (inquiry) => [...routeMisses(inquiry), ...teamMisses(inquiry)],
}

function overlapMisses({ request, state, credential }: DecisionTrace): readonly NearMiss[] {
  const endedAt = overlapOf(request.who, state)
  const isOver = endedAt !== undefined && endedAt <= request.at
  return credential === undefined || !isOver ? [] : [{ type: 'overlapEnded', credential: credential.id, endedAt }]
}

function restrictionMisses(inquiry: DecisionTrace): readonly NearMiss[] {
  const restricted = inquiry.tried.filter(({ outcome }) => outcome?.ok === false && outcome.step === 'model_restricted')
  const ids = new Set(restricted.flatMap((one) => denyingIn(one, inquiry)))
  return [...ids].sort().map((restriction) => {
    const { subject, selector, window } = getRow(inquiry.state.restrictions, restriction)
    const until = window.expiresAt === undefined ? {} : { until: window.expiresAt }
    return { type: 'restrictionWins', restriction, subject, selector, ...until }
  })
}

function scopeMisses(inquiry: DecisionTrace): readonly NearMiss[] {
  const { credential, request, question } = inquiry
  if (credential === undefined) return []
  const { id, team } = credential
  if (question?.isOtherTeam === true && team !== undefined && request.team !== undefined)
    return [{ type: 'otherTeamNamed', credential: id, team, named: request.team }]
  return selectorsFor(inquiry).map((selector) => ({ type: 'selectorMissing', credential: id, selector }))
}

/** The narrowest selectors that pass the name: the alias itself, or the concrete model. */
export function selectorsFor({ resolved }: DecisionTrace): readonly Selector[] {
  if (resolved === undefined) return []
  const { alias, targets } = resolved
  if (alias !== undefined) return [{ type: 'alias', alias: alias.id }]
  return targets.map(({ providerAccount, model }) => ({ type: 'model', providerAccount, model }))
}

function routeMisses({ resolved, state }: DecisionTrace): readonly NearMiss[] {
  return (resolved?.targets ?? []).flatMap((route): readonly NearMiss[] => {
    const why = availabilityOf(route, state)
    return why === 'available' ? [] : [{ type: 'routeUnavailable', route, why }]
  })
}
