import * as z from 'zod'
import { emptyTable, findHashed, findRow, idsOf, type Table, tableOf } from '../table/table.ts'
import { areDistinct } from '../value/distinct.ts'
import { AccessGroupId, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { listOf } from '../value/list.ts'
import { matchesAnyPattern } from '../value/pattern-index.ts'
import { AccessGroupMember } from '../value/selector.ts'
import { type GroupModels, holdsModel, withModels } from './group-models.ts'
import type { ModelAlias, Target } from './model-alias.ts'

/** An access group as a snapshot stores it, with all of its members in one list. */
export const AccessGroupText = z.strictObject({
  id: AccessGroupId,
  description: Label.optional(),
  members: listOf(AccessGroupMember).refine((members) => areDistinct(members.map((member) => JSON.stringify(member))), {
    error: 'expected each member once',
  }),
  createdAt: Instant,
})
export interface AccessGroupText extends Readonly<z.infer<typeof AccessGroupText>> {}

/**
 * A named set of members that give access to models. Aliases, alias patterns and all aliases grant model names; models
 * and model patterns of provider accounts grant routes. A group without members gives no access.
 */
export interface AccessGroup {
  readonly id: string
  readonly description?: string | undefined
  readonly aliases: Table<true>
  readonly patterns: readonly string[]
  readonly allAliases: boolean
  /** The members that grant routes: models and model patterns, by provider account. */
  readonly models: GroupModels
  readonly createdAt: Instant
}

/** The fields of an access group that store its members. */
export type GroupMembers = Pick<AccessGroup, 'aliases' | 'patterns' | 'allAliases' | 'models'>

/** Converts a list of members to the fields of an access group that store members. The list must have no duplicates. */
export function groupMembersOf(members: readonly AccessGroupMember[]): GroupMembers {
  const aliases = members.flatMap((member) => (member.type === 'alias' ? [member.alias] : []))
  return {
    aliases: tableOf(aliases, new Array<true>(aliases.length).fill(true)),
    patterns: members.flatMap((member) => (member.type === 'aliasPattern' ? [member.pattern] : [])),
    allAliases: members.some((member) => member.type === 'allAliases'),
    models: withModels(emptyTable(), members),
  }
}

/**
 * Lists the members of an access group: aliases sorted by id, alias patterns, `allAliases`, then for each provider
 * account its models sorted by name and its model patterns.
 */
export function membersOf(group: GroupMembers): AccessGroupMember[] {
  return [
    ...[...idsOf(group.aliases)].sort().map((alias) => ({ type: 'alias', alias }) as const),
    ...group.patterns.map((pattern) => ({ type: 'aliasPattern', pattern }) as const),
    ...(group.allAliases ? [{ type: 'allAliases' } as const] : []),
    ...[...idsOf(group.models)].sort().flatMap((providerAccount) => modelMembersOf(group.models, providerAccount)),
  ]
}

function modelMembersOf(members: GroupModels, providerAccount: string): AccessGroupMember[] {
  const ofAccount = findRow(members, providerAccount)
  if (ofAccount === undefined) return []
  return [
    ...[...idsOf(ofAccount.models)].sort().map((model) => ({ type: 'model', providerAccount, model }) as const),
    ...ofAccount.patterns.map((pattern) => ({ type: 'modelPattern', providerAccount, pattern }) as const),
  ]
}

/** Whether a group includes an alias by name, by pattern or by `allAliases`. `hash` is the hash of the alias's id. */
export function holdsAlias(group: AccessGroup, alias: string, hash: number): boolean {
  if (group.allAliases || findHashed(group.aliases, alias, hash) === true) return true
  return group.patterns.length > 0 && matchesAnyPattern(group.patterns, alias)
}

/** A requested model name, its hash and its targets. The targets are those of the alias, or one concrete model. */
export interface RequestedName {
  readonly name: string
  readonly hash: number
  readonly alias: ModelAlias | undefined
  readonly targets: readonly Target[]
}

/**
 * Returns the targets of a requested name to which a group gives access. If the group holds the alias, returns every
 * target, otherwise the targets that the group's model members include. Returns `undefined` if the group gives no
 * access to the name. The list is empty only for an alias without targets.
 */
export function targetsThrough(
  group: AccessGroup,
  { name, hash, alias, targets }: RequestedName,
): readonly Target[] | undefined {
  if (alias !== undefined && holdsAlias(group, name, hash)) return targets
  if (group.models.size === 0) return undefined
  const held = targets.filter((target) => holdsModel(group.models, target))
  return held.length === 0 ? undefined : held
}
