import type { Organization } from '../../model/noun/organization.ts'
import type { Membership } from '../../model/noun/user.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import type { Index } from '../../model/state/state-index.ts'
import { findRow, type Table } from '../../model/table/table.ts'
import { cacheByIdentity } from '../../model/value/cache-by-identity.ts'
import { computeLimit, type EffectiveAccess, type EffectiveGroup, GroupCollector } from './effective-access.ts'

/** The inputs of a membership's effective access, in addition to the row of the membership. */
interface Place {
  readonly user: string
  readonly organization: Organization
  readonly state: State
}

/**
 * Returns the effective access of a user's membership in a team. The groups are those of the membership, limited by the
 * entitlement of the team's organization. The restrictions are those on the user when the user calls on behalf of the
 * team.
 */
export function effectiveAccessOfMembership(row: Membership, place: Place): EffectiveAccess {
  const { length } = row.accessGroups
  if (length === 0 && place.state.index.restrictionsOnMembers.size === 0) return emptyAccessIn(place.organization)
  return length > computeLimit ? cachedAccess(row, place) : computeAccess(row, place)
}

/**
 * The effective access of a membership without access groups and restrictions. Shared by all such memberships in an
 * organization.
 */
const emptyAccessIn = /* @__PURE__ */ cacheByIdentity((organization: Organization): EffectiveAccess => {
  return { organization, groups: noGroups, unentitled: noGroups, restrictions: [] }
})

const noGroups: readonly EffectiveGroup[] = Object.freeze([])

function computeAccess(row: Membership, { user, organization, state }: Place): EffectiveAccess {
  const collector = new GroupCollector(organization, state)
  collector.addAssigned({ type: 'member', team: row.team, user }, row.accessGroups)
  const { groups, unentitled } = collector
  const restrictions = restrictionSets(row.team, user, state.index.restrictionsOnMembers)
  return { organization, groups, unentitled, restrictions }
}

/** The effective access of a membership in the cache, with the inputs from which the access was computed. */
interface CachedMembershipAccess extends EffectiveAccess {
  readonly user: string
  readonly accessGroups: Table<unknown>
  readonly restrictionsOnMembers: Index['restrictionsOnMembers']
}

/** The effective access of a membership with many groups, cached by row until one of its inputs changes. */
const cachedAccess = /* @__PURE__ */ cacheByIdentity(
  (row: Membership, place: Place): CachedMembershipAccess => {
    const { accessGroups, index } = place.state
    const { restrictionsOnMembers } = index
    return { ...computeAccess(row, place), user: place.user, accessGroups, restrictionsOnMembers }
  },
  (cached, { user, organization, state }) =>
    cached.user === user &&
    cached.organization === organization &&
    cached.accessGroups === state.accessGroups &&
    cached.restrictionsOnMembers === state.index.restrictionsOnMembers,
)

function restrictionSets(team: string, user: string, table: Index['restrictionsOnMembers']): readonly RestrictionSet[] {
  const ofTeam = findRow(table, team)
  const set = ofTeam && findRow(ofTeam, user)
  return set === undefined ? [] : [set]
}
