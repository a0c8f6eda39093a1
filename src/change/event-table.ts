import type { State } from '../model/state/state.ts'
import * as check from './event-precondition.ts'
import { afterCascade, fresh, known } from './event-precondition.ts'
import type { Event, EventOf } from './message/event.ts'
import * as accessGroup from './noun/access-group.ts'
import * as accessRequest from './noun/access-request.ts'
import * as administrator from './noun/administrator.ts'
import * as assignment from './noun/assignment.ts'
import * as credential from './noun/credential.ts'
import * as credit from './noun/credit.ts'
import * as invitation from './noun/invitation.ts'
import * as membership from './noun/membership.ts'
import * as model from './noun/model.ts'
import * as modelAlias from './noun/model-alias.ts'
import * as organization from './noun/organization.ts'
import * as plan from './noun/plan.ts'
import * as providerAccount from './noun/provider-account.ts'
import * as restriction from './noun/restriction.ts'
import * as role from './noun/role.ts'
import * as team from './noun/team.ts'
import * as user from './noun/user.ts'
import * as virtualAccount from './noun/virtual-account.ts'
import { credentialDeletion } from './rule/cascade.ts'
import { refuseUnlisted } from './rule/reference.ts'

/**
 * The functions of an event type. The first, `evolve`, returns the changed state, but with the old version. The other
 * functions check the preconditions in order, and the first unmet precondition is reported.
 */
type Entry<E> = readonly [evolve: (state: State, event: E) => State, ...preconditions: readonly check.Precondition<E>[]]

const listedModel: check.Precondition<EventOf<'ModelSuspended' | 'ModelActivated'>> = (event, state) =>
  refuseUnlisted(event, [], state)

/** For each event type, the function `evolve` and the preconditions. A missing entry is a compile error. */
const events: { readonly [T in Event['type']]: Entry<EventOf<T>> } = {
  AdministratorAdded: [administrator.administratorAdded, check.newAdministrator],
  AdministratorRemoved: [administrator.administratorRemoved, check.oldAdministrator],

  OrganizationCreated: [organization.organizationCreated, fresh('organization'), check.knownEntitlement],
  OrganizationUpdated: [organization.organizationUpdated, known('organization'), check.knownEntitlement],
  OrganizationSuspended: [organization.organizationSuspended, known('organization')],
  OrganizationActivated: [organization.organizationActivated, known('organization')],
  OrganizationDeleted: [
    organization.organizationDeleted,
    known('organization'),
    afterCascade(organization.organizationDeletion),
  ],
  OrganizationAdminAdded: [organization.organizationAdminAdded, known('organization'), check.newAdmin],
  OrganizationAdminRemoved: [organization.organizationAdminRemoved, known('organization'), check.oldAdmin],

  UserCreated: [user.userCreated, fresh('user')],
  UserUpdated: [user.userUpdated, known('user')],
  UserSuspended: [user.userSuspended, known('user')],
  UserActivated: [user.userActivated, known('user')],
  UserDeleted: [user.userDeleted, known('user'), afterCascade(user.userDeletion)],
  DefaultTeamSet: [user.defaultTeamSet, known('user'), check.isMember],

  TeamCreated: [team.teamCreated, fresh('team'), known('organization'), check.knownGroups, check.knownPlan],
  TeamUpdated: [team.teamUpdated, known('team')],
  TeamSuspended: [team.teamSuspended, known('team')],
  TeamActivated: [team.teamActivated, known('team')],
  TeamDeleted: [team.teamDeleted, known('team'), afterCascade(team.teamDeletion)],
  TeamMemberAdded: [membership.teamMemberAdded, known('team'), known('user'), check.notMember],
  TeamMemberRoleChanged: [membership.teamMemberRoleChanged, check.isMember],
  TeamMemberRemoved: [membership.teamMemberRemoved, check.isMember, afterCascade(membership.membershipEnd)],
  TeamMemberInvited: [invitation.teamMemberInvited, known('team'), check.invitable],
  InvitationWithdrawn: [invitation.invitationWithdrawn, known('team'), check.isInvited],
  InvitationAccepted: [invitation.invitationAccepted, known('team'), check.isInvited],
  InvitationDeclined: [invitation.invitationDeclined, known('team'), check.isInvited],
  TeamPlanSet: [team.teamPlanSet, known('team'), check.knownPlan],

  VirtualAccountCreated: [
    virtualAccount.virtualAccountCreated,
    fresh('virtualAccount'),
    known('organization'),
    check.knownGroups,
  ],
  VirtualAccountUpdated: [virtualAccount.virtualAccountUpdated, known('virtualAccount')],
  VirtualAccountSuspended: [virtualAccount.virtualAccountSuspended, known('virtualAccount')],
  VirtualAccountActivated: [virtualAccount.virtualAccountActivated, known('virtualAccount')],
  VirtualAccountDeleted: [
    virtualAccount.virtualAccountDeleted,
    known('virtualAccount'),
    afterCascade(virtualAccount.virtualAccountDeletion),
  ],

  CredentialIssued: [credential.credentialIssued, fresh('credential'), check.issuable, check.knownSelectors],
  CredentialUpdated: [credential.credentialUpdated, known('credential'), check.notRevoked, check.knownSelectors],
  CredentialRotated: [credential.credentialRotated, known('credential'), check.notRevoked, check.rotatable],
  CredentialRevoked: [credential.credentialRevoked, known('credential'), check.notRevoked],
  CredentialSuspended: [credential.credentialSuspended, known('credential'), check.notRevoked],
  CredentialActivated: [credential.credentialActivated, known('credential'), check.notRevoked],
  CredentialDeleted: [credential.credentialDeleted, known('credential'), afterCascade(credentialDeletion)],

  ProviderAccountCreated: [providerAccount.providerAccountCreated, fresh('providerAccount')],
  ProviderAccountUpdated: [providerAccount.providerAccountUpdated, known('providerAccount'), check.listedNames],
  ProviderAccountSuspended: [providerAccount.providerAccountSuspended, known('providerAccount')],
  ProviderAccountActivated: [providerAccount.providerAccountActivated, known('providerAccount')],
  ProviderAccountDeleted: [
    providerAccount.providerAccountDeleted,
    known('providerAccount'),
    afterCascade(providerAccount.providerAccountDeletion),
  ],
  ModelsAdded: [model.modelsAdded, known('providerAccount'), check.freshModels],
  ModelsRemoved: [
    model.modelsRemoved,
    known('providerAccount'),
    model.refuseAnyUnlisted,
    model.refuseServedAgain,
    afterCascade((event, state) => model.modelRemoval(event, model.removedReferences(event, state))),
  ],
  ModelSuspended: [model.modelSuspended, listedModel],
  ModelActivated: [model.modelActivated, listedModel],
  RoleGranted: [role.roleGranted, check.knownPrincipal, known('providerAccount'), check.grantable],
  RoleRevoked: [role.roleRevoked, check.knownPrincipal, check.hasGrant],

  ModelAliasCreated: [modelAlias.modelAliasCreated, check.freshAlias, check.knownTargets],
  ModelAliasUpdated: [modelAlias.modelAliasUpdated, modelAlias.refuseUnknownAlias],
  ModelAliasTargetsSet: [modelAlias.modelAliasTargetsSet, modelAlias.refuseUnknownAlias, check.knownTargets],
  ModelAliasDeprecated: [modelAlias.modelAliasDeprecated, modelAlias.refuseUnknownAlias, modelAlias.refuseCycle],
  ModelAliasRetired: [modelAlias.modelAliasRetired, modelAlias.refuseUnknownAlias, modelAlias.refuseCycle],
  ModelAliasActivated: [modelAlias.modelAliasActivated, modelAlias.refuseUnknownAlias],
  ModelAliasDeleted: [
    modelAlias.modelAliasDeleted,
    modelAlias.refuseUnknownAlias,
    afterCascade(modelAlias.modelAliasDeletion),
  ],

  AccessGroupCreated: [accessGroup.accessGroupCreated, fresh('accessGroup'), check.knownMembers],
  AccessGroupUpdated: [accessGroup.accessGroupUpdated, known('accessGroup')],
  AccessGroupMembersAdded: [
    accessGroup.accessGroupMembersAdded,
    known('accessGroup'),
    check.knownMembers,
    check.freshMembers,
  ],
  AccessGroupMembersRemoved: [accessGroup.accessGroupMembersRemoved, known('accessGroup'), check.hasMembers],
  AccessGroupDeleted: [accessGroup.accessGroupDeleted, known('accessGroup')],
  AccessGroupAssigned: [assignment.accessGroupAssigned, check.knownHolder, known('accessGroup'), check.assignable],
  AccessGroupUnassigned: [assignment.accessGroupUnassigned, check.knownHolder, check.hasGroup],
  AccessGroupsSet: [assignment.accessGroupsSet, check.knownHolder, check.settableGroups],
  AccessRequested: [accessRequest.accessRequested, check.requestable],
  AccessApproved: [accessRequest.accessApproved, check.pendingRequest, check.isAssigned],
  AccessDenied: [accessRequest.accessDenied, check.pendingRequest],
  RequestWithdrawn: [accessRequest.requestWithdrawn, check.pendingRequest],

  RestrictionCreated: [restriction.restrictionCreated, fresh('restriction'), check.knownScope],
  RestrictionDeleted: [restriction.restrictionDeleted, known('restriction')],

  PlanCreated: [plan.planCreated, fresh('plan'), check.knownGroups],
  PlanUpdated: [plan.planUpdated, known('plan'), check.knownGroups],
  PlanDeleted: [plan.planDeleted, known('plan')],
  CreditsAllocated: [credit.creditsAllocated, check.knownWallet, check.dueCredits],
  AllowanceSet: [credit.allowanceSet, check.dueAllowance],
}

/** Returns the function `evolve` and the preconditions for an event. */
export function entryOf<T extends Event['type']>(event: EventOf<T>): Entry<EventOf<T>> {
  return events[event.type as T]
}

/** Whether the `type` of a value is the type of an event. The value's other fields are not checked. */
export function hasEventType(value: unknown): value is Event {
  // `hasOwn` twice: every object inherits `constructor`, and a stored event may name it as its type.
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'type')) return false
  const { type } = value as { readonly type: unknown }
  return typeof type === 'string' && Object.hasOwn(events, type)
}
