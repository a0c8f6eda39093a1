import type { Organization } from '../../model/noun/organization.ts'
import type { Team } from '../../model/noun/team.ts'
import type { User } from '../../model/noun/user.ts'
import type { VirtualAccount } from '../../model/noun/virtual-account.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import {
  type EffectiveAccess,
  effectiveAccessOfTeam,
  effectiveAccessOfUser,
  effectiveAccessOfVirtualAccount,
} from './effective-access.ts'

/** A principal in a context: its kind, its row, and its effective access. */
export type ContextPrincipal =
  | { readonly type: 'user'; readonly row: User; readonly access: EffectiveAccess }
  | { readonly type: 'team'; readonly row: Team; readonly access: EffectiveAccess }
  | { readonly type: 'virtualAccount'; readonly row: VirtualAccount; readonly access: EffectiveAccess }

/**
 * One context in which a call can be made. The call may use what the `holders` reach, the restrictions on everything in
 * `restricted` bind it, and one principal pays. A user that calls on behalf of a team is restricted, but holds nothing.
 */
export interface Context {
  /** The holders whose groups and roles count. The payer is last. */
  readonly holders: readonly ContextPrincipal[]
  /** The principals whose restrictions, and the restrictions of whose organization, bind the call. The payer is last. */
  readonly restricted: readonly ContextPrincipal[]
  readonly payer: ContextPrincipal
  /** The organization of the team or virtual account; `undefined` for a user alone. */
  readonly organization: Organization | undefined
}

/** The context of a user alone, without a team. */
export function contextOfUser(row: User, state: State): Context {
  const payer = { type: 'user', row, access: effectiveAccessOfUser(row, state) } as const
  return contextOfPayer(payer)
}

/**
 * The context of a team or, if `user` is defined, of the user in the team. `undefined` while the team's organization is
 * suspended.
 */
export function findTeamContext(user: User | undefined, row: Team, state: State): Context | undefined {
  const access = effectiveAccessOfTeam(row, state)
  if (access.organization?.status !== 'active') return undefined
  const context = contextOfPayer({ type: 'team', row, access })
  if (user === undefined) return context
  const caller = { type: 'user', row: user, access: effectiveAccessOfUser(user, state) } as const
  return { ...context, restricted: [caller, context.payer] }
}

/** The context of a virtual account; `undefined` while the account's organization is suspended. */
export function findVirtualAccountContext(row: VirtualAccount, state: State): Context | undefined {
  const access = effectiveAccessOfVirtualAccount(row, state)
  if (access.organization?.status !== 'active') return undefined
  return contextOfPayer({ type: 'virtualAccount', row, access })
}

/**
 * The context of a user with one of the user's teams; `undefined` while the team or the team's organization is
 * suspended.
 */
export function findCandidate(user: User, id: string, state: State): Context | undefined {
  const team = findRow(state.teams, id)
  return team?.status === 'active' ? findTeamContext(user, team, state) : undefined
}

/** The context of a principal that calls on its own behalf. */
function contextOfPayer(payer: ContextPrincipal): Context {
  const only = [payer]
  return { holders: only, restricted: only, payer, organization: payer.access.organization }
}
