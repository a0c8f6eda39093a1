import type { Restriction } from '../noun/restriction.ts'
import { drop, emptyTable, findRow, put, type Table, tableOf } from '../table/table.ts'

/**
 * The restrictions on one subject, indexed by selector, so that a decision reads only the restrictions that may apply.
 */
export interface RestrictionSet {
  readonly size: number
  readonly aliases: Table<readonly Restriction[]>
  readonly patterns: readonly Restriction[]
  readonly providerAccounts: Table<readonly Restriction[]>
  /** The restrictions on single models: by provider account, then by model. */
  readonly models: Table<Table<readonly Restriction[]>>
}

/** The empty restriction set. */
export const emptyRestrictionSet: RestrictionSet = Object.freeze({
  size: 0,
  aliases: emptyTable<readonly Restriction[]>(),
  patterns: Object.freeze([]),
  providerAccounts: emptyTable<readonly Restriction[]>(),
  models: emptyTable<Table<readonly Restriction[]>>(),
})

type Edit = (list: readonly Restriction[]) => readonly Restriction[]

/** Builds the set of these restrictions at once. The result equals the set after adding the restrictions one by one. */
export function restrictionSetOf(restrictions: readonly Restriction[]): RestrictionSet {
  const sorted = [...restrictions].sort((a, b) => (a.id < b.id ? -1 : 1))
  const lists = { aliases: new Lists(), providerAccounts: new Lists() }
  const models = new Map<string, Lists>()
  const patterns: Restriction[] = []
  for (const restriction of sorted) {
    const { selector } = restriction
    if (selector.type === 'aliasPattern') patterns.push(restriction)
    else if (selector.type === 'alias') lists.aliases.add(selector.alias, restriction)
    else if (selector.type === 'providerAccount') lists.providerAccounts.add(selector.providerAccount, restriction)
    else {
      const ofAccount = models.get(selector.providerAccount) ?? new Lists()
      models.set(selector.providerAccount, ofAccount)
      ofAccount.add(selector.model, restriction)
    }
  }
  return {
    size: sorted.length,
    aliases: lists.aliases.table(),
    patterns,
    providerAccounts: lists.providerAccounts.table(),
    models: tableOf(
      [...models.keys()],
      [...models.values()].map((ofAccount) => ofAccount.table()),
    ),
  }
}

/** Collects restrictions into one list for each id that a selector names: an alias, a provider account or a model. */
class Lists {
  readonly #lists = new Map<string, Restriction[]>()

  add(id: string, restriction: Restriction): void {
    const list = this.#lists.get(id)
    if (list === undefined) this.#lists.set(id, [restriction])
    else list.push(restriction)
  }

  table(): Table<readonly Restriction[]> {
    return tableOf([...this.#lists.keys()], [...this.#lists.values()])
  }
}

/** The set with one more restriction. Every list in the set stays sorted by the ids of the restrictions. */
export function withRestriction(set: RestrictionSet, added: Restriction): RestrictionSet {
  const isBefore = (a: Restriction, b: Restriction): number => (a.id < b.id ? -1 : 1)
  return changed(set, added, 1, (list) => [...list, added].sort(isBefore))
}

/** The set without this restriction. The set must contain the restriction. */
export function withoutRestriction(set: RestrictionSet, removed: Restriction): RestrictionSet {
  return changed(set, removed, -1, (list) => list.filter((restriction) => restriction.id !== removed.id))
}

function changed(set: RestrictionSet, of: Restriction, by: number, edit: Edit): RestrictionSet {
  const size = set.size + by
  const { selector } = of
  switch (selector.type) {
    case 'alias':
      return { ...set, size, aliases: changedList(set.aliases, selector.alias, edit) }
    case 'aliasPattern':
      return { ...set, size, patterns: edit(set.patterns) }
    case 'providerAccount':
      return { ...set, size, providerAccounts: changedList(set.providerAccounts, selector.providerAccount, edit) }
    case 'model': {
      const old = findRow(set.models, selector.providerAccount) ?? emptyTable<readonly Restriction[]>()
      const models = changedList(old, selector.model, edit)
      const { providerAccount } = selector
      return {
        ...set,
        size,
        models: models.size === 0 ? drop(set.models, providerAccount) : put(set.models, providerAccount, models),
      }
    }
  }
}

function changedList(table: Table<readonly Restriction[]>, id: string, edit: Edit): Table<readonly Restriction[]> {
  const list = edit(findRow(table, id) ?? [])
  return list.length === 0 ? drop(table, id) : put(table, id, list)
}
