import type { Holdings } from '../model/holding.ts'
import type { Instant } from '../model/instant.ts'
import type { Agent } from '../model/principal.ts'
import { isSamePrincipal } from '../model/principal.ts'
import type { State } from '../model/state.ts'
import { find, has } from '../model/table.ts'
import type { Team } from '../model/team.ts'
import { findWindow, uniteWindow, type Window } from '../model/window.ts'
import type { Power } from './decision.ts'
import type { Thing } from './request.ts'

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
    const account = find(state.virtualAccounts, agent.id)
    if (account !== undefined) yield account
    return
  }
  const user = find(state.users, agent.id)
  if (user === undefined) return
  yield user
  for (const membership of user.teams) {
    const team = find(state.teams, membership.team)
    if (team !== undefined && isInForce(team, state)) yield team
  }
}

function isInForce(team: Team, state: State): boolean {
  return team.status === 'active' && find(state.organizations, team.organization)?.status === 'active'
}

function isTeamManager(agent: Agent, id: string, state: State): boolean {
  const team = find(state.teams, id)
  if (agent.type !== 'user' || team === undefined || !isInForce(team, state)) return false
  const user = find(state.users, agent.id)
  return user?.teams.some((membership) => membership.team === id && membership.role === 'manager') === true
}

function isOrganizationAdminOf(agent: Agent, thing: Thing, state: State): boolean {
  const id = findOrganization(thing, state)
  const organization = id === undefined ? undefined : find(state.organizations, id)
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
      return find(state.teams, thing.id)?.organization
    case 'virtualAccount':
      return find(state.virtualAccounts, thing.id)?.organization
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
      return has(state.organizations, thing.id)
    case 'team':
    case 'teamMembers':
      return has(state.teams, thing.id)
    case 'virtualAccount':
      return has(state.virtualAccounts, thing.id)
    case 'providerAccount':
      return has(state.providerAccounts, thing.id)
    case 'userTokens':
      return has(state.users, thing.id)
  }
}
