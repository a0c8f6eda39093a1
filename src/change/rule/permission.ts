import type { RequestSubject } from '../../model/noun/access-request.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Holder, Principal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import { findPower } from '../../policy/manage.ts'
import type { Thing } from '../../policy/request/request.ts'
import type { Command } from '../message/command.ts'
import type { Envelope } from '../message/envelope.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { findBounded } from './actor.ts'
import { wordOf } from './reference.ts'

/** The platform: the thing that only administrators manage. */
export const platform: Thing = Object.freeze({ type: 'platform' })

/** Returns the platform: the command requires an administrator. */
export const ofPlatform = (): Thing => platform

/** Returns the organization: the command requires an actor that may create teams and virtual accounts there. */
const ofOrganization = ({ organization }: { readonly organization: string }): Thing => {
  return { type: 'organization', id: organization }
}

/** Returns the team: the command requires an actor that manages the team. */
export const ofTeam = ({ team }: { readonly team: string }): Thing => ({ type: 'team', id: team })

/**
 * Returns the `teamMembers` thing of the team that a command names. A command with this rule requires an actor that may
 * manage the team's members and keys.
 */
export const ofTeamMembers = ({ team }: { readonly team: string }): Thing => ({ type: 'teamMembers', id: team })

/** Returns the virtual account: the command requires an actor that manages the virtual account. */
export const ofVirtualAccount = ({ virtualAccount }: { readonly virtualAccount: string }): Thing => {
  return { type: 'virtualAccount', id: virtualAccount }
}

/** Returns the provider account: the command requires an actor that manages the provider account. */
export const ofProviderAccount = ({ providerAccount }: { readonly providerAccount: string }): Thing => {
  return { type: 'providerAccount', id: providerAccount }
}

/**
 * Returns the thing that stands for a user's tokens, default team and invitations: the command requires an actor that
 * manages the tokens.
 */
export const ofUserTokens = ({ user }: { readonly user: string }): Thing => ({ type: 'userTokens', id: user })

/**
 * Returns the thing that an actor must manage to remove a user from a team. For the user itself, that is `userTokens`,
 * since every user may leave a team. For any other actor, that is the team's members.
 */
export const ofMember = ({ actor, team, user }: Envelope & { readonly team: string; readonly user: string }): Thing =>
  actor.type === 'user' && actor.id === user ? ofUserTokens({ user }) : ofTeamMembers({ team })

/**
 * Returns the thing that an actor must manage to assign access groups to a holder. For a user, that is the platform,
 * which only administrators manage. For a membership, that is the team, since a manager of the team's members assigns
 * no groups.
 */
export const ofHolder = ({ principal }: { readonly principal: Holder }): Thing => {
  if (principal.type === 'member') return { type: 'team', id: principal.team }
  return principal.type === 'user' ? platform : principal
}

/**
 * Returns the thing that an actor must manage to change the credentials of an owner. For example, a user's own tokens.
 */
export const ofOwner = ({ owner }: { readonly owner: Principal }): Thing => {
  if (owner.type === 'virtualAccount') return owner
  return { type: owner.type === 'user' ? 'userTokens' : 'teamMembers', id: owner.id }
}

/**
 * Returns the thing that an actor must manage to change this credential. The thing depends on the credential's owner.
 * Returns the platform for an unknown credential.
 */
export const ofCredential = ({ credential }: { readonly credential: string }, state: State): Thing => {
  const found = findRow(state.credentials, credential)
  return found === undefined ? platform : ofOwner(found)
}

/**
 * Returns the thing that an actor must manage to request access: the tokens of the user of the subject or, for a virtual
 * account, the actor's own tokens. The decision checks whether the user may request for the virtual account.
 */
export const ofRequester = ({ actor, subject }: Envelope & { readonly subject: RequestSubject }): Thing => {
  if (subject.type === 'user') return ofUserTokens({ user: subject.id })
  if (subject.type === 'member') return ofUserTokens(subject)
  return actor.type === 'user' ? ofUserTokens({ user: actor.id }) : platform
}

/**
 * Returns the thing that an actor must manage to decide an access request: the same as for an assignment to its subject.
 * For the requester, that is its own tokens, so that the decision refuses it with a code of its own. Returns the platform
 * for an unknown request.
 */
export const ofRequestSubject = ({ actor, request }: Envelope & { readonly request: string }, state: State): Thing => {
  const found = findRow(state.accessRequests, request)
  if (found === undefined) return platform
  const { requester, subject } = found
  const isOwn = actor.type === 'user' && actor.id === requester
  return isOwn ? ofUserTokens({ user: requester }) : ofHolder({ principal: subject })
}

/**
 * Returns the thing that an actor must manage to withdraw an access request: the tokens of the requester. Returns the
 * platform for an unknown request.
 */
export const ofRequest = ({ request }: { readonly request: string }, state: State): Thing => {
  const found = findRow(state.accessRequests, request)
  return found === undefined ? platform : ofUserTokens({ user: found.requester })
}

/**
 * Returns the platform for a command with a plan, credits or `metered: false`, which requires an administrator. Returns
 * the organization for any other command, which an organization's admin may give. Only administrators decide about
 * money: the principals that an organization's admin creates are metered.
 */
export const ofOrganizationUnlessPaid = (
  command: { readonly organization: string } & {
    readonly plan?: unknown
    readonly credits?: unknown
    readonly metered?: boolean | undefined
  },
): Thing => {
  const isAboutMoney = command.plan !== undefined || command.credits !== undefined || command.metered === false
  return isAboutMoney ? platform : ofOrganization(command)
}

/**
 * Wraps `requires` for an update. An update that sets `metered` requires an administrator. Any other update requires an
 * actor that manages the thing that `requires` returns.
 */
export const unlessMetered =
  <C>(requires: (command: C) => Thing) =>
  (command: C & { readonly metered?: unknown }): Thing =>
    command.metered === undefined ? requires(command) : platform

/**
 * Wraps `requires` for an update. An update that sets `anyModel` requires an administrator. Any other update requires
 * an actor that manages the thing that `requires` returns.
 */
export const unlessAnyModel =
  <C>(requires: (command: C) => Thing) =>
  (command: C & { readonly anyModel?: unknown }): Thing =>
    command.anyModel === undefined ? requires(command) : platform

/**
 * Wraps `requires` for a deletion or removal. With `cascade`, which changes other rows too, the command requires an
 * administrator. Without `cascade`, it requires an actor that manages the thing that `requires` returns.
 */
export const unlessCascade =
  <C>(requires: (command: C) => Thing) =>
  (command: C & { readonly cascade?: unknown }): Thing =>
    command.cascade === true ? platform : requires(command)

/**
 * Refuses an actor that does not manage the thing that a command requires. The rejection is the same whether or not the
 * thing exists, so an actor learns nothing about things that it does not manage.
 */
export function refuseUnmanaged(command: Command, thing: Thing, state: State): Rejection | undefined {
  const actor = findBounded(command.actor, state)
  if (actor === undefined || findPower(actor, thing, state, command.at) !== undefined) return undefined
  const name = `${wordOf(actor.type)} ${quote(actor.id)}`
  const message = `${name} has no right to this change, ask an administrator`
  return rejection('management_not_granted', ['actor'], message)
}
