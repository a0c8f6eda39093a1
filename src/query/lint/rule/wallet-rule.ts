import type { ProviderAccount } from '../../../model/noun/provider-account.ts'
import { countRelated, related } from '../../../model/table/relation.ts'
import { findRow, getRow } from '../../../model/table/table.ts'
import { isSamePrincipal } from '../../../model/value/principal.ts'
import { isAvailable } from '../../../policy/availability.ts'
import {
  type Context,
  contextOfUser,
  findTeamContext,
  findVirtualAccountContext,
} from '../../../policy/context/context.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { reachedTargets, reachOf } from '../../../policy/route/reach.ts'
import { isRetired, resolve } from '../../../policy/route/resolve.ts'
import { denyName, denyRoute, restrictionsOn } from '../../../policy/route/restrict.ts'
import { exceptionsOf, unnamedModel } from '../../any-model.ts'
import { namesOn } from '../../name.ts'
import { order } from '../context/fix-command.ts'
import { type LintContext, liveMembersOf, windowsAhead } from '../context/lint-context.ts'
import { isActive, nameOf, principalOf, type Subject } from '../context/principal-row.ts'
import type { Draft } from '../finding.ts'
import { effectiveOf } from './assignment-rule.ts'
import { canManage } from './role-rule.ts'

/** A wallet that no call makes pay, now or by time alone: whatever is in it is out of reach. */
export function* findInWallet(subject: Subject, scene: LintContext): IterableIterator<Draft> {
  const { state } = scene
  if (!subject.row.metered || !isActive(subject, state) || isSpendable(subject, scene)) return
  const principal = principalOf(subject)
  const draft = { code: 'wallet_unspendable', subject: principal } as const
  const message = `nobody can spend from the wallet of ${nameOf(principal)}, since no call that it would pay for is allowed`
  const { id } = principal
  if (subject.type === 'user') {
    const fix = [order(scene, { type: 'UpdateUser', user: id, metered: false })]
    yield { ...draft, message: `${message}, give it access or take the wallet away`, fix }
  } else if (hasPowers(subject, scene)) {
    yield {
      ...draft,
      message: `${message}, decide whether to give it access or to suspend it with the powers that it has`,
    }
  } else {
    const suspension =
      subject.type === 'team'
        ? order(scene, { type: 'SuspendTeam', team: id })
        : order(scene, { type: 'SuspendVirtualAccount', virtualAccount: id })
    yield { ...draft, message: `${message}, give it access or suspend it`, fix: [suspension] }
  }
}

/** Whether suspending a team or a virtual account would stop somebody from managing something. */
function hasPowers(subject: Subject, scene: LintContext): boolean {
  const { state, at } = scene
  const { id, roleGrants } = subject.row
  const isManager = roleGrants.some(({ role, windows }) => role === 'manager' && windowsAhead(windows, at).length > 0)
  if (isManager && canManage(subject, scene)) return true
  if (subject.type !== 'team') {
    const principal = principalOf(subject)
    return (
      state.administrators.some((administrator) => isSamePrincipal(administrator, principal)) ||
      countRelated(state.index.virtualAccountOrganizations, id) > 0
    )
  }
  for (const user of related(state.index.teamMembers, id)) {
    const row = getRow(state.users, user)
    if (row.status === 'active' && row.teams.some(({ team, role }) => team === id && role === 'manager')) return true
  }
  return false
}

/** Whether some call could make a principal pay. A user pays for what it has of its own; a team for its members' too. */
function isSpendable(subject: Subject, scene: LintContext): boolean {
  const { state } = scene
  if (subject.type === 'user') return yieldsAny(contextOfUser(subject.row, state), subject, scene)
  if (subject.type === 'virtualAccount') {
    return yieldsAny(findVirtualAccountContext(subject.row, state), subject, scene)
  }
  if (yieldsAny(findTeamContext(undefined, subject.row, state), subject, scene)) return true
  for (const id of related(state.index.teamMembers, subject.row.id)) {
    const row = getRow(state.users, id)
    if (row.status !== 'active' || row.accessGroups.length + row.roleGrants.length === 0) continue
    if (yieldsAny(findTeamContext(row, subject.row, state), { type: 'user', row }, scene)) return true
  }
  return false
}

/** Whether a context yields a route for any name that a holder in it leads to, now or when one of its windows starts. */
function yieldsAny(context: Context | undefined, holder: Subject, scene: LintContext): boolean {
  if (context === undefined || holder.row.accessGroups.length + holder.row.roleGrants.length + planned(holder) === 0) {
    return false
  }
  const instants = instantsOf(holder, scene)
  for (const name of namesOf(holder, scene)) {
    if (instants.some((at) => yieldsRoute(context, name, at, scene))) return true
  }
  return false
}

const planned = (holder: Subject): number => (holder.type === 'team' && holder.row.plan !== undefined ? 1 : 0)

function instantsOf({ row }: Subject, { at }: LintContext): readonly number[] {
  const instants = new Set([at])
  for (const { windows } of [...row.accessGroups, ...row.roleGrants]) {
    for (const { startsAt } of windows) if (startsAt !== undefined && startsAt > at) instants.add(startsAt)
  }
  return [...instants]
}

/** The names that a holder leads to: the live members of its groups, and what its roles open. */
function* namesOf(holder: Subject, scene: LintContext): IterableIterator<string> {
  const { state, at } = scene
  for (const { group } of effectiveOf(holder, scene)) yield* liveMembersOf(group, scene)
  for (const { providerAccount, windows } of holder.row.roleGrants) {
    const account = findRow(state.providerAccounts, providerAccount)
    if (account?.status !== 'active' || windowsAhead(windows, at).length === 0) continue
    yield* namesOn(account, state)
    if (account.anyModel) yield unnamedOn(account, scene)
  }
}

/** The name of a model that stands for all that an open account serves and that nothing speaks of. */
function unnamedOn(account: ProviderAccount, { unnamed, state }: LintContext): string {
  const known = unnamed.get(account.id)
  if (known !== undefined) return known
  const exceptions = exceptionsOf(account, { credential: undefined }, state)
  const found = `${account.id}/${unnamedModel(exceptions, account)}`
  unnamed.set(account.id, found)
  return found
}

/** Whether a context yields a route for a name at an instant, were it not for restrictions that have an end. */
function yieldsRoute(context: Context, name: string, at: number, { state }: LintContext): boolean {
  const moment = evaluationTimeOf(at)
  const resolved = resolve(name, state)
  if (isDenied(resolved) || (resolved.alias !== undefined && isRetired(resolved.alias, moment))) return false
  const reach = reachOf(context, resolved, moment)
  if (reach.length === 0) return false
  const sets = restrictionsOn(context, resolved, state) ?? []
  const isLasting = (id: string): boolean => getRow(state.restrictions, id).window.expiresAt === undefined
  if (denyName(sets, resolved, moment).some(isLasting)) return false
  return reachedTargets(reach, resolved.targets).some(
    (target) => isAvailable(target, state) && !denyRoute(sets, target, moment).some(isLasting),
  )
}
