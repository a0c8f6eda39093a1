import type { State } from '../model/state/state.ts'
import type { Thing } from '../policy/request/request.ts'
import type { Command, CommandOf } from './message/command.ts'
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
import type { Decided } from './rule/decided.ts'
import {
  ofCredential,
  ofHolder,
  ofMember,
  ofOrganizationUnlessPaid,
  ofOwner,
  ofPlatform,
  ofProviderAccount,
  ofRequest,
  ofRequester,
  ofRequestSubject,
  ofTeam,
  ofTeamMembers,
  ofUserTokens,
  ofVirtualAccount,
  unlessAnyModel,
  unlessCascade,
  unlessMetered,
} from './rule/permission.ts'

/**
 * The two functions of a command type: `requires` returns the thing that the actor must manage, and `decide` returns
 * the events or a rejection.
 */
type Entry<C> = readonly [requires: (command: C, state: State) => Thing, decide: (command: C, state: State) => Decided]

/** For each command type, the functions `requires` and `decide`. A missing entry is a compile error. */
const commands: { readonly [T in Command['type']]: Entry<CommandOf<T>> } = {
  AddAdministrator: [ofPlatform, administrator.addAdministrator],
  RemoveAdministrator: [ofPlatform, administrator.removeAdministrator],

  CreateOrganization: [ofPlatform, organization.createOrganization],
  UpdateOrganization: [ofPlatform, organization.updateOrganization],
  SuspendOrganization: [ofPlatform, organization.suspendOrganization],
  ActivateOrganization: [ofPlatform, organization.activateOrganization],
  DeleteOrganization: [ofPlatform, organization.deleteOrganization],
  AddOrganizationAdmin: [ofPlatform, organization.addOrganizationAdmin],
  RemoveOrganizationAdmin: [ofPlatform, organization.removeOrganizationAdmin],

  CreateUser: [ofPlatform, user.createUser],
  UpdateUser: [ofPlatform, user.updateUser],
  SuspendUser: [ofPlatform, user.suspendUser],
  ActivateUser: [ofPlatform, user.activateUser],
  DeleteUser: [ofPlatform, user.deleteUser],
  SetDefaultTeam: [ofUserTokens, user.setDefaultTeam],

  CreateTeam: [ofOrganizationUnlessPaid, team.createTeam],
  UpdateTeam: [unlessMetered(ofTeam), team.updateTeam],
  SuspendTeam: [ofTeam, team.suspendTeam],
  ActivateTeam: [ofTeam, team.activateTeam],
  DeleteTeam: [ofTeam, team.deleteTeam],
  AddTeamMember: [ofTeamMembers, membership.addTeamMember],
  ChangeTeamMemberRole: [ofTeamMembers, membership.changeTeamMemberRole],
  RemoveTeamMember: [ofMember, membership.removeTeamMember],
  InviteTeamMember: [ofTeamMembers, invitation.inviteTeamMember],
  WithdrawInvitation: [ofTeamMembers, invitation.withdrawInvitation],
  AcceptInvitation: [ofUserTokens, invitation.acceptInvitation],
  DeclineInvitation: [ofUserTokens, invitation.declineInvitation],
  SetTeamPlan: [ofPlatform, team.setTeamPlan],

  CreateVirtualAccount: [ofOrganizationUnlessPaid, virtualAccount.createVirtualAccount],
  UpdateVirtualAccount: [unlessMetered(ofVirtualAccount), virtualAccount.updateVirtualAccount],
  SuspendVirtualAccount: [ofVirtualAccount, virtualAccount.suspendVirtualAccount],
  ActivateVirtualAccount: [ofVirtualAccount, virtualAccount.activateVirtualAccount],
  DeleteVirtualAccount: [ofVirtualAccount, virtualAccount.deleteVirtualAccount],

  IssueCredential: [ofOwner, credential.issueCredential],
  UpdateCredential: [ofCredential, credential.updateCredential],
  RotateCredential: [ofCredential, credential.rotateCredential],
  RevokeCredential: [ofCredential, credential.revokeCredential],
  SuspendCredential: [ofCredential, credential.suspendCredential],
  ActivateCredential: [ofCredential, credential.activateCredential],

  CreateProviderAccount: [ofPlatform, providerAccount.createProviderAccount],
  UpdateProviderAccount: [unlessAnyModel(ofProviderAccount), providerAccount.updateProviderAccount],
  SuspendProviderAccount: [ofPlatform, providerAccount.suspendProviderAccount],
  ActivateProviderAccount: [ofPlatform, providerAccount.activateProviderAccount],
  DeleteProviderAccount: [ofPlatform, providerAccount.deleteProviderAccount],
  AddModels: [ofProviderAccount, model.addModels],
  RemoveModels: [unlessCascade(ofProviderAccount), model.removeModels],
  SuspendModel: [ofProviderAccount, model.suspendModel],
  ActivateModel: [ofProviderAccount, model.activateModel],
  GrantRole: [ofProviderAccount, role.grantRole],
  RevokeRole: [ofProviderAccount, role.revokeRole],

  CreateModelAlias: [ofPlatform, modelAlias.createModelAlias],
  UpdateModelAlias: [ofPlatform, modelAlias.updateModelAlias],
  SetModelAliasTargets: [ofPlatform, modelAlias.setModelAliasTargets],
  DeprecateModelAlias: [ofPlatform, modelAlias.deprecateModelAlias],
  RetireModelAlias: [ofPlatform, modelAlias.retireModelAlias],
  ActivateModelAlias: [ofPlatform, modelAlias.activateModelAlias],
  DeleteModelAlias: [ofPlatform, modelAlias.deleteModelAlias],

  CreateAccessGroup: [ofPlatform, accessGroup.createAccessGroup],
  UpdateAccessGroup: [ofPlatform, accessGroup.updateAccessGroup],
  AddAccessGroupMembers: [ofPlatform, accessGroup.addAccessGroupMembers],
  RemoveAccessGroupMembers: [ofPlatform, accessGroup.removeAccessGroupMembers],
  SetAccessGroupMembers: [ofPlatform, accessGroup.setAccessGroupMembers],
  DeleteAccessGroup: [ofPlatform, accessGroup.deleteAccessGroup],
  AssignAccessGroup: [ofHolder, assignment.assignAccessGroup],
  UnassignAccessGroup: [ofHolder, assignment.unassignAccessGroup],
  SetAccessGroups: [ofHolder, assignment.setAccessGroups],
  RequestAccess: [ofRequester, accessRequest.requestAccess],
  ApproveAccess: [ofRequestSubject, accessRequest.approveAccess],
  DenyAccess: [ofRequestSubject, accessRequest.denyAccess],
  WithdrawRequest: [ofRequest, accessRequest.withdrawRequest],

  CreateRestriction: [ofPlatform, restriction.createRestriction],
  DeleteRestriction: [ofPlatform, restriction.deleteRestriction],

  CreatePlan: [ofPlatform, plan.createPlan],
  UpdatePlan: [ofPlatform, plan.updatePlan],
  DeletePlan: [ofPlatform, plan.deletePlan],
  AllocateCredits: [ofPlatform, credit.allocateCredits],
}

/** Returns the functions `requires` and `decide` for a command. */
export function entryOf<T extends Command['type']>(command: CommandOf<T>): Entry<CommandOf<T>> {
  return commands[command.type as T]
}
