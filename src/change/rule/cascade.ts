import type { Credential } from '../../model/noun/credential.ts'
import type { Restriction, RestrictionSubject } from '../../model/noun/restriction.ts'
import { type RestrictionSet, restrictionsIn } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { countRelated, related } from '../../model/table/relation.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import type { Agent, Principal } from '../../model/value/principal.ts'
import { isAdministrator } from '../../policy/manage.ts'
import type { Envelope } from '../message/envelope.ts'
import type { Event } from '../message/event.ts'
import { isUnbounded } from './actor.ts'
import { eventOf } from './decided.ts'

/** For each type of principal, the name of the index relation from a principal to its credentials. */
export const credentialsOf = {
  user: 'userCredentials',
  team: 'teamCredentials',
  virtualAccount: 'virtualAccountCredentials',
} as const

/** The events that delete the credentials of a principal. */
export function* credentialsDeleted(command: Envelope, owner: Principal, state: State): IterableIterator<Event> {
  for (const credential of related(state.index[credentialsOf[owner.type]], owner.id)) {
    yield* credentialDeletion({ ...command, credential }, state)
  }
}

/** Yields the events that delete the restrictions on a credential, then the credential. */
export function* credentialDeletion(
  command: Envelope & { readonly credential: string },
  state: State,
): IterableIterator<Event> {
  const { credential } = command
  yield* restrictionsDeleted(command, { type: 'credential', id: credential }, state)
  yield eventOf(command, 'CredentialDeleted', { credential })
}

/**
 * The events that end a user's tokens for a team. These tokens work only while the user is a member of the team. Each token is
 * deleted, but for one that the platform suspended: a bounded actor only revokes it, so that its secret stays unusable.
 */
export function* tokensEnded(command: Envelope, user: string, team: string, state: State): IterableIterator<Event> {
  for (const row of tokensFor(user, team, state)) {
    const credential = row.id
    if (row.suspendedBy !== 'platform' || isUnbounded(command.actor, state)) {
      yield* credentialDeletion({ ...command, credential }, state)
    } else if (row.revokedAt === undefined) yield eventOf(command, 'CredentialRevoked', { credential })
  }
}

/**
 * The tokens of a user that act for a team, in any status. Reads the tokens of the user or those for the team,
 * whichever are fewer.
 */
export function* tokensFor(user: string, team: string, { index, credentials }: State): IterableIterator<Credential> {
  const { userCredentials, teamTokens } = index
  const isUserSmaller = countRelated(userCredentials, user) < countRelated(teamTokens, team)
  for (const id of isUserSmaller ? related(userCredentials, user) : related(teamTokens, team)) {
    const row = getRow(credentials, id)
    if (row.team === team && row.owner.id === user) yield row
  }
}

type NamedSubject = Exclude<RestrictionSubject, { type: 'everyone' }>

/** The events that delete the restrictions on a subject. */
export function* restrictionsDeleted(command: Envelope, subject: NamedSubject, state: State): IterableIterator<Event> {
  for (const { id } of restrictionsOn(subject, state)) yield eventOf(command, 'RestrictionDeleted', { restriction: id })
}

/**
 * Yields the events that delete the `member` restrictions that name a user or a team. Needed when the user or the team
 * is deleted. The user need not be in the team.
 */
export function* memberRestrictionsDeleted(
  command: Envelope,
  { type, id }: Principal & { readonly type: 'user' | 'team' },
  { index }: State,
): IterableIterator<Event> {
  const relation = type === 'user' ? index.userMemberRestrictions : index.teamMemberRestrictions
  for (const restriction of related(relation, id)) yield eventOf(command, 'RestrictionDeleted', { restriction })
}

/** The restrictions on a subject, in force or not, in unspecified order. */
export function* restrictionsOn(subject: NamedSubject, { index }: State): IterableIterator<Restriction> {
  const set = findRestrictionSet(subject, index)
  if (set !== undefined) yield* restrictionsIn(set)
}

/** Returns the restrictions on a subject, or `undefined` if it has none. */
export function findRestrictionSet(subject: NamedSubject, index: State['index']): RestrictionSet | undefined {
  if (subject.type !== 'member') return findRow(index.restrictionsOn[subject.type], subject.id)
  const ofTeam = findRow(index.restrictionsOnMembers, subject.team)
  return ofTeam && findRow(ofTeam, subject.user)
}

/** The events that remove an agent as an administrator and as an admin of organizations. */
export function* powersRemoved(command: Envelope, agent: Agent, state: State): IterableIterator<Event> {
  if (isAdministrator(agent, state)) yield eventOf(command, 'AdministratorRemoved', { administrator: agent })
  const { userOrganizations, virtualAccountOrganizations } = state.index
  const relation = agent.type === 'user' ? userOrganizations : virtualAccountOrganizations
  for (const organization of related(relation, agent.id)) {
    yield eventOf(command, 'OrganizationAdminRemoved', { organization, admin: agent })
  }
}

/** The principals with a role on a provider account. */
export function* roleHolders(id: string, state: State): IterableIterator<Principal> {
  const { providerAccountUsers, providerAccountTeams, providerAccountVirtualAccounts } = state.index
  for (const user of related(providerAccountUsers, id)) yield { type: 'user', id: user }
  for (const team of related(providerAccountTeams, id)) yield { type: 'team', id: team }
  for (const account of related(providerAccountVirtualAccounts, id)) yield { type: 'virtualAccount', id: account }
}
