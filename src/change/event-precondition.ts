import type { State } from '../model/state/state.ts'
import { getRow, hasRow } from '../model/table/table.ts'
import { isSamePrincipal } from '../model/value/principal.ts'
import { isAdministrator } from '../policy/manage.ts'
import type { Event } from './message/event.ts'
import type { Rejection } from './message/rejection.ts'
import { membershipIn, refuseUnknownMembers } from './noun/access-group.ts'
import { findAssignment } from './noun/assignment.ts'
import { refuseKnownDigest, refuseRevoked } from './noun/credential.ts'
import { findMembership, membershipEnd, refuseNotMember } from './noun/membership.ts'
import { modelRemoval, refuseModel, refuseUnlisted, removedReferences } from './noun/model.ts'
import { modelAliasDeletion, refuseCycle, refuseUnknownAlias, refuseUnknownTargets } from './noun/model-alias.ts'
import { organizationDeletion, refuseEntitlement } from './noun/organization.ts'
import { providerAccountDeletion, refuseUnlistedNames } from './noun/provider-account.ts'
import { findGrant } from './noun/role.ts'
import { teamDeletion } from './noun/team.ts'
import { userDeletion } from './noun/user.ts'
import { virtualAccountDeletion } from './noun/virtual-account.ts'
import {
  type RowNoun,
  refuseAnyUnknown,
  refuseExisting,
  refuseUnknown,
  refuseUnknownPrincipal,
  refuseUnknownSelector,
  refuseUnknownSubject,
} from './rule/reference.ts'
import { principalRow } from './rule/row.ts'

type EventOf<T extends Event['type']> = Extract<Event, { readonly type: T }>

/** What speaks against an event: nothing, what its command would have been told, or words of its own. */
type Against = Rejection | string | undefined
type Check<E> = (event: E, state: State) => Against
type Naming<N extends string> = { readonly [Key in N]: string }

/** The thing that an event names under its noun must be there. */
const known =
  <N extends RowNoun>(noun: N): Check<Naming<N>> =>
  (event, state) =>
    refuseUnknown(noun, event[noun], [noun], state)

/** The thing that an event makes must not be there yet. */
const fresh =
  <N extends RowNoun>(noun: N): Check<Naming<N>> =>
  (event, state) =>
    refuseExisting(noun, event[noun], [noun], state)

const knownGroups: Check<{ readonly accessGroups?: readonly string[] | undefined }> = ({ accessGroups = [] }, state) =>
  refuseAnyUnknown('accessGroup', accessGroups, ['accessGroups'], state)
const knownPlan: Check<{ readonly plan?: string | null | undefined }> = ({ plan }, state) =>
  typeof plan === 'string' ? refuseUnknown('plan', plan, ['plan'], state) : undefined
const knownEntitlement: Check<Pick<EventOf<'OrganizationUpdated'>, 'entitlement'>> = ({ entitlement }, state) =>
  entitlement && refuseEntitlement(entitlement, state)
const knownPrincipal: Check<Pick<EventOf<'RoleGranted'>, 'principal'>> = ({ principal }, state) =>
  refuseUnknownPrincipal(principal, ['principal'], state)
const knownMembers: Check<Pick<EventOf<'AccessGroupCreated'>, 'members'>> = ({ members }, state) =>
  refuseUnknownMembers(members, state)
const knownTargets: Check<Pick<EventOf<'ModelAliasCreated'>, 'targets'>> = ({ targets }, state) =>
  refuseUnknownTargets(targets, state)
const isMember: Check<{ readonly user: string; readonly team: string }> = (place, state) =>
  refuseNotMember(place, state)
const isUsable: Check<{ readonly credential: string }> = ({ credential }, state) => refuseRevoked(credential, state)

/** A deletion comes last, when all that goes along with the thing has gone by events of their own. */
function last(type: Event['type'], deletion: Iterable<Event>): Against {
  for (const event of deletion) return event.type === type ? undefined : `there must be a \`${event.type}\` before it`
  return 'it would change nothing'
}

const against = (isSo: boolean, words: string): Against => (isSo ? words : undefined)

/** What could speak against each event, in order: the first that does is told. An event without a line here does not compile. */
const checks: { readonly [T in Event['type']]: readonly Check<EventOf<T>>[] } = {
  AdministratorAdded: [
    ({ administrator }, state) =>
      refuseUnknownPrincipal(administrator, ['administrator'], state) ??
      against(isAdministrator(administrator, state), 'it is an administrator already'),
  ],
  AdministratorRemoved: [
    ({ administrator }, state) => against(!isAdministrator(administrator, state), 'it is no administrator'),
  ],

  OrganizationCreated: [fresh('organization'), knownEntitlement],
  OrganizationUpdated: [known('organization'), knownEntitlement],
  OrganizationSuspended: [known('organization')],
  OrganizationActivated: [known('organization')],
  OrganizationDeleted: [
    known('organization'),
    (event, state) => {
      return last(event.type, organizationDeletion(event, state))
    },
  ],
  OrganizationAdminAdded: [
    known('organization'),
    ({ organization, admin }, state) => {
      const { admins } = getRow(state.organizations, organization)
      const isAdmin = admins.some((other) => isSamePrincipal(other, admin))
      return refuseUnknownPrincipal(admin, ['admin'], state) ?? against(isAdmin, 'it is an admin already')
    },
  ],
  OrganizationAdminRemoved: [
    known('organization'),
    ({ organization, admin }, state) => {
      const { admins } = getRow(state.organizations, organization)
      return against(!admins.some((other) => isSamePrincipal(other, admin)), 'it is no admin')
    },
  ],

  UserCreated: [fresh('user')],
  UserUpdated: [known('user')],
  UserSuspended: [known('user')],
  UserActivated: [known('user')],
  UserDeleted: [known('user'), (event, state) => last(event.type, userDeletion(event, state))],
  DefaultTeamSet: [
    known('user'),
    ({ user, team }, state) => {
      return team === null ? undefined : isMember({ user, team }, state)
    },
  ],

  TeamCreated: [fresh('team'), known('organization'), knownGroups, knownPlan],
  TeamUpdated: [known('team')],
  TeamSuspended: [known('team')],
  TeamActivated: [known('team')],
  TeamDeleted: [known('team'), (event, state) => last(event.type, teamDeletion(event, event.team, state))],
  TeamMemberAdded: [
    known('team'),
    known('user'),
    (event, state) => {
      return against(findMembership(event, state) !== undefined, 'the user is in the team already')
    },
  ],
  TeamMemberRoleChanged: [isMember],
  TeamMemberRemoved: [isMember, (event, state) => last(event.type, membershipEnd(event, state))],
  TeamPlanSet: [known('team'), knownPlan],

  VirtualAccountCreated: [fresh('virtualAccount'), known('organization'), knownGroups],
  VirtualAccountUpdated: [known('virtualAccount')],
  VirtualAccountSuspended: [known('virtualAccount')],
  VirtualAccountActivated: [known('virtualAccount')],
  VirtualAccountDeleted: [
    known('virtualAccount'),
    (event, state) => {
      return last(event.type, virtualAccountDeletion(event, event.virtualAccount, state))
    },
  ],

  CredentialIssued: [
    fresh('credential'),
    ({ owner, team, digest }, state) => {
      return (
        refuseUnknownPrincipal(owner, ['owner'], state) ??
        refuseKnownDigest(digest, state) ??
        (team === undefined ? undefined : isMember({ user: owner.id, team }, state))
      )
    },
  ],
  CredentialUpdated: [known('credential'), isUsable],
  CredentialRotated: [known('credential'), isUsable, ({ digest }, state) => refuseKnownDigest(digest, state)],
  CredentialRevoked: [known('credential'), isUsable],
  CredentialDeleted: [known('credential')],

  ProviderAccountCreated: [fresh('providerAccount')],
  ProviderAccountUpdated: [
    known('providerAccount'),
    ({ providerAccount, anyModel }, state) => {
      return anyModel === false ? refuseUnlistedNames(providerAccount, state) : undefined
    },
  ],
  ProviderAccountSuspended: [known('providerAccount')],
  ProviderAccountActivated: [known('providerAccount')],
  ProviderAccountDeleted: [
    known('providerAccount'),
    (event, state) => {
      return last(event.type, providerAccountDeletion(event, state))
    },
  ],
  ModelsAdded: [
    known('providerAccount'),
    ({ providerAccount, models }, state) => {
      const listed = getRow(state.providerAccounts, providerAccount).models
      return against(
        models.some((model) => hasRow(listed, model)),
        'the account lists one of the models already',
      )
    },
  ],
  ModelsRemoved: [
    known('providerAccount'),
    refuseUnlisted,
    (event, state) => {
      return last(event.type, modelRemoval(event, [...removedReferences(event, state)]))
    },
  ],
  ModelSuspended: [refuseModel],
  ModelActivated: [refuseModel],
  RoleGranted: [knownPrincipal, known('providerAccount')],
  RoleRevoked: [
    knownPrincipal,
    (event, state) => {
      return against(findGrant(event, state) === undefined, 'the principal does not have the role')
    },
  ],

  ModelAliasCreated: [({ alias }, state) => refuseExisting('modelAlias', alias, ['alias'], state), knownTargets],
  ModelAliasUpdated: [refuseUnknownAlias],
  ModelAliasTargetsSet: [refuseUnknownAlias, knownTargets],
  ModelAliasDeprecated: [refuseUnknownAlias, refuseCycle],
  ModelAliasRetired: [refuseUnknownAlias, refuseCycle],
  ModelAliasActivated: [refuseUnknownAlias],
  ModelAliasDeleted: [refuseUnknownAlias, (event, state) => last(event.type, modelAliasDeletion(event, state))],

  AccessGroupCreated: [fresh('accessGroup'), knownMembers],
  AccessGroupUpdated: [known('accessGroup')],
  AccessGroupMembersAdded: [
    known('accessGroup'),
    knownMembers,
    ({ accessGroup, members }, state) => {
      return against(
        members.some(membershipIn(getRow(state.accessGroups, accessGroup))),
        'the group holds a member already',
      )
    },
  ],
  AccessGroupMembersRemoved: [
    known('accessGroup'),
    ({ accessGroup, members }, state) => {
      return against(!members.every(membershipIn(getRow(state.accessGroups, accessGroup))), 'the group lacks a member')
    },
  ],
  AccessGroupDeleted: [known('accessGroup')],
  AccessGroupAssigned: [knownPrincipal, known('accessGroup')],
  AccessGroupUnassigned: [
    knownPrincipal,
    (event, state) => {
      return against(findAssignment(event, state) === undefined, 'the principal does not hold the group')
    },
  ],
  AccessGroupsSet: [
    knownPrincipal,
    ({ principal, removed, added }, state) => {
      const held = new Set(principalRow(state, principal).accessGroups.map(({ accessGroup }) => accessGroup))
      return (
        refuseAnyUnknown('accessGroup', added, ['added'], state) ??
        against(!removed.every((id) => held.has(id)), 'the principal does not hold a group that it loses')
      )
    },
  ],

  RestrictionCreated: [
    fresh('restriction'),
    ({ subject, selector }, state) => {
      return refuseUnknownSubject(subject, state) ?? refuseUnknownSelector(selector, state)
    },
  ],
  RestrictionDeleted: [known('restriction')],

  PlanCreated: [fresh('plan'), knownGroups],
  PlanUpdated: [known('plan'), knownGroups],
  PlanDeleted: [known('plan')],

  CreditsAllocated: [
    ({ wallet }, state) => {
      const unknown = refuseUnknownPrincipal(wallet, ['wallet'], state)
      if (unknown) return unknown
      const { metered, incarnation } = principalRow(state, wallet)
      return against(!metered || incarnation !== wallet.incarnation, 'there is no such wallet')
    },
  ],
}

/** Why an event cannot have happened in a state, if it cannot: what it makes is there, or what it speaks of is not. */
export function findContradiction<T extends Event['type']>(event: EventOf<T>, state: State): string | undefined {
  for (const check of checks[event.type as T]) {
    const found = check(event, state)
    if (found !== undefined) return typeof found === 'string' ? found : found.message
  }
  return undefined
}
