import type { Command } from '../../../change/message/command.ts'
import type { RoleGrant } from '../../../model/noun/holding.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow } from '../../../model/table/table.ts'
import { quote } from '../../../model/value/quote.ts'
import { endsOf, order } from '../context/fix-command.ts'
import { areCovered, type LintContext, windowsAhead } from '../context/lint-context.ts'
import { isActive, nameOf, principalOf, type Subject } from '../context/principal-row.ts'
import { isPowerUnused } from '../context/used.ts'
import type { Draft, FindingCode } from '../finding.ts'

/** Roles that give nothing, and manager roles where the user role would do. */
export function* findInRoles(subject: Subject, scene: LintContext): IterableIterator<Draft> {
  for (const grant of subject.row.roleGrants) {
    const draft = findInRole(grant, subject, scene)
    if (draft !== undefined) yield draft
  }
}

function findInRole(grant: RoleGrant, subject: Subject, scene: LintContext): Draft | undefined {
  const { providerAccount, role } = grant
  const principal = principalOf(subject)
  const revoking = order(scene, { type: 'RevokeRole', principal, providerAccount, role })
  const found = (code: FindingCode, message: string, fix?: readonly Command[]): Draft => {
    const draft = { code, subject: { type: 'roleGrant', principal, providerAccount, role }, message } as const
    return fix === undefined ? draft : { ...draft, fix, isTried: scene.used !== undefined }
  }
  const who = nameOf(principal)
  const account = `provider account ${quote(providerAccount)}`
  if (windowsAhead(grant.windows, scene.at).length === 0) {
    return found('role_ended', `the time of the ${role} role of ${who} on ${account} is over, revoke it`, [revoking])
  }
  if (role === 'user') {
    if (!isWithinManager(grant, subject, scene)) return undefined
    const message = `${who} is a user of ${account} although it is its manager for as long, revoke the user role`
    return found('role_redundant', message, [revoking])
  }
  const why = !canManage(subject, scene)
    ? 'and nobody can act as that'
    : isPowerUnused(subject, grant, scene)
      ? 'and has not acted as that for as long as the usage log is asked about'
      : undefined
  if (why !== undefined) {
    const message = `${who} is manager of ${account}, ${why}, make it a user`
    return found('manager_role_excessive', message, [...downgrade(grant, subject, scene), revoking])
  }
  if (subject.type !== 'virtualAccount' || scene.used?.reachesPowers === true) return undefined
  const message = `${who} is manager of ${account}, prefer the user role for a virtual account unless it has to manage the account`
  return found('manager_role_discouraged', message)
}

function isWithinManager({ providerAccount, windows }: RoleGrant, { row }: Subject, { at }: LintContext): boolean {
  const manager = row.roleGrants.find((one) => one.providerAccount === providerAccount && one.role === 'manager')
  return manager !== undefined && areCovered(windows, manager.windows, at)
}

/** The commands that give the user role for as long as the manager role lasts. */
function downgrade({ providerAccount, windows }: RoleGrant, subject: Subject, scene: LintContext): Command[] {
  const { at } = scene
  const user = subject.row.roleGrants.find((one) => one.providerAccount === providerAccount && one.role === 'user')
  return windowsAhead(windows, at)
    .filter((window) => !areCovered([window], user?.windows ?? [], at))
    .map((window) =>
      order(scene, {
        type: 'GrantRole',
        principal: principalOf(subject),
        providerAccount,
        role: 'user',
        ...endsOf(window),
      }),
    )
}

/** Whether anybody could act with the powers of a principal: itself, or for a team an active member of it. */
export function canManage(subject: Subject, { state }: LintContext): boolean {
  if (!isActive(subject, state)) return false
  if (subject.type !== 'team') return true
  for (const user of related(state.index.teamMembers, subject.row.id)) {
    if (findRow(state.users, user)?.status === 'active') return true
  }
  return false
}
