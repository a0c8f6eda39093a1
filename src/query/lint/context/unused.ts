import type { AccessGroup } from '../../../model/noun/access-group.ts'
import type { Assignment, RoleGrant } from '../../../model/noun/holding.ts'
import type { ModelAlias } from '../../../model/noun/model-alias.ts'
import { related } from '../../../model/table/relation.ts'
import { getRow } from '../../../model/table/table.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { resolve } from '../../../policy/route/resolve.ts'
import { isLiveName, type LintContext, unexpiredWindows } from './lint-context.ts'
import { isOpenGroup, isServing, leadsTo as leadsToName, liveNamesOf } from './live-model.ts'
import { type LoadedPrincipal, principalOf } from './loaded-principal.ts'
import { namesRequestedBy, type UsageIndex } from './usage-index.ts'

/** Whether a principal was created at or before the cutoff of the usage log. */
function existedAtCutoff({ row }: LoadedPrincipal, { cutoff }: UsageIndex): boolean {
  return row.createdAt <= cutoff
}

/**
 * Whether an assignment or role has been in force since the cutoff. At least one window has not ended, and every such
 * window started at or before the cutoff.
 */
function startedBeforeCutoff({ windows }: Pick<Assignment, 'windows'>, { cutoff }: UsageIndex, at: number): boolean {
  const unexpired = unexpiredWindows(windows, at)
  return unexpired.length > 0 && unexpired.every(({ startsAt }) => startsAt === undefined || startsAt <= cutoff)
}

/**
 * Whether an assignment is unused. The principal has had the group since the cutoff, but none of its calls requested a
 * live alias of the group.
 */
export function isAssignmentUnused(loaded: LoadedPrincipal, assignment: Assignment, context: LintContext): boolean {
  const { usage, state } = context
  if (usage?.coversCutoff !== true || isRecent(loaded, assignment, context)) return false
  const group = getRow(state.accessGroups, assignment.accessGroup)
  if (group.createdAt > usage.cutoff || !isServing(group, context)) return false
  for (const name of namesRequestedBy(principalOf(loaded), usage)) {
    if (leadsToName(group, name, context)) return false
  }
  return true
}

/**
 * Whether a principal or its assignment is younger than the cutoff and therefore cannot count as unused. Always true
 * without a usage log.
 */
export function isRecent(
  loaded: LoadedPrincipal,
  assignment: Pick<Assignment, 'windows'>,
  { usage, at }: LintContext,
): boolean {
  return usage === undefined || !existedAtCutoff(loaded, usage) || !startedBeforeCutoff(assignment, usage, at)
}

/**
 * Whether a group is older than the cutoff but unrequested: no call of any principal requested a live alias of the
 * group.
 */
export function isGroupUnrequested(group: AccessGroup, context: LintContext): boolean {
  const { usage } = context
  if (usage?.coversCutoff !== true || group.createdAt > usage.cutoff) return false
  if (!isServing(group, context)) return false
  for (const name of liveNamesOf(group, context)) if (usage.requestedByAny.has(name)) return false
  if (!isOpenGroup(group, context)) return true
  for (const name of usage.requestedByAny) if (leadsToName(group, name, context)) return false
  return true
}

/**
 * Whether a principal's roles on an account are unused. The principal has had the roles since the cutoff, but requested
 * no model on the account.
 */
export function areRolesUnused(loaded: LoadedPrincipal, grants: readonly RoleGrant[], context: LintContext): boolean {
  const { usage, state } = context
  const [first] = grants
  if (usage?.coversCutoff !== true || first === undefined) return false
  const account = getRow(state.providerAccounts, first.providerAccount)
  if (account.createdAt > usage.cutoff || grants.some((grant) => isRecent(loaded, grant, context))) return false
  for (const name of namesRequestedBy(principalOf(loaded), usage)) {
    if (leadsTo(account.id, name, context)) return false
  }
  return true
}

/**
 * Whether a requested name leads to an account. The name is a concrete model of the account, or a live alias with a
 * target on the account.
 */
function leadsTo(account: string, name: string, context: LintContext): boolean {
  const resolved = resolve(name, context.state)
  if (isDenied(resolved) || (resolved.alias !== undefined && !isLiveName(name, context))) return false
  return resolved.targets.some(({ providerAccount }) => providerAccount === account)
}

/**
 * Whether a manager role is unused: older than the cutoff, and no agent has managed the account by the role since then.
 */
export function isManagerRoleUnused(loaded: LoadedPrincipal, grant: RoleGrant, context: LintContext): boolean {
  const { usage, state } = context
  if (usage?.coversManagement !== true || isRecent(loaded, grant, context)) return false
  const { providerAccount } = grant
  if (getRow(state.providerAccounts, providerAccount).createdAt > usage.cutoff) return false
  const { type, row } = loaded
  if (type !== 'team') return usage.managed[type].get(row.id)?.has(providerAccount) !== true
  for (const user of related(state.index.teamMembers, row.id)) {
    if (usage.managed.user.get(user)?.has(providerAccount) === true) return false
  }
  return true
}

/** Whether an alias is older than the cutoff but unrequested by every principal. */
export function isAliasUnrequested({ id, createdAt }: ModelAlias, { usage }: LintContext): boolean {
  return usage?.coversCutoff === true && createdAt <= usage.cutoff && !usage.requestedByAny.has(id)
}
