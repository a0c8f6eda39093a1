import { z } from 'zod'
import { findHashed, type Table } from '../table/table.ts'
import { areDistinct } from '../value/distinct.ts'
import { AccessGroupId, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { matchesPattern } from '../value/pattern.ts'
import { AccessGroupMember } from '../value/selector.ts'

/** An access group as a snapshot stores it, with all of its members in one list. */
export const AccessGroupText = z.strictObject({
  id: AccessGroupId,
  description: Label.optional(),
  members: z
    .array(AccessGroupMember)
    .refine((members) => areDistinct(members.map((member) => JSON.stringify(member))), {
      error: 'expected each member once',
    }),
  createdAt: Instant,
})
export interface AccessGroupText extends Readonly<z.infer<typeof AccessGroupText>> {}

/**
 * A named set of model aliases: single aliases, alias patterns, or all aliases. A group without members holds no alias.
 */
export interface AccessGroup {
  readonly id: string
  readonly description?: string | undefined
  readonly aliases: Table<true>
  readonly patterns: readonly string[]
  readonly allAliases: boolean
  readonly createdAt: Instant
}

/** Whether a group holds an alias. `hash` is the hash of the alias's id. */
export function holdsAlias(group: AccessGroup, alias: string, hash: number): boolean {
  if (group.allAliases || findHashed(group.aliases, alias, hash) === true) return true
  for (let i = 0; i < group.patterns.length; i += 1) {
    if (matchesPattern(group.patterns[i] as string, alias)) return true
  }
  return false
}
