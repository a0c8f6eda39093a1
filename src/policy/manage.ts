import type { Holdings } from '../model/noun/holding.ts'
import type { Team } from '../model/noun/team.ts'
import { membershipIn } from '../model/noun/user.ts'
import type { State } from '../model/state/state.ts'
import { findRow, hasRow } from '../model/table/table.ts'
import type { Instant } from '../model/value/instant.ts'
import { type ActingAgent, type Agent, isSamePrincipal } from '../model/value/principal.ts'
import { findWindow, uniteWindows, type Window } from '../model/value/window.ts'
import type { Power } from './decision/decision.ts'
import type { Thing } from './request/request.ts'

/** The power by which an agent manages a thing, and the end of this power. */
export interface ManagePower {
  readonly power: Power
  /** The first instant at which the power could end without a command. Absent when no window limits the power. */
  readonly until?: Instant
}

/**
 * Returns the power by which an agent manages a thing at an instant, or `undefined` if the agent has none. Decides both
 * manage requests and the actors of commands. The agent must exist and be active. If several powers apply, returns the
 * first in the order of the code below. An unknown thing gives `undefined`.
 */
export function findPower(agent: ActingAgent, thing: Thing, state: State, at: Instant): ManagePower | undefined {
  if (!isKnownThing(thing, state)) return undefined
  const team = teamOf(agent)
  if (team !== undefined) {
    const isOther = thing.type === 'teamMembers' && thing.id !== team
    return isOther ? undefined : findPowerByRole(agent, thing, state, at)
  }
  if (isAdministrator(agent, state)) return { power: 'administrator' }
  if (isOrganizationAdminOf(agent, thing, state)) return { power: 'organizationAdmin' }
  if (thing.type === 'userTokens' && agent.type === 'user' && agent.id === thing.id) return { power: 'self' }
  return findPowerByRole(agent, thing, state, at)
}

/**
 * Returns the team of the token that an agent acts with, or `undefined`. With such a token, an agent has only the
 * powers that its user has through the team.
 */
export function teamOf(agent: ActingAgent): string | undefined {
  // The own field only: an agent without a team is not read from a polluted `Object.prototype`.
  return agent.type === 'user' && Object.hasOwn(agent, 'team') ? agent.team : undefined
}

function findPowerByRole(agent: ActingAgent, thing: Thing, state: State, at: Instant): ManagePower | undefined {
  if (thing.type === 'providerAccount') return findManagerRole(agent, thing.id, state, at)
  return thing.type === 'teamMembers' && isTeamManager(agent, thing.id, state) ? { power: 'teamManager' } : undefined
}

/** Whether an agent is an administrator, who may manage everything. */
export function isAdministrator(agent: Agent, state: State): boolean {
  return state.administrators.some((administrator) => isSamePrincipal(administrator, agent))
}

/**
 * The time windows in which an agent manages a provider account, merged into normal form. The windows come from manager
 * roles of the agent and of the agent's active teams. A role that the agent grants to others may not exceed these
 * windows.
 */
export function managedWindows(agent: ActingAgent, providerAccount: string, state: State): readonly Window[] {
  const windows: Window[] = []
  for (const { roleGrants } of holdersOf(agent, state)) {
    for (const grant of roleGrants) {
      if (grant.providerAccount !== providerAccount || grant.role !== 'manager') continue
      for (const window of grant.windows) windows.push(window)
    }
  }
  return uniteWindows(windows)
}

/**
 * The time windows in which a role lets an agent use a provider account for free, merged into normal form. Counts the
 * roles of the agent and of the agent's active teams, but no role of a metered principal.
 */
export function freeWindows(agent: ActingAgent, providerAccount: string, state: State): readonly Window[] {
  const windows: Window[] = []
  for (const { metered, roleGrants } of holdersOf(agent, state)) {
    for (const grant of metered ? [] : roleGrants) {
      if (grant.providerAccount !== providerAccount) continue
      for (const window of grant.windows) windows.push(window)
    }
  }
  return uniteWindows(windows)
}

function findManagerRole(
  agent: ActingAgent,
  providerAccount: string,
  state: State,
  at: Instant,
): ManagePower | undefined {
  const window = findWindow(managedWindows(agent, providerAccount, state), at)
  if (window === undefined) return undefined
  const power = 'providerAccountManager'
  return window.expiresAt === undefined ? { power } : { power, until: window.expiresAt }
}

/**
 * Yields the principals whose roles an agent has: the agent itself and the agent's active teams. An agent that acts
 * with the token of a team has the roles of that team only.
 */
function* holdersOf(agent: ActingAgent, state: State): IterableIterator<Holdings & { readonly metered: boolean }> {
  if (agent.type === 'virtualAccount') {
    const account = findRow(state.virtualAccounts, agent.id)
    if (account !== undefined) yield account
    return
  }
  const user = findRow(state.users, agent.id)
  if (user === undefined) return
  const only = teamOf(agent)
  if (only === undefined) yield user
  const own = only === undefined ? undefined : membershipIn(user.teams, only)
  for (const membership of only === undefined ? user.teams : own === undefined ? [] : [own]) {
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
  return user !== undefined && membershipIn(user.teams, id)?.role === 'manager'
}

function isOrganizationAdminOf(agent: Agent, thing: Thing, state: State): boolean {
  const id = findOrganization(thing, state)
  const organization = id === undefined ? undefined : findRow(state.organizations, id)
  if (organization?.status !== 'active') return false
  return organization.admins.some((admin) => isSamePrincipal(admin, agent))
}

/**
 * Returns the id of the organization that a thing belongs to, or `undefined`. An unknown thing, the platform, a
 * provider account and a user's tokens belong to none.
 */
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

/** Whether the thing of a manage request exists in the state. */
export function isKnownThing(thing: Thing, state: State): boolean {
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
