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
export type Member =
  | { readonly type: 'user'; readonly row: User; readonly access: EffectiveAccess }
  | { readonly type: 'team'; readonly row: Team; readonly access: EffectiveAccess }
  | { readonly type: 'virtualAccount'; readonly row: VirtualAccount; readonly access: EffectiveAccess }

/**
 * The principals that determine the access of a call. The call may use every model that any member has access to. The
 * restrictions on all members apply to the call. One member pays.
 */
export interface Context {
  /** The principals of the context. The payer is last. */
  readonly members: readonly Member[]
  readonly payer: Member
  /** The organization of the team or virtual account; `undefined` for a user alone. */
  readonly organization: Organization | undefined
}

/** The context of a user alone, without a team. */
export function contextOfUser(row: User, state: State): Context {
  const payer = { type: 'user', row, access: effectiveAccessOfUser(row, state) } as const
  return { members: [payer], payer, organization: undefined }
}

/**
 * The context of a team or, if `user` is defined, of the user in the team. `undefined` while the team's organization is
 * suspended.
 */
export function findTeamContext(user: User | undefined, row: Team, state: State): Context | undefined {
  const access = effectiveAccessOfTeam(row, state)
  const { organization } = access
  if (organization?.status !== 'active') return undefined
  const payer = { type: 'team', row, access } as const
  if (user === undefined) return { members: [payer], payer, organization }
  const member = { type: 'user', row: user, access: effectiveAccessOfUser(user, state) } as const
  return { members: [member, payer], payer, organization }
}

/** The context of a virtual account; `undefined` while the account's organization is suspended. */
export function findVirtualAccountContext(row: VirtualAccount, state: State): Context | undefined {
  const access = effectiveAccessOfVirtualAccount(row, state)
  const { organization } = access
  if (organization?.status !== 'active') return undefined
  const payer = { type: 'virtualAccount', row, access } as const
  return { members: [payer], payer, organization }
}

/**
 * The context of a user with one of the user's teams; `undefined` while the team or the team's organization is
 * suspended.
 */
export function findCandidate(user: User, id: string, state: State): Context | undefined {
  const team = findRow(state.teams, id)
  return team?.status === 'active' ? findTeamContext(user, team, state) : undefined
}
