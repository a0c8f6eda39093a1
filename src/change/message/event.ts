import type { Immutable } from 'immer'
import { z } from 'zod'
import {
  AccessGroupAssigned,
  AccessGroupCreated,
  AccessGroupDeleted,
  AccessGroupMembersAdded,
  AccessGroupMembersRemoved,
  AccessGroupsSet,
  AccessGroupUnassigned,
  AccessGroupUpdated,
} from './event/access-group.ts'
import { AdministratorAdded, AdministratorRemoved } from './event/administrator.ts'
import {
  CredentialDeleted,
  CredentialIssued,
  CredentialRevoked,
  CredentialRotated,
  CredentialUpdated,
} from './event/credential.ts'
import { CreditsAllocated } from './event/credit.ts'
import {
  ModelAliasActivated,
  ModelAliasCreated,
  ModelAliasDeleted,
  ModelAliasDeprecated,
  ModelAliasRetired,
  ModelAliasTargetsSet,
  ModelAliasUpdated,
} from './event/model-alias.ts'
import {
  OrganizationActivated,
  OrganizationAdminAdded,
  OrganizationAdminRemoved,
  OrganizationCreated,
  OrganizationDeleted,
  OrganizationSuspended,
  OrganizationUpdated,
} from './event/organization.ts'
import { PlanCreated, PlanDeleted, PlanUpdated } from './event/plan.ts'
import {
  ModelActivated,
  ModelSuspended,
  ModelsAdded,
  ModelsRemoved,
  ProviderAccountActivated,
  ProviderAccountCreated,
  ProviderAccountDeleted,
  ProviderAccountSuspended,
  ProviderAccountUpdated,
  RoleGranted,
  RoleRevoked,
} from './event/provider-account.ts'
import { RestrictionCreated, RestrictionDeleted } from './event/restriction.ts'
import {
  TeamActivated,
  TeamCreated,
  TeamDeleted,
  TeamMemberAdded,
  TeamMemberRemoved,
  TeamMemberRoleChanged,
  TeamPlanSet,
  TeamSuspended,
  TeamUpdated,
} from './event/team.ts'
import { DefaultTeamSet, UserActivated, UserCreated, UserDeleted, UserSuspended, UserUpdated } from './event/user.ts'
import {
  VirtualAccountActivated,
  VirtualAccountCreated,
  VirtualAccountDeleted,
  VirtualAccountSuspended,
  VirtualAccountUpdated,
} from './event/virtual-account.ts'

/**
 * Everything that can have happened: JSON, and all that `evolve` needs besides the state.
 *
 * What goes along with a deletion is said like this. Rows that die with it (credentials, restrictions, teams, virtual
 * accounts) and powers that end with it (administrator, organization admin) have an event each, before the deletion's own.
 * Entries in other rows (memberships, assignments, role grants, targets, group members, successors, plans of teams) go
 * with the deletion's own event: `evolve` finds them through the index, however many they are.
 */
export const Event = z.discriminatedUnion('type', [
  AdministratorAdded,
  AdministratorRemoved,
  OrganizationCreated,
  OrganizationUpdated,
  OrganizationSuspended,
  OrganizationActivated,
  OrganizationDeleted,
  OrganizationAdminAdded,
  OrganizationAdminRemoved,
  UserCreated,
  UserUpdated,
  UserSuspended,
  UserActivated,
  UserDeleted,
  DefaultTeamSet,
  TeamCreated,
  TeamUpdated,
  TeamSuspended,
  TeamActivated,
  TeamDeleted,
  TeamMemberAdded,
  TeamMemberRoleChanged,
  TeamMemberRemoved,
  TeamPlanSet,
  VirtualAccountCreated,
  VirtualAccountUpdated,
  VirtualAccountSuspended,
  VirtualAccountActivated,
  VirtualAccountDeleted,
  CredentialIssued,
  CredentialUpdated,
  CredentialRotated,
  CredentialRevoked,
  CredentialDeleted,
  ProviderAccountCreated,
  ProviderAccountUpdated,
  ProviderAccountSuspended,
  ProviderAccountActivated,
  ProviderAccountDeleted,
  ModelsAdded,
  ModelsRemoved,
  ModelSuspended,
  ModelActivated,
  RoleGranted,
  RoleRevoked,
  ModelAliasCreated,
  ModelAliasUpdated,
  ModelAliasTargetsSet,
  ModelAliasDeprecated,
  ModelAliasRetired,
  ModelAliasActivated,
  ModelAliasDeleted,
  AccessGroupCreated,
  AccessGroupUpdated,
  AccessGroupMembersAdded,
  AccessGroupMembersRemoved,
  AccessGroupDeleted,
  AccessGroupAssigned,
  AccessGroupUnassigned,
  AccessGroupsSet,
  RestrictionCreated,
  RestrictionDeleted,
  PlanCreated,
  PlanUpdated,
  PlanDeleted,
  CreditsAllocated,
])
export type Event = Immutable<z.infer<typeof Event>>
