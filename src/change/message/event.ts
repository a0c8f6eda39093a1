import * as z from 'zod'
import * as accessGroup from './event/access-group.ts'
import * as accessRequest from './event/access-request.ts'
import * as administrator from './event/administrator.ts'
import * as credential from './event/credential.ts'
import * as credit from './event/credit.ts'
import * as invitation from './event/invitation.ts'
import * as modelAlias from './event/model-alias.ts'
import * as organization from './event/organization.ts'
import * as plan from './event/plan.ts'
import * as providerAccount from './event/provider-account.ts'
import * as restriction from './event/restriction.ts'
import * as team from './event/team.ts'
import * as user from './event/user.ts'
import * as virtualAccount from './event/virtual-account.ts'

/**
 * A change that an accepted command caused, as JSON. An event and the state before it determine the state after it.
 *
 * A deletion is recorded in two ways. Rows that are deleted along with a thing (credentials, restrictions, teams,
 * virtual accounts), and powers that end with the thing (administrator, organization admin), each have an event before
 * the deletion's own event. Entries in other rows (memberships, invitations, assignments, role grants, targets, group
 * members, successors, plans of teams) have no event: `evolve` finds such entries through the index, and removes them
 * with the deletion's own event.
 */
export type Event =
  | administrator.AdministratorAdded
  | administrator.AdministratorRemoved
  | organization.OrganizationCreated
  | organization.OrganizationUpdated
  | organization.OrganizationSuspended
  | organization.OrganizationActivated
  | organization.OrganizationDeleted
  | organization.OrganizationAdminAdded
  | organization.OrganizationAdminRemoved
  | user.UserCreated
  | user.UserUpdated
  | user.UserSuspended
  | user.UserActivated
  | user.UserDeleted
  | user.DefaultTeamSet
  | team.TeamCreated
  | team.TeamUpdated
  | team.TeamSuspended
  | team.TeamActivated
  | team.TeamDeleted
  | team.TeamMemberAdded
  | team.TeamMemberRoleChanged
  | team.TeamMemberRemoved
  | invitation.TeamMemberInvited
  | invitation.InvitationWithdrawn
  | invitation.InvitationAccepted
  | invitation.InvitationDeclined
  | team.TeamPlanSet
  | virtualAccount.VirtualAccountCreated
  | virtualAccount.VirtualAccountUpdated
  | virtualAccount.VirtualAccountSuspended
  | virtualAccount.VirtualAccountActivated
  | virtualAccount.VirtualAccountDeleted
  | credential.CredentialIssued
  | credential.CredentialUpdated
  | credential.CredentialRotated
  | credential.CredentialRevoked
  | credential.CredentialSuspended
  | credential.CredentialActivated
  | credential.CredentialDeleted
  | providerAccount.ProviderAccountCreated
  | providerAccount.ProviderAccountUpdated
  | providerAccount.ProviderAccountSuspended
  | providerAccount.ProviderAccountActivated
  | providerAccount.ProviderAccountDeleted
  | providerAccount.ModelsAdded
  | providerAccount.ModelsRemoved
  | providerAccount.ModelSuspended
  | providerAccount.ModelActivated
  | providerAccount.RoleGranted
  | providerAccount.RoleRevoked
  | modelAlias.ModelAliasCreated
  | modelAlias.ModelAliasUpdated
  | modelAlias.ModelAliasTargetsSet
  | modelAlias.ModelAliasDeprecated
  | modelAlias.ModelAliasRetired
  | modelAlias.ModelAliasActivated
  | modelAlias.ModelAliasDeleted
  | accessGroup.AccessGroupCreated
  | accessGroup.AccessGroupUpdated
  | accessGroup.AccessGroupMembersAdded
  | accessGroup.AccessGroupMembersRemoved
  | accessGroup.AccessGroupDeleted
  | accessGroup.AccessGroupAssigned
  | accessGroup.AccessGroupUnassigned
  | accessGroup.AccessGroupsSet
  | accessRequest.AccessRequested
  | accessRequest.AccessApproved
  | accessRequest.AccessDenied
  | accessRequest.RequestWithdrawn
  | restriction.RestrictionCreated
  | restriction.RestrictionDeleted
  | plan.PlanCreated
  | plan.PlanUpdated
  | plan.PlanDeleted
  | credit.CreditsAllocated
  | credit.AllowanceSet

/** The event type with the given `type`. */
export type EventOf<Type extends Event['type']> = Extract<Event, { readonly type: Type }>

/** The version of the event schema that this library writes. It also reads all earlier versions. */
export const eventSchema = 1

/** The schema of every event. Unknown keys are errors. */
export const Event = z.discriminatedUnion('type', [
  administrator.AdministratorAdded,
  administrator.AdministratorRemoved,
  organization.OrganizationCreated,
  organization.OrganizationUpdated,
  organization.OrganizationSuspended,
  organization.OrganizationActivated,
  organization.OrganizationDeleted,
  organization.OrganizationAdminAdded,
  organization.OrganizationAdminRemoved,
  user.UserCreated,
  user.UserUpdated,
  user.UserSuspended,
  user.UserActivated,
  user.UserDeleted,
  user.DefaultTeamSet,
  team.TeamCreated,
  team.TeamUpdated,
  team.TeamSuspended,
  team.TeamActivated,
  team.TeamDeleted,
  team.TeamMemberAdded,
  team.TeamMemberRoleChanged,
  team.TeamMemberRemoved,
  invitation.TeamMemberInvited,
  invitation.InvitationWithdrawn,
  invitation.InvitationAccepted,
  invitation.InvitationDeclined,
  team.TeamPlanSet,
  virtualAccount.VirtualAccountCreated,
  virtualAccount.VirtualAccountUpdated,
  virtualAccount.VirtualAccountSuspended,
  virtualAccount.VirtualAccountActivated,
  virtualAccount.VirtualAccountDeleted,
  credential.CredentialIssued,
  credential.CredentialUpdated,
  credential.CredentialRotated,
  credential.CredentialRevoked,
  credential.CredentialSuspended,
  credential.CredentialActivated,
  credential.CredentialDeleted,
  providerAccount.ProviderAccountCreated,
  providerAccount.ProviderAccountUpdated,
  providerAccount.ProviderAccountSuspended,
  providerAccount.ProviderAccountActivated,
  providerAccount.ProviderAccountDeleted,
  providerAccount.ModelsAdded,
  providerAccount.ModelsRemoved,
  providerAccount.ModelSuspended,
  providerAccount.ModelActivated,
  providerAccount.RoleGranted,
  providerAccount.RoleRevoked,
  modelAlias.ModelAliasCreated,
  modelAlias.ModelAliasUpdated,
  modelAlias.ModelAliasTargetsSet,
  modelAlias.ModelAliasDeprecated,
  modelAlias.ModelAliasRetired,
  modelAlias.ModelAliasActivated,
  modelAlias.ModelAliasDeleted,
  accessGroup.AccessGroupCreated,
  accessGroup.AccessGroupUpdated,
  accessGroup.AccessGroupMembersAdded,
  accessGroup.AccessGroupMembersRemoved,
  accessGroup.AccessGroupDeleted,
  accessGroup.AccessGroupAssigned,
  accessGroup.AccessGroupUnassigned,
  accessGroup.AccessGroupsSet,
  accessRequest.AccessRequested,
  accessRequest.AccessApproved,
  accessRequest.AccessDenied,
  accessRequest.RequestWithdrawn,
  restriction.RestrictionCreated,
  restriction.RestrictionDeleted,
  plan.PlanCreated,
  plan.PlanUpdated,
  plan.PlanDeleted,
  credit.CreditsAllocated,
  credit.AllowanceSet,
])
