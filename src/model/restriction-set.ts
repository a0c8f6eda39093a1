import type { Restriction } from './restriction.ts'
import { drop, emptyTable, find, put, type Table } from './table.ts'

/** The restrictions on one subject, by what they select, so that a decision looks at those that could matter only. */
export interface RestrictionSet {
  readonly size: number
  readonly aliases: Table<readonly Restriction[]>
  readonly patterns: readonly Restriction[]
  readonly providerAccounts: Table<readonly Restriction[]>
  /** By provider account, then model. */
  readonly models: Table<Table<readonly Restriction[]>>
}

export const emptyRestrictionSet: RestrictionSet = Object.freeze({
  size: 0,
  aliases: emptyTable<readonly Restriction[]>(),
  patterns: Object.freeze([]),
  providerAccounts: emptyTable<readonly Restriction[]>(),
  models: emptyTable<Table<readonly Restriction[]>>(),
})

type Change = (list: readonly Restriction[]) => readonly Restriction[]

/** The set with one more restriction, kept in order of ids. */
export function withRestriction(set: RestrictionSet, added: Restriction): RestrictionSet {
  const isBefore = (a: Restriction, b: Restriction): number => (a.id < b.id ? -1 : 1)
  return changed(set, added, 1, (list) => [...list, added].sort(isBefore))
}

/** The set without a restriction that it has. */
export function withoutRestriction(set: RestrictionSet, removed: Restriction): RestrictionSet {
  return changed(set, removed, -1, (list) => list.filter((restriction) => restriction.id !== removed.id))
}

function changed(set: RestrictionSet, of: Restriction, by: number, change: Change): RestrictionSet {
  const size = set.size + by
  const { selector } = of
  switch (selector.type) {
    case 'alias':
      return { ...set, size, aliases: changedList(set.aliases, selector.alias, change) }
    case 'aliasPattern':
      return { ...set, size, patterns: change(set.patterns) }
    case 'providerAccount':
      return { ...set, size, providerAccounts: changedList(set.providerAccounts, selector.providerAccount, change) }
    case 'model': {
      const old = find(set.models, selector.providerAccount) ?? emptyTable<readonly Restriction[]>()
      const models = changedList(old, selector.model, change)
      const { providerAccount } = selector
      return {
        ...set,
        size,
        models: models.size === 0 ? drop(set.models, providerAccount) : put(set.models, providerAccount, models),
      }
    }
  }
}

function changedList(table: Table<readonly Restriction[]>, id: string, change: Change): Table<readonly Restriction[]> {
  const list = change(find(table, id) ?? [])
  return list.length === 0 ? drop(table, id) : put(table, id, list)
}
