import type { RoleGrant } from '../../model/noun/holding.ts'
import type { Organization } from '../../model/noun/organization.ts'
import type { Team } from '../../model/noun/team.ts'
import { type Membership, membershipIn, type User } from '../../model/noun/user.ts'
import type { VirtualAccount } from '../../model/noun/virtual-account.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { MembershipReference, Principal } from '../../model/value/principal.ts'
import {
  type EffectiveAccess,
  effectiveAccessOfTeam,
  effectiveAccessOfUser,
  effectiveAccessOfVirtualAccount,
} from './effective-access.ts'
import { effectiveAccessOfMembership } from './membership-access.ts'

/** A principal in a context: its kind, its row, and its effective access. */
export type ContextPrincipal =
  | { readonly type: 'user'; readonly row: User; readonly access: EffectiveAccess }
  | { readonly type: 'team'; readonly row: Team; readonly access: EffectiveAccess }
  | { readonly type: 'virtualAccount'; readonly row: VirtualAccount; readonly access: EffectiveAccess }

/**
 * A user's membership in a team, which can hold access groups. These groups count when the user calls on behalf of the
 * team.
 */
export interface ContextMembership {
  readonly type: 'member'
  readonly row: Membership
  readonly user: string
  readonly userIncarnation: number
  readonly access: EffectiveAccess
}

/** A principal or a membership whose groups and roles count in a context. A membership has no roles. */
export type ContextHolder = ContextPrincipal | ContextMembership

/** Returns the reference (type and ids) to a holder. */
export function holderOf(holder: ContextHolder): Principal | MembershipReference {
  if (holder.type === 'member') return { type: 'member', team: holder.row.team, user: holder.user }
  return { type: holder.type, id: holder.row.id }
}

/** Returns the roles that a holder has on provider accounts. Empty for a membership. */
export function roleGrantsOf(holder: ContextHolder): readonly RoleGrant[] {
  return holder.type === 'member' ? noRoles : holder.row.roleGrants
}

const noRoles: readonly RoleGrant[] = Object.freeze([])

/**
 * A context of a call: whose access counts, whose restrictions apply, and who pays. The call may use what the `holders`
 * have access to. The restrictions on every holder in `restricted` apply. A user that calls on behalf of a team is in
 * `restricted`, but not in `holders`.
 */
export interface Context {
  /** The holders whose groups and roles count: the user's membership in the team, if any, then the payer. */
  readonly holders: readonly ContextHolder[]
  /**
   * The holders whose restrictions apply to the call. The restrictions on each holder's organization apply too. The
   * payer is last.
   */
  readonly restricted: readonly ContextHolder[]
  readonly payer: ContextPrincipal
  /** The organization of the team or virtual account that calls; `undefined` for a user without a team. */
  readonly organization: Organization | undefined
}

/** The context of a user alone, without a team. */
export function contextOfUser(row: User, state: State): Context {
  const payer = { type: 'user', row, access: effectiveAccessOfUser(row, state) } as const
  return contextOfPayer(payer)
}

/**
 * Returns the context of a team, or of a user that calls on behalf of the team. `undefined` while the team's
 * organization is suspended. `membership` is that of the user in the team; without it, the context has no membership.
 */
export function findTeamContext(
  user: User | undefined,
  row: Team,
  state: State,
  membership: Membership | undefined = user && membershipIn(user.teams, row.id),
): Context | undefined {
  const access = effectiveAccessOfTeam(row, state)
  const { organization } = access
  if (organization?.status !== 'active') return undefined
  const payer = { type: 'team', row, access } as const
  if (user === undefined) return contextOfPayer(payer)
  const caller = { type: 'user', row: user, access: effectiveAccessOfUser(user, state) } as const
  if (membership === undefined) return { holders: [payer], restricted: [caller, payer], payer, organization }
  const member = contextMembership(user, membership, organization, state)
  return { holders: [member, payer], restricted: [caller, member, payer], payer, organization }
}

/**
 * Returns a user's membership in a team, with the effective access of the membership. `undefined` if the user is not in
 * the team.
 */
export function findContextMembership(
  user: User,
  team: string,
  organization: Organization,
  state: State,
): ContextMembership | undefined {
  const row = membershipIn(user.teams, team)
  return row && contextMembership(user, row, organization, state)
}

function contextMembership(
  { id, incarnation }: User,
  row: Membership,
  organization: Organization,
  state: State,
): ContextMembership {
  const access = effectiveAccessOfMembership(row, { user: id, organization, state })
  return { type: 'member', row, user: id, userIncarnation: incarnation, access }
}

/** The context of a virtual account; `undefined` while the account's organization is suspended. */
export function findVirtualAccountContext(row: VirtualAccount, state: State): Context | undefined {
  const access = effectiveAccessOfVirtualAccount(row, state)
  if (access.organization?.status !== 'active') return undefined
  return contextOfPayer({ type: 'virtualAccount', row, access })
}

/**
 * Returns the context of a user that calls on behalf of one of its teams. `undefined` while the team or the team's
 * organization is suspended.
 */
export function findCandidate(
  user: User,
  id: string,
  state: State,
  membership: Membership | undefined = membershipIn(user.teams, id),
): Context | undefined {
  const team = findRow(state.teams, id)
  return team?.status === 'active' ? findTeamContext(user, team, state, membership) : undefined
}

/** The context of a principal that calls on its own behalf. */
function contextOfPayer(payer: ContextPrincipal): Context {
  const only = [payer]
  return { holders: only, restricted: only, payer, organization: payer.access.organization }
}
