import type { Command } from '../../../change/message/command.ts'
import type { RoleGrant } from '../../../model/noun/holding.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Agent } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'
import { endsOf } from '../../../model/value/window.ts'
import { isAdministrator, managedWindows } from '../../../policy/manage.ts'
import { systemCommand } from '../context/fix-command.ts'
import { areCovered, type LintContext, unexpiredWindows } from '../context/lint-context.ts'
import { isActive, type LoadedPrincipal, phraseOf, principalOf } from '../context/loaded-principal.ts'
import { isManagerRoleUnused } from '../context/unused.ts'
import { periodOf } from '../context/usage-index.ts'
import type { Detection, FindingCode } from '../finding.ts'

/** Detects roles without effect, and manager roles where the user role is enough. */
export function* findInRoles(loaded: LoadedPrincipal, context: LintContext): IterableIterator<Detection> {
  for (const grant of loaded.row.roleGrants) {
    const detection = findInRole(grant, loaded, context)
    if (detection !== undefined) yield detection
    const powerless = findPowerlessGiver(grant, loaded, context)
    if (powerless !== undefined) yield powerless
  }
}

/**
 * Detects a role whose giver could not grant the role now. Has no fix, because an operator must decide whether to
 * revoke the role or have another actor grant it.
 */
function findPowerlessGiver(
  { providerAccount, role, windows, grantedBy }: RoleGrant,
  loaded: LoadedPrincipal,
  { state, at }: LintContext,
): Detection | undefined {
  if (grantedBy === undefined || unexpiredWindows(windows, at).length === 0) return undefined
  const isAble =
    canAct(grantedBy, state) &&
    (isAdministrator(grantedBy, state) || areCovered(windows, managedWindows(grantedBy, providerAccount, state), at))
  if (isAble) return undefined
  const principal = principalOf(loaded)
  const message = `${phraseOf(principal)} has the ${role} role on provider account ${quote(providerAccount)} from ${phraseOf(grantedBy)}, who could not grant it now, revoke it or grant it again as another actor`
  return { code: 'role_giver_powerless', subject: { type: 'roleGrant', principal, providerAccount, role }, message }
}

function canAct({ type, id }: Agent, state: State): boolean {
  if (type === 'user') return findRow(state.users, id)?.status === 'active'
  const account = findRow(state.virtualAccounts, id)
  return account?.status === 'active' && findRow(state.organizations, account.organization)?.status === 'active'
}

function findInRole(grant: RoleGrant, loaded: LoadedPrincipal, context: LintContext): Detection | undefined {
  const { providerAccount, role } = grant
  const principal = principalOf(loaded)
  const revoke = systemCommand(context, { type: 'RevokeRole', principal, providerAccount, role })
  const found = (code: FindingCode, message: string, fix?: readonly Command[]): Detection => {
    const detection = {
      code,
      subject: { type: 'roleGrant', principal, providerAccount, role },
      message,
    } as const satisfies Partial<Detection>
    return fix === undefined ? detection : { ...detection, fix, isSimulated: context.usage !== undefined }
  }
  const who = phraseOf(principal)
  const account = `provider account ${quote(providerAccount)}`
  if (unexpiredWindows(grant.windows, context.at).length === 0) {
    return found('role_ended', `the ${role} role of ${who} on ${account} has ended, revoke it`, [revoke])
  }
  if (role === 'user') {
    if (!isWithinManager(grant, loaded, context)) return undefined
    const message = `${who} has the user role on ${account}, although its manager role lasts at least as long, revoke the user role`
    return found('role_redundant', message, [revoke])
  }
  const why = findExcess(grant, loaded, context)
  if (why !== undefined) {
    const message = `${who} is manager of ${account}, ${why}, grant it the user role instead`
    return found('manager_role_excessive', message, [...userRoleCommands(grant, loaded, context), revoke])
  }
  if (loaded.type !== 'virtualAccount' || context.usage?.coversManagement === true) return undefined
  const message = `${who} is manager of ${account}, grant a virtual account the user role unless it has to manage the account`
  return found('manager_role_discouraged', message)
}

/**
 * Returns why the user role would be enough, as a clause of the message. `undefined` if the manager role is or may be
 * in use.
 */
function findExcess(grant: RoleGrant, loaded: LoadedPrincipal, context: LintContext): string | undefined {
  if (!canManage(loaded, context)) return 'but no active user can act by that role'
  if (context.usage === undefined || !isManagerRoleUnused(loaded, grant, context)) return undefined
  return `but has not managed it ${periodOf(context.usage)}`
}

/**
 * Whether a principal's user role is covered by a manager role on the same account, for all windows of the user role.
 */
function isWithinManager(
  { providerAccount, windows }: RoleGrant,
  { row }: LoadedPrincipal,
  { at }: LintContext,
): boolean {
  const manager = row.roleGrants.find((one) => one.providerAccount === providerAccount && one.role === 'manager')
  return manager !== undefined && areCovered(windows, manager.windows, at)
}

/**
 * Returns commands that grant the user role in each window of the manager role. Leaves out windows that have ended or
 * that the user role already covers.
 */
function userRoleCommands(
  { providerAccount, windows }: RoleGrant,
  loaded: LoadedPrincipal,
  context: LintContext,
): Command[] {
  const { at } = context
  const user = loaded.row.roleGrants.find((one) => one.providerAccount === providerAccount && one.role === 'user')
  return unexpiredWindows(windows, at)
    .filter((window) => !areCovered([window], user?.windows ?? [], at))
    .map((window) =>
      systemCommand(context, {
        type: 'GrantRole',
        principal: principalOf(loaded),
        providerAccount,
        role: 'user',
        ...endsOf(window),
      }),
    )
}

/**
 * Whether an active agent can use the powers of a principal. For a team, any active member can; otherwise, only the
 * principal itself.
 */
export function canManage(loaded: LoadedPrincipal, { state }: LintContext): boolean {
  if (!isActive(loaded, state)) return false
  if (loaded.type !== 'team') return true
  for (const user of related(state.index.teamMembers, loaded.row.id)) {
    if (findRow(state.users, user)?.status === 'active') return true
  }
  return false
}
