import { drop, emptyTable, entries, findRow, hasRow, idsOf, put, type Table } from '../table/table.ts'
import { matchesAnyPattern } from '../value/pattern-index.ts'
import type { AccessGroupMember } from '../value/selector.ts'
import type { Target } from './model-alias.ts'

/** The members of an access group on one provider account: models by name, and patterns of model names. */
export interface AccountModels {
  readonly models: Table<true>
  readonly patterns: readonly string[]
}

/** The model members of an access group, by provider account. An account without members has no entry. */
export type GroupModels = Table<AccountModels>

type Members = readonly AccessGroupMember[]

const noMembers: AccountModels = Object.freeze({
  models: emptyTable<true>(),
  patterns: Object.freeze([]),
})

/** Whether the members include a concrete model, by its name or by a pattern. */
export function holdsModel(members: GroupModels, { providerAccount, model }: Target): boolean {
  if (members.size === 0) return false
  const ofAccount = findRow(members, providerAccount)
  if (ofAccount === undefined) return false
  if (hasRow(ofAccount.models, model)) return true
  return matchesAnyPattern(ofAccount.patterns, model)
}

/**
 * Whether `outer` includes every named model and every pattern of `inner`. Patterns are compared as strings, so that
 * the result also holds for models added later.
 */
export function areModelsContained(inner: GroupModels, outer: GroupModels): boolean {
  for (const [providerAccount, { models, patterns }] of entries(inner)) {
    const ofOuter = new Set(findRow(outer, providerAccount)?.patterns)
    if (patterns.some((pattern) => !ofOuter.has(pattern))) return false
    for (const model of idsOf(models)) if (!holdsModel(outer, { providerAccount, model })) return false
  }
  return true
}

/**
 * Adds the model members of a list to an access group's table and returns the new table. Ignores members of other
 * types.
 */
export function withModels(members: GroupModels, added: Members): GroupModels {
  let next = members
  for (const [providerAccount, ofAccount] of byAccount(added)) {
    const { models, patterns } = findRow(next, providerAccount) ?? noMembers
    next = put(next, providerAccount, {
      models: ofAccount.models.reduce((table, model) => put(table, model, true as const), models),
      patterns: Object.freeze([...patterns, ...ofAccount.patterns]),
    })
  }
  return next
}

/**
 * Removes the model members of a list from an access group's table and returns the new table. Ignores members of other
 * types.
 */
export function withoutModels(members: GroupModels, removed: Members): GroupModels {
  let next = members
  for (const [providerAccount, ofAccount] of byAccount(removed)) {
    const { models, patterns } = findRow(next, providerAccount) ?? noMembers
    const isRemoved = new Set(ofAccount.patterns)
    const rest = {
      models: ofAccount.models.reduce((table, model) => drop(table, model), models),
      patterns: Object.freeze(patterns.filter((pattern) => !isRemoved.has(pattern))),
    }
    const isEmpty = rest.models.size + rest.patterns.length === 0
    next = isEmpty ? drop(next, providerAccount) : put(next, providerAccount, rest)
  }
  return next
}

interface MemberLists {
  readonly models: string[]
  readonly patterns: string[]
}

/** Groups the model members of a list by provider account. */
function byAccount(members: Members): ReadonlyMap<string, MemberLists> {
  const lists = new Map<string, MemberLists>()
  for (const member of members) {
    if (member.type !== 'model' && member.type !== 'modelPattern') continue
    const ofAccount = lists.get(member.providerAccount) ?? { models: [], patterns: [] }
    lists.set(member.providerAccount, ofAccount)
    if (member.type === 'model') ofAccount.models.push(member.model)
    else ofAccount.patterns.push(member.pattern)
  }
  return lists
}
