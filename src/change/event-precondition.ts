import { assignmentLimit } from '../model/noun/holding.ts'
import type { State } from '../model/state/state.ts'
import { findRow, getRow, hasRow } from '../model/table/table.ts'
import { credit } from '../model/value/credit.ts'
import type { Holder, Principal } from '../model/value/principal.ts'
import type { Scope } from '../model/value/selector.ts'
import { covers } from '../model/value/window.ts'
import { isAdministrator } from '../policy/manage.ts'
import type { Event, EventOf } from './message/event.ts'
import type { Rejection } from './message/rejection.ts'
import * as accessGroup from './noun/access-group.ts'
import * as accessRequest from './noun/access-request.ts'
import * as assignment from './noun/assignment.ts'
import * as credential from './noun/credential.ts'
import * as invitation from './noun/invitation.ts'
import * as membership from './noun/membership.ts'
import * as modelAlias from './noun/model-alias.ts'
import * as organization from './noun/organization.ts'
import * as providerAccount from './noun/provider-account.ts'
import * as role from './noun/role.ts'
import { allowanceOf } from './rule/allowance.ts'
import { refuseManyAdministrators, refuseManyAdmins, refuseManyTeams } from './rule/limit.ts'
import { findInvitation } from './rule/place.ts'
import {
  type RowNoun,
  refuseAnyUnknown,
  refuseExisting,
  refuseUnknown,
  refuseUnknownHolder,
  refuseUnknownPrincipal,
  refuseUnknownSelector,
  refuseUnknownSelectors,
  refuseUnknownSubject,
} from './rule/reference.ts'
import { findAssignments, isSame, principalRow } from './rule/row.ts'

/** The result of a check: `undefined` if the precondition holds, otherwise a rejection or a message with the reason. */
type Unmet = Rejection | string | undefined

/** A function that checks one precondition of an event. `state` is the state before the event. */
export type Precondition<E> = (event: E, state: State) => Unmet

const unmetIf = (isUnmet: boolean, message: string): Unmet => (isUnmet ? message : undefined)

type Naming<N extends string> = { readonly [Field in N]: string }

/**
 * Makes a precondition: the row that the event names must exist. `noun` is the kind of row, and the event field with
 * the id.
 */
export const known =
  <N extends RowNoun>(noun: N): Precondition<Naming<N>> =>
  (event, state) =>
    refuseUnknown(noun, event[noun], [noun], state)

/**
 * Makes a precondition: the row that the event creates must not exist yet. `noun` is the kind of row, and the event
 * field with the id.
 */
export const fresh =
  <N extends RowNoun>(noun: N): Precondition<Naming<N>> =>
  (event, state) =>
    refuseExisting(noun, event[noun], [noun], state)

/**
 * Makes a precondition: the event must be the last of its cascade. For example, the events that delete a team's keys
 * must already be applied before `TeamDeleted`.
 */
export const afterCascade =
  <C>(cascade: (event: C, state: State) => Iterable<Event>): Precondition<C & Pick<Event, 'type'>> =>
  (event, state) => {
    for (const { type } of cascade(event, state)) {
      return unmetIf(type !== event.type, `there must be a \`${type}\` before it`)
    }
    return 'it would change nothing'
  }

/** The access groups that the event names must exist. */
export const knownGroups: Precondition<{ readonly accessGroups?: readonly string[] | undefined }> = (event, state) =>
  refuseAnyUnknown('accessGroup', event.accessGroups ?? [], ['accessGroups'], state)

/** The plan that the event names, if any, must exist. */
export const knownPlan: Precondition<{ readonly plan?: string | null | undefined }> = ({ plan }, state) =>
  typeof plan === 'string' ? refuseUnknown('plan', plan, ['plan'], state) : undefined

/** The access groups that the event's entitlement lists, if any, must exist. */
export const knownEntitlement: Precondition<Pick<EventOf<'OrganizationUpdated'>, 'entitlement'>> = (event, state) =>
  event.entitlement && organization.refuseEntitlement(event.entitlement, state)

/** The holder that the event names must exist. */
export const knownHolder: Precondition<{ readonly principal: Holder }> = ({ principal }, state) =>
  refuseUnknownHolder(principal, ['principal'], state)

/** The principal that the event names must exist. */
export const knownPrincipal: Precondition<{ readonly principal: Principal }> = ({ principal }, state) =>
  refuseUnknownPrincipal(principal, ['principal'], state)

/** The aliases, provider accounts and models that the event's members name must exist. */
export const knownMembers: Precondition<Pick<EventOf<'AccessGroupCreated'>, 'members'>> = ({ members }, state) =>
  accessGroup.refuseUnknownMembers(members, state)

/** Each of the event's targets must be a model that its provider account serves. */
export const knownTargets: Precondition<Pick<EventOf<'ModelAliasCreated'>, 'targets'>> = ({ targets }, state) =>
  modelAlias.refuseUnknownTargets(targets, state)

/** The alias that the event creates must not exist yet. */
export const freshAlias: Precondition<EventOf<'ModelAliasCreated'>> = ({ alias }, state) =>
  refuseExisting('modelAlias', alias, ['alias'], state)

/** If the event names a team, the user must be a member of the team. */
export const isMember: Precondition<{ readonly user: string; readonly team: string | null }> = (event, state) =>
  event.team === null ? undefined : membership.refuseNotMember({ user: event.user, team: event.team }, state)

/** The user must not be a member of the team, and must be in less than 1,000 teams. */
export const notMember: Precondition<EventOf<'TeamMemberAdded'>> = (event, state) =>
  unmetIf(membership.findMembership(event, state) !== undefined, 'the user is in the team already') ??
  refuseManyTeams(event.user, state)

/**
 * The user must not be in the team, and must not be invited already with the same role, end and inviter. The team must
 * have room for the invitation. The user need not exist.
 */
export const invitable: Precondition<EventOf<'TeamMemberInvited'>> = (event, state) =>
  unmetIf(membership.findMembership(event, state) !== undefined, 'the user is in the team already') ??
  unmetIf(invitation.isInvitedAlready(event, state), 'the user is invited already') ??
  invitation.refuseFull(event, state)

/** The team must have an invitation of the user, ended or not. */
export const isInvited: Precondition<Naming<'team' | 'user'>> = (event, state) =>
  unmetIf(findInvitation(event, state) === undefined, 'the user is not invited')

/** The agent must exist and must not be an administrator. There must be less than 1,000 administrators. */
export const newAdministrator: Precondition<EventOf<'AdministratorAdded'>> = ({ administrator }, state) =>
  refuseUnknownPrincipal(administrator, ['administrator'], state) ??
  unmetIf(isAdministrator(administrator, state), 'it is an administrator already') ??
  refuseManyAdministrators(state)

/** The agent must be an administrator. */
export const oldAdministrator: Precondition<EventOf<'AdministratorRemoved'>> = ({ administrator }, state) =>
  unmetIf(!isAdministrator(administrator, state), 'it is not an administrator')

/** The agent must exist and must not be an admin of the organization, which must have less than 1,000. */
export const newAdmin: Precondition<EventOf<'OrganizationAdminAdded'>> = (event, state) =>
  refuseUnknownPrincipal(event.admin, ['admin'], state) ??
  unmetIf(organization.isOrganizationAdmin(event, state), 'it is an admin already') ??
  refuseManyAdmins(event.organization, state)

/** The agent must be an admin of the organization. */
export const oldAdmin: Precondition<EventOf<'OrganizationAdminRemoved'>> = (event, state) =>
  unmetIf(!organization.isOrganizationAdmin(event, state), 'it is not an admin')

/**
 * The owner of the new credential must exist and be a member of the credential's team, if any. The digest must be new.
 */
export const issuable: Precondition<EventOf<'CredentialIssued'>> = ({ owner, team, digest }, state) =>
  refuseUnknownPrincipal(owner, ['owner'], state) ??
  credential.refuseKnownDigest(digest, state) ??
  (team === undefined ? undefined : membership.refuseNotMember({ user: owner.id, team }, state))

/** If the event has a scope, the aliases, models and provider accounts that the scope names must exist. */
export const knownSelectors: Precondition<{ readonly scope?: Scope | undefined }> = ({ scope }, state) =>
  refuseUnknownSelectors(scope, state)

/** The credential must not be revoked. */
export const notRevoked: Precondition<Naming<'credential'>> = (event, state) =>
  credential.refuseRevoked(event.credential, state)

/**
 * A new digest must not belong to any credential. An event with the current digest must change the overlap or the
 * expiry.
 */
export const rotatable: Precondition<EventOf<'CredentialRotated'>> = (event, state) =>
  getRow(state.credentials, event.credential).digest === event.digest
    ? unmetIf(!credential.isRotated(event, state), 'it would change nothing')
    : credential.refuseKnownDigest(event.digest, state)

/** If the event sets `anyModel: false`, the account must list every model of the account that another row names. */
export const listedNames: Precondition<EventOf<'ProviderAccountUpdated'>> = (event, state) =>
  event.anyModel === false ? providerAccount.refuseUnlistedNames(event.providerAccount, state) : undefined

/** The account must list none of the models that the event adds. */
export const freshModels: Precondition<EventOf<'ModelsAdded'>> = (event, state) => {
  const listed = getRow(state.providerAccounts, event.providerAccount).models
  return unmetIf(
    event.models.some((model) => hasRow(listed, model)),
    'the account lists one of the models already',
  )
}

/** The role or its window must not exceed the limit of the principal. */
export const grantable: Precondition<EventOf<'RoleGranted'>> = (event, state) => role.refuseFullGrant(event, state)

/** The group or its window must not exceed the limit of the holder. */
export const assignable: Precondition<EventOf<'AccessGroupAssigned'>> = (event, state) =>
  assignment.refuseFullAssignment(event, state)

/** The principal must have the role that the event revokes. */
export const hasGrant: Precondition<EventOf<'RoleRevoked'>> = (event, state) =>
  unmetIf(role.findGrant(event, state) === undefined, 'the principal does not have the role')

/** The access group must have none of the members that the event adds. */
export const freshMembers: Precondition<EventOf<'AccessGroupMembersAdded'>> = (event, state) => {
  const isIn = accessGroup.membershipIn(getRow(state.accessGroups, event.accessGroup))
  return unmetIf(event.members.some(isIn), 'the group has a member already')
}

/** The access group must have all of the members that the event removes. */
export const hasMembers: Precondition<EventOf<'AccessGroupMembersRemoved'>> = (event, state) => {
  const isIn = accessGroup.membershipIn(getRow(state.accessGroups, event.accessGroup))
  return unmetIf(!event.members.every(isIn), 'the group lacks a member')
}

/** The access group must be assigned to the holder that loses it. */
export const hasGroup: Precondition<EventOf<'AccessGroupUnassigned'>> = (event, state) =>
  unmetIf(assignment.findAssignment(event, state) === undefined, 'the holder does not have the group')

/** The added groups must exist, and the removed groups must be assigned to the holder. */
export const settableGroups: Precondition<EventOf<'AccessGroupsSet'>> = ({ principal, removed, added }, state) => {
  const assigned = new Set(findAssignments(state, principal)?.map((one) => one.accessGroup))
  return (
    refuseAnyUnknown('accessGroup', added, ['added'], state) ??
    unmetIf(!removed.every((id) => assigned.has(id)), 'the holder does not have a group that it loses') ??
    unmetIf(
      assigned.size - removed.length + added.filter((id) => !assigned.has(id)).length > assignmentLimit,
      `the holder would have more than ${assignmentLimit} groups`,
    )
  )
}

/** The requester must exist and may request for the subject. The request must be new and fit the limit of the requester. */
export const requestable: Precondition<EventOf<'AccessRequested'>> = (event, state) => {
  const { request, subject, wanted, actor } = event
  return (
    accessRequest.refuseForeign(event) ??
    refuseUnknown('user', actor.type === 'user' ? actor.id : '', ['actor'], state) ??
    accessRequest.refuseHiddenAccount(event, state) ??
    refuseExisting('accessRequest', request, ['request'], state) ??
    (subject.type === 'member' ? membership.refuseNotMember(subject, state) : undefined) ??
    (wanted.type === 'accessGroup' ? refuseUnknown('accessGroup', wanted.id, ['wanted'], state) : undefined) ??
    accessRequest.refuseManyRequests(event, state)
  )
}

/** The access request must exist and be pending. */
export const pendingRequest: Precondition<EventOf<'AccessApproved' | 'AccessDenied' | 'RequestWithdrawn'>> = (
  { at, request },
  state,
) => refuseUnknown('accessRequest', request, ['request'], state) ?? accessRequest.refuseEnded(request, at, state)

/** The subject must have the access group for the approved time, and the approver must not be the requester. */
export const isAssigned: Precondition<EventOf<'AccessApproved'>> = (event, state) => {
  const { at, actor, accessGroup, expiresAt } = event
  const request = getRow(state.accessRequests, event.request)
  const windows = assignment.findAssignment({ accessGroup, principal: request.subject }, state)?.windows ?? []
  return (
    accessRequest.refuseOwn(actor, request) ??
    unmetIf(!windows.some((window) => covers(window, { startsAt: at, expiresAt })), 'the group is not assigned')
  )
}

/** The subject of the restriction and the row that its selector names, if any, must exist. */
export const knownScope: Precondition<EventOf<'RestrictionCreated'>> = ({ subject, selector }, state) =>
  refuseUnknownSubject(subject, state) ?? refuseUnknownSelector(selector, ['selector'], state)

/** The wallet must exist: its principal must exist, in the same incarnation, and be metered. */
export const knownWallet: Precondition<EventOf<'CreditsAllocated'>> = ({ wallet }, state) => {
  const unknown = refuseUnknownPrincipal(wallet, ['wallet'], state)
  if (unknown) return unknown
  const { metered, incarnation } = principalRow(state, wallet)
  return unmetIf(!metered || incarnation !== wallet.incarnation, 'the wallet does not exist')
}

/** The team must be on the plan that brings the credits, if any, and must not have received credits of the plan. */
export const dueCredits: Precondition<EventOf<'CreditsAllocated'>> = ({ wallet, amount, plan }, state) => {
  if (plan === undefined) return undefined
  const team = wallet.type === 'team' ? findRow(state.teams, wallet.id) : undefined
  if (team?.plan !== plan) return 'the team is not on the plan'
  return (
    unmetIf(team.creditedPlans.includes(plan), 'the team has received credits of the plan already') ??
    unmetIf(!isSame(findRow(state.plans, plan)?.credits, { amount }), 'the plan does not bring these credits')
  )
}

/** The amount must be that of the team's plan in the same period, or zero if the wallet has no allowance by a plan. */
export const dueAllowance: Precondition<EventOf<'AllowanceSet'>> = ({ wallet, amount, period }, state) => {
  if (wallet.incarnation > state.version) return 'the wallet does not exist'
  const team = findRow(state.teams, wallet.id)
  const allowance = team?.incarnation === wallet.incarnation ? allowanceOf(team, state) : undefined
  const isDue = allowance === undefined ? credit(amount) === 0n : isSame(allowance, { amount, period })
  return unmetIf(!isDue, "it is not the allowance by the team's plan")
}
