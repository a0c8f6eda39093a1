import { apply } from '../../../change/apply.ts'
import type { Command } from '../../../change/message/command.ts'
import { findAssignment } from '../../../change/noun/assignment.ts'
import type { AccessGroup } from '../../../model/noun/access-group.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow, getRow } from '../../../model/table/table.ts'
import { quote } from '../../../model/value/quote.ts'
import { forever } from '../../../model/value/window.ts'
import { findAsking } from '../../../policy/context/caller.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { accessTo, findAccess, isAccess } from '../../access.ts'
import { groupsHolding } from '../../holder.ts'
import { order, unassign } from '../context/fix-command.ts'
import { holdersAhead, isHeld } from '../context/held.ts'
import {
  type Holder,
  isKnown,
  isLiveName,
  type LintContext,
  liveMembersOf,
  windowsAhead,
} from '../context/lint-context.ts'
import { findSubject, nameOf, principalOf, type Subject } from '../context/principal-row.ts'
import type { Refusal } from '../context/use.ts'
import { isAssignmentUnused, isGroupUnasked, isLately, isPowerUnused, isRoleUnused } from '../context/used.ts'
import type { Draft } from '../finding.ts'
import { isAdmitted, isOwnEffect } from './assignment-rule.ts'
import { canManage } from './role-rule.ts'

/** What a principal holds and did not use for as long as the usage log is asked about. */
export function* findUnused(subject: Subject, scene: LintContext): IterableIterator<Draft> {
  if (scene.used?.reaches !== true) return
  const principal = principalOf(subject)
  const who = nameOf(principal)
  for (const held of subject.row.accessGroups) {
    const { accessGroup } = held
    const assignment = { code: 'assignment_unused', subject: { type: 'assignment', principal, accessGroup } } as const
    if (isKnown(assignment, scene)) continue
    if (!isAssignmentUnused(subject, held, scene) || !isOwnEffect(held, subject, scene)) continue
    yield {
      ...assignment,
      message: `${who} has asked for nothing of access group ${quote(accessGroup)} for long enough, unassign it`,
      fix: unassign(principal, accessGroup, scene),
      isTried: true,
    }
  }
  for (const providerAccount of new Set(subject.row.roleGrants.map((grant) => grant.providerAccount))) {
    const fix = findRevocation(providerAccount, subject, scene)
    if (fix === undefined) continue
    const message = `${who} has asked for nothing on provider account ${quote(providerAccount)} for long enough, revoke its role`
    yield {
      code: 'role_unused',
      subject: { type: 'roleGrant', principal, providerAccount },
      message,
      fix,
      isTried: true,
    }
  }
}

/** The commands that take a principal's roles on an account, if neither a model nor a power was used by them. */
function findRevocation(providerAccount: string, subject: Subject, scene: LintContext): Command[] | undefined {
  const grants = subject.row.roleGrants.filter(
    (grant) => grant.providerAccount === providerAccount && windowsAhead(grant.windows, scene.at).length > 0,
  )
  if (!isRoleUnused(subject, grants, scene)) return undefined
  const mayManage = grants.some(
    (grant) => grant.role === 'manager' && canManage(subject, scene) && !isPowerUnused(subject, grant, scene),
  )
  if (mayManage) return undefined
  const principal = principalOf(subject)
  return grants.map(({ role }) => order(scene, { type: 'RevokeRole', principal, providerAccount, role }))
}

/** A group that is held and of which nobody asked for anything. */
export function* findUnusedGroup(group: AccessGroup, scene: LintContext): IterableIterator<Draft> {
  const accessGroup = group.id
  const unused = { code: 'access_group_unused', subject: { type: 'accessGroup', id: accessGroup } } as const
  if (isKnown(unused, scene)) return
  if (!isGroupUnasked(group, scene) || !isHeld(accessGroup, scene) || isHeldLately(accessGroup, scene)) return
  yield {
    ...unused,
    message: `nobody has asked for anything of access group ${quote(accessGroup)} for long enough, delete it`,
    fix: [order(scene, { type: 'DeleteAccessGroup', accessGroup })],
    isTried: true,
  }
}

/** Whether somebody has had no time to use a group. Who holds it to no effect of its own does not count. */
function isHeldLately(accessGroup: string, scene: LintContext): boolean {
  const last = scene.lately.get(accessGroup)
  if (last !== undefined && isLateHolder(last, accessGroup, scene)) return true
  for (const holder of holdersAhead(accessGroup, scene)) {
    if (!isLateHolder(holder, accessGroup, scene)) continue
    scene.lately.set(accessGroup, holder)
    return true
  }
  return false
}

function isLateHolder({ type, id }: Holder, accessGroup: string, scene: LintContext): boolean {
  const { state } = scene
  if (type === 'plan') {
    if (findRow(state.plans, id)?.accessGroups.includes(accessGroup) !== true) return false
    for (const team of related(state.index.planTeams, id)) {
      if (isLately({ type: 'team', row: getRow(state.teams, team) }, { windows: forever }, scene)) return true
    }
    return false
  }
  const subject = findSubject({ type, id }, state)
  const held = subject && findAssignment({ accessGroup, principal: principalOf(subject) }, state)
  if (held === undefined || subject === undefined) return false
  return isLately(subject, held, scene) && isOwnEffect(held, subject, scene)
}

/** Models that principals keep being refused, each with the group that would give it and opens least else. */
export function* findRefused(scene: LintContext): IterableIterator<Draft> {
  for (const refusal of scene.used?.refused ?? []) {
    const draft = findInRefusal(refusal, scene)
    if (draft !== undefined) yield draft
  }
}

function findInRefusal({ principal, model, count }: Refusal, scene: LintContext): Draft | undefined {
  const { state } = scene
  const subject = findSubject(principal, state)
  if (subject === undefined || !isLiveName(model, scene) || !isStillRefused({ principal, model, count }, scene))
    return undefined
  const message = `${nameOf(principal)} was refused model alias ${quote(model)} ${count} times`
  const draft = { code: 'model_refused', subject: { type: 'refusal', principal, model } } as const
  for (const group of groupsFor(model, subject, scene)) {
    const fix = [order(scene, { type: 'AssignAccessGroup', accessGroup: group.id, principal })]
    if (!opens(fix, { principal, model, count }, scene)) continue
    return {
      ...draft,
      message: `${message}, assign access group ${quote(group.id)} if it is to have it`,
      fix,
      isTried: true,
    }
  }
  return {
    ...draft,
    message: `${message}, and no access group that it may have would give it, decide whether to make one`,
  }
}

function isStillRefused({ principal, model }: Refusal, { state, at }: LintContext): boolean {
  const moment = evaluationTimeOf(at)
  const asking = findAsking(principal, undefined, state, moment)
  if (isDenied(asking)) return false
  const found = findAccess(asking, model, state, moment)
  return !isAccess(found) && found.reason === 'model_not_granted'
}

/** The groups that hold an alias and that a principal's ceiling lets through, those that open least first. */
function groupsFor(model: string, subject: Subject, scene: LintContext): AccessGroup[] {
  const sizeOf = (group: AccessGroup): number => liveMembersOf(group, scene).size
  const isWider = (group: AccessGroup): number => (group.allAliases || group.patterns.length > 0 ? 1 : 0)
  return [...groupsHolding(model, scene.state)]
    .filter(({ id }) => isAdmitted(subject, id, scene))
    .sort((a, b) => sizeOf(a) - sizeOf(b) || isWider(a) - isWider(b) || (a.id < b.id ? -1 : 1))
}

function opens(fix: readonly Command[], { principal, model }: Refusal, { state, at }: LintContext): boolean {
  let after = state
  for (const command of fix) {
    const applied = apply(command, after)
    if (!applied.ok) return false
    after = applied.state
  }
  const moment = evaluationTimeOf(at)
  const asking = findAsking(principal, undefined, after, moment)
  return !isDenied(asking) && accessTo(asking, model, after, moment) !== undefined
}
