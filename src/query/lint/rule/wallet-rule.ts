import type { ProviderAccount } from '../../../model/noun/provider-account.ts'
import { countRelated, related } from '../../../model/table/relation.ts'
import { findRow, getRow } from '../../../model/table/table.ts'
import { isSamePrincipal } from '../../../model/value/principal.ts'
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
import { exceptionsOf, openClassesOf } from '../../any-model.ts'
import { cached } from '../../cached.ts'
import { accountsOf, modelsNamedOn, namesOn, openPatternsOf } from '../../name.ts'
import { systemCommand } from '../context/fix-command.ts'
import { type LintContext, unexpiredWindows } from '../context/lint-context.ts'
import { liveNamesOf } from '../context/live-model.ts'
import { isActive, type LoadedPrincipal, phraseOf, principalOf } from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'
import { effectiveGroupsOf } from './assignment-rule.ts'
import { canManage } from './role-rule.ts'

/** Detects a wallet from which no allowed call can pay, now or at any later instant unless the state changes. */
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

/** Whether suspending a team or a virtual account would take away an agent's power to manage something. */
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
    if (row.status === 'active' && row.teams.some(({ team, role }) => team === id && role === 'manager')) return true
  }
  return false
}

/** Whether any call could make a principal pay. Each pays for its own access only. */
function isSpendable(loaded: LoadedPrincipal, context: LintContext): boolean {
  return yieldsAnyRoute(contextOf(loaded, context), loaded, context)
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
 * Whether a call context yields a route for any name that a principal reaches. Checks the current instant and each
 * later start of a window of the principal.
 */
function yieldsAnyRoute(callContext: Context | undefined, loaded: LoadedPrincipal, context: LintContext): boolean {
  if (
    callContext === undefined ||
    loaded.row.accessGroups.length + loaded.row.roleGrants.length + countPlans(loaded) === 0
  ) {
    return false
  }
  const instants = instantsOf(loaded, context)
  for (const name of namesReachedBy(loaded, context)) {
    if (instants.some((at) => yieldsRoute(callContext, name, at, context))) return true
  }
  return false
}

const countPlans = ({ type, row }: LoadedPrincipal): number => (type === 'team' && row.plan !== undefined ? 1 : 0)

/** The instant of the lint context, and each later instant at which a window of a principal starts. */
function instantsOf({ row }: LoadedPrincipal, { at }: LintContext): readonly number[] {
  const instants = new Set([at])
  for (const { windows } of [...row.accessGroups, ...row.roleGrants]) {
    for (const { startsAt } of windows) if (startsAt !== undefined && startsAt > at) instants.add(startsAt)
  }
  return [...instants]
}

/**
 * The names that a principal reaches: the live members of its groups, and the models and aliases on accounts on which
 * the principal has a role.
 */
function* namesReachedBy(loaded: LoadedPrincipal, context: LintContext): IterableIterator<string> {
  const { state, at } = context
  const groups = effectiveGroupsOf(loaded, context).map(({ group }) => group)
  for (const group of groups) yield* liveNamesOf(group, context)
  for (const account of new Set(groups.flatMap((group) => accountsOf(group, state)))) {
    if (account.status === 'active') yield* openNamesOn(account, openPatternsOf(groups, account), context)
  }
  for (const { providerAccount, windows } of loaded.row.roleGrants) {
    const account = findRow(state.providerAccounts, providerAccount)
    if (account?.status !== 'active' || unexpiredWindows(windows, at).length === 0) continue
    yield* namesOn(account, state)
    if (account.anyModel) yield* openNamesOn(account, ['*'], context)
  }
}

/** Names that represent the models that an account with `anyModel` serves and the state does not mention, by patterns. */
function openNamesOn(
  account: ProviderAccount,
  patterns: readonly string[],
  { openNames, state }: LintContext,
): readonly string[] {
  if (patterns.length === 0) return []
  return cached(openNames, JSON.stringify([account.id, ...patterns]), () => {
    const exceptions = exceptionsOf(account, { credential: undefined }, state)
    const mentioned = new Set([...exceptions, ...modelsNamedOn(account.id, state)])
    return openClassesOf(account, patterns, mentioned).classes.map(({ name }) => `${account.id}/${name}`)
  })
}

/** Whether a call context yields a route for a name at an instant. Restrictions with an end are ignored. */
function yieldsRoute(callContext: Context, name: string, at: number, { state }: LintContext): boolean {
  const moment = evaluationTimeOf(at)
  const resolved = resolve(name, state)
  if (isDenied(resolved) || (resolved.alias !== undefined && isRetired(resolved.alias, moment))) return false
  const { reach, targets } = reachOf(callContext, resolved, moment)
  if (reach.length === 0) return false
  const sets = restrictionsOn(callContext, resolved, state) ?? []
  const isLasting = (id: string): boolean => getRow(state.restrictions, id).window.expiresAt === undefined
  if (denyName(sets, resolved, moment).some(isLasting)) return false
  return targets.some((target) => isAvailable(target, state) && !denyRoute(sets, target, moment).some(isLasting))
}
