import type { State } from '../../model/state/state.ts'
import { related, relatedAfter } from '../../model/table/relation.ts'
import { findRow, rowsAfter, type Table } from '../../model/table/table.ts'
import { compareSpots, type Spot, spotOf } from '../../model/table/trie-walk.ts'
import type { ActingAgent } from '../../model/value/principal.ts'
import { identifyAgent } from '../../policy/authorize-manage.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { isAdministrator } from '../../policy/manage.ts'
import type { Thing } from '../../policy/request/request.ts'
import { listModels } from '../../query/list-models.ts'
import { mergeWalks } from '../../query/who/merge-walks.ts'
import type { AuthZenResourceSearch } from '../message/evaluator.ts'
import { fieldsOf, platformId, requestOf } from './engine-request.ts'
import type { Candidate, SearchRange } from './page-of.ts'

/**
 * Yields the ids of the resources of a type that may be allowed: all that are, except for the models that an account with
 * `anyModel` serves without listing them, and some that are not. The order does not change when the policy changes.
 */
export function* findResources(
  search: AuthZenResourceSearch,
  state: State,
  range: SearchRange,
): IterableIterator<Candidate> {
  for (const id of findIds(search, state, range)) yield { id, position: id }
}

function* findIds(search: AuthZenResourceSearch, state: State, { at, after }: SearchRange): IterableIterator<string> {
  const request = requestOf({ ...search, resource: { ...search.resource, id: platformId } })
  if (request === undefined) return
  if (request.type === 'use') {
    const list = listModels(request.who, state, { at, ...fieldsOf(search.action, search.context) })
    if (!list.ok) return
    for (const { name } of list.models) if (after === undefined || name > after) yield name
    return
  }
  if (request.type === 'reach') {
    const table: Table<unknown> = request.what.type === 'accessGroup' ? state.accessGroups : state.providerAccounts
    for (const { id } of rowsAfter(table, after)) yield id
    return
  }
  const found = identifyAgent(request.who, at, state)
  if (!isDenied(found)) yield* findThings(request.thing.type, found.agent, state, after)
}

/** Yields the things of a type that an agent may manage. */
function* findThings(
  type: Thing['type'],
  agent: ActingAgent,
  state: State,
  after: string | undefined,
): IterableIterator<string> {
  switch (type) {
    case 'platform':
      if (after === undefined) yield platformId
      return
    case 'organization':
    case 'providerAccount': {
      const table: Table<unknown> = type === 'organization' ? state.organizations : state.providerAccounts
      for (const { id } of rowsAfter(table, after)) yield id
      return
    }
    default:
      if (!isAdministrator(agent, state)) yield* mergeWalks(ownWalks(type, agent, state, after))
      else for (const { id } of rowsAfter<unknown>(tableOf(type, state), after)) yield id
  }
}

type OwnedType = Exclude<Thing['type'], 'platform' | 'organization' | 'providerAccount'>

function tableOf(type: OwnedType, { teams, virtualAccounts, users }: State): Table<unknown> {
  if (type === 'userTokens') return users
  return type === 'virtualAccount' ? virtualAccounts : teams
}

/** Yields walks over the things of a type that are in an agent's organizations or teams, or are its own. */
function* ownWalks(
  type: OwnedType,
  { type: agentType, id }: ActingAgent,
  state: State,
  after: string | undefined,
): IterableIterator<Iterator<Spot>> {
  const { index } = state
  if (type === 'userTokens') {
    if (agentType === 'user') yield walkOf([id], after)
    return
  }
  const below = type === 'virtualAccount' ? index.organizationVirtualAccounts : index.organizationTeams
  const organizations = agentType === 'user' ? index.userOrganizations : index.virtualAccountOrganizations
  for (const organization of related(organizations, id)) yield relatedAfter(below, organization, after)
  const memberships = agentType === 'user' && type === 'teamMembers' ? findRow(state.users, id)?.teams : undefined
  if (memberships !== undefined)
    yield walkOf(
      memberships.map(({ team }) => team),
      after,
    )
}

/** Walks over ids in the order of `rowsAfter`. */
function walkOf(ids: readonly string[], after: string | undefined): Iterator<Spot> {
  const spots = ids.map(spotOf).sort(compareSpots)
  const start = after === undefined ? undefined : spotOf(after)
  return spots.filter((spot) => start === undefined || compareSpots(spot, start) > 0)[Symbol.iterator]()
}
