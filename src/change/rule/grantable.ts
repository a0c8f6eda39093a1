import { targetsThrough } from '../../model/noun/access-group.ts'
import type { AccessRequest, RequestSubject, Wanted } from '../../model/noun/access-request.ts'
import { membershipIn } from '../../model/noun/user.ts'
import { organizationOf } from '../../model/state/row-invariant.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, hasRow, idsOf } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import { isSamePrincipal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf } from '../../policy/evaluation-time.ts'
import { isAdministrator } from '../../policy/manage.ts'
import { isRetired, type Resolved, resolve } from '../../policy/route/resolve.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { wordOf } from './reference.ts'

/** The parts of an access request that decide whether access can be granted. */
export type Asked = Pick<AccessRequest, 'requester' | 'subject'> & { readonly wanted: Wanted }

/**
 * Whether a user may request access for a virtual account: the user is an administrator, an admin of the account's
 * organization, or in one of its teams. False for an account that does not exist.
 */
export function mayRequestFor(virtualAccount: string, user: string, state: State): boolean {
  const organization = findRow(state.virtualAccounts, virtualAccount)?.organization
  if (organization === undefined) return false
  const agent = { type: 'user', id: user } as const
  if (isAdministrator(agent, state)) return true
  if (findRow(state.organizations, organization)?.admins.some((admin) => isSamePrincipal(admin, agent))) return true
  const teams = findRow(state.users, user)?.teams ?? []
  return teams.some(({ team }) => findRow(state.teams, team)?.organization === organization)
}

/**
 * Refuses access that cannot be granted: the subject or its organization is suspended, the requester may not request for
 * the subject, or no assignment could give what is wanted. A group or a model that does not exist, a retired alias, and
 * what the entitlement of the organization excludes give the same rejection, so a requester learns only what its
 * organization could give to the subject.
 */
export function refuseUngrantable(
  asked: Asked,
  path: Rejection['path'],
  at: Instant,
  state: State,
): Rejection | undefined {
  if (!isActive(asked, state)) {
    const message = `${nameOf(asked.subject)} is suspended or not open to requests of user ${quote(asked.requester)}, ask an administrator`
    return rejection('access_not_grantable', ['subject'], message)
  }
  if (isGrantable(asked, at, state)) return undefined
  const { wanted } = asked
  const name = wanted.type === 'model' ? `model ${quote(wanted.name)}` : `access group ${quote(wanted.id)}`
  const message = `${name} cannot be granted to ${nameOf(asked.subject)}, correct the name or ask an administrator`
  return rejection('access_not_grantable', path, message)
}

function nameOf(subject: RequestSubject): string {
  if (subject.type === 'member') return `user ${quote(subject.user)} in team ${quote(subject.team)}`
  return `${wordOf(subject.type)} ${quote(subject.id)}`
}

function isActive({ requester, subject }: Asked, state: State): boolean {
  const user = findRow(state.users, requester)
  if (user?.status !== 'active') return false
  const organization = organizationOf(subject, state)
  if (organization !== undefined && findRow(state.organizations, organization)?.status !== 'active') return false
  if (subject.type === 'user') return true
  if (subject.type === 'member') {
    return (
      membershipIn(user.teams, subject.team) !== undefined && findRow(state.teams, subject.team)?.status === 'active'
    )
  }
  const account = findRow(state.virtualAccounts, subject.id)
  return account?.status === 'active' && mayRequestFor(subject.id, requester, state)
}

function isGrantable({ subject, wanted }: Asked, at: Instant, state: State): boolean {
  const organization = organizationOf(subject, state)
  const entitlement = organization === undefined ? undefined : findRow(state.organizations, organization)?.entitlement
  const listed = entitlement?.type === 'list' ? entitlement.accessGroups : undefined
  if (wanted.type === 'accessGroup') {
    return listed === undefined ? hasRow(state.accessGroups, wanted.id) : listed.includes(wanted.id)
  }
  const resolved = findCurrent(wanted.name, evaluationTimeOf(at), state)
  if (resolved === undefined) return false
  return [...(listed ?? idsOf(state.accessGroups))].some((accessGroup) => givesModel(accessGroup, resolved, state))
}

/**
 * Resolves the name of a model. Returns `undefined` if the model does not exist, or is a retired alias. Notes the sunset of
 * an alias as a boundary.
 */
export function findCurrent(name: string, moment: EvaluationTime, state: State): Resolved | undefined {
  const resolved = resolve(name, state)
  if (isDenied(resolved)) return undefined
  return resolved.alias !== undefined && isRetired(resolved.alias, moment) ? undefined : resolved
}

/** Whether an access group gives a resolved model: by the alias, or by at least one of its routes. */
export function givesModel(accessGroup: string, resolved: Resolved, state: State): boolean {
  const group = findRow(state.accessGroups, accessGroup)
  return group !== undefined && targetsThrough(group, resolved) !== undefined
}
