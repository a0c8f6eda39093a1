import { targetsThrough } from '../../model/noun/access-group.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, idsOf } from '../../model/table/table.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import { resolve } from '../../policy/route/resolve.ts'
import { credentialOf, principalOf } from '../../query/explain/trace/decision-trace.ts'
import { stateAfterBodies, wouldHaveAccess } from '../../query/explain/trace/what-if.ts'

/** The maximum number of plans, and of the caller's teams, to try. */
const planLimit = 10
const teamLimit = 10

/**
 * Returns the plans that would give the caller of a use request the model, sorted by id, at most ten. Each was checked by
 * deciding the request with a team of the caller on the plan: a plan whose groups the entitlement of the organization
 * excludes, or that a restriction overrides, is not returned. Only teams have plans. Empty for a corrupt state.
 */
export function plansWithModel(request: UseRequest, state: State): readonly string[] {
  try {
    return [...findPlans(request, state)]
  } catch {
    return []
  }
}

function* findPlans(request: UseRequest, state: State): Iterable<string> {
  const resolved = resolve(request.model, state)
  if (isDenied(resolved)) return
  const teams = teamsOf(request, state)
  if (teams.length === 0) return
  let count = 0
  for (const id of [...idsOf(state.plans)].sort()) {
    const groups = findRow(state.plans, id)?.accessGroups ?? []
    const hasModel = groups.some((accessGroup) => {
      const group = findRow(state.accessGroups, accessGroup)
      return group !== undefined && targetsThrough(group, resolved) !== undefined
    })
    if (!hasModel || !teams.some((team) => helps(id, team, request, state))) continue
    yield id
    count += 1
    if (count === planLimit) return
  }
}

function helps(plan: string, team: string, request: UseRequest, state: State): boolean {
  const next = stateAfterBodies([{ type: 'SetTeamPlan', team, plan }], request.at, state)
  return next !== undefined && wouldHaveAccess(request, {}, next)
}

/** The teams whose plans count for the request: the named one, the credential's, the caller itself, or all of a user. */
function teamsOf({ who, team }: UseRequest, state: State): readonly string[] {
  const named = team ?? credentialOf(who, state)?.team
  if (named !== undefined) return [named]
  const principal = principalOf(who, state)
  if (principal?.type === 'team') return [principal.id]
  if (principal?.type !== 'user') return []
  return (findRow(state.users, principal.id)?.teams ?? []).map(({ team: id }) => id).slice(0, teamLimit)
}
