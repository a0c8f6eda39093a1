import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { findRow } from '../../model/table/table.ts'
import type { Agent } from '../../model/value/principal.ts'
import { findOrganization } from '../../policy/manage.ts'
import type { Thing } from '../../policy/request/request.ts'

/** Yields every agent that may have power over a thing, the most powerful first. May yield an agent several times. */
export function* possibleAgents(thing: Thing, state: State): IterableIterator<Agent> {
  yield* state.administrators
  const organization = findOrganization(thing, state)
  if (organization !== undefined) yield* findRow(state.organizations, organization)?.admins ?? []
  if (thing.type === 'providerAccount') yield* managersOf(thing.id, state)
  if (thing.type === 'teamMembers') yield* teamManagersOf(thing.id, state)
  if (thing.type === 'userTokens') yield { type: 'user', id: thing.id }
}

/**
 * Yields every agent that manages a provider account. The manager role belongs to the agent itself or to a team of the
 * agent.
 */
function* managersOf(account: string, state: State): IterableIterator<Agent> {
  const { providerAccountUsers, providerAccountVirtualAccounts, providerAccountTeams } = state.index
  for (const id of related(providerAccountUsers, account))
    if (isManager(findRow(state.users, id), account)) yield { type: 'user', id }
  for (const id of related(providerAccountVirtualAccounts, account)) {
    if (isManager(findRow(state.virtualAccounts, id), account)) yield { type: 'virtualAccount', id }
  }
  for (const team of related(providerAccountTeams, account)) {
    if (isManager(findRow(state.teams, team), account)) yield* membersOf(team, state)
  }
}

type RoleGrants =
  | { readonly roleGrants: readonly { readonly providerAccount: string; readonly role: string }[] }
  | undefined

const isManager = (holder: RoleGrants, account: string): boolean =>
  holder?.roleGrants.some(({ providerAccount, role }) => providerAccount === account && role === 'manager') === true

function* membersOf(team: string, state: State): IterableIterator<Agent> {
  for (const id of related(state.index.teamMembers, team)) yield { type: 'user', id }
}

function* teamManagersOf(team: string, state: State): IterableIterator<Agent> {
  for (const agent of membersOf(team, state)) {
    const places = findRow(state.users, agent.id)?.teams ?? []
    if (places.some((place) => place.team === team && place.role === 'manager')) yield agent
  }
}
