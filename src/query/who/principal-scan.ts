import type { Team } from '../../model/noun/team.ts'
import type { User } from '../../model/noun/user.ts'
import type { VirtualAccount } from '../../model/noun/virtual-account.ts'
import type { Link } from '../../model/state/link.ts'
import type { State } from '../../model/state/state.ts'
import type { RelationName } from '../../model/state/state-index.ts'
import { countRelated, related, relatedAfter } from '../../model/table/relation.ts'
import { findRow, rowsAfter, type Table } from '../../model/table/table.ts'
import type { Spot } from '../../model/table/trie-walk.ts'
import type { PrincipalType } from '../../model/value/principal.ts'
import { cached } from '../cached.ts'
import { mergeWalks } from './merge-walks.ts'

/**
 * The groups and provider accounts through which a principal may have the access in question. The principal may hold
 * them itself or through a team.
 */
export interface GrantSource {
  readonly accessGroups: ReadonlySet<string>
  readonly providerAccounts: ReadonlySet<string>
}

/** How a scan finds principals. `merge` merges lists of the index; `walk` examines every row of the table. */
export type ScanScheme = 'merge' | 'walk'

/** Where a scan starts, about how many principals are wanted, and the scheme. Default scheme: the cheaper scheme. */
export interface ScanRange {
  readonly after: string | undefined
  readonly wanted: number
  readonly scheme?: ScanScheme | undefined
}

/**
 * Yields the principals of a type that hold a group or account of a source, in the order of `rowsAfter`. May yield
 * principals without access, because windows are not checked. Costs time proportional to the principals that are taken,
 * not to the state: merges lists when holders are few, and walks the whole table when holders are many, since the next
 * holder is then close.
 */
export function scanPrincipals(
  type: PrincipalType,
  source: GrantSource,
  state: State,
  span: ScanRange,
): IterableIterator<string> {
  const scheme = span.scheme ?? cheaperScheme(type, source, state, span.wanted)
  return scheme === 'merge'
    ? mergeWalks(walksOf(type, source, state, span.after))
    : walkRows(type, source, state, span.after)
}

type Row = User | Team | VirtualAccount

const tableOf: { readonly [T in PrincipalType]: (state: State) => Table<Row> } = {
  user: ({ users }) => users,
  team: ({ teams }) => teams,
  virtualAccount: ({ virtualAccounts }) => virtualAccounts,
}

const byGroup: Readonly<Record<PrincipalType, RelationName>> = {
  user: 'accessGroupUsers',
  team: 'accessGroupTeams',
  virtualAccount: 'accessGroupVirtualAccounts',
}

const byAccount: Readonly<Record<PrincipalType, RelationName>> = {
  user: 'providerAccountUsers',
  team: 'providerAccountTeams',
  virtualAccount: 'providerAccountVirtualAccounts',
}

/**
 * Returns the index entries of all principals of a type that hold a group or account of the source. Covers direct
 * holders, plans, memberships and organizations.
 */
function linksOf(type: PrincipalType, source: GrantSource, state: State): readonly Link[] {
  const groups = [...source.accessGroups].map((from): Link => ({ relation: byGroup[type], from }))
  const accounts = [...source.providerAccounts].map((from): Link => ({ relation: byAccount[type], from }))
  const plans = type === 'team' ? plansOf(source, state) : []
  const byPlan = [...plans].map((from): Link => ({ relation: 'planTeams', from }))
  return [...groups, ...accounts, ...byPlan, ...linksByGroupOf(type, source, state)]
}

/**
 * Returns the index entries through which principals hold a group indirectly: users by memberships, teams and virtual
 * accounts by organizations.
 */
function linksByGroupOf(type: PrincipalType, source: GrantSource, state: State): readonly Link[] {
  if (type === 'user') return [...source.accessGroups].map((from): Link => ({ relation: 'accessGroupMembers', from }))
  const relation = type === 'team' ? 'organizationTeams' : 'organizationVirtualAccounts'
  return [...organizationsOf(source, state)].map((from): Link => ({ relation, from }))
}

function organizationsOf({ accessGroups }: GrantSource, { index }: State): ReadonlySet<string> {
  const organizations = new Set<string>()
  for (const group of accessGroups) {
    for (const id of related(index.accessGroupHolderOrganizations, group)) organizations.add(id)
  }
  return organizations
}

function plansOf({ accessGroups }: GrantSource, { index }: State): ReadonlySet<string> {
  const plans = new Set<string>()
  for (const group of accessGroups) for (const plan of related(index.accessGroupPlans, group)) plans.add(plan)
  return plans
}

const countOf = (links: readonly Link[], { index }: State): number =>
  links.reduce((sum, { relation, from }) => sum + countRelated(index[relation], from), 0)

/** Yields one walk for each index list that leads to the principals of a type. Each walk is in table order. */
function* walksOf(
  type: PrincipalType,
  source: GrantSource,
  state: State,
  after: string | undefined,
): IterableIterator<Iterator<Spot>> {
  const { index } = state
  for (const { relation, from } of linksOf(type, source, state)) yield relatedAfter(index[relation], from, after)
  if (type !== 'user') return
  for (const team of mergeWalks(walksOf('team', source, state, undefined))) {
    yield relatedAfter(index.teamMembers, team, after)
  }
}

function* walkRows(
  type: PrincipalType,
  source: GrantSource,
  state: State,
  after: string | undefined,
): IterableIterator<string> {
  const plans = plansOf(source, state)
  const organizations = organizationsOf(source, state)
  const isAssigned = ({ accessGroups }: Pick<Row, 'accessGroups'>): boolean =>
    accessGroups.some(({ accessGroup }) => source.accessGroups.has(accessGroup))
  const isHolder = (row: Row): boolean =>
    isAssigned(row) ||
    ('organization' in row && organizations.has(row.organization)) ||
    ('teams' in row && row.teams.some(isAssigned)) ||
    row.roleGrants.some(({ providerAccount }) => source.providerAccounts.has(providerAccount)) ||
    ('plan' in row && row.plan !== undefined && plans.has(row.plan))
  const teams = new Map<string, boolean>()
  const isTeamHolder = (id: string): boolean =>
    cached(teams, id, () => {
      const team = findRow(state.teams, id)
      return team !== undefined && isHolder(team)
    })
  for (const { id, row } of rowsAfter(tableOf[type](state), after)) {
    if (isHolder(row) || ('teams' in row && row.teams.some(({ team }) => isTeamHolder(team)))) yield id
  }
}

/**
 * Estimates which scheme costs less for the wanted number of principals. Both schemes find the same principals.
 * Measured at a million users: opening a list costs as much as examining a row, and taking an id from a list costs half
 * as much.
 */
function cheaperScheme(type: PrincipalType, source: GrantSource, state: State, wanted: number): ScanScheme {
  const { size } = tableOf[type](state)
  const { lists, principals } = estimate(type, source, state)
  const merged = lists + Math.min(wanted, principals) / 2
  const walked = principals === 0 ? size : Math.min(size, (wanted * size) / principals)
  return merged <= walked ? 'merge' : 'walk'
}

/** The maximum number of teams whose members are counted for an estimate. */
const sampledTeams = 32

/**
 * Estimates how many index lists lead to the principals, and how many ids the lists contain. Team members are
 * extrapolated from a sample of teams.
 */
function estimate(type: PrincipalType, source: GrantSource, state: State): { lists: number; principals: number } {
  const links = linksOf(type, source, state)
  const own = { lists: links.length, principals: countOf(links, state) }
  if (type !== 'user') return own
  const teamLinks = linksOf('team', source, state)
  const teams = countOf(teamLinks, state)
  let sampled = 0
  let members = 0
  for (const { relation, from } of teamLinks) {
    for (const team of related(state.index[relation], from)) {
      if (sampled === sampledTeams) break
      sampled += 1
      members += countRelated(state.index.teamMembers, team)
    }
  }
  const inTeams = sampled === 0 ? 0 : (teams * members) / sampled
  return { lists: own.lists + teams, principals: own.principals + inTeams }
}
