import { type AccessGroup, holdsAlias } from '../model/noun/access-group.ts'
import type { State } from '../model/state/state.ts'
import { hashOf } from '../model/table/hash.ts'
import { related } from '../model/table/relation.ts'
import { getRow, rowsOf, type Table } from '../model/table/table.ts'
import type { PrincipalType } from '../model/value/principal.ts'

/** The ids of principals, by their kind. A principal that holds something twice may come twice. */
export type Holders = Readonly<Record<PrincipalType, () => Iterable<string>>>

/** Every group that holds an alias, whether it names it, has a pattern that matches it, or holds all of them. */
export function* groupsHolding(alias: string, state: State): IterableIterator<AccessGroup> {
  const hash = hashOf(alias)
  for (const group of broadGroups(state)) if (holdsAlias(group, alias, hash)) yield group
  for (const id of related(state.index.aliasAccessGroups, alias)) {
    const group = getRow(state.accessGroups, id)
    if (!isBroad(group)) yield group
  }
}

/** Who holds a group, in whatever window: by assignment, and teams by their plan. Ceilings are not looked at. */
export function holdersOfGroup(accessGroup: string, { index }: State): Holders {
  return {
    user: () => related(index.accessGroupUsers, accessGroup),
    *team() {
      yield* related(index.accessGroupTeams, accessGroup)
      for (const plan of related(index.accessGroupPlans, accessGroup)) yield* related(index.planTeams, plan)
    },
    virtualAccount: () => related(index.accessGroupVirtualAccounts, accessGroup),
  }
}

/** Who has a role on a provider account, in whatever window. */
export function holdersOfRole(providerAccount: string, { index }: State): Holders {
  return {
    user: () => related(index.providerAccountUsers, providerAccount),
    team: () => related(index.providerAccountTeams, providerAccount),
    virtualAccount: () => related(index.providerAccountVirtualAccounts, providerAccount),
  }
}

/** Whether a group may contain an alias without naming it: all aliases, or those that match a pattern. */
export const isBroad = ({ allAliases, patterns }: AccessGroup): boolean => allAliases || patterns.length > 0

const broad = new WeakMap<Table<AccessGroup>, readonly AccessGroup[]>()

/** The groups that may hold an alias without naming it. */
function broadGroups({ accessGroups }: State): readonly AccessGroup[] {
  const known = broad.get(accessGroups)
  if (known !== undefined) return known
  const found = [...rowsOf(accessGroups)].filter(isBroad)
  broad.set(accessGroups, found)
  return found
}
