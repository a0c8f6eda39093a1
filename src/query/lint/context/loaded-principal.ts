import type { Organization } from '../../../model/noun/organization.ts'
import type { Team } from '../../../model/noun/team.ts'
import type { Membership, User } from '../../../model/noun/user.ts'
import type { VirtualAccount } from '../../../model/noun/virtual-account.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Holder, Principal } from '../../../model/value/principal.ts'
import { nameOf } from '../../phrase.ts'

/** A principal, given as its type and its row. */
export type LoadedPrincipal =
  | { readonly type: 'user'; readonly row: User }
  | { readonly type: 'team'; readonly row: Team }
  | { readonly type: 'virtualAccount'; readonly row: VirtualAccount }

/** A membership (a user in a team), with the user's row and the team's row. */
export interface LoadedMembership {
  readonly type: 'member'
  readonly row: Membership
  readonly user: User
  readonly team: Team
}

/** A holder of access groups, given as its type and its row. */
export type LoadedHolder =
  | LoadedPrincipal
  | LoadedMembership
  | { readonly type: 'organization'; readonly row: Organization }

/** A user's memberships that hold access groups. */
export function loadedMembershipsOf(user: User, { teams }: State): readonly LoadedMembership[] {
  return user.teams.flatMap((row) => {
    const team = row.accessGroups.length === 0 ? undefined : findRow(teams, row.team)
    return team === undefined ? [] : [{ type: 'member', row, user, team } as const]
  })
}

/** Returns a principal with its row. `undefined` if the principal does not exist. */
export function findLoadedPrincipal({ type, id }: Principal, state: State): LoadedPrincipal | undefined {
  if (type === 'user') {
    const row = findRow(state.users, id)
    return row && { type, row }
  }
  if (type === 'team') {
    const row = findRow(state.teams, id)
    return row && { type, row }
  }
  const row = findRow(state.virtualAccounts, id)
  return row && { type, row }
}

/** Returns the principal's type and id, without its row. */
export function principalOf({ type, row }: LoadedPrincipal): Principal {
  return { type, id: row.id }
}

/** Returns the holder's reference (type and ids), without its rows. */
export function holderOf(loaded: LoadedHolder): Holder {
  if (loaded.type === 'member') return { type: 'member', team: loaded.team.id, user: loaded.user.id }
  return { type: loaded.type, id: loaded.row.id }
}

/**
 * Returns the organization whose entitlement limits a holder: the holder itself, or the organization of the team, the
 * virtual account or the membership's team. `undefined` for a user.
 */
export function findOrganizationOf(loaded: LoadedHolder, state: State): Organization | undefined {
  switch (loaded.type) {
    case 'user':
      return undefined
    case 'organization':
      return loaded.row
    case 'member':
      return findRow(state.organizations, loaded.team.organization)
    default:
      return findRow(state.organizations, loaded.row.organization)
  }
}

/**
 * Whether a holder and its organization are active. For a membership: whether user, team and the team's organization
 * are.
 */
export function isActive(loaded: LoadedHolder, state: State): boolean {
  const rows = loaded.type === 'member' ? [loaded.user, loaded.team] : [loaded.row]
  if (rows.some(({ status }) => status !== 'active')) return false
  return loaded.type === 'user' || findOrganizationOf(loaded, state)?.status === 'active'
}

/** Formats a holder for messages, as in "team `acme`". */
export function phraseOf(holder: Holder): string {
  return nameOf(holder)
}
