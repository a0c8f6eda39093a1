import type { Team } from '../../model/noun/team.ts'
import type { User } from '../../model/noun/user.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, hasRow } from '../../model/table/table.ts'
import type { Principal } from '../../model/value/principal.ts'
import { type Denied, deny } from '../decision/deny.ts'
import { type Context, contextOfUser, findCandidate, findTeamContext, findVirtualAccountContext } from './context.ts'

/** Who calls: in a context that is settled, or a user whose context depends on what is asked for. */
export type Caller =
  | { readonly type: 'settled'; readonly context: Context }
  | { readonly type: 'open'; readonly user: User }

/** The caller, with everything about it that must be in order before a model is looked at. */
export function findCaller(principal: Principal, team: string | undefined, state: State): Caller | Denied {
  switch (principal.type) {
    case 'user':
      return userCaller(principal.id, team, state)
    case 'team':
      return teamCaller(principal.id, team, state)
    case 'virtualAccount':
      return virtualAccountCaller(principal.id, team, state)
  }
}

/** Every context in which a caller could be answered: its one, or a user's own and then those of its teams. */
export function contextsOf(caller: Caller, state: State): readonly Context[] {
  if (caller.type === 'settled') return [caller.context]
  const { user } = caller
  const inTeams = user.teams.map(({ team }) => findCandidate(user, team, state))
  return [contextOfUser(user, state), ...inTeams.filter((context) => context !== undefined)]
}

function userCaller(id: string, named: string | undefined, state: State): Caller | Denied {
  const user = findRow(state.users, id)
  if (user === undefined) return unknown({ type: 'user', id }, state)
  if (user.status !== 'active') return suspended({ type: 'user', id }, state)
  if (named === undefined) return { type: 'open', user }
  const level = { type: 'team', id: named } as const
  const team = findRow(state.teams, named)
  if (team === undefined) return deny('team_unknown', level, [{ type: 'create_team', team: named }], state)
  if (!user.teams.some((membership) => membership.team === named)) {
    return deny('team_not_member', level, [{ type: 'add_team_member', team: named, user: id }], state)
  }
  if (team.status !== 'active') return deny('team_suspended', level, [{ type: 'activate_team', team: named }], state)
  return settledTeam(user, team, state)
}

function teamCaller(id: string, named: string | undefined, state: State): Caller | Denied {
  const team = findRow(state.teams, id)
  if (team === undefined) return unknown({ type: 'team', id }, state)
  if (team.status !== 'active') return suspended({ type: 'team', id }, state)
  if (named !== undefined && named !== id) return notOwnTeam(named, state)
  return settledTeam(undefined, team, state)
}

function virtualAccountCaller(id: string, named: string | undefined, state: State): Caller | Denied {
  const row = findRow(state.virtualAccounts, id)
  if (row === undefined) return unknown({ type: 'virtualAccount', id }, state)
  if (row.status !== 'active') return suspended({ type: 'virtualAccount', id }, state)
  if (named !== undefined) return notOwnTeam(named, state)
  const context = findVirtualAccountContext(row, state)
  return context === undefined ? organizationSuspended(row.organization, state) : { type: 'settled', context }
}

function settledTeam(user: User | undefined, team: Team, state: State): Caller | Denied {
  const context = findTeamContext(user, team, state)
  return context === undefined ? organizationSuspended(team.organization, state) : { type: 'settled', context }
}

function unknown(principal: Principal, state: State): Denied {
  return deny('principal_unknown', principal, [{ type: 'create_principal', principal }], state)
}

function suspended(principal: Principal, state: State): Denied {
  return deny('principal_suspended', principal, [{ type: 'activate_principal', principal }], state)
}

function organizationSuspended(organization: string, state: State): Denied {
  const level = { type: 'organization', id: organization } as const
  return deny('organization_suspended', level, [{ type: 'activate_organization', organization }], state)
}

/** A team key and a virtual account act for themselves: naming another team gets them nowhere. */
function notOwnTeam(named: string, state: State): Denied {
  const level = { type: 'team', id: named } as const
  return hasRow(state.teams, named)
    ? deny('team_not_member', level, [{ type: 'name_own_team' }], state)
    : deny('team_unknown', level, [{ type: 'create_team', team: named }], state)
}
