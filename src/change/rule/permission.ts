import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Principal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { findPower } from '../../policy/manage.ts'
import type { Thing } from '../../policy/request/request.ts'
import type { Command } from '../message/command.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { findBounded } from './actor.ts'
import { wordOf } from './reference.ts'

type CommandOf<T extends Command['type']> = Extract<Command, { readonly type: T }>

/** The thing that only administrators manage. */
export const platform: Thing = Object.freeze({ type: 'platform' })
const ofPlatform = (): Thing => platform
const ofOrganization = ({ organization }: { readonly organization: string }): Thing => ({
  type: 'organization',
  id: organization,
})
const ofTeam = ({ team }: { readonly team: string }): Thing => ({ type: 'team', id: team })
const ofTeamMembers = ({ team }: { readonly team: string }): Thing => ({ type: 'teamMembers', id: team })
const ofVirtualAccount = (command: { readonly virtualAccount: string }): Thing => ({
  type: 'virtualAccount',
  id: command.virtualAccount,
})
const ofProviderAccount = (command: { readonly providerAccount: string }): Thing => ({
  type: 'providerAccount',
  id: command.providerAccount,
})

/** What holds the groups that a command assigns. Users belong to no organization, so their groups are the platform's. */
const ofHolder = ({ principal }: { readonly principal: Principal }): Thing =>
  principal.type === 'user' ? platform : principal

/** What a credential belongs to: whoever manages its owner's credentials manages it. */
const ofOwner = ({ owner }: { readonly owner: Principal }): Thing => {
  if (owner.type === 'virtualAccount') return owner
  return { type: owner.type === 'user' ? 'userTokens' : 'teamMembers', id: owner.id }
}

const ofCredential = ({ credential }: { readonly credential: string }, state: State): Thing => {
  const found = findRow(state.credentials, credential)
  return found === undefined ? platform : ofOwner(found)
}

/** What an actor must manage for each command: `thingOf`, line by line. A command without a line here does not compile. */
const things: { readonly [T in Command['type']]: (command: CommandOf<T>, state: State) => Thing } = {
  AddAdministrator: ofPlatform,
  RemoveAdministrator: ofPlatform,

  CreateOrganization: ofPlatform,
  UpdateOrganization: ofPlatform,
  SuspendOrganization: ofPlatform,
  ActivateOrganization: ofPlatform,
  DeleteOrganization: ofPlatform,
  AddOrganizationAdmin: ofPlatform,
  RemoveOrganizationAdmin: ofPlatform,

  CreateUser: ofPlatform,
  UpdateUser: ofPlatform,
  SuspendUser: ofPlatform,
  ActivateUser: ofPlatform,
  DeleteUser: ofPlatform,
  SetDefaultTeam: ({ user }) => ({ type: 'userTokens', id: user }),

  // Money is the platform's: who may create a team may not say that it is on a plan or has credits, nor that nobody pays.
  // What such an actor creates is metered.
  CreateTeam: (command) => (isAboutMoney(command) ? platform : ofOrganization(command)),
  UpdateTeam: (command) => (command.metered === undefined ? ofTeam(command) : platform),
  SuspendTeam: ofTeam,
  ActivateTeam: ofTeam,
  DeleteTeam: ofTeam,
  AddTeamMember: ofTeamMembers,
  ChangeTeamMemberRole: ofTeamMembers,
  RemoveTeamMember: ofTeamMembers,
  SetTeamPlan: ofPlatform,

  CreateVirtualAccount: (command) => (isAboutMoney(command) ? platform : ofOrganization(command)),
  UpdateVirtualAccount: (command) => (command.metered === undefined ? ofVirtualAccount(command) : platform),
  SuspendVirtualAccount: ofVirtualAccount,
  ActivateVirtualAccount: ofVirtualAccount,
  DeleteVirtualAccount: ofVirtualAccount,

  IssueCredential: ofOwner,
  UpdateCredential: ofCredential,
  RotateCredential: ofCredential,
  RevokeCredential: ofCredential,

  CreateProviderAccount: ofPlatform,
  UpdateProviderAccount: ofProviderAccount,
  SuspendProviderAccount: ofPlatform,
  ActivateProviderAccount: ofPlatform,
  DeleteProviderAccount: ofPlatform,
  AddModels: ofProviderAccount,
  // A cascade takes restrictions and alias targets along, which are not the account's.
  RemoveModels: (command) => (command.cascade === true ? platform : ofProviderAccount(command)),
  SuspendModel: ofProviderAccount,
  ActivateModel: ofProviderAccount,
  GrantRole: ofProviderAccount,
  RevokeRole: ofProviderAccount,

  CreateModelAlias: ofPlatform,
  UpdateModelAlias: ofPlatform,
  SetModelAliasTargets: ofPlatform,
  DeprecateModelAlias: ofPlatform,
  RetireModelAlias: ofPlatform,
  ActivateModelAlias: ofPlatform,
  DeleteModelAlias: ofPlatform,

  CreateAccessGroup: ofPlatform,
  UpdateAccessGroup: ofPlatform,
  AddAccessGroupMembers: ofPlatform,
  RemoveAccessGroupMembers: ofPlatform,
  SetAccessGroupMembers: ofPlatform,
  DeleteAccessGroup: ofPlatform,
  AssignAccessGroup: ofHolder,
  UnassignAccessGroup: ofHolder,
  SetAccessGroups: ofHolder,

  CreateRestriction: ofPlatform,
  DeleteRestriction: ofPlatform,

  CreatePlan: ofPlatform,
  UpdatePlan: ofPlatform,
  DeletePlan: ofPlatform,
  AllocateCredits: ofPlatform,
}

/** The thing that an actor must manage to give this command in this state. */
export function thingOfParsed<T extends Command['type']>(command: CommandOf<T>, state: State): Thing {
  return things[command.type as T](command, state)
}

function isAboutMoney(command: {
  readonly plan?: unknown
  readonly credits?: unknown
  readonly metered?: boolean | undefined
}): boolean {
  return command.plan !== undefined || command.credits !== undefined || command.metered === false
}

/**
 * Refuses an actor who may not manage what a command is about. The answer is the same whether the thing is there or not,
 * so that nobody learns what exists beyond its own reach.
 */
export function refuseUnmanaged<T extends Command['type']>(command: CommandOf<T>, state: State): Rejection | undefined {
  const actor = findBounded(command.actor, state)
  if (actor === undefined) return undefined
  const thing = thingOfParsed(command, state)
  if (findPower(actor, thing, state, command.at) !== undefined) return undefined
  const who = `${wordOf(actor.type)} ${quote(actor.id)}`
  const message = `${who} has no right to this \`${command.type}\`, ask an administrator`
  return rejection('management_not_granted', ['actor'], message)
}
