import type { Restriction, RestrictionSubject } from '../../model/noun/restriction.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow, rowsOf } from '../../model/table/table.ts'
import type { Agent, Principal } from '../../model/value/principal.ts'
import { isAdministrator } from '../../policy/manage.ts'
import type { Envelope } from '../message/envelope.ts'
import type { Event } from '../message/event.ts'
import { eventOf } from './decided.ts'

/** For each type of principal, the relation from a principal to its credentials. */
export const credentialsOf = {
  user: 'userCredentials',
  team: 'teamCredentials',
  virtualAccount: 'virtualAccountCredentials',
} as const

/** The events that delete the credentials of a principal. */
export function* credentialsDeleted(command: Envelope, owner: Principal, state: State): IterableIterator<Event> {
  for (const credential of related(state.index[credentialsOf[owner.type]], owner.id)) {
    yield eventOf(command, 'CredentialDeleted', { credential })
  }
}

/** The events that delete a user's tokens for a team. These tokens work only while the user is a member of the team. */
export function* tokensDeleted(command: Envelope, user: string, team: string, state: State): IterableIterator<Event> {
  for (const credential of related(state.index.userCredentials, user)) {
    if (findRow(state.credentials, credential)?.team === team)
      yield eventOf(command, 'CredentialDeleted', { credential })
  }
}

type NamedSubject = Exclude<RestrictionSubject, { type: 'everyone' }>

/** The events that delete the restrictions on a subject. */
export function* restrictionsDeleted(command: Envelope, subject: NamedSubject, state: State): IterableIterator<Event> {
  for (const { id } of restrictionsOn(subject, state)) yield eventOf(command, 'RestrictionDeleted', { restriction: id })
}

/** The restrictions on a subject, in force or not, in unspecified order. */
export function* restrictionsOn(subject: NamedSubject, state: State): IterableIterator<Restriction> {
  const set = findRow(state.index.restrictionsOn[subject.type], subject.id)
  if (set === undefined) return
  yield* set.patterns
  for (const list of rowsOf(set.aliases)) yield* list
  for (const list of rowsOf(set.providerAccounts)) yield* list
  for (const models of rowsOf(set.models)) for (const list of rowsOf(models)) yield* list
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
