import * as z from 'zod'
import * as accessGroup from './command/access-group.ts'
import * as accessRequest from './command/access-request.ts'
import * as administrator from './command/administrator.ts'
import * as credential from './command/credential.ts'
import * as credit from './command/credit.ts'
import * as invitation from './command/invitation.ts'
import * as modelAlias from './command/model-alias.ts'
import * as organization from './command/organization.ts'
import * as plan from './command/plan.ts'
import * as providerAccount from './command/provider-account.ts'
import * as restriction from './command/restriction.ts'
import * as team from './command/team.ts'
import * as user from './command/user.ts'
import * as virtualAccount from './command/virtual-account.ts'

/** A request to change a state. `type` names the change. `actor` and `at` say who gives the command, and when. */
export type Command =
  | administrator.AddAdministrator
  | administrator.RemoveAdministrator
  | organization.CreateOrganization
  | organization.UpdateOrganization
  | organization.SuspendOrganization
  | organization.ActivateOrganization
  | organization.DeleteOrganization
  | organization.AddOrganizationAdmin
  | organization.RemoveOrganizationAdmin
  | user.CreateUser
  | user.UpdateUser
  | user.SuspendUser
  | user.ActivateUser
  | user.DeleteUser
  | user.SetDefaultTeam
  | team.CreateTeam
  | team.UpdateTeam
  | team.SuspendTeam
  | team.ActivateTeam
  | team.DeleteTeam
  | team.AddTeamMember
  | team.ChangeTeamMemberRole
  | team.RemoveTeamMember
  | invitation.InviteTeamMember
  | invitation.WithdrawInvitation
  | invitation.AcceptInvitation
  | invitation.DeclineInvitation
  | team.SetTeamPlan
  | virtualAccount.CreateVirtualAccount
  | virtualAccount.UpdateVirtualAccount
  | virtualAccount.SuspendVirtualAccount
  | virtualAccount.ActivateVirtualAccount
  | virtualAccount.DeleteVirtualAccount
  | credential.IssueCredential
  | credential.UpdateCredential
  | credential.RotateCredential
  | credential.RevokeCredential
  | credential.SuspendCredential
  | credential.ActivateCredential
  | providerAccount.CreateProviderAccount
  | providerAccount.UpdateProviderAccount
  | providerAccount.SuspendProviderAccount
  | providerAccount.ActivateProviderAccount
  | providerAccount.DeleteProviderAccount
  | providerAccount.AddModels
  | providerAccount.RemoveModels
  | providerAccount.SuspendModel
  | providerAccount.ActivateModel
  | providerAccount.GrantRole
  | providerAccount.RevokeRole
  | modelAlias.CreateModelAlias
  | modelAlias.UpdateModelAlias
  | modelAlias.SetModelAliasTargets
  | modelAlias.DeprecateModelAlias
  | modelAlias.RetireModelAlias
  | modelAlias.ActivateModelAlias
  | modelAlias.DeleteModelAlias
  | accessGroup.CreateAccessGroup
  | accessGroup.UpdateAccessGroup
  | accessGroup.AddAccessGroupMembers
  | accessGroup.RemoveAccessGroupMembers
  | accessGroup.SetAccessGroupMembers
  | accessGroup.DeleteAccessGroup
  | accessGroup.AssignAccessGroup
  | accessGroup.UnassignAccessGroup
  | accessGroup.SetAccessGroups
  | accessRequest.RequestAccess
  | accessRequest.ApproveAccess
  | accessRequest.DenyAccess
  | accessRequest.WithdrawRequest
  | restriction.CreateRestriction
  | restriction.DeleteRestriction
  | plan.CreatePlan
  | plan.UpdatePlan
  | plan.DeletePlan
  | credit.AllocateCredits

/** The command type with the given `type`. */
export type CommandOf<Type extends Command['type']> = Extract<Command, { readonly type: Type }>

/** The schema of every command. Unknown keys are errors. */
export const Command = z.discriminatedUnion('type', [
  administrator.AddAdministrator,
  administrator.RemoveAdministrator,
  organization.CreateOrganization,
  organization.UpdateOrganization,
  organization.SuspendOrganization,
  organization.ActivateOrganization,
  organization.DeleteOrganization,
  organization.AddOrganizationAdmin,
  organization.RemoveOrganizationAdmin,
  user.CreateUser,
  user.UpdateUser,
  user.SuspendUser,
  user.ActivateUser,
  user.DeleteUser,
  user.SetDefaultTeam,
  team.CreateTeam,
  team.UpdateTeam,
  team.SuspendTeam,
  team.ActivateTeam,
  team.DeleteTeam,
  team.AddTeamMember,
  team.ChangeTeamMemberRole,
  team.RemoveTeamMember,
  invitation.InviteTeamMember,
  invitation.WithdrawInvitation,
  invitation.AcceptInvitation,
  invitation.DeclineInvitation,
  team.SetTeamPlan,
  virtualAccount.CreateVirtualAccount,
  virtualAccount.UpdateVirtualAccount,
  virtualAccount.SuspendVirtualAccount,
  virtualAccount.ActivateVirtualAccount,
  virtualAccount.DeleteVirtualAccount,
  credential.IssueCredential,
  credential.UpdateCredential,
  credential.RotateCredential,
  credential.RevokeCredential,
  credential.SuspendCredential,
  credential.ActivateCredential,
  providerAccount.CreateProviderAccount,
  providerAccount.UpdateProviderAccount,
  providerAccount.SuspendProviderAccount,
  providerAccount.ActivateProviderAccount,
  providerAccount.DeleteProviderAccount,
  providerAccount.AddModels,
  providerAccount.RemoveModels,
  providerAccount.SuspendModel,
  providerAccount.ActivateModel,
  providerAccount.GrantRole,
  providerAccount.RevokeRole,
  modelAlias.CreateModelAlias,
  modelAlias.UpdateModelAlias,
  modelAlias.SetModelAliasTargets,
  modelAlias.DeprecateModelAlias,
  modelAlias.RetireModelAlias,
  modelAlias.ActivateModelAlias,
  modelAlias.DeleteModelAlias,
  accessGroup.CreateAccessGroup,
  accessGroup.UpdateAccessGroup,
  accessGroup.AddAccessGroupMembers,
  accessGroup.RemoveAccessGroupMembers,
  accessGroup.SetAccessGroupMembers,
  accessGroup.DeleteAccessGroup,
  accessGroup.AssignAccessGroup,
  accessGroup.UnassignAccessGroup,
  accessGroup.SetAccessGroups,
  accessRequest.RequestAccess,
  accessRequest.ApproveAccess,
  accessRequest.DenyAccess,
  accessRequest.WithdrawRequest,
  restriction.CreateRestriction,
  restriction.DeleteRestriction,
  plan.CreatePlan,
  plan.UpdatePlan,
  plan.DeletePlan,
  credit.AllocateCredits,
])
