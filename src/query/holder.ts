import { type AccessGroup, holdsAlias } from '../model/noun/access-group.ts'
import type { State } from '../model/state/state.ts'
import { hashOf } from '../model/table/hash.ts'
import { related } from '../model/table/relation.ts'
import { getRow, rowsOf, type Table } from '../model/table/table.ts'
import { cacheByIdentity } from '../model/value/cache-by-identity.ts'
import type { MembershipReference, PrincipalType } from '../model/value/principal.ts'

/**
 * The ids of the principals that hold a group or role, by type of principal, and the memberships and organizations that hold
 * it. A holder that holds the group or role twice may be repeated.
 */
export interface Holders extends Readonly<Record<PrincipalType, () => Iterable<string>>> {
  readonly member: () => Iterable<MembershipReference>
  readonly organization: () => Iterable<string>
}

/** Every group that contains an alias: by name, by a matching pattern, or because it contains all aliases. */
export function* groupsHolding(alias: string, state: State): IterableIterator<AccessGroup> {
  const hash = hashOf(alias)
  for (const group of broadGroups(state.accessGroups)) if (holdsAlias(group, alias, hash)) yield group
  for (const id of related(state.index.aliasAccessGroups, alias)) {
    const group = getRow(state.accessGroups, id)
    if (!isBroad(group)) yield group
  }
}

/**
 * The holders of a group by assignment, and the teams that hold it by plan. The teams and virtual accounts of an organization
 * that holds it are not listed. Windows and entitlements are not checked.
 */
export function holdersOfGroup(accessGroup: string, { index, users }: State): Holders {
  return {
    *member() {
      for (const user of related(index.accessGroupMembers, accessGroup)) {
        for (const { team, accessGroups } of getRow(users, user).teams) {
          if (accessGroups.some((held) => held.accessGroup === accessGroup)) yield { type: 'member', team, user }
        }
      }
    },
    organization: () => related(index.accessGroupHolderOrganizations, accessGroup),
    user: () => related(index.accessGroupUsers, accessGroup),
    *team() {
      yield* related(index.accessGroupTeams, accessGroup)
      for (const plan of related(index.accessGroupPlans, accessGroup)) yield* related(index.planTeams, plan)
    },
    virtualAccount: () => related(index.accessGroupVirtualAccounts, accessGroup),
  }
}

/** The principals with a role on a provider account. Windows are not checked. */
export function holdersOfRole(providerAccount: string, { index }: State): Holders {
  return {
    user: () => related(index.providerAccountUsers, providerAccount),
    team: () => related(index.providerAccountTeams, providerAccount),
    virtualAccount: () => related(index.providerAccountVirtualAccounts, providerAccount),
    member: () => [],
    organization: () => [],
  }
}

/** Whether a group may contain aliases that it does not name: the group contains all aliases, or has patterns. */
export const isBroad = ({ allAliases, patterns }: AccessGroup): boolean => allAliases || patterns.length > 0

/** The groups for which `isBroad` is true. Cached while no group changes. */
const broadGroups = /* @__PURE__ */ cacheByIdentity((accessGroups: Table<AccessGroup>): readonly AccessGroup[] =>
  [...rowsOf(accessGroups)].filter(isBroad),
)
