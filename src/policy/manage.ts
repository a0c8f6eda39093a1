import type { Holdings } from '../model/noun/holding.ts'
import type { Team } from '../model/noun/team.ts'
import type { State } from '../model/state/state.ts'
import { findRow, hasRow } from '../model/table/table.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Agent } from '../model/value/principal.ts'
import { isSamePrincipal } from '../model/value/principal.ts'
import { findWindow, uniteWindow, type Window } from '../model/value/window.ts'
import type { Power } from './decision/decision.ts'
import type { Thing } from './request/request.ts'

/** What gives an agent the power over a thing. Before `until`, time alone does not change this answer. */
export interface ManagePower {
  readonly power: Power
  readonly until?: Instant
}

/**
 * The one answer to "may this agent manage this thing now?", for requests and for commands alike. The agent exists and
 * is active. The first power of the list that holds is reported; nobody has power over what does not exist.
 */
export function findPower(agent: Agent, thing: Thing, state: State, at: Instant): ManagePower | undefined {
  if (!isThere(thing, state)) return undefined
  if (isAdministrator(agent, state)) return { power: 'administrator' }
  if (isOrganizationAdminOf(agent, thing, state)) return { power: 'organizationAdmin' }
  if (thing.type === 'providerAccount') return findManagerRole(agent, thing.id, state, at)
  if (thing.type === 'teamMembers' && isTeamManager(agent, thing.id, state)) return { power: 'teamManager' }
  if (thing.type === 'userTokens' && agent.type === 'user' && agent.id === thing.id) return { power: 'self' }
  return undefined
}

/** Whether an agent is one of the state's administrators, who may do everything. */
export function isAdministrator(agent: Agent, state: State): boolean {
  return state.administrators.some((administrator) => isSamePrincipal(administrator, agent))
}

/**
 * When an agent manages a provider account: by its own manager role, or by that of an active team it is in. The windows
 * are united, in normal form, and empty for who never does. What a manager grants to others stays inside them.
 */
export function managedWindows(agent: Agent, providerAccount: string, state: State): readonly Window[] {
  let windows: readonly Window[] = []
  for (const holder of holdersOf(agent, state)) {
    for (const grant of holder.roleGrants) {
      if (grant.providerAccount !== providerAccount || grant.role !== 'manager') continue
      for (const window of grant.windows) windows = uniteWindow(windows, window)
    }
  }
  return windows
}

function findManagerRole(agent: Agent, providerAccount: string, state: State, at: Instant): ManagePower | undefined {
  const window = findWindow(managedWindows(agent, providerAccount, state), at)
  if (window === undefined) return undefined
  const power = 'providerAccountManager'
  return window.expiresAt === undefined ? { power } : { power, until: window.expiresAt }
}

/** Whose roles an agent has: its own, and those of its active teams. */
function* holdersOf(agent: Agent, state: State): IterableIterator<Holdings> {
  if (agent.type === 'virtualAccount') {
    const account = findRow(state.virtualAccounts, agent.id)
    if (account !== undefined) yield account
    return
  }
  const user = findRow(state.users, agent.id)
  if (user === undefined) return
  yield user
  for (const membership of user.teams) {
    const team = findRow(state.teams, membership.team)
    if (team !== undefined && isInForce(team, state)) yield team
  }
}

function isInForce(team: Team, state: State): boolean {
  return team.status === 'active' && findRow(state.organizations, team.organization)?.status === 'active'
}

function isTeamManager(agent: Agent, id: string, state: State): boolean {
  const team = findRow(state.teams, id)
  if (agent.type !== 'user' || team === undefined || !isInForce(team, state)) return false
  const user = findRow(state.users, agent.id)
  return user?.teams.some((membership) => membership.team === id && membership.role === 'manager') === true
}

function isOrganizationAdminOf(agent: Agent, thing: Thing, state: State): boolean {
  const id = findOrganization(thing, state)
  const organization = id === undefined ? undefined : findRow(state.organizations, id)
  if (organization?.status !== 'active') return false
  return organization.admins.some((admin) => isSamePrincipal(admin, agent))
}

/** The organization that a thing belongs to, if it is of the kind that does. */
export function findOrganization(thing: Thing, state: State): string | undefined {
  switch (thing.type) {
    case 'organization':
      return thing.id
    case 'team':
    case 'teamMembers':
      return findRow(state.teams, thing.id)?.organization
    case 'virtualAccount':
      return findRow(state.virtualAccounts, thing.id)?.organization
    default:
      return undefined
  }
}

/** Whether there is such a thing. Nobody manages what there is not. */
export function isThere(thing: Thing, state: State): boolean {
  switch (thing.type) {
    case 'platform':
      return true
    case 'organization':
      return hasRow(state.organizations, thing.id)
    case 'team':
    case 'teamMembers':
      return hasRow(state.teams, thing.id)
    case 'virtualAccount':
      return hasRow(state.virtualAccounts, thing.id)
    case 'providerAccount':
      return hasRow(state.providerAccounts, thing.id)
    case 'userTokens':
      return hasRow(state.users, thing.id)
  }
}
