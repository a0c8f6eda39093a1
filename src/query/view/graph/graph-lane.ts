import { holdsAlias, targetsThrough } from '../../../model/noun/access-group.ts'
import type { Target } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import {
  type ContextHolder,
  type ContextMembership,
  type ContextPrincipal,
  findContextMembership,
} from '../../../policy/context/context.ts'
import type { EvaluationTime } from '../../../policy/evaluation-time.ts'
import { isAvailable } from '../../../policy/route/effective-alias.ts'
import { isRetired, type Resolved } from '../../../policy/route/resolve.ts'
import { denyName, denyRoute, restrictionsOn } from '../../../policy/route/restrict.ts'
import {
  findPrincipal,
  type GroupAssignmentStatus,
  groupAssignmentsOf,
  type RoleAssignmentStatus,
  roleAssignmentsOf,
} from '../assignment-status.ts'
import type { GraphCut } from './graph.ts'

/**
 * One target of the requested name in a lane (one grantee's access). `denying` and `cut` state what prevents its use.
 */
export interface LaneTarget {
  readonly target: Target
  /** The restrictions that deny this target. */
  readonly denying: readonly string[]
  readonly cut: GraphCut | undefined
}

/**
 * The access that comes from one grantee: the principal itself, or a team on behalf of which a user calls. A user's own
 * groups and roles are only in the user's own lane; restrictions on the user apply in every lane.
 */
export interface Lane {
  readonly grantee: ContextPrincipal
  readonly groups: readonly LaneGroup[]
  /** The groups that the user's membership in the team has. */
  readonly membershipGroups: readonly LaneGroup[]
  readonly roles: readonly RoleAssignmentStatus[]
  /** The restrictions that deny the requested name. */
  readonly denying: readonly string[]
  readonly targets: readonly LaneTarget[]
}

/**
 * Returns the lanes (grantees with their access) that lead to the requested name. If there is none, returns the
 * principal's own lane, without groups and roles.
 */
export function lanesOf(
  principal: ContextPrincipal,
  resolved: Resolved,
  state: State,
  moment: EvaluationTime,
): readonly Lane[] {
  const own = laneOf(principal, undefined, [principal], resolved, state, moment)
  const teams = principal.type === 'user' ? principal.row.teams : []
  const inTeams = teams.flatMap(({ team }) => {
    const grantee = findPrincipal({ type: 'team', id: team }, state)
    if (grantee === undefined || principal.type !== 'user') return []
    const { organization } = grantee.access
    const membership = organization && findContextMembership(principal.row, team, organization, state)
    const restricted = membership === undefined ? [principal, grantee] : [principal, membership, grantee]
    return [laneOf(grantee, membership, restricted, resolved, state, moment)]
  })
  const leading = [own, ...inTeams].filter(
    ({ groups, membershipGroups, roles }) => groups.length + membershipGroups.length + roles.length > 0,
  )
  return leading.length === 0 ? [own] : leading
}

function laneOf(
  grantee: ContextPrincipal,
  membership: ContextMembership | undefined,
  restricted: readonly ContextHolder[],
  resolved: Resolved,
  state: State,
  moment: EvaluationTime,
): Lane {
  const { alias, targets } = resolved
  const input = { resolved, state, moment }
  const sets = restrictionsOn({ restricted }, input) ?? []
  const denying = denyName(sets, input)
  const groupsOf = (holder: ContextHolder): readonly LaneGroup[] =>
    groupAssignmentsOf(holder, moment).flatMap((status) => laneGroupOf(status, resolved, state))
  const retired = alias !== undefined && isRetired(alias, moment)
  return {
    grantee,
    groups: groupsOf(grantee),
    membershipGroups: membership === undefined ? [] : groupsOf(membership),
    roles: roleAssignmentsOf(grantee, moment).filter((status) =>
      targets.some(({ providerAccount }) => providerAccount === status.providerAccount),
    ),
    denying,
    targets: targets.map((target) => {
      const against = denyRoute(sets, target, input)
      const all = [...new Set([...denying, ...against])].sort()
      return { target, denying: against, cut: cutOf(target, all, retired, state) }
    }),
  }
}

/**
 * An assignment of a group that leads to the requested name. Tells whether the group holds the alias or only targets.
 */
interface LaneGroup {
  readonly assignment: GroupAssignmentStatus
  /** Whether the group holds the requested alias, and thereby every target of the alias. */
  readonly holdsAlias: boolean
  /** The targets that the group holds as models. Empty if the group holds the alias. */
  readonly held: readonly Target[]
}

function laneGroupOf(assignment: GroupAssignmentStatus, resolved: Resolved, state: State): LaneGroup[] {
  const group = findRow(state.accessGroups, assignment.accessGroup)
  const targets = group && targetsThrough(group, resolved)
  if (group === undefined || targets === undefined) return []
  const { alias, name, hash } = resolved
  const isWhole = alias !== undefined && holdsAlias(group, name, hash)
  return [{ assignment, holdsAlias: isWhole, held: isWhole ? [] : targets }]
}

/** Returns the first reason why a target can serve no call. `undefined` if calls can use the target. */
function cutOf(target: Target, restrictions: readonly string[], retired: boolean, state: State): GraphCut | undefined {
  if (retired) return { reason: 'model_retired' }
  if (restrictions.length > 0) return { reason: 'model_restricted', restrictions }
  return isAvailable(target, state) ? undefined : { reason: 'model_unavailable' }
}
