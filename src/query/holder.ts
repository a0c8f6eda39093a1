import { type AccessGroup, holdsAlias, type RequestedName, targetsThrough } from '../model/noun/access-group.ts'
import type { State } from '../model/state/state.ts'
import { related } from '../model/table/relation.ts'
import { getRow, rowsOf, type Table } from '../model/table/table.ts'
import { cacheByIdentity } from '../model/value/cache-by-identity.ts'
import type { MembershipReference, PrincipalType } from '../model/value/principal.ts'
import { isDenied } from '../policy/decision/deny.ts'
import { resolve } from '../policy/route/resolve.ts'

/**
 * The holders of a group or role: ids of principals by type, memberships, and organizations. A holder may be repeated
 * if it holds the group or role twice.
 */
export interface Holders extends Readonly<Record<PrincipalType, () => Iterable<string>>> {
  readonly member: () => Iterable<MembershipReference>
  readonly organization: () => Iterable<string>
}

/**
 * Yields every group that leads to a requested name. The group holds the alias (by name, by a pattern or with all
 * aliases), or holds a target of the name.
 */
export function* groupsLeadingTo(requested: RequestedName, state: State): IterableIterator<AccessGroup> {
  const { alias, name, targets } = requested
  const seen = new Set<string>()
  if (alias !== undefined) {
    for (const group of broadGroups(state.accessGroups)) if (holdsAlias(group, name, requested.hash)) yield* once(group)
    for (const id of related(state.index.aliasAccessGroups, name)) yield* once(getRow(state.accessGroups, id))
  }
  for (const providerAccount of new Set(targets.map((target) => target.providerAccount))) {
    for (const id of related(state.index.providerAccountAccessGroups, providerAccount)) {
      const group = getRow(state.accessGroups, id)
      if (targetsThrough(group, requested) !== undefined) yield* once(group)
    }
  }
  function* once(group: AccessGroup): IterableIterator<AccessGroup> {
    if (seen.has(group.id)) return
    seen.add(group.id)
    yield group
  }
}

/** Returns every group that leads to the alias or concrete model of a name. Empty for an unknown name. */
export function groupsReaching(name: string, state: State): Iterable<AccessGroup> {
  const resolved = resolve(name, state)
  return isDenied(resolved) ? [] : groupsLeadingTo(resolved, state)
}

/**
 * Returns the holders to which a group is assigned, and the teams that have the group by plan. An organization is one
 * holder: its teams and virtual accounts are not listed. Windows and entitlements are not checked.
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

/** Returns the principals with a role on a provider account. Includes roles that are not in force. */
export function holdersOfRole(providerAccount: string, { index }: State): Holders {
  return {
    user: () => related(index.providerAccountUsers, providerAccount),
    team: () => related(index.providerAccountTeams, providerAccount),
    virtualAccount: () => related(index.providerAccountVirtualAccounts, providerAccount),
    member: () => [],
    organization: () => [],
  }
}

/** Whether a group may hold aliases that it does not name, because it holds all aliases or has patterns. */
export const isBroad = ({ allAliases, patterns }: AccessGroup): boolean => allAliases || patterns.length > 0

/** The groups for which `isBroad` is true. Cached until a group changes. */
const broadGroups = /* @__PURE__ */ cacheByIdentity((accessGroups: Table<AccessGroup>): readonly AccessGroup[] =>
  [...rowsOf(accessGroups)].filter(isBroad),
)
