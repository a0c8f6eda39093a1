import type { Restriction } from '../noun/restriction.ts'
import { drop, emptyTable, findRow, put, rowsOf, type Table, tableOf } from '../table/table.ts'
import { foldAscii } from '../value/pattern.ts'
import type { Selector } from '../value/selector.ts'

/**
 * The restrictions on one subject, indexed by selector, so that a decision reads only the restrictions that may apply.
 * Every key has its ASCII letters in lower case, because some routes are compared without regard to case.
 */
export interface RestrictionSet {
  readonly size: number
  readonly aliases: Table<readonly Restriction[]>
  /** The restrictions by a pattern without a slash before its first `*`, or without any slash. */
  readonly patterns: readonly PatternRestriction[]
  /**
   * The other restrictions by pattern, by the part of the pattern before its first slash. For example, `openai/*` is
   * under `openai`. Such a pattern matches only names and routes that begin with `openai/`.
   */
  readonly accountPatterns: Table<readonly PatternRestriction[]>
  readonly providerAccounts: Table<readonly Restriction[]>
  /** The restrictions on single models: by provider account, then by model. */
  readonly models: Table<Table<readonly Restriction[]>>
}

/** A restriction that selects by pattern. `folded` is the pattern with its ASCII letters in lower case. */
export interface PatternRestriction {
  readonly id: string
  readonly restriction: Restriction
  readonly pattern: string
  readonly folded: string
}

/** The empty restriction set. */
export const emptyRestrictionSet: RestrictionSet = Object.freeze({
  size: 0,
  aliases: emptyTable<readonly Restriction[]>(),
  patterns: Object.freeze([]),
  accountPatterns: emptyTable<readonly PatternRestriction[]>(),
  providerAccounts: emptyTable<readonly Restriction[]>(),
  models: emptyTable<Table<readonly Restriction[]>>(),
})

/** Builds the set of these restrictions at once. The result equals the set after adding the restrictions one by one. */
export function restrictionSetOf(restrictions: readonly Restriction[]): RestrictionSet {
  const sorted = [...restrictions].sort((a, b) => (a.id < b.id ? -1 : 1))
  const [aliases, providerAccounts] = [new Lists<Restriction>(), new Lists<Restriction>()]
  const accountPatterns = new Lists<PatternRestriction>()
  const models = new Map<string, Lists<Restriction>>()
  const patterns: PatternRestriction[] = []
  for (const restriction of sorted) {
    const { selector } = restriction
    if (selector.type === 'pattern') {
      const entry = patternEntry(restriction, selector.pattern)
      const account = accountOfPattern(entry.folded)
      if (account === undefined) patterns.push(entry)
      else accountPatterns.add(account, entry)
    } else if (selector.type === 'alias') aliases.add(foldAscii(selector.alias), restriction)
    else if (selector.type === 'providerAccount') providerAccounts.add(foldAscii(selector.providerAccount), restriction)
    else {
      const account = foldAscii(selector.providerAccount)
      const ofAccount = models.get(account) ?? new Lists<Restriction>()
      models.set(account, ofAccount)
      ofAccount.add(foldAscii(selector.model), restriction)
    }
  }
  return {
    size: sorted.length,
    aliases: aliases.table(),
    patterns,
    accountPatterns: accountPatterns.table(),
    providerAccounts: providerAccounts.table(),
    models: tableOf(
      [...models.keys()],
      [...models.values()].map((ofAccount) => ofAccount.table()),
    ),
  }
}

/** Groups entries by key, as one list for each key. */
class Lists<Entry> {
  readonly #lists = new Map<string, Entry[]>()

  add(key: string, entry: Entry): void {
    const list = this.#lists.get(key)
    if (list === undefined) this.#lists.set(key, [entry])
    else list.push(entry)
  }

  table(): Table<readonly Entry[]> {
    return tableOf([...this.#lists.keys()], [...this.#lists.values()])
  }
}

function patternEntry(restriction: Restriction, pattern: string): PatternRestriction {
  return { id: restriction.id, restriction, pattern, folded: foldAscii(pattern) }
}

/**
 * Returns the part of a pattern before its first slash. `undefined` if that part contains a `*` or the pattern has no
 * slash.
 */
function accountOfPattern(pattern: string): string | undefined {
  const slash = pattern.indexOf('/')
  return slash < 0 || pattern.indexOf('*') < slash ? undefined : pattern.slice(0, slash)
}

/** Returns the set with one more restriction. Every list in the set stays sorted by the ids of the restrictions. */
export function withRestriction(set: RestrictionSet, added: Restriction): RestrictionSet {
  return changed(set, added, 1, (list, entry) => [...list, entry].sort((a, b) => (a.id < b.id ? -1 : 1)))
}

/** Returns the set without this restriction. The set must contain the restriction. */
export function withoutRestriction(set: RestrictionSet, removed: Restriction): RestrictionSet {
  return changed(set, removed, -1, (list, entry) => list.filter(({ id }) => id !== entry.id))
}

type Edit = <Entry extends { readonly id: string }>(list: readonly Entry[], entry: Entry) => readonly Entry[]

function changed(set: RestrictionSet, of: Restriction, by: number, edit: Edit): RestrictionSet {
  const size = set.size + by
  const { selector } = of
  switch (selector.type) {
    case 'alias':
      return { ...set, size, aliases: changedList(set.aliases, foldAscii(selector.alias), of, edit) }
    case 'pattern': {
      const entry = patternEntry(of, selector.pattern)
      const account = accountOfPattern(entry.folded)
      if (account === undefined) return { ...set, size, patterns: edit(set.patterns, entry) }
      return { ...set, size, accountPatterns: changedList(set.accountPatterns, account, entry, edit) }
    }
    case 'providerAccount': {
      const account = foldAscii(selector.providerAccount)
      return { ...set, size, providerAccounts: changedList(set.providerAccounts, account, of, edit) }
    }
    case 'model': {
      const account = foldAscii(selector.providerAccount)
      const old = findRow(set.models, account) ?? emptyTable<readonly Restriction[]>()
      const models = changedList(old, foldAscii(selector.model), of, edit)
      return { ...set, size, models: models.size === 0 ? drop(set.models, account) : put(set.models, account, models) }
    }
  }
}

function changedList<Entry extends { readonly id: string }>(
  table: Table<readonly Entry[]>,
  key: string,
  entry: Entry,
  edit: Edit,
): Table<readonly Entry[]> {
  const list = edit(findRow(table, key) ?? [], entry)
  return list.length === 0 ? drop(table, key) : put(table, key, list)
}

/** Every restriction of a set, in unspecified order. */
export function* restrictionsIn(set: RestrictionSet): IterableIterator<Restriction> {
  for (const { restriction } of set.patterns) yield restriction
  for (const list of rowsOf(set.accountPatterns)) for (const { restriction } of list) yield restriction
  for (const list of rowsOf(set.aliases)) yield* list
  for (const list of rowsOf(set.providerAccounts)) yield* list
  for (const models of rowsOf(set.models)) for (const list of rowsOf(models)) yield* list
}

/** Returns the restrictions of a set that have this selector, compared without regard to ASCII case. */
export function restrictionsLike(set: RestrictionSet, selector: Selector): readonly Restriction[] {
  switch (selector.type) {
    case 'alias':
      return findRow(set.aliases, foldAscii(selector.alias)) ?? []
    case 'pattern': {
      const folded = foldAscii(selector.pattern)
      const account = accountOfPattern(folded)
      const list = account === undefined ? set.patterns : (findRow(set.accountPatterns, account) ?? [])
      return list.filter((one) => one.folded === folded).map(({ restriction }) => restriction)
    }
    case 'providerAccount':
      return findRow(set.providerAccounts, foldAscii(selector.providerAccount)) ?? []
    case 'model': {
      const models = findRow(set.models, foldAscii(selector.providerAccount))
      return (models && findRow(models, foldAscii(selector.model))) ?? []
    }
  }
}
