import { holdsAlias } from '../../../model/noun/access-group.ts'
import type { Target } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { hashOf } from '../../../model/table/hash.ts'
import { findRow } from '../../../model/table/table.ts'
import { isAvailable } from '../../../policy/availability.ts'
import type { Member } from '../../../policy/context/context.ts'
import type { EvaluationTime } from '../../../policy/evaluation-time.ts'
import { isRetired, type Resolved } from '../../../policy/route/resolve.ts'
import { denyName, denyRoute, restrictionsOn } from '../../../policy/route/restrict.ts'
import {
  findMember,
  type GroupAssignmentStatus,
  groupAssignmentsOf,
  type RoleAssignmentStatus,
  roleAssignmentsOf,
} from '../assignment-status.ts'
import type { GraphCut } from './graph.ts'

/** One target of the name, and what stands against it for whoever calls in a lane. */
export interface LaneTarget {
  readonly target: Target
  readonly denying: readonly string[]
  readonly cut: GraphCut | undefined
}

/**
 * What a holder adds to what is asked for: a principal by itself, or a team in whose name a user calls. A user's own
 * holdings are in its own lane alone: whatever binds that one binds the user in the name of a team as well.
 */
export interface Lane {
  readonly holder: Member
  readonly groups: readonly GroupAssignmentStatus[]
  readonly roles: readonly RoleAssignmentStatus[]
  /** The restrictions that deny the name itself. */
  readonly denying: readonly string[]
  readonly targets: readonly LaneTarget[]
}

/** The lanes that lead to a name; the principal's own, leading nowhere, if none does. */
export function lanesOf(principal: Member, resolved: Resolved, state: State, moment: EvaluationTime): readonly Lane[] {
  const own = laneOf(principal, [principal], resolved, state, moment)
  const teams = principal.type === 'user' ? principal.row.teams : []
  const inTeams = teams.flatMap(({ team }) => {
    const holder = findMember({ type: 'team', id: team }, state)
    return holder === undefined ? [] : [laneOf(holder, [principal, holder], resolved, state, moment)]
  })
  const leading = [own, ...inTeams].filter(({ groups, roles }) => groups.length + roles.length > 0)
  return leading.length === 0 ? [own] : leading
}

function laneOf(
  holder: Member,
  members: readonly Member[],
  resolved: Resolved,
  state: State,
  moment: EvaluationTime,
): Lane {
  const { alias, targets } = resolved
  const context = { members, payer: holder, organization: holder.standing.organization }
  const sets = restrictionsOn(context, resolved, state) ?? []
  const denying = denyName(sets, resolved, moment)
  const retired = alias !== undefined && isRetired(alias, moment)
  return {
    holder,
    groups: groupAssignmentsOf(holder, state, moment).filter((hold) => leads(hold, resolved, state)),
    roles: roleAssignmentsOf(holder, moment).filter((hold) =>
      targets.some(({ providerAccount }) => providerAccount === hold.providerAccount),
    ),
    denying,
    targets: targets.map((target) => {
      const against = denyRoute(sets, target, moment)
      const all = [...new Set([...denying, ...against])].sort()
      return { target, denying: against, cut: cutOf(target, all, retired, state) }
    }),
  }
}

/** Whether a group holds the alias. */
function leads({ accessGroup }: GroupAssignmentStatus, { alias }: Resolved, state: State): boolean {
  const group = findRow(state.accessGroups, accessGroup)
  return alias !== undefined && group !== undefined && holdsAlias(group, alias.id, hashOf(alias.id))
}

/** Why a target is not a route, whoever reaches it: the reason that comes first. */
function cutOf(target: Target, restrictions: readonly string[], retired: boolean, state: State): GraphCut | undefined {
  if (retired) return { reason: 'model_retired' }
  if (restrictions.length > 0) return { reason: 'model_restricted', restrictions }
  return isAvailable(target, state) ? undefined : { reason: 'model_unavailable' }
}
