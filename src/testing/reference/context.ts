import type { Team } from '../../model/noun/team.ts'
import type { User } from '../../model/noun/user.ts'
import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { State } from '../../model/state/state.ts'
import type { Holder, Principal } from '../../model/value/principal.ts'
import type { CacheScope, Payer } from '../../policy/decision/decision.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import { type Caller, type Denial, denial, organizationDenial } from './caller.ts'
import { isActive, rowOf } from './rows.ts'

/** The holders whose grants and restrictions apply to a request, and the wallet that pays. */
export interface Context {
  readonly holders: readonly Holder[]
  readonly restricted: readonly Holder[]
  readonly organization?: string
  /** The team that the decision reports, if any. */
  readonly team?: string
  readonly payer: Payer
  /** The wallets below the payer in the path of wallets, except the wallet of the credential. */
  readonly below: readonly WalletLevel[]
  /** The wallets above the payer in the path of wallets. */
  readonly above: readonly WalletLevel[]
  readonly cacheScope: CacheScope
  /** The holders in a `grant_access` remedy. The denial is reported at the last of these holders. */
  readonly grantees: readonly Holder[]
  /**
   * Whether a denial for lack of a grant is reported at the user alone. True for a team context of a user that names no
   * team.
   */
  readonly isUnnamed?: true
}

/**
 * Returns the only context of a request, or a denial if the context is invalid. Applies to a team key, a virtual
 * account, and a user that acts for a team. Returns `undefined` for a user that names no team.
 */
export function contextNamed(request: UseRequest, caller: Caller, state: State): Context | Denial | undefined {
  const { principal, credential } = caller
  if (principal.type === 'user') {
    const team = request.team ?? credential?.team
    return team === undefined ? undefined : contextOfMember(principal.id, team, state)
  }
  const row = rowOf(state, principal.type === 'team' ? 'teams' : 'virtualAccounts', principal.id)
  if (row === undefined) return undefined
  const isTeam = principal.type === 'team'
  if (request.team !== undefined && !(isTeam && request.team === principal.id)) {
    if (rowOf(state, 'teams', request.team) === undefined) return unknownTeam(request.team)
    return denial('team_not_member', { type: 'team', id: request.team }, { type: 'name_own_team' })
  }
  const cacheScope = scopeOf('organization', row.organization, state)
  return (
    organizationDenial(row.organization, state) ?? {
      holders: [principal],
      restricted: [principal],
      organization: row.organization,
      ...(isTeam ? { team: principal.id } : {}),
      payer: payerOf(principal, row),
      below: [],
      above: [cacheScope],
      cacheScope,
      grantees: [principal],
    }
  )
}

function contextOfMember(user: string, team: string, state: State): Context | Denial {
  const row = rowOf(state, 'teams', team)
  if (row === undefined) return unknownTeam(team)
  const places = rowOf(state, 'users', user)?.teams ?? []
  if (!places.some((place) => place.team === team)) {
    return denial('team_not_member', { type: 'team', id: team }, { type: 'add_team_member', team, user })
  }
  return teamDenial(row, state) ?? contextWithTeam(user, row, state)
}

/** Returns a denial if a team or its organization is suspended. */
function teamDenial({ id, organization, status, suspendedBy = 'platform' }: Team, state: State): Denial | undefined {
  if (status === 'active') return organizationDenial(organization, state)
  return denial('team_suspended', { type: 'team', id }, { type: 'activate_team', team: id, suspendedBy })
}

/** Returns a denial if the default team of a user, or the organization of that team, is suspended. */
export function defaultTeamDenial(user: string, state: State): Denial | undefined {
  const team = rowOf(state, 'teams', rowOf(state, 'users', user)?.defaultTeam ?? '')
  return team && teamDenial(team, state)
}

function unknownTeam(team: string): Denial {
  return denial('team_unknown', { type: 'team', id: team }, { type: 'create_team', team })
}

/** Returns the context of a user who calls on behalf of a team. The team pays if it is metered. */
function contextWithTeam(user: string, row: Team, state: State): Context {
  const team = { type: 'team' as const, id: row.id }
  const places = rowOf(state, 'users', user)?.teams ?? []
  const membership = places.some((place) => place.team === row.id)
    ? [{ type: 'member' as const, team: row.id, user }]
    : []
  return {
    holders: [...membership, team],
    restricted: [{ type: 'user', id: user }, ...membership, team],
    organization: row.organization,
    team: row.id,
    payer: payerOf(team, row),
    below: membership.map((place) => ({ ...place, incarnation: laterOf(row, rowOf(state, 'users', user)) })),
    above: [scopeOf('organization', row.organization, state)],
    cacheScope: scopeOf('organization', row.organization, state),
    grantees: [...membership, team],
  }
}

function laterOf(team: Team, user: User | undefined): number {
  return Math.max(team.incarnation, user?.incarnation ?? Number.NaN)
}

/** Returns the context of a user who calls without a team. */
function contextAlone(user: string, state: State): Context {
  const principal = { type: 'user' as const, id: user }
  const row = rowOf(state, 'users', user)
  return {
    holders: [principal],
    restricted: [principal],
    payer: row === undefined ? { type: 'none' } : payerOf(principal, row),
    below: [],
    above: [],
    cacheScope: scopeOf('user', user, state),
    grantees: [principal],
  }
}

function scopeOf(type: CacheScope['type'], id: string, state: State): CacheScope {
  const row = rowOf(state, type === 'user' ? 'users' : 'organizations', id)
  return { type, id, incarnation: row?.incarnation ?? Number.NaN }
}

/**
 * Returns every context of a user that names no team: the user alone, then the user with each of the user's active
 * teams.
 */
export function contextsOpen(user: string, state: State): Context[] {
  const teams = (rowOf(state, 'users', user)?.teams ?? []).flatMap(({ team }) => {
    const row = rowOf(state, 'teams', team)
    const isCandidate = row !== undefined && isActive(row) && isActive(rowOf(state, 'organizations', row.organization))
    return isCandidate ? [contextWithTeam(user, row, state)] : []
  })
  return [contextAlone(user, state), ...teams]
}

function payerOf(principal: Principal, row: { readonly metered: boolean; readonly incarnation: number }): Payer {
  if (!row.metered) return { type: 'none' }
  return { type: 'wallet', wallet: { type: principal.type, id: principal.id, incarnation: row.incarnation } }
}
