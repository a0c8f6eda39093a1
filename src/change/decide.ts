import type { State } from '../model/state/state.ts'
import { guard } from './guard.ts'
import type { Command } from './message/command.ts'
import {
  addAccessGroupMembers,
  createAccessGroup,
  deleteAccessGroup,
  removeAccessGroupMembers,
  setAccessGroupMembers,
  updateAccessGroup,
} from './noun/access-group.ts'
import { addAdministrator, removeAdministrator } from './noun/administrator.ts'
import { assignAccessGroup, setAccessGroups, unassignAccessGroup } from './noun/assignment.ts'
import { issueCredential, revokeCredential, rotateCredential, updateCredential } from './noun/credential.ts'
import { allocateCredits } from './noun/credit.ts'
import { addTeamMember, changeTeamMemberRole, removeTeamMember } from './noun/membership.ts'
import { activateModel, addModels, removeModels, suspendModel } from './noun/model.ts'
import {
  activateModelAlias,
  createModelAlias,
  deleteModelAlias,
  deprecateModelAlias,
  retireModelAlias,
  setModelAliasTargets,
  updateModelAlias,
} from './noun/model-alias.ts'
import {
  activateOrganization,
  addOrganizationAdmin,
  createOrganization,
  deleteOrganization,
  removeOrganizationAdmin,
  suspendOrganization,
  updateOrganization,
} from './noun/organization.ts'
import { createPlan, deletePlan, updatePlan } from './noun/plan.ts'
import {
  activateProviderAccount,
  createProviderAccount,
  deleteProviderAccount,
  suspendProviderAccount,
  updateProviderAccount,
} from './noun/provider-account.ts'
import { createRestriction, deleteRestriction } from './noun/restriction.ts'
import { grantRole, revokeRole } from './noun/role.ts'
import { activateTeam, createTeam, deleteTeam, setTeamPlan, suspendTeam, updateTeam } from './noun/team.ts'
import { activateUser, createUser, deleteUser, setDefaultTeam, suspendUser, updateUser } from './noun/user.ts'
import {
  activateVirtualAccount,
  createVirtualAccount,
  deleteVirtualAccount,
  suspendVirtualAccount,
  updateVirtualAccount,
} from './noun/virtual-account.ts'
import { refuseActor } from './rule/actor.ts'
import { type Decided, reject } from './rule/decided.ts'
import { refuseUnmanaged } from './rule/permission.ts'

type CommandOf<T extends Command['type']> = Extract<Command, { readonly type: T }>

/** What each command causes, once its actor may give it. A command without a line here does not compile. */
const decisions: { readonly [T in Command['type']]: (command: CommandOf<T>, state: State) => Decided } = {
  AddAdministrator: addAdministrator,
  RemoveAdministrator: removeAdministrator,
  CreateOrganization: createOrganization,
  UpdateOrganization: updateOrganization,
  SuspendOrganization: suspendOrganization,
  ActivateOrganization: activateOrganization,
  DeleteOrganization: deleteOrganization,
  AddOrganizationAdmin: addOrganizationAdmin,
  RemoveOrganizationAdmin: removeOrganizationAdmin,
  CreateUser: createUser,
  UpdateUser: updateUser,
  SuspendUser: suspendUser,
  ActivateUser: activateUser,
  DeleteUser: deleteUser,
  SetDefaultTeam: setDefaultTeam,
  CreateTeam: createTeam,
  UpdateTeam: updateTeam,
  SuspendTeam: suspendTeam,
  ActivateTeam: activateTeam,
  DeleteTeam: deleteTeam,
  AddTeamMember: addTeamMember,
  ChangeTeamMemberRole: changeTeamMemberRole,
  RemoveTeamMember: removeTeamMember,
  SetTeamPlan: setTeamPlan,
  CreateVirtualAccount: createVirtualAccount,
  UpdateVirtualAccount: updateVirtualAccount,
  SuspendVirtualAccount: suspendVirtualAccount,
  ActivateVirtualAccount: activateVirtualAccount,
  DeleteVirtualAccount: deleteVirtualAccount,
  IssueCredential: issueCredential,
  UpdateCredential: updateCredential,
  RotateCredential: rotateCredential,
  RevokeCredential: revokeCredential,
  CreateProviderAccount: createProviderAccount,
  UpdateProviderAccount: updateProviderAccount,
  SuspendProviderAccount: suspendProviderAccount,
  ActivateProviderAccount: activateProviderAccount,
  DeleteProviderAccount: deleteProviderAccount,
  AddModels: addModels,
  RemoveModels: removeModels,
  SuspendModel: suspendModel,
  ActivateModel: activateModel,
  GrantRole: grantRole,
  RevokeRole: revokeRole,
  CreateModelAlias: createModelAlias,
  UpdateModelAlias: updateModelAlias,
  SetModelAliasTargets: setModelAliasTargets,
  DeprecateModelAlias: deprecateModelAlias,
  RetireModelAlias: retireModelAlias,
  ActivateModelAlias: activateModelAlias,
  DeleteModelAlias: deleteModelAlias,
  CreateAccessGroup: createAccessGroup,
  UpdateAccessGroup: updateAccessGroup,
  AddAccessGroupMembers: addAccessGroupMembers,
  RemoveAccessGroupMembers: removeAccessGroupMembers,
  SetAccessGroupMembers: setAccessGroupMembers,
  DeleteAccessGroup: deleteAccessGroup,
  AssignAccessGroup: assignAccessGroup,
  UnassignAccessGroup: unassignAccessGroup,
  SetAccessGroups: setAccessGroups,
  CreateRestriction: createRestriction,
  DeleteRestriction: deleteRestriction,
  CreatePlan: createPlan,
  UpdatePlan: updatePlan,
  DeletePlan: deletePlan,
  AllocateCredits: allocateCredits,
}

/**
 * Decides a command: the events it causes, none when the state is as the command asks already, or a rejection. Never
 * throws: a value that is not a command is rejected.
 *
 * @example
 * const command: Command = { type: 'SuspendTeam', actor: { type: 'system' }, at: Date.now(), team: 'dev' }
 * const decided = decide(command, emptyState)
 * if (!decided.ok) console.log(decided.rejection.code) // team_unknown
 */
export function decide(command: Command, state: State): Decided {
  return guard(command, state, (parsed) => decideParsed(parsed, state))
}

/**
 * Decides a command like `decide`, without its guard. The command is one that `parseCommand` returned.
 * @throws {Error} when the state is not whole
 */
export function decideParsed<T extends Command['type']>(command: CommandOf<T>, state: State): Decided {
  const refused = refuseActor(command.actor, state) ?? refuseUnmanaged(command, state)
  return refused ? reject(refused) : decisions[command.type as T](command, state)
}
