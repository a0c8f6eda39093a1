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

/** A principal as a context holds it: its kind, its row, and where it stands. */
export type Member =
  | { readonly type: 'user'; readonly row: User; readonly standing: EffectiveAccess }
  | { readonly type: 'team'; readonly row: Team; readonly standing: EffectiveAccess }
  | { readonly type: 'virtualAccount'; readonly row: VirtualAccount; readonly standing: EffectiveAccess }

/**
 * The principals whose reach counts together and whose restrictions bind together; the last one pays. The organization
 * is that of the team or virtual account.
 */
export interface Context {
  readonly members: readonly Member[]
  readonly payer: Member
  readonly organization: Organization | undefined
}

export function contextOfUser(row: User, state: State): Context {
  const payer = { type: 'user', row, standing: effectiveAccessOfUser(row, state) } as const
  return { members: [payer], payer, organization: undefined }
}

/** The context of a team, by itself or with one of its users; none while its organization is suspended. */
export function findTeamContext(user: User | undefined, row: Team, state: State): Context | undefined {
  const standing = effectiveAccessOfTeam(row, state)
  const { organization } = standing
  if (organization?.status !== 'active') return undefined
  const payer = { type: 'team', row, standing } as const
  if (user === undefined) return { members: [payer], payer, organization }
  const beside = { type: 'user', row: user, standing: effectiveAccessOfUser(user, state) } as const
  return { members: [beside, payer], payer, organization }
}

/** The context of a virtual account; none while its organization is suspended. */
export function findVirtualAccountContext(row: VirtualAccount, state: State): Context | undefined {
  const standing = effectiveAccessOfVirtualAccount(row, state)
  const { organization } = standing
  if (organization?.status !== 'active') return undefined
  const payer = { type: 'virtualAccount', row, standing } as const
  return { members: [payer], payer, organization }
}

/** The context of a user with a team that it did not name; none while the team or its organization is suspended. */
export function findCandidate(user: User, id: string, state: State): Context | undefined {
  const team = findRow(state.teams, id)
  return team?.status === 'active' ? findTeamContext(user, team, state) : undefined
}
