import type { State } from '../model/state/state.ts'
import { Defect } from '../model/value/defect.ts'
import { quote } from '../model/value/quote.ts'
import { findContradiction } from './event-precondition.ts'
import type { Event } from './message/event.ts'
import {
  accessGroupCreated,
  accessGroupDeleted,
  accessGroupMembersAdded,
  accessGroupMembersRemoved,
  accessGroupUpdated,
} from './noun/access-group.ts'
import { administratorAdded, administratorRemoved } from './noun/administrator.ts'
import { accessGroupAssigned, accessGroupsSet, accessGroupUnassigned } from './noun/assignment.ts'
import {
  credentialDeleted,
  credentialIssued,
  credentialRevoked,
  credentialRotated,
  credentialUpdated,
} from './noun/credential.ts'
import { creditsAllocated } from './noun/credit.ts'
import { teamMemberAdded, teamMemberRemoved, teamMemberRoleChanged } from './noun/membership.ts'
import { modelActivated, modelSuspended, modelsAdded, modelsRemoved } from './noun/model.ts'
import {
  modelAliasActivated,
  modelAliasCreated,
  modelAliasDeleted,
  modelAliasDeprecated,
  modelAliasRetired,
  modelAliasTargetsSet,
  modelAliasUpdated,
} from './noun/model-alias.ts'
import {
  organizationActivated,
  organizationAdminAdded,
  organizationAdminRemoved,
  organizationCreated,
  organizationDeleted,
  organizationSuspended,
  organizationUpdated,
} from './noun/organization.ts'
import { planCreated, planDeleted, planUpdated } from './noun/plan.ts'
import {
  providerAccountActivated,
  providerAccountCreated,
  providerAccountDeleted,
  providerAccountSuspended,
  providerAccountUpdated,
} from './noun/provider-account.ts'
import { restrictionCreated, restrictionDeleted } from './noun/restriction.ts'
import { roleGranted, roleRevoked } from './noun/role.ts'
import { teamActivated, teamCreated, teamDeleted, teamPlanSet, teamSuspended, teamUpdated } from './noun/team.ts'
import { defaultTeamSet, userActivated, userCreated, userDeleted, userSuspended, userUpdated } from './noun/user.ts'
import {
  virtualAccountActivated,
  virtualAccountCreated,
  virtualAccountDeleted,
  virtualAccountSuspended,
  virtualAccountUpdated,
} from './noun/virtual-account.ts'

type EventOf<T extends Event['type']> = Extract<Event, { readonly type: T }>

/** What each event makes of the state, its version apart. An event without a line here does not compile. */
const evolutions: { readonly [T in Event['type']]: (state: State, event: EventOf<T>) => State } = {
  AdministratorAdded: administratorAdded,
  AdministratorRemoved: administratorRemoved,
  OrganizationCreated: organizationCreated,
  OrganizationUpdated: organizationUpdated,
  OrganizationSuspended: organizationSuspended,
  OrganizationActivated: organizationActivated,
  OrganizationDeleted: organizationDeleted,
  OrganizationAdminAdded: organizationAdminAdded,
  OrganizationAdminRemoved: organizationAdminRemoved,
  UserCreated: userCreated,
  UserUpdated: userUpdated,
  UserSuspended: userSuspended,
  UserActivated: userActivated,
  UserDeleted: userDeleted,
  DefaultTeamSet: defaultTeamSet,
  TeamCreated: teamCreated,
  TeamUpdated: teamUpdated,
  TeamSuspended: teamSuspended,
  TeamActivated: teamActivated,
  TeamDeleted: teamDeleted,
  TeamMemberAdded: teamMemberAdded,
  TeamMemberRoleChanged: teamMemberRoleChanged,
  TeamMemberRemoved: teamMemberRemoved,
  TeamPlanSet: teamPlanSet,
  VirtualAccountCreated: virtualAccountCreated,
  VirtualAccountUpdated: virtualAccountUpdated,
  VirtualAccountSuspended: virtualAccountSuspended,
  VirtualAccountActivated: virtualAccountActivated,
  VirtualAccountDeleted: virtualAccountDeleted,
  CredentialIssued: credentialIssued,
  CredentialUpdated: credentialUpdated,
  CredentialRotated: credentialRotated,
  CredentialRevoked: credentialRevoked,
  CredentialDeleted: credentialDeleted,
  ProviderAccountCreated: providerAccountCreated,
  ProviderAccountUpdated: providerAccountUpdated,
  ProviderAccountSuspended: providerAccountSuspended,
  ProviderAccountActivated: providerAccountActivated,
  ProviderAccountDeleted: providerAccountDeleted,
  ModelsAdded: modelsAdded,
  ModelsRemoved: modelsRemoved,
  ModelSuspended: modelSuspended,
  ModelActivated: modelActivated,
  RoleGranted: roleGranted,
  RoleRevoked: roleRevoked,
  ModelAliasCreated: modelAliasCreated,
  ModelAliasUpdated: modelAliasUpdated,
  ModelAliasTargetsSet: modelAliasTargetsSet,
  ModelAliasDeprecated: modelAliasDeprecated,
  ModelAliasRetired: modelAliasRetired,
  ModelAliasActivated: modelAliasActivated,
  ModelAliasDeleted: modelAliasDeleted,
  AccessGroupCreated: accessGroupCreated,
  AccessGroupUpdated: accessGroupUpdated,
  AccessGroupMembersAdded: accessGroupMembersAdded,
  AccessGroupMembersRemoved: accessGroupMembersRemoved,
  AccessGroupDeleted: accessGroupDeleted,
  AccessGroupAssigned: accessGroupAssigned,
  AccessGroupUnassigned: accessGroupUnassigned,
  AccessGroupsSet: accessGroupsSet,
  RestrictionCreated: restrictionCreated,
  RestrictionDeleted: restrictionDeleted,
  PlanCreated: planCreated,
  PlanUpdated: planUpdated,
  PlanDeleted: planDeleted,
  CreditsAllocated: creditsAllocated,
}

/**
 * The state after one event: a pure function of the two, which raises the version by one.
 * @throws {Defect} when the event cannot have happened in this state
 */
export function evolve<T extends Event['type']>(state: State, event: EventOf<T>): State {
  let words = "expected an event, with an event's name as its `type`"
  try {
    if (!isEvent(event)) throw new Defect(words)
    words = `event ${quote(event.type)} cannot have happened`
    const contradiction = findContradiction(event, state)
    if (contradiction !== undefined) throw new Defect(`${words}: ${contradiction}`)
    return evolveDecided(state, event)
  } catch (cause) {
    throw cause instanceof Defect ? cause : new Defect(words, { cause })
  }
}

/** The state after an event that was decided in this very state a moment ago, so that nothing can speak against it. */
export function evolveDecided<T extends Event['type']>(state: State, event: EventOf<T>): State {
  const next = evolutions[event.type as T](state, event)
  return Object.freeze({ ...next, version: state.version + 1 })
}

/** Events come out of stores, so even their type is looked up with care: `constructor` is on every object. */
function isEvent(value: unknown): value is Event {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'type')) return false
  const { type } = value as { readonly type: unknown }
  return typeof type === 'string' && Object.hasOwn(evolutions, type)
}
