import type { Agent, Principal } from '../model/principal.ts'
import { related } from '../model/relation.ts'
import type { Restriction, RestrictionSubject } from '../model/restriction.ts'
import type { State } from '../model/state.ts'
import { find, rowsOf } from '../model/table.ts'
import { isAdministrator } from '../policy/manage.ts'
import { happened } from './decided.ts'
import type { Event } from './event.ts'
import type { Heading } from './heading.ts'

const credentialsOf = {
  user: 'userCredentials',
  team: 'teamCredentials',
  virtualAccount: 'virtualAccountCredentials',
} as const

/** The credentials of a principal that go with it. */
export function* credentialsDeleted(command: Heading, owner: Principal, state: State): IterableIterator<Event> {
  for (const credential of related(state.index[credentialsOf[owner.type]], owner.id)) {
    yield happened(command, 'CredentialDeleted', { credential })
  }
}

/** The tokens of a user that name a team: without the place in it they could do nothing. */
export function* tokensDeleted(command: Heading, user: string, team: string, state: State): IterableIterator<Event> {
  for (const credential of related(state.index.userCredentials, user)) {
    if (find(state.credentials, credential)?.team === team) yield happened(command, 'CredentialDeleted', { credential })
  }
}

type Subject = Exclude<RestrictionSubject, { type: 'everyone' }>

/** The restrictions on a subject that go with it. */
export function* restrictionsDeleted(command: Heading, subject: Subject, state: State): IterableIterator<Event> {
  for (const { id } of restrictionsOn(subject, state))
    yield happened(command, 'RestrictionDeleted', { restriction: id })
}

/** The restrictions on a subject, in force or not, in no promised order. */
export function* restrictionsOn(subject: Subject, state: State): IterableIterator<Restriction> {
  const set = find(state.index.restrictionsOn[subject.type], subject.id)
  if (set === undefined) return
  yield* set.patterns
  for (const list of rowsOf(set.aliases)) yield* list
  for (const list of rowsOf(set.providerAccounts)) yield* list
  for (const models of rowsOf(set.models)) for (const list of rowsOf(models)) yield* list
}

/** The powers of an agent that end with it. */
export function* powersRemoved(command: Heading, agent: Agent, state: State): IterableIterator<Event> {
  if (isAdministrator(agent, state)) yield happened(command, 'AdministratorRemoved', { administrator: agent })
  const { userOrganizations, virtualAccountOrganizations } = state.index
  const relation = agent.type === 'user' ? userOrganizations : virtualAccountOrganizations
  for (const organization of related(relation, agent.id)) {
    yield happened(command, 'OrganizationAdminRemoved', { organization, admin: agent })
  }
}
