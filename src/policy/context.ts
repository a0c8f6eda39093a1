import type { Organization } from '../model/organization.ts'
import type { State } from '../model/state.ts'
import { find } from '../model/table.ts'
import type { Team } from '../model/team.ts'
import type { User } from '../model/user.ts'
import type { VirtualAccount } from '../model/virtual-account.ts'

/** A principal as a context holds it: its kind and its row. */
export type Member =
  | { readonly type: 'user'; readonly row: User }
  | { readonly type: 'team'; readonly row: Team }
  | { readonly type: 'virtualAccount'; readonly row: VirtualAccount }

/**
 * The principals whose reach counts together and whose restrictions bind together; the last one pays. The organization
 * is that of the team or virtual account: its entitlement bounds their groups, never those of the user beside them.
 */
export interface Context {
  readonly members: readonly Member[]
  readonly payer: Member
  readonly organization: Organization | undefined
}

export function contextOfUser(user: User): Context {
  const payer = { type: 'user', row: user } as const
  return { members: [payer], payer, organization: undefined }
}

export function contextOfTeam(user: User | undefined, team: Team, organization: Organization): Context {
  const payer = { type: 'team', row: team } as const
  return { members: user === undefined ? [payer] : [{ type: 'user', row: user }, payer], payer, organization }
}

export function contextOfVirtualAccount(row: VirtualAccount, organization: Organization): Context {
  const payer = { type: 'virtualAccount', row } as const
  return { members: [payer], payer, organization }
}

/** The context of a user with one of its teams; none while the team or its organization is suspended. */
export function findTeamContext(user: User, id: string, state: State): Context | undefined {
  const team = find(state.teams, id)
  if (team?.status !== 'active') return undefined
  const organization = find(state.organizations, team.organization)
  return organization?.status === 'active' ? contextOfTeam(user, team, organization) : undefined
}
