import type { Organization } from '../model/organization.ts'
import type { State } from '../model/state.ts'
import { find } from '../model/table.ts'
import type { Team } from '../model/team.ts'
import type { User } from '../model/user.ts'
import type { VirtualAccount } from '../model/virtual-account.ts'
import { type Held, standingOf } from './standing.ts'

/** A principal as a context holds it: its kind, its row, and the groups it holds. */
export type Member =
  | { readonly type: 'user'; readonly row: User; readonly held: readonly Held[] }
  | { readonly type: 'team'; readonly row: Team; readonly held: readonly Held[] }
  | { readonly type: 'virtualAccount'; readonly row: VirtualAccount; readonly held: readonly Held[] }

/**
 * The principals whose reach counts together and whose restrictions bind together; the last one pays. The organization
 * is that of the team or virtual account: its entitlement bounds their groups, never those of the user beside them.
 */
export interface Context {
  readonly members: readonly Member[]
  readonly payer: Member
  readonly organization: Organization | undefined
}

export function contextOfUser(row: User, state: State): Context {
  const payer = { type: 'user', row, held: standingOf(row, state).held } as const
  return { members: [payer], payer, organization: undefined }
}

/** The context of a team, by itself or with one of its users; none while its organization is suspended. */
export function findTeamContext(user: User | undefined, row: Team, state: State): Context | undefined {
  const { organization, held } = standingOf(row, state)
  if (organization?.status !== 'active') return undefined
  const payer = { type: 'team', row, held } as const
  if (user === undefined) return { members: [payer], payer, organization }
  const beside = { type: 'user', row: user, held: standingOf(user, state).held } as const
  return { members: [beside, payer], payer, organization }
}

/** The context of a virtual account; none while its organization is suspended. */
export function findVirtualAccountContext(row: VirtualAccount, state: State): Context | undefined {
  const { organization, held } = standingOf(row, state)
  if (organization?.status !== 'active') return undefined
  const payer = { type: 'virtualAccount', row, held } as const
  return { members: [payer], payer, organization }
}

/** The context of a user with a team that it did not name; none while the team or its organization is suspended. */
export function findCandidate(user: User, id: string, state: State): Context | undefined {
  const team = find(state.teams, id)
  return team?.status === 'active' ? findTeamContext(user, team, state) : undefined
}
