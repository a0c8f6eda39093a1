import type { AccessGroup } from '../../../model/noun/access-group.ts'
import type { Assignment, Holdings } from '../../../model/noun/holding.ts'
import type { ProviderAccount } from '../../../model/noun/provider-account.ts'
import type { Team } from '../../../model/noun/team.ts'
import { membershipIn } from '../../../model/noun/user.ts'
import { countRelated, related } from '../../../model/table/relation.ts'
import { findRow, getRow, hasRow, rowsOf } from '../../../model/table/table.ts'
import { isSamePrincipal } from '../../../model/value/principal.ts'
import type { Scope, Selector } from '../../../model/value/selector.ts'
import {
  type Context,
  contextOfUser,
  findTeamContext,
  findVirtualAccountContext,
} from '../../../policy/context/context.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { isAvailable } from '../../../policy/route/effective-alias.ts'
import { reachOf } from '../../../policy/route/reach.ts'
import { isRetired, resolve } from '../../../policy/route/resolve.ts'
import { denyName, denyRoute, restrictionsOn } from '../../../policy/route/restrict.ts'
import { passesName, passesRoute } from '../../../policy/route/scope.ts'
import { aliasesNamedOn } from '../../any-model.ts'
import { cached } from '../../cached.ts'
import { accountsOf, namesOn, openPatternsOf } from '../../name.ts'
import { nameClasses } from '../../name-class.ts'
import { matchersOn } from '../../name-matcher.ts'
import { systemCommand } from '../context/fix-command.ts'
import { type LintContext, unexpiredWindows } from '../context/lint-context.ts'
import { liveNamesOf } from '../context/live-model.ts'
import { isActive, type LoadedPrincipal, phraseOf, principalOf } from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'
import { effectiveGroupsOf } from './assignment-rule.ts'
import { canManage } from './role-rule.ts'

/** Detects a wallet that cannot be spent: no call that the wallet would pay for is allowed, now or later. */
export function* findInWallet(loaded: LoadedPrincipal, context: LintContext): IterableIterator<Detection> {
  const { state } = context
  if (!loaded.row.metered || !isActive(loaded, state) || isSpendable(loaded, context)) return
  const principal = principalOf(loaded)
  const detection = { code: 'wallet_unspendable', subject: principal } as const satisfies Partial<Detection>
  const message = `no call can spend from the wallet of ${phraseOf(principal)}, because none that it would pay for is allowed`
  const { id } = principal
  if (loaded.type === 'user') {
    const fix = [systemCommand(context, { type: 'UpdateUser', user: id, metered: false })]
    yield { ...detection, message: `${message}, give it access or make it unmetered`, fix }
  } else if (isDefaultTeam(loaded, context)) {
    yield {
      ...detection,
      message: `${message}, give it access, or suspend it once no user has it as the default team: while it is suspended, their calls are denied`,
    }
  } else if (hasPowers(loaded, context)) {
    yield {
      ...detection,
      message: `${message}, decide whether to give it access or to suspend it, which also suspends its powers`,
    }
  } else {
    const suspension =
      loaded.type === 'team'
        ? systemCommand(context, { type: 'SuspendTeam', team: id })
        : systemCommand(context, { type: 'SuspendVirtualAccount', virtualAccount: id })
    yield { ...detection, message: `${message}, give it access or suspend it`, fix: [suspension] }
  }
}

/** Whether a team is the default team of any user. Suspending the team would deny the calls of such users. */
function isDefaultTeam({ type, row }: LoadedPrincipal, { state }: LintContext): boolean {
  if (type !== 'team') return false
  for (const user of related(state.index.teamMembers, row.id)) {
    if (getRow(state.users, user).defaultTeam === row.id) return true
  }
  return false
}

/** Whether suspending a team or virtual account would take a power to manage something from an agent. */
function hasPowers(loaded: LoadedPrincipal, context: LintContext): boolean {
  const { state, at } = context
  const { id, roleGrants } = loaded.row
  const isManager = roleGrants.some(
    ({ role, windows }) => role === 'manager' && unexpiredWindows(windows, at).length > 0,
  )
  if (isManager && canManage(loaded, context)) return true
  if (loaded.type !== 'team') {
    const principal = principalOf(loaded)
    return (
      state.administrators.some((administrator) => isSamePrincipal(administrator, principal)) ||
      countRelated(state.index.virtualAccountOrganizations, id) > 0
    )
  }
  for (const user of related(state.index.teamMembers, id)) {
    const row = getRow(state.users, user)
    if (row.status === 'active' && membershipIn(row.teams, id)?.role === 'manager') return true
  }
  return false
}

/**
 * Whether an allowed call could spend from a principal's wallet. A team also pays for the access of its memberships.
 */
function isSpendable(loaded: LoadedPrincipal, context: LintContext): boolean {
  if (yieldsAnyRoute(contextOf(loaded, context), () => namesReachedBy(loaded, context), loaded.row, context))
    return true
  return loaded.type === 'team' && isSpendableByMembers(loaded.row, context)
}

function isSpendableByMembers(team: Team, context: LintContext): boolean {
  const { state } = context
  for (const id of related(state.index.teamMembers, team.id)) {
    const user = getRow(state.users, id)
    const membership = membershipIn(user.teams, team.id)
    if (user.status !== 'active' || membership === undefined || membership.accessGroups.length === 0) continue
    const names = () => namesOfAssignments(membership.accessGroups, context)
    if (yieldsAnyRoute(findTeamContext(user, team, state), names, membership, context)) return true
  }
  return false
}

function* namesOfAssignments(assignments: readonly Assignment[], context: LintContext): IterableIterator<string> {
  const groups = assignments
    .map(({ accessGroup }) => findRow(context.state.accessGroups, accessGroup))
    .filter((group) => group !== undefined)
  for (const group of groups) yield* liveNamesOf(group, context)
  for (const account of openAccountsOf(groups, context)) yield* unlistedNamesOn(account, groups, context)
}

function contextOf(loaded: LoadedPrincipal, { state }: LintContext): Context | undefined {
  switch (loaded.type) {
    case 'user':
      return contextOfUser(loaded.row, state)
    case 'team':
      return findTeamContext(undefined, loaded.row, state)
    case 'virtualAccount':
      return findVirtualAccountContext(loaded.row, state)
  }
}

/**
 * Whether a call context (holders and payer) yields a route for any of the names. Checked now and at each later start
 * of a window.
 */
function yieldsAnyRoute(
  callContext: Context | undefined,
  names: () => Iterable<string>,
  holder: Partial<Holdings>,
  context: LintContext,
): boolean {
  if (callContext === undefined) return false
  const instants = instantsOf([holder, callContext.organization ?? {}], context)
  for (const name of names()) {
    if (instants.some((at) => yieldsRoute(callContext, name, at, context))) return true
  }
  return false
}

/**
 * Returns the instants at which access may begin: the context's instant, and each later start of a holder's window.
 */
export function instantsOf(holders: readonly Partial<Holdings>[], { at }: LintContext): readonly number[] {
  const instants = new Set([at])
  for (const { accessGroups = [], roleGrants = [] } of holders) {
    for (const { windows } of [...accessGroups, ...roleGrants]) {
      for (const { startsAt } of windows) if (startsAt !== undefined && startsAt > at) instants.add(startsAt)
    }
  }
  return [...instants]
}

/**
 * Yields the names that a principal may reach: live names of its groups, and models and aliases on accounts on which
 * the principal has a role.
 */
function* namesReachedBy(loaded: LoadedPrincipal, context: LintContext): IterableIterator<string> {
  const { state, at } = context
  const groups = effectiveGroupsOf(loaded, context).map(({ group }) => group)
  for (const group of groups) yield* liveNamesOf(group, context)
  const open = new Set(openAccountsOf(groups, context))
  for (const { providerAccount, windows } of loaded.row.roleGrants) {
    const account = findRow(state.providerAccounts, providerAccount)
    if (account?.status !== 'active' || unexpiredWindows(windows, at).length === 0) continue
    yield* namesOn(account, state)
    if (account.anyModel) open.add(account)
  }
  for (const account of open) yield* unlistedNamesOn(account, groups, context)
}

/** Returns the active accounts with `anyModel` whose unlisted models a group covers by a pattern. */
function openAccountsOf(groups: readonly AccessGroup[], { state }: LintContext): readonly ProviderAccount[] {
  const accounts = groups.flatMap((group) => accountsOf(group, state))
  return accounts.filter((account) => account.status === 'active' && openPatternsOf(groups, account).length > 0)
}

/**
 * Returns sample names of the unlisted models of an account with `anyModel`. One name represents all models that no
 * restriction or group distinguishes.
 */
function unlistedNamesOn(
  account: ProviderAccount,
  groups: readonly AccessGroup[],
  { unlistedNames, state }: LintContext,
): readonly string[] {
  const patterns = [...openPatternsOf(groups, account)].sort()
  return cached(unlistedNames, JSON.stringify([account.id, ...patterns]), () => {
    const matchers = matchersOn(account.id, { restrictions: rowsOf(state.restrictions), groups, scopes: [] })
    const aliases = new Set(aliasesNamedOn(account.id, state))
    const isTaken = (model: string): boolean => aliases.has(model) || hasRow(account.models, model)
    return nameClasses(account.id, matchers, isTaken).map(({ sample }) => `${account.id}/${sample}`)
  })
}

/**
 * Whether a call context (holders and payer) yields a route for a name at an instant. Restrictions that end are
 * ignored. `selectors`, if present, must pass the route.
 */
export function yieldsRoute(
  callContext: Context,
  name: string,
  at: number,
  { state }: LintContext,
  selectors?: readonly Selector[],
): boolean {
  const moment = evaluationTimeOf(at)
  const resolved = resolve(name, state)
  if (isDenied(resolved) || (resolved.alias !== undefined && isRetired(resolved.alias, moment))) return false
  const { reach, targets } = reachOf(callContext, resolved, moment)
  if (reach.length === 0) return false
  const input = { resolved, state, moment }
  const sets = restrictionsOn(callContext, input) ?? []
  const isLasting = (id: string): boolean => getRow(state.restrictions, id).window.expiresAt === undefined
  if (denyName(sets, input).some(isLasting)) return false
  const scope: Scope = selectors === undefined ? { type: 'all' } : { type: 'list', selectors }
  const isNamed = passesName(scope, resolved)
  return targets.some(
    (target) =>
      isAvailable(target, state) &&
      !denyRoute(sets, target, input).some(isLasting) &&
      (isNamed || passesRoute(scope, target)),
  )
}
