import type { Team } from '../../model/noun/team.ts'
import { membershipIn, type User } from '../../model/noun/user.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, hasRow } from '../../model/table/table.ts'
import type { Authority } from '../../model/value/authority.ts'
import type { Principal } from '../../model/value/principal.ts'
import { type Denied, deny, isDenied } from '../decision/deny.ts'
import { type Context, contextOfUser, findCandidate, findTeamContext, findVirtualAccountContext } from './context.ts'

/**
 * The contexts in which a caller can act. `several` only for a user whose request names no team; the requested model
 * then decides which context is used.
 */
export type CallerContexts =
  | { readonly type: 'one'; readonly context: Context }
  | { readonly type: 'several'; readonly user: User }

/**
 * Finds the contexts in which a principal can act. Denies a principal, team or organization that is unknown or
 * suspended. A user that names no team acts for its default team first. While the default team or its organization is
 * suspended, the user is denied.
 */
export function findCallerContexts(
  principal: Principal,
  team: string | undefined,
  state: State,
): CallerContexts | Denied {
  switch (principal.type) {
    case 'user':
      return contextsOfUser(principal.id, team, state)
    case 'team':
      return contextsOfTeam(principal.id, team, state)
    case 'virtualAccount':
      return contextsOfVirtualAccount(principal.id, team, state)
  }
}

/**
 * Lists the contexts of a caller. For a user that names no team: first the user's own context, then one context for
 * each active team of the user.
 */
export function contextsOf(contexts: CallerContexts, state: State): readonly Context[] {
  if (contexts.type === 'one') return [contexts.context]
  const { user } = contexts
  const inTeams = user.teams.map((membership) => findCandidate(user, membership.team, state, membership))
  return [contextOfUser(user, state), ...inTeams.filter((context) => context !== undefined)]
}

/**
 * Returns a denial if the principal is unknown or suspended, or if its organization is suspended. Otherwise
 * `undefined`.
 */
export function denyInactive(principal: Principal, state: State): Denied | undefined {
  if (principal.type === 'user') {
    const user = findActiveUser(principal.id, state)
    return isDenied(user) ? user : undefined
  }
  const contexts = findCallerContexts(principal, undefined, state)
  return isDenied(contexts) ? contexts : undefined
}

function findActiveUser(id: string, state: State): User | Denied {
  const user = findRow(state.users, id)
  if (user === undefined) return denyUnknown({ type: 'user', id }, state)
  return user.status === 'active' ? user : denySuspended({ type: 'user', id }, user.suspendedBy, state)
}

function contextsOfUser(id: string, named: string | undefined, state: State): CallerContexts | Denied {
  const user = findActiveUser(id, state)
  if (isDenied(user)) return user
  if (named === undefined) return denyDefaultTeam(user, state) ?? { type: 'several', user }
  const level = { type: 'team', id: named } as const
  const team = findRow(state.teams, named)
  if (team === undefined) return deny('team_unknown', level, [{ type: 'create_team', team: named }], state)
  const membership = membershipIn(user.teams, named)
  if (membership === undefined) {
    return deny('team_not_member', level, [{ type: 'add_team_member', team: named, user: id }], state)
  }
  return denySuspendedTeam(team, state) ?? contextIn(team, findTeamContext(user, team, state, membership), state)
}

/** Denies a user that names no team while its default team or the organization of the default team is suspended. */
function denyDefaultTeam({ defaultTeam }: User, state: State): Denied | undefined {
  const team = defaultTeam === undefined ? undefined : findRow(state.teams, defaultTeam)
  if (team === undefined) return undefined
  const organization = findRow(state.organizations, team.organization)
  return (
    denySuspendedTeam(team, state) ??
    (organization?.status === 'active' ? undefined : denyOrganization(team.organization, state))
  )
}

function denySuspendedTeam({ id, status, suspendedBy }: Team, state: State): Denied | undefined {
  if (status === 'active') return undefined
  const remedy = { type: 'activate_team', team: id, suspendedBy: suspendedBy ?? 'platform' } as const
  return deny('team_suspended', { type: 'team', id }, [remedy], state)
}

function contextsOfTeam(id: string, named: string | undefined, state: State): CallerContexts | Denied {
  const team = findRow(state.teams, id)
  if (team === undefined) return denyUnknown({ type: 'team', id }, state)
  if (team.status !== 'active') return denySuspended({ type: 'team', id }, team.suspendedBy, state)
  if (named !== undefined && named !== id) return denyOtherTeam(named, state)
  return contextIn(team, findTeamContext(undefined, team, state), state)
}

function contextsOfVirtualAccount(id: string, named: string | undefined, state: State): CallerContexts | Denied {
  const row = findRow(state.virtualAccounts, id)
  if (row === undefined) return denyUnknown({ type: 'virtualAccount', id }, state)
  if (row.status !== 'active') return denySuspended({ type: 'virtualAccount', id }, row.suspendedBy, state)
  if (named !== undefined) return denyOtherTeam(named, state)
  const context = findVirtualAccountContext(row, state)
  return context === undefined ? denyOrganization(row.organization, state) : { type: 'one', context }
}

function contextIn(team: Team, context: Context | undefined, state: State): CallerContexts | Denied {
  return context === undefined ? denyOrganization(team.organization, state) : { type: 'one', context }
}

function denyUnknown(principal: Principal, state: State): Denied {
  return deny('principal_unknown', principal, [{ type: 'create_principal', principal }], state)
}

function denySuspended(principal: Principal, suspendedBy: Authority | undefined, state: State): Denied {
  return deny(
    'principal_suspended',
    principal,
    [{ type: 'activate_principal', principal, suspendedBy: suspendedBy ?? 'platform' }],
    state,
  )
}

function denyOrganization(organization: string, state: State): Denied {
  const level = { type: 'organization', id: organization } as const
  const suspendedBy = findRow(state.organizations, organization)?.suspendedBy ?? 'platform'
  return deny('organization_suspended', level, [{ type: 'activate_organization', organization, suspendedBy }], state)
}

/**
 * Denies a team or a virtual account whose request names another team. Teams and virtual accounts act only on their own
 * behalf.
 */
function denyOtherTeam(named: string, state: State): Denied {
  const level = { type: 'team', id: named } as const
  return hasRow(state.teams, named)
    ? deny('team_not_member', level, [{ type: 'name_own_team' }], state)
    : deny('team_unknown', level, [{ type: 'create_team', team: named }], state)
}
