import { apply } from '../../../change/apply.ts'
import type { Command } from '../../../change/message/command.ts'
import { findAssignment } from '../../../change/noun/assignment.ts'
import type { AccessGroup } from '../../../model/noun/access-group.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow, getRow } from '../../../model/table/table.ts'
import { quote } from '../../../model/value/quote.ts'
import { forever } from '../../../model/value/window.ts'
import { identifyCaller } from '../../../policy/context/caller.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { accessTo, findAccess, isAccess } from '../../access.ts'
import { groupsReaching } from '../../holder.ts'
import { assigneesOf, isAssigned } from '../context/assignee.ts'
import { systemCommand, unassignCommands } from '../context/fix-command.ts'
import { type Assignee, isInBaseline, isLiveName, type LintContext, unexpiredWindows } from '../context/lint-context.ts'
import { isOpenGroup, liveNamesOf } from '../context/live-model.ts'
import { findLoadedPrincipal, type LoadedPrincipal, phraseOf, principalOf } from '../context/loaded-principal.ts'
import {
  areRolesUnused,
  isAssignmentUnused,
  isGroupUnrequested,
  isManagerRoleUnused,
  isRecent,
} from '../context/unused.ts'
import { periodOf, type Refusal } from '../context/usage-index.ts'
import type { Detection } from '../finding.ts'
import { hasOwnEffect, isEntitled } from './assignment-rule.ts'
import { canManage } from './role-rule.ts'

/** Detects assignments and roles that a principal has not used since the cutoff of the usage log. */
export function* findUnused(loaded: LoadedPrincipal, context: LintContext): IterableIterator<Detection> {
  if (context.usage?.coversCutoff !== true) return
  const period = periodOf(context.usage)
  const principal = principalOf(loaded)
  const who = phraseOf(principal)
  for (const assignment of loaded.row.accessGroups) {
    const { accessGroup } = assignment
    const unused = {
      code: 'assignment_unused',
      subject: { type: 'assignment', principal, accessGroup },
    } as const satisfies Partial<Detection>
    if (isInBaseline(unused, context)) continue
    if (!isAssignmentUnused(loaded, assignment, context) || !hasOwnEffect(assignment, loaded, context)) continue
    const fix = unassignCommands(principal, accessGroup, context)
    const message = `${who} has not requested a model of access group ${quote(accessGroup)} ${period}, unassign it`
    yield { ...unused, message, ...(fix === undefined ? {} : { fix, isSimulated: true }) }
  }
  for (const providerAccount of new Set(loaded.row.roleGrants.map((grant) => grant.providerAccount))) {
    const fix = findRevokeCommands(providerAccount, loaded, context)
    if (fix === undefined) continue
    const message = `${who} has not requested a model on provider account ${quote(providerAccount)} ${period}, revoke its role`
    yield {
      code: 'role_unused',
      subject: { type: 'roleGrant', principal, providerAccount },
      message,
      fix,
      isSimulated: true,
    }
  }
}

/**
 * Returns the commands that revoke a principal's roles on an account. `undefined` if the principal used, or may have
 * used, a model of the account or the power to manage the account.
 */
function findRevokeCommands(
  providerAccount: string,
  loaded: LoadedPrincipal,
  context: LintContext,
): Command[] | undefined {
  const grants = loaded.row.roleGrants.filter(
    (grant) => grant.providerAccount === providerAccount && unexpiredWindows(grant.windows, context.at).length > 0,
  )
  if (!areRolesUnused(loaded, grants, context)) return undefined
  const mayManage = grants.some(
    (grant) => grant.role === 'manager' && canManage(loaded, context) && !isManagerRoleUnused(loaded, grant, context),
  )
  if (mayManage) return undefined
  const principal = principalOf(loaded)
  return grants.map(({ role }) => systemCommand(context, { type: 'RevokeRole', principal, providerAccount, role }))
}

/** Detects an assigned but unused group: no principal has requested a model of the group since the cutoff. */
export function* findUnusedGroup(group: AccessGroup, context: LintContext): IterableIterator<Detection> {
  const accessGroup = group.id
  const unused = {
    code: 'access_group_unused',
    subject: { type: 'accessGroup', id: accessGroup },
  } as const satisfies Partial<Detection>
  if (context.usage === undefined || isInBaseline(unused, context)) return
  if (
    !isGroupUnrequested(group, context) ||
    !isAssigned(accessGroup, context) ||
    hasRecentAssignee(accessGroup, context)
  )
    return
  yield {
    ...unused,
    message: `no principal has requested a model of access group ${quote(accessGroup)} ${periodOf(context.usage)}, delete it`,
    fix: [systemCommand(context, { type: 'DeleteAccessGroup', accessGroup })],
    isSimulated: true,
  }
}

/**
 * Whether a group has an assignee that is too recent to have used the group. Ignores an assignee that has the same
 * models by another group.
 */
function hasRecentAssignee(accessGroup: string, context: LintContext): boolean {
  const previous = context.recentAssignees.get(accessGroup)
  if (previous !== undefined && isRecentAssignee(previous, accessGroup, context)) return true
  for (const assignee of assigneesOf(accessGroup, context)) {
    if (!isRecentAssignee(assignee, accessGroup, context)) continue
    context.recentAssignees.set(accessGroup, assignee)
    return true
  }
  return false
}

/**
 * Whether an assignee is too recent to have used a group. False if the assignee has the same models by another group. A
 * membership or organization with the group always counts as recent.
 */
function isRecentAssignee(assignee: Assignee, accessGroup: string, context: LintContext): boolean {
  const { state } = context
  if (assignee.type === 'member' || assignee.type === 'organization') {
    const windows = findAssignment({ accessGroup, principal: assignee }, state)?.windows ?? []
    return unexpiredWindows(windows, context.at).length > 0
  }
  const { type, id } = assignee
  if (type === 'plan') {
    if (findRow(state.plans, id)?.accessGroups.includes(accessGroup) !== true) return false
    for (const team of related(state.index.planTeams, id)) {
      if (isRecent({ type: 'team', row: getRow(state.teams, team) }, { windows: forever }, context)) return true
    }
    return false
  }
  const loaded = findLoadedPrincipal({ type, id }, state)
  const assignment = loaded && findAssignment({ accessGroup, principal: principalOf(loaded) }, state)
  if (assignment === undefined || loaded === undefined) return false
  return isRecent(loaded, assignment, context) && hasOwnEffect(assignment, loaded, context)
}

/**
 * Detects models that principals are repeatedly denied. The fix assigns the group with the fewest models that gives the
 * denied model.
 */
export function* findRefusedModels(context: LintContext): IterableIterator<Detection> {
  for (const refusal of context.usage?.refusals ?? []) {
    const detection = findInRefusal(refusal, context)
    if (detection !== undefined) yield detection
  }
}

function findInRefusal({ principal, model, count }: Refusal, context: LintContext): Detection | undefined {
  const { state } = context
  const loaded = findLoadedPrincipal(principal, state)
  if (loaded === undefined || !isLiveName(model, context) || !isStillRefused({ principal, model, count }, context))
    return undefined
  const message = `${phraseOf(principal)} was denied model alias ${quote(model)} ${count} times`
  const detection = {
    code: 'model_refused',
    subject: { type: 'refusal', principal, model },
  } as const satisfies Partial<Detection>
  for (const group of groupsFor(model, loaded, context)) {
    const fix = [systemCommand(context, { type: 'AssignAccessGroup', accessGroup: group.id, principal })]
    if (!givesAccess(fix, { principal, model, count }, context)) continue
    return {
      ...detection,
      message: `${message}, assign access group ${quote(group.id)} if it should have the model`,
      fix,
      isSimulated: true,
    }
  }
  return {
    ...detection,
    message: `${message}, and no access group within its entitlement gives it, decide whether to create one`,
  }
}

/** Whether the state still denies a principal the refused model for lack of a grant. */
function isStillRefused({ principal, model }: Refusal, { state, at }: LintContext): boolean {
  const moment = evaluationTimeOf(at)
  const caller = identifyCaller({ who: principal, operation: 'any' }, state, moment)
  if (isDenied(caller)) return false
  const found = findAccess(caller, model, state, moment)
  return !isAccess(found) && found.reason === 'model_not_granted'
}

/**
 * Returns the groups that hold an alias and that the principal's entitlement admits. Groups with the fewest live
 * aliases come first.
 */
function groupsFor(model: string, loaded: LoadedPrincipal, context: LintContext): AccessGroup[] {
  const sizeOf = (group: AccessGroup): number =>
    isOpenGroup(group, context) ? Number.POSITIVE_INFINITY : liveNamesOf(group, context).size
  const isWider = (group: AccessGroup): number => (group.allAliases || group.patterns.length > 0 ? 1 : 0)
  return [...groupsReaching(model, context.state)]
    .filter(({ id }) => isEntitled(loaded, id, context))
    .sort((a, b) => compare(sizeOf(a), sizeOf(b)) || isWider(a) - isWider(b) || (a.id < b.id ? -1 : 1))
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)

/** Whether a principal may use the refused model after the commands of a fix. */
function givesAccess(fix: readonly Command[], { principal, model }: Refusal, { state, at }: LintContext): boolean {
  let after = state
  for (const command of fix) {
    const applied = apply(command, after)
    if (!applied.ok) return false
    after = applied.state
  }
  const moment = evaluationTimeOf(at)
  const caller = identifyCaller({ who: principal, operation: 'any' }, after, moment)
  return !isDenied(caller) && accessTo(caller, model, after, moment) !== undefined
}
